"""Views of waves: files with which GTKWave and Surfer show the block diagram and its numbers.

    waves.vcd ──▶ waves.gtkw   gtkwave waves.gtkw
    or .fst  └──▶ waves.sucl   surfer --command-file waves.sucl waves.vcd

A view has a group for the streams, one for each block of the datapath, and one for each part of a block; in
all of them pixels, counters and sums are decimal numbers. A payload of several numbers, the bits of which are
hexadecimal, is followed by each of them (`probes`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windrow.storage.outputs import whole
from windrow.values.numerics import IntType
from windrow_hdl.reductions.table import reduction_of
from windrow_sim.waves import fst, vcd

if TYPE_CHECKING:
    from windrow.stage.design import Design

__all__ = ["write_views"]

_STREAMS = ("clk", "rst", "i__valid", "i__ready", "i__payload", "i_lane",
            "o__valid", "o__ready", "o__payload", "o_filter")
"""Signals of the streams, in the order of the view, and how the numbers of a payload begin."""

_AROUND = ("bench", "top", "TOP", "windrow", "$rootio")
"""Scopes around the blocks, which differ between simulators."""

_OPERANDS = r"(input|operand|item|column)_+\d|column|pixel$"
"""Numbers inside a reduction that are pixels, or of their kind."""

_RESULTS = (r"(beat|sum|sums|bias|term|output|result|so_far|quotient|min|max|median|add|sub|offset|minus)"
            r"_+\d|total|product|multiplied|level\d")
"""Numbers on their way to a result."""

_CYCLE = 10**9  # femtoseconds
_PIXELS = 32  # of a cycle, at first
_FRAME = 200  # pixels of the time that GTKWave counts its zoom by
_MARKERS = 26  # of GTKWave, a letter each
_GTKWAVE = {"bit": "@28", "unsigned": "@24", "signed": "@420", "bits": "@22"}
_SURFER = {"unsigned": "Unsigned", "signed": "Signed", "bits": "Hexadecimal"}


@dataclass(frozen=True)
class _Signal:
    """A signal of the trace. `path` has the name of each scope, `inside` those within the design."""

    path: str
    inside: str
    bits: int

    def group(self, blocks: Sequence[str]) -> str:
        """Block, or part of a block; "" for what a view does not show."""
        block, *rest = self.inside.split(".")
        if block in blocks:
            return ".".join([block, *rest[:-1][:1]])
        return "streams" if self.rank is not None else ""

    @property
    def rank(self) -> int | None:
        """Place among the streams; None for what is no part of them."""
        name = re.sub(r"(?<=lane|lter)_\d+$", "", self.inside)
        return _STREAMS.index(name) if name in _STREAMS else None

    def kind(self, design: Design) -> str:
        """How to show it: bit, unsigned, signed, or the bits of several numbers."""
        name = self.inside.rsplit(".", 1)[-1]
        number = self._number(design)
        if re.search(r"payload|data|operands|i_lane|o_filter", name):
            if number is None or self.bits != number.bits:
                return "bits"
        elif self.bits == 1:
            return "bit"
        elif number is None or "." not in self.inside:
            return "signed" if name in ("lead", "free", "left") else "unsigned"
        return "signed" if number.signed else "unsigned"

    def _number(self, design: Design) -> IntType | None:
        """The type of the numbers in it; None for what is no number of the datapath."""
        layer, types = design.layer, design.layer.chain.types
        block, *rest = self.inside.split(".")
        name = rest[-1] if rest else block
        port = re.search(r"payload|data|operands|i_lane|o_filter", name)
        if block in ("line_buffer", "reader") or block.startswith("i_"):
            return layer.input_type if port else None
        if block == "output_queue" or block.startswith("o_"):
            return layer.output_type if port else None
        if block.startswith("map_"):
            before, after = types[int(block[4:]) :][:2]
            if re.match(r"payload_out|result", name):
                return after
            return before if re.match(rf"payload|value|operand|inside|pixel$|{_RESULTS}", name) else None
        if name == "payload":
            return types[0] if len(rest) == 1 else None
        if name.startswith("operands") or re.match(_OPERANDS, name):
            return layer.input_type
        return types[0] if re.match(_RESULTS, name) else None


def write_views(trace: Path, design: Design) -> tuple[Path, Path]:
    """Write the views for GTKWave and Surfer next to a `.vcd` or `.fst` file. Returns their paths."""
    groups = _groups(trace, _blocks(design))
    gtkwave, surfer = trace.with_suffix(".gtkw"), trace.with_suffix(".sucl")
    with whole(gtkwave) as aside:
        aside.write_text(_gtkwave(trace, groups, design), encoding="utf-8")
    with whole(surfer) as aside:
        aside.write_text(_surfer(groups, design), encoding="utf-8")
    return gtkwave, surfer


def _blocks(design: Design) -> list[str]:
    """Names of the blocks of a design, in the order of its datapath."""
    maps = [f"map_{number}" for number in range(len(design.layer.output))]
    sources = [] if design.accumulates else ["line_buffer", "reader"]
    return [*sources, reduction_of(design).NAME, *maps, "output_queue"]


def _groups(trace: Path, blocks: Sequence[str]) -> dict[str, list[_Signal]]:
    """Signals by group: streams first, then the blocks in the order of the datapath."""
    groups: dict[str, list[_Signal]] = {}
    seen: set[str] = set()
    for signal in _signals(trace):
        group = signal.group(blocks)
        if group and signal.inside not in seen:
            seen.add(signal.inside)
            groups.setdefault(group, []).append(signal)
    groups.get("streams", []).sort(key=lambda signal: (signal.rank, signal.inside))
    rank = {name: number for number, name in enumerate(("streams", *blocks))}
    return dict(sorted(groups.items(), key=lambda item: (rank[item[0].split(".")[0]], item[0])))


def _signals(trace: Path) -> Iterator[_Signal]:
    """Signals with plain names; not words of memories, nor temporaries ("$", "_123_")."""
    for scopes, full, bits in (fst if trace.suffix.lower() == ".fst" else vcd).signals(trace):
        name, _, vector = full.partition(" ")
        if bits and re.fullmatch(r"\w+", name):
            if bits > 1 and not vector:
                vector = f"[{bits - 1}:0]"  # GTKWave adds it, too
            inside = [scope for scope in scopes if scope not in _AROUND]
            yield _Signal(".".join([*scopes, name]) + vector, ".".join([*inside, name]), bits)


def _gtkwave(trace: Path, groups: dict[str, list[_Signal]], design: Design) -> str:
    unit = (fst if trace.suffix.lower() == ".fst" else vcd).unit(trace)
    zoom = -math.log2(_CYCLE / unit * _FRAME / _PIXELS)
    lines = [f'[dumpfile] "{trace.name}"', f'[savefile] "{trace.with_suffix(".gtkw").name}"', "[timestart] 0",
             " ".join([f"*{zoom:.6f} 0", *["-1"] * _MARKERS])]
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
