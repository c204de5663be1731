"""Waves: bounded, with one scope a block, and with views that GTKWave and Surfer understand."""

import re
import struct
from pathlib import Path

import pytest
import pywellen

import windrow as wr
from tool_marks import needs_cocotb, needs_compiler, needs_fst, needs_icarus
from windrow.operators.operator import Operator
from windrow_sim import Hang, ToolMissing
from windrow_sim.engines import tools
from windrow_sim.engines.tools import fst_headers
from windrow_sim.waves.trace import FORMATS, check_trace, recording

VCD = [("amaranth", "vcd"), pytest.param("verilator", "vcd", marks=needs_compiler),
       pytest.param("verilator-cocotb", "vcd", marks=needs_cocotb)]
ALL = [*VCD, pytest.param("verilator", "fst", marks=needs_fst),
       pytest.param("icarus", "fst", marks=needs_icarus)]

LAYER = wr.Conv2d(height=4, width=4, kernel_size=2, in_channels=2, out_channels=2, input_type=wr.Int(4),
                  weight_type=wr.Int(3))
DESIGN = wr.Design(LAYER, lanes=2, pe=2, taps=2)
START = {"icarus": 4, "verilator-cocotb": 4}  # microsecond in which cycle 0 begins, where it is not 0


def simulate(path: Path, engine: str, cycles: tuple[int, int] | None = None) -> wr.Run:
    return wr.simulate(DESIGN, LAYER.random_input(0, 1), LAYER.random_weights(0), engine=engine, trace=path,
                       trace_cycles=cycles).check()


def trace(path: Path, engine: str, cycles: tuple[int, int] | None = None) -> Path:
    simulate(path, engine, cycles)
    return path


