"""What lies in the padding: against SciPy, OpenCV and ONNX's `Pad`, whose words for it differ."""

import re
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

import windrow as wr
from windrow.reductions.mirror import Mirror, mirror_of
from windrow.window.axis import Axis
from windrow.window.borders import MODES, sources

SCIPY = {"constant": "constant", "edge": "nearest", "reflect": "mirror", "symmetric": "reflect"}
OPENCV = {"constant": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE, "reflect": cv2.BORDER_REFLECT_101,
          "symmetric": cv2.BORDER_REFLECT}


def conv(**changes: Any) -> wr.Conv2d:
    return wr.Conv2d(**{"height": 6, "width": 7, "kernel_size": 3, "padding": 1, **changes})


def test_one_row_by_hand() -> None:
    said = {"height": 1, "width": 4, "kernel_size": (1, 5), "padding": (0, 2)}
    for mode, line in {
        "constant": [7, 7, 1, 2, 3, 4, 7, 7], "edge": [1, 1, 1, 2, 3, 4, 4, 4],
        "reflect": [3, 2, 1, 2, 3, 4, 3, 2], "symmetric": [2, 1, 1, 2, 3, 4, 4, 3],
    }.items():
        layer = wr.Conv2d(**said, padding_mode=mode, padding_value=7 if mode == "constant" else 0)
        weights = np.array([1, 10, 100, 1000, 10000]).reshape(1, 1, 5, 1)
        found = layer.replace(weight_type=wr.UInt(14)).golden(np.arange(1, 5).reshape(1, 4, 1), weights)
        assert found.ravel().tolist() == [sum(line[x + k] * 10**k for k in range(5)) for x in range(4)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kernel_size", "size"), [(3, (6, 7)), (5, (3, 9)), ((1, 7), (2, 4)), (7, (20, 9))])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_sums_are_those_of_scipy_and_opencv(mode: str, kernel_size: Any, size: Any, stride: int) -> None:
    value = 9 if mode == "constant" else 0
    kernel = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    half = (kernel[0] // 2, kernel[1] // 2)
    layer = wr.Conv2d(height=size[0], width=size[1], kernel_size=kernel, stride=stride, padding=half,
                      padding_mode=mode, padding_value=value)
    x, weights = layer.random_input(1), layer.random_weights(2)
    found = layer.golden(x, weights)[..., 0]
    whole = ndimage.correlate(x[..., 0], weights[0, ..., 0], mode=SCIPY[mode], cval=value)
    np.testing.assert_array_equal(found, whole[::stride, ::stride])
    (top, bottom), (left, right) = layer.padding
    padded = cv2.copyMakeBorder(x[..., 0].astype(np.uint8), top, bottom, left, right, OPENCV[mode],
                                value=value)  # fmt: skip
    sums = cv2.filter2D(padded.astype(np.float64), -1, weights[0, ..., 0].astype(np.float64))
    inner = sums[top : top + size[0], left : left + size[1]]
    np.testing.assert_array_equal(found, inner[::stride, ::stride])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "other"), [(wr.MaxPool2d, ndimage.maximum_filter),
                                             (wr.MinPool2d, ndimage.minimum_filter)])
def test_pools_are_those_of_scipy(mode: str, kind: Any, other: Any) -> None:
    value = 100 if mode == "constant" else None
    pool = kind(height=5, width=8, kernel_size=(3, 5), padding=(1, 2), padding_mode=mode, padding_value=value)
    x = pool.random_input(0)
    whole = other(x[..., 0], size=(3, 5), mode=SCIPY[mode], cval=value or 0)
    np.testing.assert_array_equal(pool.golden(x)[..., 0], whole)


def test_padding_of_a_pool_never_wins_unless_it_has_a_value() -> None:
    x = np.array([-5]).reshape(1, 1, 1)
    said = {"height": 1, "width": 1, "kernel_size": 3, "padding": 1, "input_type": wr.Int(4)}
    assert wr.MaxPool2d(**said).golden(x).item() == -5
    assert wr.MaxPool2d(**said, padding_value=0).golden(x).item() == 0
    assert wr.MinPool2d(**said).golden(x).item() == -5
    assert wr.MinPool2d(**said, padding_value=-8).golden(x).item() == -8


# Which tap delivers --------------------------------------------------------------------------------


@given(st.builds(Axis, st.integers(1, 12), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3),
                 st.integers(0, 6), st.integers(0, 6)), st.sampled_from(MODES[1:]))
def test_the_delivering_tap_reads_what_numpy_pads(axis: Axis, mode: str) -> None:
    """Every tap of every window: NumPy says the pixel, the window's own tap reads it, or there is none."""
    widths = (axis.before, axis.after)
    if axis.outputs < 1 or (mode != "edge" and max(widths) > axis.size - (mode == "reflect")):
        return
    padded = np.pad(np.arange(axis.size), widths, mode)  # type: ignore[call-overload]
    base = np.arange(axis.outputs)[:, None] * axis.stride
    own = base - axis.before + np.arange(axis.kernel) * axis.dilation  # the pixel at each tap
    wanted = padded[own + axis.before]  # the pixel that each tap delivers
    if not all(set(pixels) <= set(taps) for pixels, taps in zip(wanted, own, strict=True)):
        with pytest.raises(ValueError, match=r"^padding_mode must be 'constant' for hardware with this "):
            sources(axis, mode, "row")
        return
    found = sources(axis, mode, "row")
    delivering = np.array(found.cases)[found.of]
    np.testing.assert_array_equal(np.take_along_axis(own, delivering, axis=1), wanted)


