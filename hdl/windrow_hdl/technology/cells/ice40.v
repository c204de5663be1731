// Lattice iCE40 UltraPlus cells as this package uses them, for simulation: written from the family's
// DSP function usage guide, in the mode that it sets and no other.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */

// 16x16 multiplier with registers at the inputs, behind the partial products and at the output.
module SB_MAC16 #(
    parameter A_REG = 0, B_REG = 0, TOP_8x8_MULT_REG = 0, BOT_8x8_MULT_REG = 0,
    parameter PIPELINE_16x16_MULT_REG1 = 0, PIPELINE_16x16_MULT_REG2 = 0,
    parameter TOPOUTPUT_SELECT = 0, BOTOUTPUT_SELECT = 0, A_SIGNED = 0, B_SIGNED = 0
) (
    input CLK, CE, AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT,
    input OLOADTOP, OLOADBOT, ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
    input [15:0] A, B, C, D,
    output [31:0] O
);
    reg [15:0] ra, rb;
    reg [31:0] partial, out;
    initial begin
        ra = 0;
        rb = 0;
        partial = 0;
        out = 0;
    end
    wire signed [16:0] sa = {A_SIGNED[0] & ra[15], ra};
    wire signed [16:0] sb = {B_SIGNED[0] & rb[15], rb};
    wire signed [33:0] product = sa * sb;
    always @(posedge CLK) if (CE) begin
        ra <= A;
        rb <= B;
        partial <= product[31:0];
        out <= partial;
    end
    assign O = out;
endmodule
