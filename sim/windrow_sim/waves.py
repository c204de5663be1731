"""Waves: cut a trace to some cycles, and write views of it that show the block diagram and its numbers.

    waves.vcd ──▶ waves.gtkw   gtkwave waves.gtkw
             └──▶ waves.sucl   surfer --command-file waves.sucl waves.vcd

A view has a group for the streams, one for each block of the datapath, and one for each part of a block; in
all of them payloads, pixels, counters and sums are decimal numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from windrow.outputs import whole

if TYPE_CHECKING:
    from windrow.design import Design

__all__ = ["check_trace_cycles", "cut", "write_views"]

BLOCKS = ("line_buffer", "reader", "mac_array", "output_queue")
"""Blocks in the order of the datapath."""

_FEMTOSECONDS = {"fs": 1, "ps": 10**3, "ns": 10**6, "us": 10**9, "ms": 10**12, "s": 10**15}
_CYCLE = 10**9  # femtoseconds: cycle c begins at c microseconds
_GTKWAVE = {"bit": "@28", "unsigned": "@24", "signed": "@420"}
_SURFER = {"unsigned": "Unsigned", "signed": "Signed"}


def check_trace_cycles(cycles: tuple[int, int] | None) -> tuple[int, int] | None:
    """`(first, end)` as integers. Raises TypeError for anything but two integers, ValueError for none in between."""
    if cycles is None:
        return None
    if not isinstance(cycles, (tuple, list)) or len(cycles) != 2 or not all(
            isinstance(c, int) and not isinstance(c, bool) for c in cycles):
        raise TypeError(f"trace_cycles must be two integers (first, end), not {cycles!r}")
    first, end = cycles
    if not 0 <= first < end:
        raise ValueError(f"trace_cycles must be (first, end) with 0 <= first < end, not {tuple(cycles)!r}")
    return first, end


def cut(trace: Path, cycles: tuple[int, int]) -> None:
    """Keep the cycles `first <= c < end` of a VCD file whose cycle `c` begins at `c` microseconds."""
    first, end = (cycle * _CYCLE for cycle in cycles)
    with trace.open(encoding="utf-8") as source, whole(trace) as aside, aside.open("w", encoding="utf-8") as sink:
        unit = _copy_header(source, sink)
        state: dict[str, str] = {}
        started = False
        for time, lines in _moments(source):
            at = time * unit
            if at >= end:
                break
            if not started and at > first:
                _dump(sink, first // unit, state)
                started = True
            state.update((_signal(line), line) for line in lines)
            if at == first and not started:
                _dump(sink, time, state)
                started = True
            elif started:
                sink.write("".join([f"#{time}\n", *lines]))
        if not started:
            _dump(sink, first // unit, state)
        sink.write(f"#{end // unit}\n")


def _copy_header(source: TextIO, sink: TextIO) -> int:
    """Copy up to the end of the definitions; femtoseconds per unit of time."""
    header: list[str] = []
    for line in source:
        header.append(line)
        if line.strip().startswith("$enddefinitions"):
            break
    sink.write("".join(header))
    number, name = re.findall(r"\$timescale\s+(\d+)\s*([munpf]?s)", "".join(header))[0]
    return int(number) * _FEMTOSECONDS[name]


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
        numbers = r"beat_|sum_|bias_|total|term_|product|multiplied|level\d|weight$|lead$|free$|left$"
        inside_array = self.inside.startswith("mac_array") and layer.accumulator_type.signed
        return "signed" if re.match(numbers, name) and (inside_array or name in ("lead", "free", "left")) else "unsigned"


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
    """Named signals of a VCD header; not the copies and temporaries, whose names hold a "$"."""
    scopes: list[str] = []
    with trace.open(encoding="utf-8") as source:
        for line in source:
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.append(words[2])
            elif words[:1] == ["$upscope"]:
                scopes.pop()
            elif words[:1] == ["$var"] and "$" not in words[4] and int(words[2]) and words[4][0] != "\\":
                vector = words[5] if words[5] != "$end" else ""
                inside = [scope for scope in scopes if scope not in ("bench", "top", "TOP", "windrow")]
                yield _Signal(".".join([*scopes, words[4]]) + vector, ".".join([*inside, words[4]]), int(words[2]))
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
        for signal in signals:
            lines.append(f"variable_add {re.sub(r'\[.*', '', signal.path)}")
    number = 0
    for signals in groups.values():
        number += 1  # the divider
        for signal in signals:
            if signal.kind(design) in _SURFER:
                lines += [f"item_focus {_label(number)}", f"item_set_format {_SURFER[signal.kind(design)]}"]
            number += 1
    return "\n".join([*lines, "item_unfocus", "zoom_fit", ""])


def _label(number: int) -> str:
    """Surfer's name of the item in a row of the list: 0, 1, ..., f, 10, ..."""
    return format(number, "x")
