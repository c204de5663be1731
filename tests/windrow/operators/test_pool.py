"""Pools: which windows there is hardware for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from tflite_models import Builder, reference
from windrow.operators.table import from_dict

KINDS: dict[str, tuple[Any, dict[str, int], int]] = {
    "max": (wr.MaxPool2d, {}, 15), "min": (wr.MinPool2d, {}, 15), "average": (wr.AvgPool2d, {}, 15),
    "sum": (wr.SumPool2d, {}, 15),
    "rank": (wr.Rank2d, {"rank": 3}, 7), "median": (wr.Median2d, {}, 7),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_largest_window_has_hardware_and_a_larger_one_is_refused(name: str) -> None:
    kind, more, most = KINDS[name]
    layer = kind(height=18, width=18, kernel_size=most, stride=3, **more)
    assert wr.plan(layer).interval == 18 * 18
    for kernel in ((most + 1, 2), (2, most + 1)):
        apart = "" if most == 7 else " unless its windows end one at a time"
        error = (rf"^kernel_size must be at most {most}x{most} for {kind.__name__}{apart}, "
                 rf"not {kernel[0]}x{kernel[1]}$")  # fmt: skip
        with pytest.raises(ValueError, match=error):
            kind(height=20, width=20, kernel_size=kernel, padding=1, **more)


def test_windows_that_end_one_at_a_time_may_be_larger() -> None:
    layer = wr.MaxPool2d(height=40, width=20, kernel_size=(20, 18), stride=(20, 18), channels=2)
    assert [(d.lanes, d.taps) for d in wr.designs(layer)] == [(1, 1), (2, 1)]
    error = r"^taps must be 1, a pixel as it arrives, not 20; nearest legal: 1$"
    with pytest.raises(ValueError, match=error):
        wr.Design(layer, taps=20)
    common = wr.AvgPool2d(height=40, width=20, kernel_size=(20, 17), stride=(13, 1))
    assert [(d.lanes, d.taps) for d in wr.designs(common)] == [(1, 1)]
    assert wr.plan(common) == wr.Design(common)
    for more in ({"stride": 1, "padding": 1}, {"padding": 1, "padding_mode": "edge"}):  # together; twice
        said: dict[str, Any] = {"height": 40, "width": 20, "kernel_size": (20, 18), "stride": 20, **more}
        with pytest.raises(ValueError, match=r"^kernel_size must be at most 15x15 for AvgPool2d unless "):
            wr.AvgPool2d(**said)
    element = np.ones((20, 18), bool)
    element[0, 0] = False
    with pytest.raises(ValueError, match=r"^kernel_size must be at most 15x15 for MinPool2d unless "):
        wr.MinPool2d(height=40, width=20, kernel_size=(20, 18), stride=20, element=element)
    with pytest.raises(ValueError, match=r"^kernel_size must be at most 65,536, not 90,000$"):
        wr.MaxPool2d(height=300, width=300, kernel_size=300)


GLOBAL: list[Any] = [wr.MaxPool2d, wr.MinPool2d, wr.AvgPool2d, wr.SumPool2d]


@pytest.mark.parametrize("kind", GLOBAL)
def test_global(kind: Any) -> None:
    layer = kind(height=5, width=4, channels=3, kernel_size="global")
    assert layer == kind(height=5, width=4, channels=3, kernel_size=(5, 4))
    assert (layer.kernel_size, layer.output_shape) == ((5, 4), (1, 1, 3))
    assert from_dict({"operator": kind.kind, "height": 5, "width": 4, "channels": 3,
                      "kernel_size": "global"}) == layer  # fmt: skip
    x = layer.random_input(0, 2)
    by = {"max-pool2d": np.max, "min-pool2d": np.min, "sum-pool2d": np.sum}.get(kind.kind)
    expected = by(x, axis=(1, 2)) if by else (2 * x.sum(axis=(1, 2)) + 20) // 40
    assert np.array_equal(layer.golden(x)[:, 0, 0], expected)
    with pytest.raises(ValueError, match=r"^padding must be 0 for kernel_size 'global', not 1,1,1,1$"):
        kind(height=5, width=4, kernel_size="global", padding=1)
    with pytest.raises(ValueError, match=r"^kernel_size must be an int, \(h, w\) or 'global', not 'all'$"):
        kind(height=5, width=4, kernel_size="all")
    with pytest.raises(ValueError, match=r"^height must be at least 1, not 0$"):
        kind(height=0, width=4, kernel_size="global")


def test_ranks_are_not_global() -> None:
    with pytest.raises(TypeError, match=r"^kernel_size must be an int or \(h, w\), not 'global'$"):
        wr.Rank2d(height=5, width=4, kernel_size="global", rank=0)  # type: ignore[arg-type]


def test_toml_takes_the_word(tmp_path: Path) -> None:
    text = """[layer]
operator = "avg-pool2d"
height = 8
width = 8
channels = 64
kernel_size = "global"

[design]
lanes = 16
pe = 16
taps = 1
"""
    (tmp_path / "pool.toml").write_text(text)
    design = wr.load(tmp_path / "pool.toml")
    assert design == wr.Design(wr.AvgPool2d(height=8, width=8, channels=64, kernel_size="global"), lanes=16)
    wr.save(tmp_path / "again.toml", design)
    assert wr.load(tmp_path / "again.toml") == design


@pytest.mark.parametrize(("size", "kernel", "stride", "same"), [
    ((7, 7), (7, 7), (1, 1), False), ((25, 5), (25, 5), (1, 1), False), ((8, 6), (2, 2), (2, 2), False),
    ((8, 7), (3, 3), (3, 3), True), ((9, 8), (2, 3), (4, 3), False),
])
@pytest.mark.parametrize("kind", [wr.AvgPool2d, wr.MaxPool2d])
def test_apart_as_tflite_pools(kind: Any, size: Any, kernel: Any, stride: Any, same: bool) -> None:
    layer = kind(height=size[0], width=size[1], channels=3, kernel_size=kernel, stride=stride,
                 padding="same" if same else 0, input_type=wr.Int(8))  # fmt: skip
    assert wr.plan(layer).accumulates
    builder = Builder()
    source = builder.tensor((1, *layer.input_shape), scale=0.04, zero_point=3)
    target = builder.tensor((1, *layer.output_shape), scale=0.04, zero_point=3)
    name = "AVERAGE_POOL_2D" if kind is wr.AvgPool2d else "MAX_POOL_2D"
    builder.operator(name, [source], [target], 2, "Pool2DOptions", padding=0 if same else 1,
                     filterHeight=kernel[0], filterWidth=kernel[1], strideH=stride[0], strideW=stride[1],
                     fusedActivationFunction=0)  # fmt: skip
    x = layer.random_input(3, 6)
    x[0], x[1] = -128, 127
    found = reference(builder.bytes([source], [target]), x)
    assert np.array_equal(layer.golden(x), found[1].reshape(len(x), *layer.output_shape))