@pytest.mark.parametrize("mode", MODES[1:])
def test_half_a_kernel_is_always_possible(mode: str) -> None:
    for kernel in range(1, 8):
        for stride in range(1, 5):
            for size in range(max(1, kernel // 2 + 1), 12):
                half = (kernel - 1) // 2
                assert sources(Axis(size, kernel, stride, 1, half, half), mode, "row").cases


def test_most_windows_share_a_case() -> None:
    rows, columns = conv(height=64, width=64, padding_mode="reflect").window.sources
    assert rows.cases == ((0, 1, 0), (0, 1, 2), (2, 1, 2)) == columns.cases
    assert rows.of.tolist() == [2, *[1] * 62, 0]
    assert [s.cases for s in conv(padding_value=3).window.sources] == [((0, 1, 2),)] * 2


# Words ---------------------------------------------------------------------------------------------


def test_files_say_borders_only_where_they_are_not_the_default() -> None:
    for plain in (conv(), wr.MaxPool2d(height=3, width=3, kernel_size=1)):
        assert not {"padding_mode", "padding_value"} & plain.to_dict().keys()
    assert repr(conv()) == "Conv2d(height=6, width=7, kernel_size=3, padding=1)"
    assert str(conv()) == "Conv2d(6x7x1 -> 6x7x1, kernel 3x3, padding 1, uint8 x int8)"
    layer = conv(padding_mode="edge")
    assert layer.to_dict()["padding_mode"] == "edge"
    assert wr.Conv2d.from_dict(layer.to_dict()) == layer != conv()
    assert str(layer) == "Conv2d(6x7x1 -> 6x7x1, kernel 3x3, padding 1, padding_mode edge, uint8 x int8)"
    assert conv(padding_value=3).to_dict()["padding_value"] == 3
    assert conv(padding_value=0) == conv()
    assert layer.replace(padding_mode="constant") == conv()


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"padding_mode": 3}, TypeError, "padding_mode must be a str, not 3"),
    ({"padding_mode": "wrap"}, ValueError,
     "padding_mode must be one of constant, edge, reflect, symmetric, not 'wrap'"),
    ({"padding_value": 256}, ValueError, "padding_value must be in 0..255 (uint8), not 256"),
    ({"padding_value": -1}, ValueError, "padding_value must be in 0..255 (uint8), not -1"),
    ({"padding_value": 1.0}, TypeError, "padding_value must be an int, not 1.0"),
    ({"padding_value": True}, TypeError, "padding_value must be an int, not True"),
    ({"padding_value": 3, "padding_mode": "edge"}, ValueError,
     "padding_value must be left out for padding_mode 'edge', not be 3"),
    ({"padding_mode": "reflect", "height": 3, "padding": ((0, 3), (0, 0))}, ValueError,
     "bottom padding must be in 0..2 for padding_mode 'reflect' and height=3, not 3"),
    ({"padding_mode": "symmetric", "width": 3, "padding": ((0, 0), (4, 0))}, ValueError,
     "left padding must be in 0..3 for padding_mode 'symmetric' and width=3, not 4"),
])
def test_bad_borders(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        conv(**changes)


def test_a_border_without_hardware_has_a_golden_model() -> None:
    layer = conv(padding=2, padding_mode="reflect")
    x, weights = layer.random_input(0), layer.random_weights(0)
    padded = np.pad(x, ((2, 2), (2, 2), (0, 0)), "reflect")
    bare = layer.replace(height=10, width=11, padding=0)
    np.testing.assert_array_equal(layer.golden(x, weights), bare.golden(padded, weights))
    message = re.escape("padding_mode must be 'constant' for hardware with this padding, not 'reflect': "
                        "row 0 of windows has a tap at row -2, and none at row 2, which that one would read")
    for ask in (wr.Design, wr.plan, lambda layer: list(wr.designs(layer))):
        with pytest.raises(ValueError, match=f"^{message}"):
            ask(layer)


def test_dilated_taps_may_miss_the_mirrored_pixel() -> None:
    """Taps two apart: mirroring at a pixel keeps them on their grid, mirroring behind it does not."""
    said = {"height": 8, "width": 8, "dilation": 2, "padding": 2}
    wr.Design(conv(**said, padding_mode="reflect"))
    with pytest.raises(ValueError, match=r"row 0 of windows has a tap at row -2, and none at row 1, "):
        wr.Design(conv(**said, padding_mode="symmetric"))


def test_settings_of_run_time_hardware() -> None:
    runtime = wr.Runtime(max_height=8, max_width=8)
    message = r"^padding_mode must be 'constant' for run-time hardware, not 'edge'$"
    with pytest.raises(ValueError, match=message):
        wr.Design(conv(padding_mode="edge"), taps=3, runtime=runtime)
    design = wr.Design(conv(padding_value=5), taps=3, runtime=runtime)
    with pytest.raises(ValueError, match=r"^padding_value must be 5, which is built in, not 0$"):
        design.configured(conv())


@pytest.mark.parametrize("mode", MODES[1:])
def test_mirrored_columns_are_shared_where_a_mirror_says_how(mode: str) -> None:
    said = {"height": 6, "width": 9, "kernel_size": 3, "padding": 1, "padding_mode": mode}
    for layer in (wr.Median2d(**said), wr.MaxPool2d(**said)):
        design = wr.Design(layer)
        assert design.shares_columns
        assert design.column_mirror == Mirror(mode, 3, 1, 1)
    assert wr.Design(wr.Median2d(**{**said, "padding_mode": "constant"})).column_mirror is None


def test_a_mirror_that_is_none() -> None:
    assert mirror_of("edge", [(0, 1, 2), (1, 1, 2), (0, 1, 1)]) == Mirror("edge", 3, 1, 1)
    assert mirror_of("reflect", [(0, 1, 2), (1, 1, 2)]) is None
    assert mirror_of("edge", [(2, 2, 2), (0, 0, 0)]) is None  # two of three on either side
