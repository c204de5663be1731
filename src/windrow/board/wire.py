"""Wire: values as the bytes that go to a board and come back, and what a board says of itself.

Every value takes whole bytes, the lowest first: a pixel of 8 bits one, a sum of 20 bits three. Their order is
that of the streams: raster, channels last.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.board.link import PAYLOAD, VERSION
from windrow.board.outline import Outline, constants
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import Steps
from windrow.stage.design import Design
from windrow.storage.files import dumps, loads
from windrow.values.numerics import IntType

__all__ = ["Held", "Identity", "digest", "network_digest", "pack", "results_of", "unpack", "value_bytes"]

Held = Design | Outline
"""What a board holds."""

_DIGEST_BYTES = 8

# Words of most descriptions, so that they need not be sent: deflate refers to them.
_WORDS = (
    b"groups = 1\nheight = 128\nwidth = 128\nin_channels = 1\nout_channels = 1\nkernel_size = [3, 3]\n"
    b"stride = [2, 2]\npadding = [[1, 1], [1, 1]]\ndilation = [1, 1]\ngroups = 1\nbias = false\nbias = true\n"
    b'input_type = "uint8"\nweight_type = "int8"\n\n[design]\nlanes = 1\npe = 1\ntaps = 3\n'
)


def value_bytes(kind: IntType) -> int:
    """Bytes that a value of this type takes on the line."""
    return -(-kind.bits // 8)


def pack(values: npt.NDArray[np.int64], kind: IntType) -> bytes:
    """Values of a type, any shape, as bytes in C order."""
    size = value_bytes(kind)
    raw = np.ascontiguousarray(values, dtype="<i8").ravel().view(np.uint8).reshape(-1, 8)
    kept = raw[:, :size].copy()
    spare = 8 * size - kind.bits
    if spare:  # bits above the value are not sent
        kept[:, -1] &= (1 << (8 - spare)) - 1
    return kept.tobytes()


def unpack(data: bytes, kind: IntType) -> npt.NDArray[np.int64]:
    """The values, one-dimensional, of bytes that `pack` made; bits above the value are ignored."""
    size = value_bytes(kind)
    raw = np.zeros((len(data) // size, 8), np.uint8)
    raw[:, :size] = np.frombuffer(data, np.uint8).reshape(-1, size)
    shift = 64 - kind.bits
    words = raw.view("<u8").ravel() << np.uint64(shift)
    if kind.signed:
        return words.view(np.int64) >> shift
    return (words >> np.uint64(shift)).view(np.int64)


def results_of(held: Held, data: bytes) -> npt.NDArray[np.int64]:
    """The results of one frame, (Ho, Wo, O), of its bytes; idle channels are left out."""
    values = unpack(data, held.output_type).reshape(held.output_shape)
    return values[..., : held.outputs] if isinstance(held, Outline) else values


def digest(
    design: Design, weights: npt.NDArray[np.int64] | None, bias: npt.NDArray[np.int64] | None
) -> bytes:
    """Eight bytes that tell one design with its constants from another."""
    constants = [np.ascontiguousarray(part, "<i8").tobytes() for part in (weights, bias) if part is not None]
    return hashlib.sha256(b"\0".join([dumps(design).encode(), *constants])).digest()[:_DIGEST_BYTES]


def network_digest(steps: Steps) -> bytes:
    """Eight bytes that tell the values of one network from those of another, whatever its hardware."""
    return constants(steps)[:_DIGEST_BYTES]


@dataclass(frozen=True)
class Identity:
    """What a board says of itself: its design, or the outline of its network, and a digest.

    The digest of a layer is one of its design and constants, that of a network one of its values alone.
    """

    design: Held
    digest: bytes

    @staticmethod
    def of(design: Design | Pipeline, weights: npt.NDArray[np.int64] | None = None,
           bias: npt.NDArray[np.int64] | None = None) -> Identity:
        if isinstance(design, Pipeline):
            return Identity(Outline.of(design), network_digest(design.plain))
        return Identity(design, digest(design, weights, bias))

    def to_bytes(self) -> bytes:
        """Version, digest, description; fits a packet."""
        described = self.design.dumps() if isinstance(self.design, Outline) else dumps(self.design)
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_WORDS)
        text = deflate.compress(described.encode()) + deflate.flush()
        whole = bytes([VERSION]) + self.digest + text
        if len(whole) > PAYLOAD:
            raise ValueError(f"a board's description of its design must fit {PAYLOAD} bytes, "
                             f"not {len(whole)}")
        return whole

    @staticmethod
    def from_bytes(data: bytes) -> Identity:
        """The reverse.  Raises ValueError for another version, or for what is none."""
        if not data or data[0] != VERSION:
            raise ValueError(f"the board speaks version {data[0] if data else 'none'} of the link, "
                             f"this program version {VERSION}: build the bitstream anew")
        try:
            text = zlib.decompressobj(-15, zdict=_WORDS).decompress(data[1 + _DIGEST_BYTES :]).decode()
            design = Outline.loads(text) if text[:1] == "{" else loads(text, "the board's description")
        except (zlib.error, UnicodeDecodeError) as error:
            raise ValueError(f"the board's description of its design cannot be read: {error}") from error
        if not isinstance(design, Held):
            raise ValueError("the board's description must hold a design, not a layer alone")
        return Identity(design, data[1 : 1 + _DIGEST_BYTES])
