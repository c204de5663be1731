"""Values as bytes, and what a board says of itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import windrow as wr
from strategies import layers
from windrow.board.link import PAYLOAD
from windrow.board.wire import Identity, digest, pack, results_of, unpack, value_bytes
from windrow.values.numerics import IntType

TYPES = st.builds(lambda kind, bits: kind(bits), st.sampled_from([wr.UInt, wr.Int]), st.integers(1, 48))


@given(TYPES, st.integers(0, 99))
def test_values_come_back(kind: IntType, seed: int) -> None:
    values = kind.random((3, 5), seed)
    values[0, :2] = kind.min, kind.max
    data = pack(values, kind)
    assert len(data) == values.size * value_bytes(kind)
    assert np.array_equal(unpack(data, kind).reshape(3, 5), values)


def test_bytes_by_hand() -> None:
    assert pack(np.array([[-2, 258]]), wr.Int(12)) == bytes([0xFE, 0x0F, 0x02, 0x01])
    # The hardware leaves the bits above a value at zero, but nobody has to.
    assert unpack(bytes([0xFE, 0xFF]), wr.Int(12)).tolist() == [-2]
    assert pack(np.array([1, 255]), wr.UInt(8)) == b"\x01\xff"


def test_results_have_their_shape() -> None:
    layer = wr.Conv2d(height=4, width=6, kernel_size=3, out_channels=2)
    design = wr.Design(layer)
    y = layer.accumulator_type.random(layer.output_shape, 1)
    assert np.array_equal(results_of(design, pack(y, layer.accumulator_type)), y)


@given(layers())
def test_every_identity_fits_and_comes_back(layer: wr.Conv2d) -> None:
    design = wr.Design(layer, taps=1)
    identity = Identity.of(design, layer.random_weights(0), layer.random_bias(0))
    data = identity.to_bytes()
    assert len(data) <= PAYLOAD
    assert Identity.from_bytes(data) == identity


def test_digest_tells_constants_and_designs_apart() -> None:
    layer = wr.Conv2d(height=4, width=6, kernel_size=3, bias=True)
    weights, bias = layer.random_weights(0), np.zeros(1, np.int64)
    kinds = {digest(wr.Design(layer, taps=taps), w, b)
             for taps in (1, 3) for w in (weights, weights + 1) for b in (bias, bias + 1)}
    assert len(kinds) == 8


@pytest.mark.parametrize(("data", "message"), [
    (b"", "the board speaks version none of the link, this program version 1: build the bitstream anew"),
    (b"\x09abcdefgh", "the board speaks version 9 of the link, this program version 1: .*"),
    (b"\x01abcdefgh\xff\xff", "the board's description of its design cannot be read: .*"),
])  # fmt: skip
def test_other_identities_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Identity.from_bytes(data)
