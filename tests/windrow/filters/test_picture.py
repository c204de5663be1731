"""What all filters are told, and what they refuse."""

from typing import Any

import numpy as np
import pytest

from windrow.filters import FILTERS, gaussian
from windrow.filters.picture import Picture


@pytest.mark.parametrize(("words", "error", "text"), [
    ({"height": 0}, ValueError, r"^height must be at least 1, not 0$"),
    ({"width": "8"}, TypeError, r"^width must be an int, not '8'$"),
    ({"channels": 17}, ValueError, r"^channels must be in 1..16, not 17$"),
    ({"pixels": 9}, ValueError, r"^pixels must be in 1..8 for width=8, not 9$"),
    ({"width": 64, "pixels": 17}, ValueError, r"^pixels must be in 1..16 for width=64, not 17$"),
    ({"pixels": 0}, ValueError, r"^pixels must be at least 1, not 0$"),
    ({"stride": 0}, ValueError, r"^stride must be at least 1, not 0$"),
    ({"border": "wrap"}, ValueError,
     r"^border must be 'constant', 'edge', 'reflect' or 'symmetric', not 'wrap'$"),
    ({"border": 4}, TypeError, r"^border must be a str, not 4$"),
    ({"height": 1}, ValueError,
     r"^top padding must be in 0..0 for padding_mode 'reflect' and height=1, not 1$"),
])
def test_what_is_refused(words: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        gaussian(**{"height": 8, "width": 8, **words})


def test_pixels_are_the_network_s() -> None:
    assert gaussian(8, 8, pixels=4).pixels == 4
    assert gaussian(8, 8).pixels == 1


def test_kernels_lie_as_they_are() -> None:
    """Channel by channel, each with every kernel; an even one is completed with zeros."""
    picture = Picture.of(3, 3, channels=2, border="constant")
    layer, weights, bias = picture.convolution([[[1, 2]], [[3, 4]]])
    assert (layer.kernel_size, layer.padding, layer.groups) == ((1, 3), ((0, 0), (1, 1)), 2)
    assert weights is not None
    assert bias is None
    spot = np.zeros((3, 3, 2), np.int64)
    spot[1, 1] = 1, 10
    assert layer.golden(spot, weights)[1].tolist() == [[0, 0, 0, 0], [2, 4, 20, 40], [1, 3, 10, 30]]


@pytest.mark.parametrize("name", FILTERS)
def test_nothing_off_the_grid_is_computed(name: str) -> None:
    """With a stride, the last stage that looks at more than a pixel has it."""
    words = {"kernel": [[1, 2, 1]]} if name == "filter2d" else {}
    make: Any = FILTERS[name]
    if name in ("pyramid-down", "resize-area", "bayer"):
        net = make(12, 16, **words)
        assert net.layers[0].operator.layer.output_shape[:2] == (6, 8)
    else:
        net = make(12, 16, stride=(3, 2), **words)
        assert net.output_shape[:2] == (4, 8)
        wide = [node.operator.layer for node in net.layers if node.operator.layer.kernel_size != (1, 1)]
        assert all(layer.stride == (3, 2) for layer in (wide or [net.layers[0].operator.layer])[-1:])
