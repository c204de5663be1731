// A video stream on a screen whose scan does not wait, for the ports of hdl-util/hdmi: in each clock the core
// names a pixel (cx, cy), and takes its rgb in the next.
//
//     m_axis ─▶ video_to_hdmi ─▶ rgb ─▶ hdmi ─▶ TMDS
//                    ▲───── cx, cy ──────┘
//
// The first pixel of a picture waits for the upper left corner. Between rows and pictures tready is low. If a pixel
// is not there in time, the rest of its picture is taken and not shown, and the next one begins in its place.
module video_to_hdmi #(
    parameter X_BITS = 10,
    parameter Y_BITS = 10
) (
    input clk,
    input reset,

    input [23:0] tdata,  // red in the low bits
    input tvalid,
    output tready,
    input tuser,

    input [X_BITS-1:0] cx,
    input [X_BITS-1:0] screen_width,
    input [Y_BITS-1:0] cy,
    input [Y_BITS-1:0] screen_height,
    output reg [23:0] rgb,  // red in the high bits

    output reg late  // a pixel came too late; until reset
);
    reg shown;  // from its first pixel on
    wire wanted = cx < screen_width && cy < screen_height;
    wire corner = cx == 0 && cy == 0;

    assign tready = tuser ? corner : !shown || (wanted && !corner);

    always @(posedge clk) begin
        rgb <= 24'd0;
        if (tvalid && tready && (tuser || shown))
            rgb <= {tdata[7:0], tdata[15:8], tdata[23:16]};
        if (corner)
            shown <= tvalid && tuser;
        else if (wanted && shown && !(tvalid && !tuser)) begin
            shown <= 1'b0;
            late <= 1'b1;
        end
        if (reset)
            {shown, late} <= 2'b00;
    end
endmodule
