// Lattice ECP5 cells for simulation, in the modes that this package and Yosys set and no other: written from
// the family's data sheets and technical notes (memory usage guide, sysDSP usage guide). Yosys has models of
// all other cells of the family, of the first two only the ports.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off WIDTH */

// 18 kbit block RAM with two ports and one clock. Words of 36, 18 or 9 bits lie in lanes of 9; wide words have
// an enable per lane on the lowest address pins. Words of 4, 2 or 1 bits leave the ninth bit of a lane alone.
// 36 bits are the pins of both ports: A writes, B reads. A port that writes keeps what it read before, or reads
// what was there before it writes.
module DP16KD #(
    parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG", RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC",
    parameter CSDECODE_A = "0b000", CSDECODE_B = "0b000", CLKAMUX = "CLKA", CLKBMUX = "CLKB", GSR = "AUTO",
    parameter WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL",
    // 1024 words of 18 bits, each in 20
    parameter [319:0] INITVAL_00 = 320'b0, INITVAL_01 = 320'b0, INITVAL_02 = 320'b0, INITVAL_03 = 320'b0,
        INITVAL_04 = 320'b0, INITVAL_05 = 320'b0, INITVAL_06 = 320'b0, INITVAL_07 = 320'b0,
        INITVAL_08 = 320'b0, INITVAL_09 = 320'b0, INITVAL_0A = 320'b0, INITVAL_0B = 320'b0,
        INITVAL_0C = 320'b0, INITVAL_0D = 320'b0, INITVAL_0E = 320'b0, INITVAL_0F = 320'b0,
        INITVAL_10 = 320'b0, INITVAL_11 = 320'b0, INITVAL_12 = 320'b0, INITVAL_13 = 320'b0,
        INITVAL_14 = 320'b0, INITVAL_15 = 320'b0, INITVAL_16 = 320'b0, INITVAL_17 = 320'b0,
        INITVAL_18 = 320'b0, INITVAL_19 = 320'b0, INITVAL_1A = 320'b0, INITVAL_1B = 320'b0,
        INITVAL_1C = 320'b0, INITVAL_1D = 320'b0, INITVAL_1E = 320'b0, INITVAL_1F = 320'b0,
        INITVAL_20 = 320'b0, INITVAL_21 = 320'b0, INITVAL_22 = 320'b0, INITVAL_23 = 320'b0,
        INITVAL_24 = 320'b0, INITVAL_25 = 320'b0, INITVAL_26 = 320'b0, INITVAL_27 = 320'b0,
        INITVAL_28 = 320'b0, INITVAL_29 = 320'b0, INITVAL_2A = 320'b0, INITVAL_2B = 320'b0,
        INITVAL_2C = 320'b0, INITVAL_2D = 320'b0, INITVAL_2E = 320'b0, INITVAL_2F = 320'b0,
        INITVAL_30 = 320'b0, INITVAL_31 = 320'b0, INITVAL_32 = 320'b0, INITVAL_33 = 320'b0,
        INITVAL_34 = 320'b0, INITVAL_35 = 320'b0, INITVAL_36 = 320'b0, INITVAL_37 = 320'b0,
        INITVAL_38 = 320'b0, INITVAL_39 = 320'b0, INITVAL_3A = 320'b0, INITVAL_3B = 320'b0,
        INITVAL_3C = 320'b0, INITVAL_3D = 320'b0, INITVAL_3E = 320'b0, INITVAL_3F = 320'b0
) (
    input CLKA, CLKB, CEA, CEB, OCEA, OCEB, WEA, WEB, RSTA, RSTB, CSA0, CSA1, CSA2, CSB0, CSB1, CSB2,
    input ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13, DIA14,
        DIA15, DIA16, DIA17,
    input DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13, DIB14,
        DIB15, DIB16, DIB17,
    output DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12, DOA13, DOA14,
        DOA15, DOA16, DOA17,
    output DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13, DOB14,
        DOB15, DOB16, DOB17
);
    wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1,
        ADA0};
    wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1,
        ADB0};
    wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0};
    localparam [20479:0] CONTENTS = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
        INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
        INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
        INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
        INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
        INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
        INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
    };
    // A mode that is not modelled stops every simulator: there is no such module.
    generate
        if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB" || CSDECODE_A != "0b000" || CSDECODE_B != "0b000"
            || (RESETMODE != "SYNC" && RESETMODE != "ASYNC")
            || (WRITEMODE_A != "NORMAL" && WRITEMODE_A != "READBEFOREWRITE")
            || (WRITEMODE_B != "NORMAL" && WRITEMODE_B != "READBEFOREWRITE")) begin : other_mode
            DP16KD_in_a_mode_without_a_model refused();
        end
    endgenerate

    reg [8:0] memory [0:2047];
    reg [35:0] latch_a, latch_b, out_a, out_b;
    integer word;
    initial begin
        for (word = 0; word < 1024; word = word + 1)
            {memory[2 * word + 1], memory[2 * word]} = CONTENTS[20 * word +: 18];
        latch_a = 0;
        latch_b = 0;
        out_a = 0;
        out_b = 0;
    end

    function [10:0] first_lane(input [13:0] address, input integer width);
        first_lane = width == 36 ? {address[13:5], 2'b0} : width == 18 ? {address[13:4], 1'b0} : address[13:3];
    endfunction

    function [35:0] read(input [13:0] address, input integer width);
        reg [10:0] lane;
        begin
            lane = first_lane(address, width);
            if (width == 36) read = {memory[lane + 3], memory[lane + 2], memory[lane + 1], memory[lane]};
            else if (width == 18) read = {18'b0, memory[lane + 1], memory[lane]};
            else if (width == 9) read = {27'b0, memory[lane]};
            else read = ({27'b0, memory[lane]} >> address[2:0]) & ((36'b1 << width) - 36'b1);
        end
    endfunction

    task write(input [13:0] address, input integer width, input [35:0] data);
        reg [8:0] mask;
        integer lane;
        if (width >= 9) begin
            for (lane = 0; lane < width / 9; lane = lane + 1)
                if (width == 9 || address[lane])
                    memory[first_lane(address, width) + lane] <= data[9 * lane +: 9];
        end else begin
            mask = ((9'b1 << width) - 9'b1) << address[2:0];
            memory[address[13:3]] <= (memory[address[13:3]] & ~mask) | ((data[8:0] << address[2:0]) & mask);
        end
    endtask

    always @(posedge CLKA) begin
        if (CEA && WEA) write(ada, DATA_WIDTH_A, {dib, dia});
        if (CEB && WEB) write(adb, DATA_WIDTH_B, {18'b0, dib});
    end
    wire reads_a = CEA && (!WEA || WRITEMODE_A == "READBEFOREWRITE");
    wire reads_b = CEB && (!WEB || WRITEMODE_B == "READBEFOREWRITE");
    // What B reads while A writes it is not known; a simulator without unknown values takes it as it comes.
    reg [35:0] unknown;
    integer lane, offset;
    always @* begin
        unknown = 0;
        for (lane = 0; lane < DATA_WIDTH_B / 9; lane = lane + 1) begin
            offset = first_lane(adb, DATA_WIDTH_B) + lane - first_lane(ada, DATA_WIDTH_A);
            if (CEA && WEA && offset >= 0 && offset < DATA_WIDTH_A / 9 && (DATA_WIDTH_A == 9 || ada[offset]))
                unknown[9 * lane +: 9] = 9'bx;
        end
    end
    wire at_once_a = RESETMODE == "ASYNC" && RSTA;
    wire at_once_b = RESETMODE == "ASYNC" && RSTB;
    always @(posedge CLKA, posedge at_once_a) begin
        if (RSTA) latch_a <= 0;
        else if (reads_a) latch_a <= read(ada, DATA_WIDTH_A);
        if (RSTA) out_a <= 0;
        else if (OCEA) out_a <= latch_a;
    end
    always @(posedge CLKA, posedge at_once_b) begin
        if (RSTB) latch_b <= 0;
        else if (reads_b) latch_b <= read(adb, DATA_WIDTH_B) ^ unknown;
        if (RSTB) out_b <= 0;
        else if (OCEB) out_b <= latch_b;
    end
    wire [35:0] result_a = REGMODE_A == "OUTREG" ? out_a : latch_a;
    wire [35:0] result_b = REGMODE_B == "OUTREG" ? out_b : latch_b;
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
        DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? result_b[17:0] : result_a[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4,
        DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? result_b[35:18] : result_b[17:0];
endmodule

// 18x18 multiplier; each of its registers, at both inputs, behind the partial products and at the output, is
// there where it has a clock.
module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE", REG_INPUTA_CE = "CE0", REG_INPUTA_RST = "RST0",
    parameter REG_INPUTB_CLK = "NONE", REG_INPUTB_CE = "CE0", REG_INPUTB_RST = "RST0",
    parameter REG_PIPELINE_CLK = "NONE", REG_PIPELINE_CE = "CE0", REG_PIPELINE_RST = "RST0",
    parameter REG_OUTPUT_CLK = "NONE", REG_OUTPUT_CE = "CE0", REG_OUTPUT_RST = "RST0", GSR = "ENABLED"
) (
    input CLK0, CE0, RST0, RST1, SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
    input B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
    input C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17,
    output P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17, P18, P19, P20,
        P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35
);
    wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
    wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
    reg [17:0] ra, rb;
    reg [35:0] pipeline, out;
    initial begin
        ra = 0;
        rb = 0;
        pipeline = 0;
        out = 0;
    end
    generate
        if ((REG_INPUTA_CLK != "NONE" && (REG_INPUTA_CLK != "CLK0" || REG_INPUTA_CE != "CE0"))
            || (REG_INPUTB_CLK != "NONE" && (REG_INPUTB_CLK != "CLK0" || REG_INPUTB_CE != "CE0"))
            || (REG_PIPELINE_CLK != "NONE" && (REG_PIPELINE_CLK != "CLK0" || REG_PIPELINE_CE != "CE0"))
            || (REG_OUTPUT_CLK != "NONE" && (REG_OUTPUT_CLK != "CLK0" || REG_OUTPUT_CE != "CE0"))) begin : other_mode
            MULT18X18D_in_a_mode_without_a_model refused();
        end
    endgenerate
    wire [17:0] fa = REG_INPUTA_CLK == "NONE" ? a : ra;
    wire [17:0] fb = REG_INPUTB_CLK == "NONE" ? b : rb;
    wire signed [18:0] sa = {SIGNEDA & fa[17], fa};
    wire signed [18:0] sb = {SIGNEDB & fb[17], fb};
    wire signed [37:0] product = sa * sb;
    wire [35:0] middle = REG_PIPELINE_CLK == "NONE" ? product[35:0] : pipeline;
    always @(posedge CLK0) if (CE0) begin
        ra <= (REG_INPUTA_RST == "RST0" ? RST0 : RST1) ? 18'b0 : a;
        rb <= (REG_INPUTB_RST == "RST0" ? RST0 : RST1) ? 18'b0 : b;
        pipeline <= (REG_PIPELINE_RST == "RST0" ? RST0 : RST1) ? 36'b0 : product[35:0];
        out <= (REG_OUTPUT_RST == "RST0" ? RST0 : RST1) ? 36'b0 : middle;
    end
    assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17,
        P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0}
        = REG_OUTPUT_CLK == "NONE" ? middle : out;
endmodule

// Two bits of a carry chain: each a table of four inputs, whose sum is with the carry; where the table gives 0
// the first four entries of it carry, as a table of A and B.
module CCU2C #(
    parameter [15:0] INIT0 = 16'b0, INIT1 = 16'b0,
    parameter INJECT1_0 = "YES", INJECT1_1 = "YES"
) (
    input CIN, A0, B0, C0, D0, A1, B1, C1, D1,
    output S0, S1, COUT
);
    // Injected is a bit without a carry.
    wire [1:0] alone = {INJECT1_1 == "YES", INJECT1_0 == "YES"};
    wire table_0 = INIT0[{D0, C0, B0, A0}];
    wire table_1 = INIT1[{D1, C1, B1, A1}];
    wire carry = table_0 ? CIN : !alone[0] && INIT0[{2'b0, B0, A0}];
    assign S0 = table_0 ^ (!alone[0] && CIN);
    assign S1 = table_1 ^ (!alone[1] && carry);
    assign COUT = table_1 ? carry : !alone[1] && INIT1[{2'b0, B1, A1}];
endmodule
