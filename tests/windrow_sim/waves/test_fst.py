"""FST files: the list of signals, unpacked and read."""

import gzip
import struct
from pathlib import Path

import pytest

from windrow_sim.waves import fst


def text(name: str) -> bytes:
    return name.encode() + b"\0"


def scope(name: str) -> bytes:
    return bytes([254, 0]) + text(name) + text("")


def signal(name: str, bits: int) -> bytes:
    return bytes([16, 0]) + text(name) + bytes([bits, 0])


UP = bytes([255])
ATTRIBUTE = bytes([252, 0, 1]) + text("note") + bytes([129, 1])


def write(path: Path, hierarchy: bytes, kind: int = 4, packed: bytes | None = None) -> Path:
    """A file of a header, a block of something else, and the hierarchy."""
    header = struct.pack(">QQ8sQQQQQb", 0, 9, b"", 0, 1, 2, 2, 1, -9) + bytes(255)
    content = gzip.compress(hierarchy) if packed is None else packed
    blocks = [(0, header), (3, b"geometry"), (kind, struct.pack(">Q", len(hierarchy)) + content)]
    path.write_bytes(b"".join(struct.pack(">BQ", kind, 8 + len(block)) + block for kind, block in blocks))
    return path


def read(path: Path) -> list[tuple[str, int]]:
    return [("/".join([*scopes, name]), bits) for scopes, name, bits in fst.signals(path)]


LIST = b"".join([
    scope("top"), signal("clk", 1), scope("ring"), signal("free [5:0]", 6), ATTRIBUTE, signal("last", 1), UP,
    scope("words"), signal("words[1]", 8), UP, signal("end", 1), UP])


def test_signals_have_their_scopes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.fst", LIST)
    assert read(path) == [("top/clk", 1), ("top/ring/free [5:0]", 6), ("top/ring/last", 1),
                          ("top/words/words[1]", 8), ("top/end", 1)]
    assert fst.unit(path) == 10**6


# "abcabcabcabcabcabcabcabc, and on": plain bytes, a copy that reaches into itself, then the rest.
LZ4 = bytes([0x3F]) + b"abc" + bytes([3, 0, 2]) + bytes([0x80]) + b", and on"
LONG = bytes([0xF0, 255, 30]) + b"x" * 300


def test_lz4() -> None:
    assert fst._lz4(LZ4, 32) == b"abc" * 8 + b", and on"
    assert fst._lz4(LONG, 300) == b"x" * 300


def test_lz4_of_a_hierarchy_packed_twice(tmp_path: Path) -> None:
    def plain(data: bytes) -> bytes:
        return bytes([0xF0, *[255] * ((len(data) - 15) // 255), (len(data) - 15) % 255]) + data

    once = plain(LIST)
    path = write(tmp_path / "x.fst", LIST, 6, once)
    assert len(read(path)) == 5
    path = write(tmp_path / "x.fst", LIST, 7, struct.pack(">Q", len(once)) + plain(once))
    assert len(read(path)) == 5


@pytest.mark.parametrize(("packed", "kind"), [
    (b"no gzip", 4), (LZ4, 6), (bytes([0x10, 65, 9, 0]), 6), (bytes([0xF0]), 6)])
def test_a_damaged_list_is_refused(packed: bytes, kind: int, tmp_path: Path) -> None:
    path = write(tmp_path / "x.fst", LIST, kind, packed)
    with pytest.raises(ValueError, match=r"x\.fst: the list of signals is damaged: "):
        list(fst.signals(path))


def test_files_that_are_no_fst(tmp_path: Path) -> None:
    path = tmp_path / "x.fst"
    path.write_bytes(b"$date today $end")
    with pytest.raises(ValueError, match=r"x\.fst must be an FST file with a list of signals$"):
        list(fst.signals(path))
    with pytest.raises(ValueError, match=r"x\.fst must be an FST file$"):
        fst.unit(path)