class Waves:
    """A trace as Surfer sees it: `pywellen` is its reader."""

    def __init__(self, path: Path, engine: str) -> None:
        self.file = pywellen.Waveform(str(path))
        self.paths = [signal.full_name for signal in self.file.all_vars()]
        self.start = START.get(engine, 0)
        self.unit = {"1ns": 1000, "1fs": 10**9}[str(self.file.timescale)]

    def value(self, name: str, cycle: int, signed: bool = False) -> int:
        """Of the signal with this name in the first scope that has one, a quarter into a cycle."""
        signal = self.file[next(path for path in self.paths if path.split(".")[-1] == name)]
        value = int(signal.signal.value_at((self.start + cycle) * self.unit + self.unit // 4))
        return value - (1 << signal.bitwidth) if signed and value >> (signal.bitwidth - 1) else value


@pytest.mark.parametrize(("engine", "suffix"), ALL)
def test_bounded_waves_are_a_part_of_all(engine: str, suffix: str, tmp_path: Path) -> None:
    everything = Waves(trace(tmp_path / f"all.{suffix}", engine), engine)
    part = Waves(trace(tmp_path / f"part.{suffix}", engine, (15, 22)), engine)
    assert part.paths == everything.paths
    for name in ("o__valid", "o__payload", "i__ready", "arrived", "credit"):
        values = [everything.value(name, cycle) for cycle in range(15, 22)]
        assert [part.value(name, cycle) for cycle in range(15, 22)] == values, name
    assert {everything.value("o__valid", cycle) for cycle in range(15, 22)} == {0, 1}


@pytest.mark.parametrize(("engine", "suffix"), VCD)
def test_bounded_waves_have_no_other_cycles(engine: str, suffix: str, tmp_path: Path) -> None:
    text = trace(tmp_path / f"part.{suffix}", engine, (5, 12)).read_text(encoding="utf-8")
    times = [int(line[1:]) for line in text.splitlines() if re.fullmatch(r"#\d+", line)]
    unit, start = 10**9 if "1 fs" in text else 10**3, START.get(engine, 0)
    assert (times[0], times[-1]) == ((start + 5) * unit, (start + 12) * unit)


@pytest.mark.parametrize(("engine", "suffix"), [one for one in ALL if one != ALL[-1]])
def test_bounds_beyond_the_end(engine: str, suffix: str, tmp_path: Path) -> None:
    late = Waves(trace(tmp_path / f"late.{suffix}", engine, (10**4, 10**4 + 3)), engine)
    assert [late.value("o__valid", cycle) for cycle in range(10**4, 10**4 + 3)] == [0, 0, 0]


@needs_icarus
def test_icarus_records_nothing_after_the_end(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^trace_cycles must begin before the run is over, not at 10000$"):
        trace(tmp_path / "late.fst", "icarus", (10**4, 10**4 + 3))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("engine", "suffix"), ALL)
def test_the_numbers_of_a_payload_are_signals(engine: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"waves.{suffix}"
    run, waves = simulate(path, engine), Waves(path, engine)
    for cycle, pixel in enumerate(run.x.reshape(-1, 2).tolist()):  # one is accepted in every cycle
        assert [waves.value(f"i_lane_{lane}", cycle, signed=True) for lane in range(2)] == pixel
    outputs = run.output.reshape(-1, 2).tolist()
    for cycle, sums in zip(run.output_cycles.ravel().tolist(), outputs, strict=True):
        assert [waves.value(f"o_filter_{each}", cycle, signed=True) for each in range(2)] == sums
    # The views show them as numbers, and what is made of them as bits.
    view = path.with_suffix(".gtkw").read_text(encoding="utf-8").splitlines()
    shown = {line.split(".")[-1]: view[at - 1] for at, line in enumerate(view)}
    assert shown["i_lane_1[3:0]"] == shown["o_filter_0[9:0]"] == "@420"
    assert shown["i__payload[7:0]"] == shown["o__payload[19:0]"] == "@22"
    commands = path.with_suffix(".sucl").read_text(encoding="utf-8")
    assert commands.count("item_set_format Hexadecimal") >= 2


@pytest.mark.parametrize(("engine", "suffix"), ALL)
def test_views_group_by_block(engine: str, suffix: str, tmp_path: Path) -> None:
    path = trace(tmp_path / f"waves.{suffix}", engine)
    waves = Waves(path, engine)
    view = path.with_suffix(".gtkw").read_text(encoding="utf-8").splitlines()
    assert view[0] == f'[dumpfile] "waves.{suffix}"'
    opened = [view[at + 1][1:] for at, line in enumerate(view) if line == "@800200"]
    closed = [view[at + 1][1:] for at, line in enumerate(view) if line == "@1000200"]
    assert opened == closed
    assert [name for name in opened if "." not in name] == [
        "streams", "line_buffer", "reader", "mac_array", "output_queue"]
    first = [line.split(".")[-1] for line in view[4:40] if line[0] not in "@-"]
    assert first[:12] == [
        "clk", "rst", "i__valid", "i__ready", "i__payload[7:0]", "i_lane_0[3:0]", "i_lane_1[3:0]",
        "o__valid", "o__ready", "o__payload[19:0]", "o_filter_0[9:0]", "o_filter_1[9:0]"]

    commands = path.with_suffix(".sucl").read_text(encoding="utf-8").splitlines()
    rows = [line.split()[1] for line in commands if line.startswith(("divider_add", "variable_add"))]
    assert [row for row in rows if row in opened] == opened
    row = next(at for at, name in enumerate(rows) if name.endswith(".i_lane_0"))
    focus = commands.index(f"item_focus {'abcdefghijklmnop'[row]}")
    assert commands[focus + 1] == "item_set_format Signed"
    # Every signal of a view is in the trace, under this path and with this range.
    variables = [row for row in rows if row not in opened]
    assert set(variables) <= set(waves.paths)
    widths = {name: waves.file[name].bitwidth for name in variables}
    assert [line for line in view[4:] if line[0] not in "@-"] == [
        name if width == 1 else f"{name}[{width - 1}:0]" for name, width in widths.items()]


SIZE = {"height": 5, "width": 6}
BLOCKS = [
    (wr.Conv2d(**SIZE, kernel_size=3, output=(wr.Requantize(0.01, type=wr.UInt(8)), wr.Clamp(3, 90))), {},
     ["mac_array", "map_0", "map_1"],
     {"mac_array.payload[19:0]": "@420", "map_0.payload[19:0]": "@420", "map_0.payload_out[7:0]": "@24",
      "map_1.payload[7:0]": "@24", "o__payload[6:0]": "@24", "output_queue.payload[6:0]": "@24"}),
    (wr.MinPool2d(**SIZE, channels=2, kernel_size=3, input_type=wr.Int(8), stride=2), {"taps": 3},
     ["extreme"],
     {"extreme.payload[7:0]": "@420", "extreme.operand_0_0[7:0]": "@420", "o__payload[7:0]": "@420"}),
    (wr.Median2d(**SIZE, channels=1, kernel_size=3), {"taps": 9}, ["rank"],
     {"rank.payload[7:0]": "@24", "rank.column__0[7:0]": "@24"}),
    (wr.AvgPool2d(**SIZE, channels=1, kernel_size=3, stride=2, input_type=wr.Int(8),
                  output=wr.Lookup(list(range(256)), type=wr.UInt(8))), {"taps": 3}, ["average", "map_0"],
     {"average.sums__0[11:0]": "@420", "map_0.payload[7:0]": "@420",
      "map_0.payload_out[7:0]": "@24", "o__payload[7:0]": "@24"}),
]


@pytest.mark.parametrize(("layer", "folding", "between", "numbers"), BLOCKS,
                         ids=lambda one: getattr(one, "kind", ""))
def test_views_of_every_operator(
    layer: Operator, folding: dict[str, int], between: list[str], numbers: dict[str, str], tmp_path: Path
) -> None:
    """The reduction and the output maps are blocks, and numbers are shown as what they are at that place."""
    path = tmp_path / "waves.vcd"
    design = wr.Design(layer, **folding)
    wr.simulate(design, layer.random_input(0), layer.random_weights(0), engine="amaranth", trace=path)
    view = path.with_suffix(".gtkw").read_text(encoding="utf-8").splitlines()
    opened = [view[at + 1][1:] for at, line in enumerate(view) if line == "@800200"]
    blocks = ["streams", "line_buffer", "reader", *between, "output_queue"]
    assert [name for name in opened if "." not in name] == blocks
    shown = {line.removeprefix("bench.top."): view[at - 1] for at, line in enumerate(view)}
    assert {name: shown[name] for name in numbers} == numbers


@pytest.mark.parametrize(("engine", "suffix"), [VCD[0], ALL[3]])
def test_one_number_a_beat_needs_no_more_signals(engine: str, suffix: str, tmp_path: Path) -> None:
    layer = LAYER.replace(in_channels=1, out_channels=1)
    path = tmp_path / f"waves.{suffix}"
    wr.simulate(wr.Design(layer, taps=2), layer.random_input(0), layer.random_weights(0), engine=engine,
                trace=path)
    view = path.with_suffix(".gtkw").read_text(encoding="utf-8").splitlines()
    shown = {line.split(".")[-1]: view[at - 1] for at, line in enumerate(view)}
    assert shown["i__payload[3:0]"] == "@420"
    assert not [name for name in shown if re.match("i_lane|o_filter", name)]


def test_waves_of_a_run_that_hangs_are_kept(tmp_path: Path) -> None:
    path = trace(tmp_path / "good.vcd", "amaranth")

    def hang() -> None:
        with recording(tmp_path / "bad.vcd", "amaranth", views=DESIGN) as aside:
            assert aside is not None
            aside.write_bytes(path.read_bytes())
            raise Hang("nothing moves")

    with pytest.raises(Hang, match="^nothing moves$"):
        hang()
    assert sorted(file.name for file in tmp_path.glob("bad*")) == ["bad.gtkw", "bad.sucl", "bad.vcd"]


def test_any_other_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "old.vcd").write_text("old")

    def fail() -> None:
        with recording(tmp_path / "old.vcd", "amaranth", views=DESIGN) as aside:
            assert aside is not None
            aside.write_text("half")
            raise ToolMissing("no compiler")

    with pytest.raises(ToolMissing):
        fail()
    assert (tmp_path / "old.vcd").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def signals(path: Path) -> int:
    return path.read_text(encoding="utf-8").split("$enddefinitions")[0].count("$var ")


def fst_header(path: Path) -> tuple[int, int, int, int]:
    """Beginning, end, number of signals and power of ten of a unit of time of an FST file."""
    kind, _, begin, end, _, _, _, signals, _, _, unit = struct.unpack_from(">BQQQ8sQQQQQb", path.read_bytes())
    assert kind == 0
    return begin, end, signals, unit


@needs_fst
def test_fst_has_the_signals_and_cycles_of_vcd(tmp_path: Path) -> None:
    count = signals(trace(tmp_path / "waves.vcd", "verilator"))
    everything = fst_header(trace(tmp_path / "waves.fst", "auto"))
    assert everything[0] == 0
    assert everything[1] > 20_000
    assert everything[2:] == (count, -9)
    assert fst_header(trace(tmp_path / "part.fst", "verilator", (5, 12))) == (5000, 11_500, count, -9)
    assert fst_header(trace(tmp_path / "late.fst", "verilator", (9000, 9003)))[0] == 9_000_000


@needs_compiler
def test_fst_without_its_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("fatal error: lz4.h: No such file or directory")

    monkeypatch.setattr(tools, "run_tool", fail)
    fst_headers.cache_clear()
    try:
        assert not tools.report()["tools"]["lz4.h, zlib.h"]["found"]
        with pytest.raises(ToolMissing, match=r": apt install liblz4-dev zlib1g-dev \(or write \.vcd\)$"):
            trace(tmp_path / "waves.fst", "verilator")
    finally:
        fst_headers.cache_clear()


@pytest.mark.parametrize(("cycles", "error"), [
    ((3, 3), r"^trace_cycles must be \(first, end\) with 0 <= first < end, not \(3, 3\)$"),
    ((-1, 3), r"^trace_cycles must be \(first, end\) with 0 <= first < end, not \(-1, 3\)$"),
])
def test_bounds_without_a_cycle(cycles: tuple[int, int], error: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=error):
        trace(tmp_path / "waves.vcd", "amaranth", cycles)


def test_bounds_of_another_kind(tmp_path: Path) -> None:
    error = r"^trace_cycles must be two integers \(first, end\), not \(1, 2.5\)$"
    with pytest.raises(TypeError, match=error):
        trace(tmp_path / "waves.vcd", "amaranth", (1, 2.5))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [5, None, ["waves.vcd"]])
def test_a_trace_that_is_no_path(wrong: object) -> None:
    if wrong is None:
        assert check_trace(wrong, "amaranth") is None
        return
    with pytest.raises(TypeError, match=rf"^trace must be a path, not {re.escape(repr(wrong))}$"):
        simulate(wrong, "amaranth")  # type: ignore[arg-type]


def test_a_trace_without_a_name() -> None:
    with pytest.raises(ValueError, match=r"^trace must not be empty$"):
        simulate("", "amaranth")  # type: ignore[arg-type]


@pytest.mark.parametrize(("engine", "name", "hint"), [
    ("icarus", "waves.vcd", "; engine 'amaranth' or 'verilator' or 'verilator-cocotb' writes .vcd"),
    ("verilator-cocotb", "waves.fst", "; engine 'verilator' or 'icarus' writes .fst"),
    ("icarus", "waves", ""),
])
def test_a_format_of_another_engine(engine: str, name: str, hint: str) -> None:
    legal = " or ".join(FORMATS[engine])
    error = f"trace must be a path that ends in {legal} for engine '{engine}', not '{name}'{hint}"
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        simulate(Path(name), engine)
