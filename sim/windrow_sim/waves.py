"""Waves: cut a trace to some cycles, and write views of it that show the block diagram and its numbers.

    waves.vcd ──▶ waves.gtkw   gtkwave waves.gtkw
             └──▶ waves.sucl   surfer --command-file waves.sucl waves.vcd

A view has a group for the streams, one for each block of the datapath, and one for each part of a block; in
all of them payloads, pixels, counters and sums are decimal numbers.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from windrow.outputs import whole

if TYPE_CHECKING:
    from windrow.design import Design

__all__ = ["check_trace_cycles", "finish", "write_views"]

BLOCKS = ("line_buffer", "reader", "mac_array", "output_queue")
"""Blocks in the order of the datapath."""

_FEMTOSECONDS = {"fs": 1, "ps": 10**3, "ns": 10**6, "us": 10**9, "ms": 10**12, "s": 10**15}
_CYCLE = 10**9  # femtoseconds: cycle c begins at c microseconds
_GTKWAVE = {"bit": "@28", "unsigned": "@24", "signed": "@420"}
_SURFER = {"unsigned": "Unsigned", "signed": "Signed"}


def check_trace_cycles(cycles: tuple[int, int] | None) -> tuple[int, int] | None:
    """`(first, end)`. Raises TypeError for anything but two integers, ValueError if no cycle is in it."""
    if cycles is None:
        return None
    if not isinstance(cycles, (tuple, list)) or len(cycles) != 2 or not all(
            isinstance(c, int) and not isinstance(c, bool) for c in cycles):
        raise TypeError(f"trace_cycles must be two integers (first, end), not {cycles!r}")
    first, end = cycles
    if not 0 <= first < end:
        raise ValueError(f"trace_cycles must be (first, end) with 0 <= first < end, not {tuple(cycles)!r}")
    return first, end


def finish(trace: Path, design: Design, cycles: tuple[int, int] | None = None) -> None:
    """Bring a trace whose cycle `c` begins at `c` microseconds into its final form, and write its views.

    Keeps the cycles `first <= c < end` of `cycles`, and makes a scope of each block in flattened Verilog.
    """
    with (
        whole(trace) as aside,
        trace.open(encoding="utf-8") as source,
        aside.open("w", encoding="utf-8") as sink,
    ):
        unit = _copy_header(source, sink)
        if cycles is None:
            shutil.copyfileobj(source, sink)
        else:
            _copy_cycles(source, sink, *(cycle * _CYCLE // unit for cycle in cycles))
    write_views(trace, design)


def _copy_cycles(source: TextIO, sink: TextIO, first: int, end: int) -> None:
    """Copy the changes from time `first` up to time `end`, after the values that signals have at `first`."""
    state: dict[str, str] = {}
    started = False
    for time, lines in _moments(source):
        if not started and time > first:
            _dump(sink, first, state)
            started = True
        if time >= end:
            break
        state.update((_signal(line), line) for line in lines)
        if started:
            sink.write("".join([f"#{time}\n", *lines]))
    if not started:
        _dump(sink, first, state)
    sink.write(f"#{end}\n")


def _copy_header(source: TextIO, sink: TextIO) -> int:
    """Copy the definitions, `a.b.signal` as `signal` in scopes; femtoseconds per unit of time."""
    header: list[str] = []
    inside: list[str] = []  # scopes that stand for parts of a name
    for line in source:
        words = line.split()
        *scopes, name = words[4].split(".") if words[:1] == ["$var"] else [""]
        shared = next((n for n, pair in enumerate(zip(inside, scopes, strict=False)) if pair[0] != pair[1]),
                      min(len(inside), len(scopes)))
        header += ["$upscope $end\n"] * (len(inside) - shared)
        header += [f"$scope module {scope} $end\n" for scope in scopes[shared:]]
        inside = scopes
        header.append(" ".join([*words[:4], name, *words[5:], "\n"]) if scopes else line)
        if words[:1] == ["$enddefinitions"]:
            break
    sink.write("".join(header))
    found = re.search(r"\$timescale\s+(\d+)\s*([munpf]?s)", "".join(header))
    if not found:
        raise ValueError(f"{source.name} must be a VCD file with a timescale")
    return int(found[1]) * _FEMTOSECONDS[found[2]]


def _moments(source: TextIO) -> Iterator[tuple[int, list[str]]]:
    """(time, lines of value changes) of a VCD body."""
    time, lines = 0, []
    for line in source:
        if line.startswith("#"):
            yield time, lines
            time, lines = int(line[1:]), []
        elif line.strip() and not line.startswith("$"):
            lines.append(line)
    yield time, lines


def _signal(line: str) -> str:
    return line.split()[1] if line[0] in "bBrRsS" else line[1:].strip()


def _dump(sink: TextIO, time: int, state: dict[str, str]) -> None:
    sink.write("".join([f"#{time}\n", "$dumpvars\n", *state.values(), "$end\n"]))


# Views ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Signal:
    """A signal of the trace. `path` has the name of each scope, `inside` those within the design."""

    path: str
    inside: str
    bits: int

    @property
    def group(self) -> str:
        block = self.inside.split(".")[0]
        if block in BLOCKS:
            return ".".join(self.inside.split(".")[:-1][:2])
        return "streams" if re.match(r"[io]__|clk$|rst$", self.inside) else ""

    def kind(self, design: Design) -> str:
        """How to show it: bit, unsigned or signed."""
        if self.bits == 1:
            return "bit"
        layer, name = design.layer, self.inside.rsplit(".", 1)[-1]
        if re.match(r"operands", name):
            return "signed" if layer.input_type.signed else "unsigned"
        if re.match(r"i__payload", self.inside):
            return "signed" if layer.input_type.signed and design.lanes == 1 else "unsigned"
        if re.match(r"o__payload", self.inside):
            return "signed" if layer.accumulator_type.signed and design.pe == 1 else "unsigned"
        if self.inside.startswith("mac_array") and layer.accumulator_type.signed:
            sums = r"beat_|sum_|bias_|total|term_|product|multiplied|level\d"
            return "signed" if re.match(sums, name) else "unsigned"
        return "signed" if name in ("lead", "free", "left") else "unsigned"


def write_views(trace: Path, design: Design) -> tuple[Path, Path]:
    """Write the views for GTKWave and Surfer next to a VCD file. Returns their paths."""
    groups = _groups(trace)
    gtkwave, surfer = trace.with_suffix(".gtkw"), trace.with_suffix(".sucl")
    with whole(gtkwave) as aside:
        aside.write_text(_gtkwave(trace, groups, design), encoding="utf-8")
    with whole(surfer) as aside:
        aside.write_text(_surfer(groups, design), encoding="utf-8")
    return gtkwave, surfer


def _groups(trace: Path) -> dict[str, list[_Signal]]:
    """Signals by group: streams first, then the blocks in the order of the datapath."""
    groups: dict[str, list[_Signal]] = {}
    seen: set[str] = set()
    for signal in _signals(trace):
        if signal.group and signal.inside not in seen:
            seen.add(signal.inside)
            groups.setdefault(signal.group, []).append(signal)
    rank = {name: number for number, name in enumerate(("streams", *BLOCKS))}
    return dict(sorted(groups.items(), key=lambda item: (rank[item[0].split(".")[0]], item[0])))


def _signals(trace: Path) -> Iterator[_Signal]:
    """Signals of a VCD header with plain names; not words of memories, nor temporaries ("$")."""
    scopes: list[str] = []
    with trace.open(encoding="utf-8") as source:
        for line in source:
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.append(words[2])
            elif words[:1] == ["$upscope"]:
                scopes.pop()
            elif words[:1] == ["$var"] and int(words[2]) and re.fullmatch(r"\w+", words[4]):
                vector = words[5] if words[5] != "$end" else ""
                inside = [scope for scope in scopes if scope not in ("bench", "top", "TOP", "windrow")]
                yield _Signal(".".join([*scopes, words[4]]) + vector, ".".join([*inside, words[4]]),
                              int(words[2]))
            elif words[:1] == ["$enddefinitions"]:
                return


def _gtkwave(trace: Path, groups: dict[str, list[_Signal]], design: Design) -> str:
    lines = [f'[dumpfile] "{trace.name}"', f'[savefile] "{trace.with_suffix(".gtkw").name}"', "[timestart] 0"]
    for name, signals in groups.items():
        lines += ["@800200", f"-{name}"]
        for signal in signals:
            lines += [_GTKWAVE[signal.kind(design)], signal.path]
        lines += ["@1000200", f"-{name}"]
    return "\n".join([*lines, ""])


def _surfer(groups: dict[str, list[_Signal]], design: Design) -> str:
    lines: list[str] = []
    for name, signals in groups.items():
        lines.append(f"divider_add {name}")
        lines += [f"variable_add {signal.path.partition('[')[0]}" for signal in signals]
    number = 0
    for signals in groups.values():
        number += 1  # the divider
        for signal in signals:
            if signal.kind(design) in _SURFER:
                lines += [f"item_focus {_label(number)}", f"item_set_format {_SURFER[signal.kind(design)]}"]
            number += 1
    return "\n".join([*lines, "item_unfocus", "zoom_fit", ""])


def _label(number: int) -> str:
    """Surfer's name of a row: hexadecimal, with the letters a to p for digits."""
    return "".join("abcdefghijklmnop"[int(digit, 16)] for digit in format(number, "x"))
