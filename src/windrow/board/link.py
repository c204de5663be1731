"""The link between a host and a board: framed packets with a checksum, the same words on both sides.

    flag  kind  session  two or three 16-bit words  payload ...  CRC-32  flag
    0x7E                 low byte first                          low byte first

Framing is that of HDLC (RFC 1662): a flag ends a packet and may begin one; within a packet 0x7E and 0x7D are
sent as 0x7D and the byte with bit 5 turned. The checksum is that of zlib, over kind, session, words, payload.
Whatever is not a packet with the right checksum is dropped and counted; at the next flag all is well again.

Both directions carry a stream of bytes: values to the board, results back. Positions in these streams count
from the last RESET, modulo 2**16.

    host to board    DATA       at: where in the stream the payload begins; ack: results received so far
                     RESEND     the same, and: send results again from `ack`
                     RESET      empty both streams and the datapath, and begin this session
                     IDENTIFY   what are you?
                     STATUS     what have you counted?
    board to host    DATA       got: values accepted; taken: values consumed; at: where the payload begins
                     IDENTIFY   two words, log2 of both buffers; payload: identity (`windrow.board.wire`)
                     STATUS     damaged: packets dropped as such; refused: packets out of place; of a network
                                cycles: of the session's first frame, from its last value to its last result

The board answers every good packet with its state, and sends results by itself when a full packet of them is
there. It accepts values only where the last accepted ones end, and only if they fit its buffer; it keeps
results until the host has acknowledged them. It has no clock for retries: that is the host's part
(`windrow.host`).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["ANSWER_BYTES", "CRC_BYTES", "ESCAPE", "FLAG", "MASK", "PAYLOAD", "REQUEST_BYTES", "TURN",
           "VERSION", "Answer", "Deframer", "Kind", "Request", "distance", "frame"]

VERSION = 1
"""Of this protocol; the first byte of a board's identity."""

FLAG, ESCAPE, TURN = 0x7E, 0x7D, 0x20
PAYLOAD = 256
"""Bytes of results in a full packet of the board; the host sends at most as many."""
CRC_BYTES = 4
MASK = 0xFFFF
"""Positions are modulo this plus one."""

_REQUEST, _ANSWER = struct.Struct("<BBHH"), struct.Struct("<BBHHH")
REQUEST_BYTES, ANSWER_BYTES = _REQUEST.size, _ANSWER.size
"""Bytes of a packet before its payload."""

# No packet is longer; whatever is, is garbage without a flag and need not be kept.
_LONGEST = 2 * PAYLOAD


class Kind(IntEnum):
    """What a packet is for; an answer has the kind of its request, but for DATA, which answers the rest."""

    DATA = 0
    RESEND = 1
    RESET = 2
    IDENTIFY = 3
    STATUS = 4


def distance(later: int, earlier: int) -> int:
    """Bytes from one position to a later one, both modulo 2**16."""
    return (later - earlier) & MASK


def frame(packet: bytes) -> bytes:
    """A packet as it goes over the line: checksum, escapes, a flag before and after."""
    whole = packet + zlib.crc32(packet).to_bytes(CRC_BYTES, "little")
    escaped = whole.replace(bytes([ESCAPE]), bytes([ESCAPE, ESCAPE ^ TURN]))
    escaped = escaped.replace(bytes([FLAG]), bytes([ESCAPE, FLAG ^ TURN]))
    return bytes([FLAG]) + escaped + bytes([FLAG])


@dataclass(frozen=True)
class Request:
    """A packet from the host."""

    kind: Kind
    session: int
    at: int = 0
    ack: int = 0
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """The packet without framing."""
        return _REQUEST.pack(self.kind, self.session, self.at & MASK, self.ack & MASK) + self.payload

    @staticmethod
    def from_bytes(packet: bytes) -> Request:
        """The reverse.  Raises ValueError for what is no request."""
        if len(packet) < REQUEST_BYTES:
            raise ValueError(f"a request must have at least {REQUEST_BYTES} bytes, not {len(packet)}")
        kind, session, at, ack = _REQUEST.unpack_from(packet)
        return Request(Kind(kind), session, at, ack, packet[REQUEST_BYTES:])


@dataclass(frozen=True)
class Answer:
    """A packet from the board.

    `words` are got, taken and at of DATA; log2 of the buffers for values and for results, and 0, of IDENTIFY;
    damaged, refused and cycles of STATUS.
    """

    kind: Kind
    session: int
    words: tuple[int, int, int]
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """The packet without framing."""
        return _ANSWER.pack(self.kind, self.session, *self.words) + self.payload

    @staticmethod
    def from_bytes(packet: bytes) -> Answer:
        """The reverse.  Raises ValueError for what is no answer."""
        if len(packet) < ANSWER_BYTES:
            raise ValueError(f"an answer must have at least {ANSWER_BYTES} bytes, not {len(packet)}")
        kind, session, *words = _ANSWER.unpack_from(packet)
        return Answer(Kind(kind), session, (words[0], words[1], words[2]), packet[ANSWER_BYTES:])


class Deframer:
    """Finds packets in bytes from a line.

    Attributes
    ----------
    damaged : int
        What lay between two flags and was no packet.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that these bytes complete, in order, without framing and checksum."""
        *complete, rest = data.split(bytes([FLAG]))
        packets = []
        for piece in complete:
            self._pending += piece
            packets.append(self._close())
        self._pending += rest
        if len(self._pending) > 2 * _LONGEST:
            # Garbage: one byte too many stands for all of it, and fails at the next flag.
            del self._pending[2 * _LONGEST + 1 :]
        return [packet for packet in packets if packet]

    def _close(self) -> bytes:
        """The packet that a flag ended, empty if there is none."""
        raw, self._pending = bytes(self._pending), bytearray()
        if not raw:
            return b""
        packet = _unescape(raw)
        if len(packet) > CRC_BYTES and zlib.crc32(packet[:-CRC_BYTES]).to_bytes(CRC_BYTES, "little") == (
                packet[-CRC_BYTES:]):
            return packet[:-CRC_BYTES]
        self.damaged += 1
        return b""


def _unescape(raw: bytes) -> bytes:
    """Undo the escapes; nothing if the last one is cut off."""
    first, *others = raw.split(bytes([ESCAPE]))
    if not all(others):
        return b""
    return first + b"".join(bytes([part[0] ^ TURN]) + part[1:] for part in others)
