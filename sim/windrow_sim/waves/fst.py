"""FST files: which signals are in one, for views of it.

    header | value changes ... | geometry | hierarchy      each block: kind, length, content

Verilator compresses the hierarchy, which is that list, with LZ4, Icarus with zlib. The waves
themselves are left to viewers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["signals", "unit"]

_HEADER, _GZIP, _LZ4, _LZ4_TWICE = 0, 4, 6, 7  # kinds of blocks; the last three hold the hierarchy
_UNIT = struct.calcsize(">BQQQdQQQQQ")  # where the header says what power of ten of a second a unit is

_ATTRIBUTE, _SCOPE, _UPSCOPE = 252, 254, 255  # entries; any other is a signal


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the hierarchy: what a signal or a scope is called.

    `name` of a signal has its range, if it has one: "address [1:0]".
    """

    kind: int
    name: str = ""
    bits: int = 0


def signals(path: Path) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Scopes, name and width of every signal, as the file lists them.

    Raises ValueError if there is no such list in the file.
    """
    scopes: list[str] = []
    for entry in _entries(_hierarchy(path)):
        if entry.kind == _SCOPE:
            scopes.append(entry.name)
        elif entry.kind == _UPSCOPE:
            scopes.pop()
        elif entry.kind < _ATTRIBUTE:
            yield tuple(scopes), entry.name, entry.bits


def unit(path: Path) -> int:
    """Femtoseconds per unit of time. Raises ValueError for a file that does not begin as an FST file does."""
    with path.open("rb") as file:
        head = _at(file, 0, _UNIT + 1)
    if len(head) <= _UNIT or head[0] != _HEADER:
        raise ValueError(f"{path} must be an FST file")
    (power,) = struct.unpack_from(">b", head, _UNIT)
    return 10 ** (15 + power)


def _blocks(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Kind, first byte and length (which does not count the kind) of each block."""
    start, end = 0, file.seek(0, 2)
    while start + 9 <= end:
        kind, length = struct.unpack(">BQ", _at(file, start, 9))
        if length < 8:
            break
        yield kind, start, length
        start += 1 + length


def _at(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def _hierarchy(path: Path) -> bytes:
    """The list of signals, unpacked."""
    with path.open("rb") as file:
        for kind, start, length in _blocks(file):
            if kind not in (_GZIP, _LZ4, _LZ4_TWICE):
                continue
            block = _at(file, start + 9, length - 8)
            (size,) = struct.unpack_from(">Q", block)
            try:
                if kind == _GZIP:
                    return zlib.decompress(block[8:], wbits=31)
                if kind == _LZ4:
                    return _lz4(block[8:], size)
                (once,) = struct.unpack_from(">Q", block, 8)
                return _lz4(_lz4(block[16:], once), size)
            except (zlib.error, IndexError, ValueError, struct.error) as error:
                raise ValueError(f"{path}: the list of signals is damaged: {error}") from error
    raise ValueError(f"{path} must be an FST file with a list of signals")


def _lz4(packed: bytes, size: int) -> bytes:
    """Unpack a block of LZ4: runs of plain bytes, each followed by a copy of earlier ones."""
    plain = bytearray()
    at = 0

    def length(start: int) -> int:
        # 15 goes on in the bytes that follow, up to the first that is not 255.
        nonlocal at
        total = start
        while start == 15:
            total += packed[at]
            at += 1
            if packed[at - 1] != 255:
                break
        return total

    while at < len(packed):
        token = packed[at]
        at += 1
        run = length(token >> 4)
        plain += packed[at : at + run]
        at += run
        if at >= len(packed):  # the last run has no copy
            break
        back = packed[at] | packed[at + 1] << 8
        at += 2
        copy = length(token & 15) + 4
        if not 0 < back <= len(plain):
            raise ValueError(f"a copy from {back} bytes back, of {len(plain)}")
        first = len(plain) - back
        # A copy may reach into itself: it then repeats what is there.
        plain += (plain[first:] * (copy // back + 1))[:copy]
    if len(plain) != size:
        raise ValueError(f"{len(plain)} bytes, not {size}")
    return bytes(plain)


def _entries(data: bytes) -> Iterator[_Entry]:
    at = 0

    def text() -> str:
        nonlocal at
        start, at = at, data.index(0, at) + 1
        return data[start : at - 1].decode("utf-8", "replace")

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        kind = data[at]
        at += 1
        name, bits = "", 0
        if kind == _SCOPE:
            at += 1  # module, task, function, ...
            name = text()
            text()  # what it is an instance of
        elif kind == _ATTRIBUTE:
            at += 2
            text()
            number()
        elif kind < _ATTRIBUTE:
            at += 1  # direction
            name, bits = text(), number()
            number()  # which earlier signal it is another name of
        yield _Entry(kind, name, bits)
