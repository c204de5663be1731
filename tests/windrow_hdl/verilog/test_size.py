"""The way through Verilog text costs nothing: as many cells as straight from RTLIL."""

import json
from pathlib import Path

import pytest

import windrow as wr
from installed import needs
from windrow_hdl.synthesis import fpga_tools
from windrow_hdl.verilog.writer import from_rtlil, to_rtlil

needs("pyosys", "fpga")

LAYER = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
_SCRIPT = "{read} design\nhierarchy -top windrow\nsynth_ecp5\ntee -q -o cells.json stat -json\n"


def cells(read: str, text: str, folder: Path) -> dict[str, int]:
    """LUTs as `wr.synthesize` counts them, registers, block RAM and multipliers."""
    (folder / "design").write_text(text, encoding="utf-8")
    (folder / "size.ys").write_text(_SCRIPT.format(read=read), encoding="utf-8")
    fpga_tools.run(fpga_tools.yosys(), ["size.ys"], folder, "size")
    report = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    found = report["modules"]["\\windrow"]["num_cells_by_type"]
    lut = found.get("LUT4", 0) + 2 * found.get("CCU2C", 0) + 4 * found.get("TRELLIS_DPR16X4", 0)
    return {"lut": lut, **{name: found.get(name, 0) for name in ("TRELLIS_FF", "DP16KD", "MULT18X18D")}}


@pytest.mark.parametrize(("taps", "most"), [(3, 231), (9, 289)])
def test_no_larger_than_from_rtlil(taps: int, most: int, tmp_path: Path) -> None:
    text = to_rtlil(wr.Design(LAYER, taps=taps), LAYER.random_weights(0), technology="ecp5")
    direct = cells("read_rtlil", text, tmp_path)
    through = cells("read_verilog", from_rtlil(text), tmp_path)
    assert through.pop("lut") <= min(direct.pop("lut"), most)
    assert through == direct
