"""The vectorised model against `Design`, one design at a time: equality, and -1 only where it must be."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windrow.operators.conv2d import Conv2d
from windrow.planning.plan import designs
from windrow.stage.design import Design
from windrow.timing.figures import figures, figures_of

FIELDS = ("lanes", "pe", "taps", "multipliers", "fold")


@st.composite
def layers(draw: st.DrawFn, largest: int = 12) -> Conv2d:
    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, dilation, padding = pair(1, 5), pair(1, 3), (pair(0, 4), pair(0, 4))
    least = [max(1, d * (k - 1) + 1 - sum(p)) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    height, width = (draw(st.integers(n, n + largest)) for n in least)
    return Conv2d(height=height, width=width, in_channels=draw(st.sampled_from([1, 2, 3, 4])),
                  out_channels=draw(st.sampled_from([1, 2, 4, 6])), kernel_size=kernel, stride=pair(1, 6),
                  padding=padding, dilation=dilation)  # fmt: skip


def columns_skipped(design: Design) -> bool:
    """The one case in which an ideal design may be beyond the closed form."""
    return len(design.schedule.columns.phases) < design.schedule.columns.period


@given(layers())
def test_equal_to_every_design(layer: Conv2d) -> None:
    at = figures_of(layer)
    every = list(designs(layer))
    assert at.fold.shape == (len(every),)
    for index, design in enumerate(every):
        for name in FIELDS:
            assert getattr(at, name)[index] == getattr(design, name), name
        assert at.bound[index] == design.bounds().interval
        assert at.arithmetic[index] == design.bounds().arithmetic
        if at.ideal[index]:
            assert design.ideal
            assert at.interval[index] == design.interval
            assert at.latency[index] == design.latency
            assert at.utilisation[index] == design.utilisation
        else:
            assert not design.ideal or columns_skipped(design)
            assert at.interval[index] == at.latency[index] == -1
            assert np.isnan(at.utilisation[index])


@given(st.lists(layers(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_many_layers_at_once(some: list[Conv2d], random: Any) -> None:
    chosen = [random.choice(list(designs(layer))) for layer in some]

    def column(name: str, *path: int) -> Any:
        values = [getattr(design.layer if hasattr(design.layer, name) else design, name) for design in chosen]
        for step in path:
            values = [value[step] for value in values]
        return np.array(values)

    at = figures(
        height=column("height"), width=column("width"), in_channels=column("in_channels"),
        out_channels=column("out_channels"), lanes=column("lanes"), pe=column("pe"), taps=column("taps"),
        kernel_size=(column("kernel_size", 0), column("kernel_size", 1)),
        stride=(column("stride", 0), column("stride", 1)),
        dilation=(column("dilation", 0), column("dilation", 1)),
        padding=((column("padding", 0, 0), column("padding", 0, 1)),
                 (column("padding", 1, 0), column("padding", 1, 1))),
    )  # fmt: skip
    for index, design in enumerate(chosen):
        alone = figures_of(design.layer, design.lanes)
        same = np.flatnonzero((alone.pe == design.pe) & (alone.taps == design.taps))[0]
        for name in (*FIELDS, "bound", "arithmetic", "ideal", "interval", "latency"):
            assert getattr(at, name)[index] == getattr(alone, name)[same], name


def test_scalars_and_broadcasting() -> None:
    one = figures(height=8, width=8, kernel_size=(3, 3), taps=9)
    assert one.interval.shape == ()
    many = figures(height=np.array([[8], [16]]), width=8, kernel_size=(3, 3), padding=((1, 1), (1, 1)),
                   taps=np.array([1, 3, 9]))  # fmt: skip
    assert many.interval.tolist() == [[576, 192, 64], [1152, 384, 128]]
    assert many.ideal.all()


@pytest.mark.parametrize("wrong", [{"taps": 4}, {"taps": 0}, {"taps": 10}, {"lanes": 2}, {"pe": 3},
                                   {"pe": 0},
                                   {"height": 2}, {"height": -8}])  # fmt: skip
def test_illegal_designs_are_named(wrong: dict[str, int]) -> None:
    right: dict[str, Any] = {"height": 8, "width": 8, "in_channels": 3, "out_channels": 4,
                             "lanes": 1, "pe": 2, "taps": 3}  # fmt: skip
    arguments = {**right, **{name: np.array([right[name], value]) for name, value in wrong.items()}}
    (name, value), = wrong.items()
    with pytest.raises(ValueError, match="^every design must be legal, not the one at 1: ") as raised:
        figures(kernel_size=(3, 3), **arguments)
    assert re.search(rf"\b{name}={value}\b", str(raised.value))


def test_wrong_kinds() -> None:
    with pytest.raises(TypeError, match=r"^layers and designs are described by integers, not by float64: 2"):
        figures(height=8, width=8, kernel_size=(3, 3), taps=2.5)  # type: ignore[arg-type]


def test_groups() -> None:
    layer = Conv2d(height=8, width=8, in_channels=4, out_channels=8, groups=2, kernel_size=3)
    at = figures_of(layer)
    every = [Design(layer, lanes=lanes, pe=pe, taps=taps)
             for lanes, pe, taps in zip(at.lanes.tolist(), at.pe.tolist(), at.taps.tolist(), strict=True)]
    assert at.fold.tolist() == [design.fold for design in every]
    assert at.multipliers.tolist() == [design.multipliers for design in every]
    assert at.bound.tolist() == [design.bounds().interval for design in every]
    known = at.latency >= 0
    assert at.latency[known].tolist() == [d.latency for d, there in zip(every, known, strict=True) if there]
