"""The HDMI example of the documentation: video of a median on a screen that scans as hdl-util/hdmi does."""

import shutil
import subprocess
from pathlib import Path

import pytest

import windrow as wr

JOIN = Path(__file__).resolve().parents[1] / "docs/examples/hdmi/video_to_hdmi.v"
LAYER = wr.Median2d(height=6, width=8, channels=3, kernel_size=3, padding=1, padding_mode="edge")
SCREENS = 8

# The core's counters, as they are: a pixel is named in one clock, its colour taken in the next.
TESTBENCH = """
module testbench;
    reg clk = 0, reset = 1;
    reg [23:0] x [0:143];
    reg [3:0] cx = 0, cy = 0;
    integer beat = 0, clocks = 0;
    wire s_ready, m_valid, m_ready, m_user, late;
    wire [23:0] m_data, rgb;
    reg screen = 0, top = 0;
    wire paused = clocks >= PAUSE && clocks < PAUSE + 150;

    initial $readmemh("x.hex", x);
    always #1 clk = !clk;
    windrow windrow (
        .aclk(clk), .aresetn(!reset),
        .s_axis_tdata(x[beat]), .s_axis_tvalid(!reset && !paused), .s_axis_tready(s_ready),
        .s_axis_tuser(beat % 48 == 0), .s_axis_tlast(beat % 8 == 7),
        .m_axis_tdata(m_data), .m_axis_tvalid(m_valid), .m_axis_tready(m_ready), .m_axis_tuser(m_user),
        .s_axi_awvalid(1'b0), .s_axi_wvalid(1'b0), .s_axi_arvalid(1'b0), .s_axi_bready(1'b1),
        .s_axi_rready(1'b1)
    );
    video_to_hdmi #(.X_BITS(4), .Y_BITS(4)) join_ (
        .clk(clk), .reset(reset), .tdata(m_data), .tvalid(m_valid), .tready(m_ready), .tuser(m_user),
        .cx(cx), .screen_width(4'd8), .cy(cy), .screen_height(4'd6), .rgb(rgb), .late(late)
    );
    always @(posedge clk) begin
        clocks <= clocks + 1;
        if (clocks == 3) reset <= 0;
        if (!reset) begin
            if (s_ready && !paused) beat <= beat == 143 ? 0 : beat + 1;
            cx <= cx == 11 ? 0 : cx + 1;
            if (cx == 11) cy <= cy == 8 ? 0 : cy + 1;
            screen <= cx < 8 && cy < 6;
            top <= cx == 0 && cy == 0;
            if (screen) $display("%0d %h %b", top, rgb, late);
            else if (rgb !== 0) $display("colour beside the screen");
        end
        if (clocks == 4 + 108 * SCREENS) $finish;
    end
endmodule
"""


def screens(folder: Path, pause: int) -> list[tuple[list[str], str]]:
    """Pixels of each screen, and whether one was late, in the end."""
    x = LAYER.random_input(1, frames=3)
    design = wr.plan(LAYER, lanes=3)
    wr.verilog(design, interface="axi-video", path=folder / "windrow.v")
    (folder / "x.hex").write_text("".join(f"{blue:02x}{green:02x}{red:02x}\n"
                                          for red, green, blue in x.reshape(-1, 3).tolist()))
    text = TESTBENCH.replace("PAUSE", str(pause)).replace("SCREENS", str(SCREENS))
    (folder / "testbench.v").write_text(text)
    subprocess.run(["iverilog", "-g2012", "-o", "testbench.vvp", "-s", "testbench", "testbench.v",
                    "windrow.v", str(JOIN)], cwd=folder, check=True, timeout=60)
    done = subprocess.run(["vvp", "-N", "testbench.vvp"], cwd=folder, check=True, capture_output=True,
                          text=True, timeout=60)
    seen: list[tuple[list[str], str]] = []
    for line in done.stdout.splitlines():
        if line.startswith(("0 ", "1 ")):
            top, colour, late = line.split()
            if top == "1":
                seen.append(([], ""))
            seen[-1][0].append(colour)
            seen[-1] = (seen[-1][0], late)
    assert "beside" not in done.stdout
    return [one for one in seen if len(one[0]) == 48]


def pictures() -> list[list[str]]:
    y = LAYER.golden(LAYER.random_input(1, frames=3))
    return [[f"{red:02x}{green:02x}{blue:02x}" for red, green, blue in frame.reshape(-1, 3).tolist()]
            for frame in y]


@pytest.mark.skipif(not shutil.which("iverilog"), reason="no iverilog")
def test_pictures_one_after_the_other(tmp_path: Path) -> None:
    seen = screens(tmp_path, pause=10_000)
    assert len(seen) >= SCREENS - 1
    black, *shown = [pixels for pixels, _ in seen]
    assert set(black) == {"000000"}  # the first picture is not there yet
    assert shown == (pictures() * 3)[: len(shown)]
    assert {late for _, late in seen} == {"0"}


@pytest.mark.skipif(not shutil.which("iverilog"), reason="no iverilog")
def test_a_pause_spoils_one_picture(tmp_path: Path) -> None:
    """What comes too late is not shown, nor anything in a wrong place; then pictures go on."""
    seen = screens(tmp_path, pause=232)
    assert seen[-1][1] == "1"
    right = pictures()
    spoilt = [pixels for pixels, _ in seen if pixels not in right and set(pixels) != {"000000"}]
    assert len(spoilt) == 1
    (whole,) = [picture for picture in right if picture[0] == spoilt[0][0]]
    length = next(at for at, (a, b) in enumerate(zip(spoilt[0], whole, strict=True)) if a != b)
    assert set(spoilt[0][length:]) == {"000000"}
    assert seen[-1][0] in right
    assert seen[-2][0] in right
