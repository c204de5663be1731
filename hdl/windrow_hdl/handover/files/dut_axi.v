// The hardware as the testbench sees it: AXI4-Streams, with tlast at the end of a frame. When all is `done`,
// its registers are read through AXI4-Lite and compared with registers.hex.
module dut (
    clk, rst, i_valid, i_ready, i_payload, i_last, o_valid, o_ready, o_payload, o_last, done, checked, wrong
);
    `include "parameters.vh"

    input clk, rst, i_valid, i_last, o_ready, done;
    input [IN_BITS-1:0] i_payload;
    output i_ready, o_valid, o_last, checked, wrong;
    output [OUT_BITS-1:0] o_payload;

    reg arvalid, rready, wrong;
    wire arready, rvalid;
    wire [1:0] rresp;
    wire [31:0] rdata;
    reg [63:0] registers [0:REGISTERS-1];  // address, content
    integer next;
KEEP_WIRE
USER_WIRE
    wire [63:0] register = registers[next < REGISTERS ? next : 0];

    NAME hardware (
        .aclk(clk), .aresetn(!rst),
KEEP_PORTS
USER_PORTS
        .s_axis_tvalid(i_valid), .s_axis_tready(i_ready), .s_axis_tdata(i_payload), .s_axis_tlast(i_last),
        .m_axis_tvalid(o_valid), .m_axis_tready(o_ready), .m_axis_tdata(o_payload), .m_axis_tlast(o_last),
        .s_axi_awvalid(1'b0), .s_axi_awready(), .s_axi_awaddr({ADDRESS_BITS{1'b0}}), .s_axi_awprot(3'b0),
        .s_axi_wvalid(1'b0), .s_axi_wready(), .s_axi_wdata(32'b0), .s_axi_wstrb(4'b0),
        .s_axi_bvalid(), .s_axi_bready(1'b1), .s_axi_bresp(),
        .s_axi_arvalid(arvalid), .s_axi_arready(arready), .s_axi_araddr(register[32 +: ADDRESS_BITS]),
        .s_axi_arprot(3'b0),
        .s_axi_rvalid(rvalid), .s_axi_rready(rready), .s_axi_rdata(rdata), .s_axi_rresp(rresp)
    );

    initial begin
        $readmemh("registers.hex", registers);
        {arvalid, rready, wrong} = 0;
        next = 0;
USER_INITIAL
    end

    assign checked = next == REGISTERS;

    always @(posedge clk) begin
KEEP_CHECK
USER_CHECK
        if (done && !checked && !wrong) begin
            if (!arvalid && !rready) arvalid <= 1;
            if (arvalid && arready) begin
                arvalid <= 0;
                rready <= 1;
            end
            if (rready && rvalid) begin
                rready <= 0;
                next <= next + 1;
                if (rdata !== register[31:0] || rresp !== 2'b00) begin
                    $display("FAIL: register 0x%h reads %h (response %b), expected %h", register[63:32], rdata,
                        rresp, register[31:0]);
                    wrong <= 1;
                end
            end
        end
    end
endmodule
