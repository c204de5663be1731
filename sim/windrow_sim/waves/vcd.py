"""VCD files: which signals are in one, and a cut to some time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

__all__ = ["cut", "signals", "unit"]

_FEMTOSECONDS = {"fs": 1, "ps": 10**3, "ns": 10**6, "us": 10**9, "ms": 10**12, "s": 10**15}


def signals(path: Path) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Scopes, name and width of every signal; a name has its range: "address [1:0]"."""
    scopes: list[str] = []
    with path.open(encoding="utf-8") as source:
        for line in source:
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.append(words[2])
            elif words[:1] == ["$upscope"]:
                scopes.pop()
            elif words[:1] == ["$var"]:
                yield tuple(scopes), " ".join(words[4:-1]), int(words[2])
            elif words[:1] == ["$enddefinitions"]:
                return


def unit(path: Path) -> int:
    """Femtoseconds per unit of time. Raises ValueError for a file without a timescale."""
    header = ""
    with path.open(encoding="utf-8") as source:
        for line in source:
            header += line
            if line.startswith("$enddefinitions") or "$scope" in line:
                break
    return _unit(header, path)


def _unit(header: str, path: Path | str) -> int:
    found = re.search(r"\$timescale\s+(\d+)\s*([munpf]?s)", header)
    if not found:
        raise ValueError(f"{path} must be a VCD file with a timescale")
    return int(found[1]) * _FEMTOSECONDS[found[2]]


def cut(old: Path, new: Path, femtoseconds: tuple[int, int]) -> None:
    """Copy a part of a VCD file, `first <= time < end`: every signal has its value at the beginning.

    Raises ValueError for a file without a timescale.
    """
    with old.open(encoding="utf-8") as source, new.open("w", encoding="utf-8") as sink:
        header = ""
        for line in source:
            header += line
            if line.startswith("$enddefinitions"):
                break
        sink.write(header)
        step = _unit(header, old)
        _cut(source, sink, *(time // step for time in femtoseconds))


def _cut(source: TextIO, sink: TextIO, first: int, end: int) -> None:
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
