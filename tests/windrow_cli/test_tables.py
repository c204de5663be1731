"""Tables never cut a cell: at any width, for every table that a command prints, and in a pipe."""

import io
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

import windrow as wr
import windrow_hdl.synthesis
from installed import needs
from windrow_cli import demo_cases, main
from windrow_cli.tables import Column, print_facts, print_table
from windrow_hdl import boards
from windrow_sim.engines import tools

for package, extra in (("amaranth_boards", "fpga"), ("matplotlib", "explore")):
    needs(package, extra)

WIDTHS = (60, 80, 120)
# Wide in every column: more channels and filters than a 60 column terminal has room for.
BIG = "--height 28 --width 28 --in-channels 1024 --out-channels 2048 --kernel-size 7 --stride 4 --padding 3"
SMALL = "--height 8 --width 10 --kernel-size 3 --stride 2 --padding 1"
# What is printed without line breaks on purpose: places, to be copied.
UNBROKEN = ("Files in ", "The report is ", "Results are kept in ", "no report: ")


def console(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


def printed(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


# ---- the tables themselves --------------------------------------------------------------------------------

COLUMNS = [Column("layer", left=True), Column("multipliers", "multi-\npliers"), Column("interval"),
           Column("what it is", left=True, wraps=True)]  # fmt: skip
NAMES = st.text("abc[]/.…", min_size=1, max_size=30)
FIGURES = st.integers(0, 10**15).map(lambda number: f"{number:,}")
WORDS = st.lists(st.text("defgh,", min_size=1, max_size=12), max_size=12).map(" ".join)
ROWS = st.lists(st.tuples(NAMES, FIGURES, FIGURES, WORDS), min_size=1, max_size=6)


@given(rows=ROWS, width=st.integers(20, 150))
def test_every_cell_is_whole_at_any_width(rows: list[tuple[str, ...]], width: int) -> None:
    on = console(width)
    print_table(on, COLUMNS, rows, title="A title")
    words = Counter(re.findall(r"[^\s;─]+", printed(on)))
    wanted = Counter(word for row in rows for cell in row for word in cell.split())
    assert not wanted - words
    longest = max(cell_len(word) for word in wanted)
    heading = cell_len("multipliers ;    ")
    assert max(map(cell_len, printed(on).splitlines())) <= max(width, longest + heading)


@pytest.mark.parametrize(("width", "form"), [(90, "roomy"), (44, "tight"), (30, "stacked")])
def test_a_row_is_one_line_where_it_fits(width: int, form: str) -> None:
    on = console(width)
    row = ("conv1", "1,234,567", "25,690,112", "short words")
    print_table(on, COLUMNS, [row])
    lines = [line.strip() for line in printed(on).splitlines() if line.strip()]
    if form == "stacked":
        assert lines == ["conv1", "multipliers 1,234,567;", "interval 25,690,112; what it", "is short words"]
    else:
        assert lines[-1].split() == " ".join(row).split()
        assert ("multipliers" in lines[0]) == (form == "roomy")


@given(facts=st.lists(st.tuples(st.text("abc", min_size=1, max_size=12), WORDS), min_size=1, max_size=6),
       width=st.integers(20, 150))  # fmt: skip
def test_facts_are_whole_at_any_width(facts: list[tuple[str, str]], width: int) -> None:
    on = console(width)
    print_facts(on, facts)
    wanted = [word for name, value in facts for word in (name, *value.split())]
    assert printed(on).split() == wanted
    assert max(map(cell_len, printed(on).splitlines())) <= max(width, 15)


def test_a_long_path_is_never_broken() -> None:
    on, path = console(40), "/a/folder/with/a/name/that/is/longer/than/the/terminal/design.bit"
    print_facts(on, [("bitstream", path), ("check", Text("as predicted", "green"))])
    assert any(line.strip().endswith(path) for line in printed(on).splitlines())
    assert "as predicted" in printed(on)


# ---- what the commands print ------------------------------------------------------------------------------


@pytest.fixture
def big_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hardware that nobody has to wait for, with long figures, and a tool that is missing."""
    monkeypatch.chdir(tmp_path)

    def synthesize(design: wr.Design, *_: object, **__: object) -> wr.Synthesis:
        cells = {f"CELL_{number}": 10**number for number in range(9)}
        return wr.Synthesis(design=design, target="ecp5", device="85k", technology="ecp5", lut=123_456_789,
                            ff=987_654_321, bram=1_234, dsp=5_678, fmax_mhz=123.4, seeds=(1, 2, 3),
                            cells=cells, weights="given")  # fmt: skip

    def build(name: str, design: wr.Design, *_: object, **__: object) -> boards.Build:
        return boards.Build(boards.BOARDS[name], design, clock_mhz=36.0, baud=3_000_000, lut=1410, ff=900,
                            bram=6, dsp=3, fmax_mhz=30.5, seed=2,
                            bitstream=Path("build/a-folder/of-some/length/system.bin"))  # fmt: skip

    monkeypatch.setattr(demo_cases, "run", _run_once)
    report = tools.report()
    report["tools"]["make"].update(found=False, version=None)
    monkeypatch.setattr(windrow_hdl.synthesis, "synthesize", synthesize)
    monkeypatch.setattr(wr, "synthesize", synthesize, raising=False)
    monkeypatch.setattr(boards, "build", build)
    monkeypatch.setattr(tools, "report", lambda: report)


_OUTCOMES: dict[tuple[str, str], demo_cases.Outcome] = {}
_RUN = demo_cases.run


def _run_once(case: demo_cases.Case, image: Any, engine: str) -> demo_cases.Outcome:
    """A simulation of the demo; the next width shows the same one."""
    key = (repr(case.design), repr(case.frames))
    if key not in _OUTCOMES:
        _OUTCOMES[key] = _RUN(case, image, engine)
    return _OUTCOMES[key]


def layers_of_ones_own() -> str:
    """A network with names that would be markup, and whose beginnings are alike."""
    sizes = "height = 20\nwidth = 20\nin_channels = 64\nout_channels = 64\nkernel_size = 3\n"
    return "".join(f'[[layers]]\nname = "features.[{at}]/convolution"\ncount = {10**at}\n{sizes}'
                   for at in range(3))  # fmt: skip


def say(capsys: pytest.CaptureFixture[str], command: str) -> str:
    assert main(shlex.split(command)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def figures(text: str) -> Counter[str]:
    """Everything with a digit in it, in whatever order: rows may be one line or many."""
    return Counter(word.strip(";:()│") for word in re.split(r"[\s│]+", text) if re.search(r"\d", word))


@pytest.mark.usefixtures("big_results")
@pytest.mark.parametrize("command", [
    f"plan {BIG}", "workloads", "workloads resnet50", "workloads mine.toml", "doctor", "boards",
    f"synth {BIG}", "build --board icebreaker", f"simulate {SMALL} --engine amaranth",
    "demo --width 16 --engine amaranth",
    f"explore {BIG} --pe 2048 --lanes 512,1024 --kernel-size 3,7",
    "explore --workload mine.toml --pe 1,64 --taps 9",
    "explore --workload alexnet --budget 220dsp,4Mb", "explore --workload mine.toml --fps 1",
])  # fmt: skip
def test_no_figure_is_cut(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine.toml").write_text(layers_of_ones_own(), encoding="utf-8")
    monkeypatch.delenv("COLUMNS", raising=False)
    say(capsys, command)  # what is computed is kept: no later call says how long it took
    piped = _without_time(say(capsys, command))
    assert figures(piped)
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        out = _without_time(say(capsys, command))
        assert "…" not in out
        assert figures(out) == figures(piped), width
        for line in out.splitlines():
            assert cell_len(line.rstrip()) <= width or line.startswith(UNBROKEN), line
    if "mine.toml" in command:
        assert "features.[0]/convolution" in piped


def _without_time(text: str) -> str:
    return re.sub(r" in [\d.]+ s;", " ;", " ".join(text.split(" ")))


def test_a_pipe_has_one_line_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [line.split() for line in say(capsys, f"plan {BIG}").splitlines()]
    # Estimates have a table of their own.
    body = [row for row in rows if len(row) == 9 and row[0].isdecimal()]
    layer = wr.Conv2d(height=28, width=28, in_channels=1024, out_channels=2048, kernel_size=7, stride=4,
                      padding=3)  # fmt: skip
    wanted = wr.plan(layer, pace="beat", all=True)
    assert len(wanted) > 1
    assert [row[3] for row in body] == [f"{design.multipliers:,}" for design in wanted]
    assert [row[5] for row in body] == [f"{design.interval:,}" for design in wanted]


@pytest.mark.usefixtures("big_results")
def test_numbers_in_the_demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = say(capsys, "demo --width 16 --engine amaranth")
    numbers: list[Any] = re.findall(r"-?\d+", out)
    layer = wr.Conv2d(height=6, width=6, kernel_size=3, padding=1, weight_type=wr.Int(2))
    wanted = np.abs(layer.golden(demo_cases.TEXTBOOK_IMAGE, demo_cases.TEXTBOOK_FILTER)).ravel().tolist()
    assert not Counter(map(str, wanted)) - Counter(number.lstrip("-") for number in numbers)
