"""FST files: which signals are in one, and a scope for each part of a flattened name.

    header | value changes ... | geometry | hierarchy      each block: kind, length, content

Only the list of signals, the hierarchy, is read and written anew; the waves themselves stay as the simulator
packed them. Verilator compresses that list with LZ4, Icarus with zlib; Windrow writes zlib, which every
reader of FST knows.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from windrow.storage.outputs import whole
from windrow_sim.waves.vcd import shared_scopes

__all__ = ["add_scopes", "signals", "unit"]

_HEADER, _GZIP, _LZ4, _LZ4_TWICE = 0, 4, 6, 7  # kinds of blocks; the last three hold the hierarchy
_SCOPES = struct.calcsize(">BQQQdQ")  # where the header says how many scopes there are,
_UNIT = _SCOPES + struct.calcsize(">QQQQ")  # and what power of ten of a second a unit of time is

_ATTRIBUTE, _ATTRIBUTE_END, _SCOPE, _UPSCOPE = 252, 253, 254, 255  # entries; any other is a signal
_MODULE = 0  # a kind of scope


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the hierarchy: all its bytes, and what a signal or a scope is called.

    `name` of a signal has its range, if it has one: "address [1:0]".
    """

    kind: int
    raw: bytes
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


def add_scopes(path: Path) -> None:
    """Turn each signal `a.b.c` of a flattened design into a signal `c` in scopes `a` and `b`.

    The file is replaced as a whole or, if anything goes wrong, not at all. Raises ValueError for a file
    without a list of signals.
    """
    hierarchy, added = _scoped(_hierarchy(path))
    packed = gzip.compress(hierarchy, mtime=0)
    with whole(path) as aside, path.open("rb") as source, aside.open("w+b") as sink:
        for kind, start, length in _blocks(source):
            if kind in (_GZIP, _LZ4, _LZ4_TWICE):
                sink.write(struct.pack(">BQQ", _GZIP, 16 + len(packed), len(hierarchy)) + packed)
                continue
            source.seek(start)
            at = sink.tell()
            _copy(source, sink, 1 + length)
            if kind == _HEADER:
                _add(sink, at + _SCOPES, added)
                sink.seek(0, 2)


def _copy(source: BinaryIO, sink: BinaryIO, length: int) -> None:
    while length:
        part = source.read(min(length, 1 << 20))
        if not part:
            raise ValueError(f"{source.name} ends in the middle of a block")
        sink.write(part)
        length -= len(part)


def _add(file: BinaryIO, at: int, number: int) -> None:
    file.seek(at)
    (old,) = struct.unpack(">Q", file.read(8))
    file.seek(at)
    file.write(struct.pack(">Q", old + number))


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
        start, kind = at, data[at]
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
        yield _Entry(kind, data[start:at], name, bits)


def _scoped(data: bytes) -> tuple[bytes, int]:
    """The hierarchy with a scope for each part of a dotted name, and how many scopes were added."""
    new = bytearray()
    waiting = bytearray()  # attributes belong to what comes next
    opened: list[str] = []  # scopes that stand for parts of a name
    within: list[str] = []  # parts of a name that the scope around has already
    outer: list[tuple[list[str], list[str]]] = []
    added = 0
    for entry in _entries(data):
        if entry.kind == _ATTRIBUTE:
            waiting += entry.raw
            continue
        raw, scopes = entry.raw, []
        if entry.kind <= _SCOPE and entry.kind != _ATTRIBUTE_END:
            # Icarus marks a name that is no plain identifier with a backslash.
            *scopes, name = entry.name.removeprefix("\\").split(".")
            raw = raw[:2] + name.encode() + raw[2 + len(entry.name.encode()) :]
            if within and scopes[: len(within)] == within:
                scopes = scopes[len(within) :]
        if entry.kind != _ATTRIBUTE_END:
            shared = shared_scopes(opened, scopes)
            new += bytes([_UPSCOPE]) * (len(opened) - shared)
            for scope in scopes[shared:]:
                new += bytes([_SCOPE, _MODULE]) + scope.encode() + b"\0\0"
            added += len(scopes) - shared
            opened = scopes
        new += waiting + raw
        waiting.clear()
        if entry.kind == _SCOPE:
            outer.append((opened, within))
            opened, within = [], scopes
        elif entry.kind == _UPSCOPE and outer:
            opened, within = outer.pop()
    return bytes(new + bytes([_UPSCOPE]) * len(opened) + waiting), added
