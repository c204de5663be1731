"""Waves: bounded, with one scope a block, and with views that GTKWave and Surfer understand."""

import re
import struct
from pathlib import Path

import pytest

import windrow as wr
from windrow_sim import ToolMissing, tools
from windrow_sim.tools import compiler, fst_headers

try:
    compiler()
    COMPILER = True
except ToolMissing:
    COMPILER = False
try:
    fst_headers()
    FST = True
except ToolMissing:
    FST = False
needs_compiler = pytest.mark.skipif(not COMPILER, reason="no C++ compiler")
needs_fst = pytest.mark.skipif(not FST, reason="no lz4.h or zlib.h")
ENGINES = ["amaranth", pytest.param("verilator", marks=needs_compiler)]

LAYER = wr.Conv2d(height=4, width=4, kernel_size=2, out_channels=2, input_type=wr.Int(4),
                  weight_type=wr.Int(3))
DESIGN = wr.Design(LAYER, pe=1, taps=2)
MICROSECOND = {"1 fs": 10**9, "1ns": 10**3}


def trace(path: Path, engine: str, cycles: tuple[int, int] | None = None) -> Path:
    wr.simulate(DESIGN, LAYER.random_input(0, 1), LAYER.random_weights(0), engine=engine, trace=path,
                trace_cycles=cycles).check()
    return path


def changes(path: Path, name: str) -> dict[int, str]:
    """Value of a signal in each cycle (at its beginning) of a VCD file."""
    header, body = path.read_text(encoding="utf-8").split("$enddefinitions", 1)
    found = re.search(rf"\$var wire \d+ (\S+) {name} ", header)
    assert found, name
    unit = next(value for text, value in MICROSECOND.items() if text in header)
    values: dict[int, str] = {}
    time, value = 2**62, "?"
    for line in body.splitlines()[1:]:
        if line.startswith("#"):
            values.update({at: value for at in range(-(-time // unit), -(-int(line[1:]) // unit))})
            time = int(line[1:])
        elif re.fullmatch(rf"(?:b(\w+) |(\w)){re.escape(found[1])}", line.strip()):
            value = line[1:].split()[0] if line[0] == "b" else line[0]
    return {at: text.lstrip("0") or "0" for at, text in values.items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_bounded_waves_are_a_part_of_all(engine: str, tmp_path: Path) -> None:
    everything = trace(tmp_path / "all.vcd", engine)
    part = trace(tmp_path / "part.vcd", engine, (5, 12))
    for name in ("o__valid", "i__ready", "arrived", "credit"):
        whole, cut = changes(everything, name), changes(part, name)
        assert cut == {at: whole[at] for at in range(5, 12)}, name
    assert changes(everything, "o__valid").keys() > set(range(20))


@pytest.mark.parametrize("engine", ENGINES)
def test_bounds_beyond_the_end(engine: str, tmp_path: Path) -> None:
    late = trace(tmp_path / "late.vcd", engine, (10**4, 10**4 + 3))
    assert changes(late, "o__valid") == dict.fromkeys(range(10**4, 10**4 + 3), "0")


@pytest.mark.parametrize("engine", ENGINES)
def test_views_group_by_block_and_show_numbers(engine: str, tmp_path: Path) -> None:
    path = trace(tmp_path / "waves.vcd", engine)
    view = path.with_suffix(".gtkw").read_text(encoding="utf-8").splitlines()
    assert view[0] == '[dumpfile] "waves.vcd"'
    opened = [view[at + 1][1:] for at, line in enumerate(view) if line == "@800200"]
    closed = [view[at + 1][1:] for at, line in enumerate(view) if line == "@1000200"]
    assert opened == closed
    assert [name for name in opened if "." not in name] == [
        "streams", "line_buffer", "reader", "mac_array", "output_queue"]
    payload = next(at for at, line in enumerate(view) if ".i__payload" in line)
    assert view[payload - 1] == "@420"  # signed decimal

    commands = path.with_suffix(".sucl").read_text(encoding="utf-8").splitlines()
    rows = [line.split()[1] for line in commands if line.startswith(("divider_add", "variable_add"))]
    assert [row for row in rows if "." not in row] == [name for name in opened if "." not in name]
    row = next(at for at, name in enumerate(rows) if name.endswith(".i__payload"))
    focus = commands.index(f"item_focus {'abcdefghijklmnop'[row]}")
    assert commands[focus + 1] == "item_set_format Signed"
    # Every signal of a view is in the trace, under this path.
    assert set(paths(path)) >= {row for row in rows if row.count(".") > 1}


def paths(path: Path) -> list[str]:
    scopes: list[str] = []
    found: list[str] = []
    for line in path.read_text(encoding="utf-8").split("$enddefinitions")[0].splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            found.append(".".join([*scopes, words[4]]))
    return found


def fst_header(path: Path) -> tuple[int, int, int, int]:
    """Beginning, end, number of signals and power of ten of a unit of time of an FST file."""
    kind, _, begin, end, _, _, _, signals, _, _, unit = struct.unpack_from(">BQQQ8sQQQQQb", path.read_bytes())
    assert kind == 0
    return begin, end, signals, unit


@needs_fst
def test_fst_has_the_signals_and_cycles_of_vcd(tmp_path: Path) -> None:
    signals = len(paths(trace(tmp_path / "waves.vcd", "verilator")))
    everything = fst_header(trace(tmp_path / "waves.fst", "auto"))
    assert everything[0] == 0
    assert everything[1] > 20_000
    assert everything[2:] == (signals, -9)
    assert fst_header(trace(tmp_path / "part.fst", "verilator", (5, 12))) == (5000, 11_500, signals, -9)
    assert fst_header(trace(tmp_path / "late.fst", "verilator", (9000, 9003)))[0] == 9_000_000


@needs_fst
def test_fst_has_no_views(tmp_path: Path) -> None:
    trace(tmp_path / "waves.fst", "verilator")
    assert [path.name for path in tmp_path.iterdir()] == ["waves.fst"]


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


def test_engines_without_bounds(tmp_path: Path) -> None:
    error = r"^engine must be 'amaranth' or 'verilator' for trace_cycles, not 'icarus'$"
    with pytest.raises(ValueError, match=error):
        trace(tmp_path / "waves.vcd", "icarus", (1, 2))
