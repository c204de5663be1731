"""The link's words: what is framed comes back, what is damaged does not."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windrow.board.link import (
    ESCAPE,
    FLAG,
    PAYLOAD,
    Answer,
    Deframer,
    Kind,
    Request,
    distance,
    frame,
)

WORD = st.integers(0, 0xFFFF)
BYTE = st.integers(0, 255)
ODD = st.lists(st.sampled_from([FLAG, ESCAPE, 0x5E, 0x5D]), min_size=1).map(bytes)
PACKETS = ODD | st.binary(min_size=1, max_size=40)


def test_a_frame_byte_by_byte() -> None:
    # 0x7E and 0x7D escaped; the checksum is zlib's, low byte first.
    packet = bytes([1, 0x7E, 0x7D])
    body = frame(packet)
    assert body[:6] == bytes([0x7E, 1, 0x7D, 0x5E, 0x7D, 0x5D])
    assert body[-1] == 0x7E
    assert list(Deframer().feed(body)) == [packet]
    assert zlib.crc32(packet).to_bytes(4, "little") == body[6:-1]


@given(st.lists(PACKETS, max_size=4), st.integers(1, 9))
def test_packets_come_back_in_any_pieces(packets: list[bytes], size: int) -> None:
    line = b"".join(map(frame, packets))
    deframer, found = Deframer(), []
    for at in range(0, len(line), size):
        found += deframer.feed(line[at:at + size])
    assert found == packets
    assert deframer.damaged == 0


@given(PACKETS, st.data())
def test_a_changed_byte_is_noticed(packet: bytes, data: st.DataObject) -> None:
    line = bytearray(frame(packet))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    deframer = Deframer()
    # A changed flag merges two packets; then the next one may be lost, but none after it.
    found = list(deframer.feed(bytes(line) + frame(b"lost, perhaps") + frame(b"arrives")))
    assert found[-1] == b"arrives"
    assert set(found) <= {packet, b"lost, perhaps", b"arrives"}
    if packet not in found:
        assert deframer.damaged >= 1


@given(st.binary(max_size=3000))
def test_garbage_is_no_packet_and_is_forgotten(garbage: bytes) -> None:
    deframer = Deframer()
    found = list(deframer.feed(garbage + bytes([FLAG]) + frame(b"after")))
    assert found[-1] == b"after"


def test_who_takes_one_packet_keeps_the_beginning_of_the_next() -> None:
    deframer, second = Deframer(), frame(b"two")
    assert next(iter(deframer.feed(frame(b"one") + second[:4]))) == b"one"
    assert list(deframer.feed(second[4:])) == [b"two"]
    assert deframer.damaged == 0


def test_garbage_without_end_takes_no_memory() -> None:
    deframer = Deframer()
    for _ in range(100):
        assert list(deframer.feed(b"x" * 1000)) == []
    assert len(deframer._pending) <= 5 * PAYLOAD
    assert list(deframer.feed(frame(b"after"))) == [b"after"]
    assert deframer.damaged == 1


@given(st.sampled_from(Kind), BYTE, WORD, WORD, st.binary(max_size=8))
def test_requests(kind: Kind, session: int, at: int, ack: int, payload: bytes) -> None:
    request = Request(kind, session, at, ack, payload)
    assert Request.from_bytes(request.to_bytes()) == request


@given(st.sampled_from(Kind), BYTE, st.tuples(WORD, WORD, WORD), st.binary(max_size=8))
def test_answers(kind: Kind, session: int, words: tuple[int, int, int], payload: bytes) -> None:
    answer = Answer(kind, session, words, payload)
    assert Answer.from_bytes(answer.to_bytes()) == answer


def test_positions_wrap() -> None:
    assert Request(Kind.DATA, 1, 0x12345, -1).to_bytes() == bytes([0, 1, 0x45, 0x23, 0xFF, 0xFF])
    assert distance(3, 0xFFFE) == 5


@pytest.mark.parametrize(("kind", "message"), [
    (Request, "a request must have at least 6 bytes, not 5"),
    (Answer, "an answer must have at least 8 bytes, not 5"),
])  # fmt: skip
def test_too_short(kind: type[Request] | type[Answer], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        kind.from_bytes(bytes(5))
