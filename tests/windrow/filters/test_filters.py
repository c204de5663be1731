"""Every filter in hardware: each stage in its values and cycles, the whole in its values."""

import inspect
from typing import Any

import numpy as np
import pytest

import windrow as wr
from windrow.filters import FILTERS

SIZES = {"resize-area": (6, 9), "bayer": (6, 8), "bilateral": (4, 6), "canny": (4, 6),
         "harris": (4, 6), "gradient-magnitude": (4, 6)}
WORDS: dict[str, list[dict[str, Any]]] = {
    "filter2d": [{"kernel": [[1, 2], [3, -1]], "scale": 1 / 4}],
    "gradient-magnitude": [{"norm": "l1"}, {"norm": "l2"}],
    "bilateral": [{"kernel_size": 3}],
    "box": [{}, {"kernel_size": 2}],
    "resize-area": [{"factor": 3}],
}
CASES = [(name, words) for name in FILTERS for words in WORDS.get(name, [{}])]


@pytest.mark.parametrize(("channels", "stride", "pixels"), [(1, 1, 1), (3, 2, 3)])
@pytest.mark.parametrize(("name", "words"), CASES, ids=str)
def test_in_hardware(name: str, words: dict[str, Any], channels: int, stride: int, pixels: int) -> None:
    size = SIZES.get(name, (9, 7))
    takes = inspect.signature(FILTERS[name]).parameters
    more = {key: value for key, value in (("channels", channels), ("stride", stride)) if key in takes}
    net = FILTERS[name](*size, pixels=pixels, **words, **more)
    x = np.random.default_rng(0).integers(0, 256, (2, *net.input_shape))
    out = x
    for node in net.layers:
        layer = node.operator.layer
        design = wr.plan(layer, lanes=layer.in_channels, pixels=pixels)
        run = wr.simulate(design, out, node.operator.weights, node.operator.bias, engine="amaranth")
        run.check()
        assert design.interval == layer.height * -(-layer.width // pixels)  # a beat in every cycle
        out, pixels = run.output, design.output_pixels
        np.testing.assert_array_equal(out, net.golden(x, every=True)[node.output])


@pytest.mark.parametrize(("name", "words"), [
    ("open", {"channels": 3}), ("close", {"stride": 2}), ("canny", {}),
    ("gaussian", {"separable": True, "stride": 2}),
    ("gradient-magnitude", {"norm": "l2", "stride": 2}),
], ids=str)
def test_as_one_pipeline(name: str, words: dict[str, Any]) -> None:
    net = FILTERS[name](6, 5, **words)
    pipeline = wr.plan(net, interval=30)
    assert pipeline.interval == 30
    x = np.random.default_rng(1).integers(0, 256, (2, *net.input_shape))
    run = wr.simulate(pipeline, x, engine="amaranth").check()
    np.testing.assert_array_equal(run.output, net.golden(x))


def test_names() -> None:
    assert wr.filters.FILTERS is FILTERS
    for name, make in FILTERS.items():
        assert getattr(wr.filters, name.replace("-", "_")) is make
    assert set(wr.filters.__all__) == {"FILTERS", *(name.replace("-", "_") for name in FILTERS)}
