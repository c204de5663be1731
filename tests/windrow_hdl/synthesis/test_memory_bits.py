"""`Design.buffer_bits` is what the hardware instantiates, in the netlist before technology mapping."""

import json
from pathlib import Path

import pytest

import windrow as wr
from installed import needs
from windrow.operators.conv2d import Conv2d
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.verilog.writer import to_rtlil

needs("pyosys", "fpga")

_SCRIPT = """\
read_rtlil top.il
proc
flatten
memory_collect
write_json netlist.json
"""

DESIGNS = {
    "gather, one address": wr.Design(Conv2d(height=9, width=12, kernel_size=3, stride=2, padding=1), taps=3),
    "gather, one tap": wr.Design(Conv2d(height=9, width=12, kernel_size=3, stride=2, padding=1), taps=1),
    "gather, an address per bank": wr.Design(Conv2d(height=9, width=12, kernel_size=3, padding=1), taps=2),
    "store": wr.Design(Conv2d(height=9, width=12, kernel_size=3, stride=2, padding=1)),
    "store, not in step with stride": wr.Design(Conv2d(height=16, width=20, kernel_size=5, stride=3)),
    "store, slices": wr.Design(
        Conv2d(height=8, width=8, in_channels=6, out_channels=4, kernel_size=3), lanes=2, pe=2
    ),
    "store, dilation": wr.Design(Conv2d(height=12, width=15, kernel_size=3, dilation=2, stride=2), taps=5),
    "gather, slices": wr.Design(
        Conv2d(height=8, width=9, in_channels=4, kernel_size=(4, 2), stride=2), lanes=2, taps=2
    ),
    "pixels that nothing reads": wr.Design(Conv2d(height=8, width=8, kernel_size=1, stride=2)),
    "narrow pixels": wr.Design(Conv2d(height=8, width=8, kernel_size=3, input_type=wr.UInt(3)), taps=3),
}


def memory_bits(design: wr.Design, folder: Path) -> dict[str, int]:
    """Bits of every memory in the netlist, by its name."""
    layer = design.layer
    text = to_rtlil(design, layer.random_weights(0), layer.random_bias(0), name="top")
    (folder / "top.il").write_text(text, encoding="utf-8")
    (folder / "top.ys").write_text(_SCRIPT, encoding="utf-8")
    fpga_tools.run(fpga_tools.yosys(), ["top.ys"], folder, "memory-bits")
    netlist = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))
    cells = netlist["modules"]["top"]["cells"].values()
    memories = [cell["parameters"] for cell in cells if cell["type"] == "$mem_v2"]
    return {memory["MEMID"]: int(memory["WIDTH"], 2) * int(memory["SIZE"], 2) for memory in memories}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())
def test_buffer_bits(design: wr.Design, tmp_path: Path) -> None:
    memories = memory_bits(design, tmp_path)
    pixels = {name: bits for name, bits in memories.items() if "line_buffer." in name or ".bank_" in name}
    assert sum(pixels.values()) == design.buffer_bits, memories
