"""Rounded roots through tables: all of them."""

import numpy as np

import windrow as wr
from windrow.filters.picture import Picture
from windrow.filters.square_root import MOST, root_of_sums, rounded_root


def test_rounded_root() -> None:
    n = np.arange(1 << 18)
    nearest = rounded_root(n)
    assert ((nearest - 0.5) ** 2 < n).all() or n[0] == nearest[0] == 0
    assert (nearest * nearest - nearest < np.maximum(n, 1)).all()
    assert (n <= nearest * nearest + nearest).all()


def test_every_sum() -> None:
    """Each n from 0 to beyond the largest root, split into two numbers of 16 bits in some way."""
    n = np.arange(1 << 17).reshape(512, 256)
    second = np.minimum(n // 3, 65535)
    pair = np.stack([n - second, second], axis=-1).clip(0, 65535)
    picture = Picture(height=512, width=256, channels=2, stride=(1, 1), border="constant", pixels=1,
                      type=wr.UInt(16))
    net = picture.network("roots", root_of_sums(picture), "rounded roots")
    want = rounded_root(np.minimum(pair.sum(axis=-1), MOST))
    np.testing.assert_array_equal(net.golden(pair)[:, :, 0], want)
    assert net.layers[-1].operator.layer.output_type == wr.UInt(8)
    assert want.max() == 255
