"""Idle channels: a tensor of more channels in hardware than in the network, where that makes a folding fit.

    64 channels travel as 66, which 11 divides: filters of zeros give the last two, and zeros multiply them

No value of the network changes, and every stage is an ordinary one.  At either end of the pipeline the last
slots of a pixel's last beat are idle: any value may come in, and what leaves there means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.joins.add import Add
from windrow.joins.concat import Concat
from windrow.joins.join import Join, Shape
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.outputs.requantise import Requantize
from windrow.pipeline.steps import INPUT, Array, Step, Steps

__all__ = ["depthwise", "widen"]

IDLE = -1
"""In a layout: a channel of the hardware that none of the network's is."""


def depthwise(operator: Operator) -> bool:
    """Does it see each of several channels alone, and give one for each?"""
    return operator.groups == operator.in_channels == operator.out_channels > 1


def widen(steps: Steps, channels: Mapping[str, int]) -> Steps:
    """The same steps with so many channels of the outputs of those named, or of `INPUT`.

    What works on each channel alone has as many as come in, named or not.

    Raises ValueError for a name that is no step's, fewer channels than the network has, inputs of an addition
    with different numbers, idle channels of groups, and where the output would have another type.
    """
    unknown = set(channels) - {INPUT, *(step.name for step in steps.steps)}
    if unknown:
        raise ValueError(f"channels must name steps, or {INPUT!r}, not {sorted(unknown)}")
    if not channels:
        return steps
    height, width, depth = steps.input_shape
    layouts = {INPUT: _layout(INPUT, depth, channels.get(INPUT, depth))}
    shapes = {INPUT: steps.input_shape}
    made = []
    for step in steps.steps:
        found = [_seen(step.name, layouts[source], shapes[source], shape)
                 for source, shape in zip(step.sources, step.input_shapes, strict=True)]
        wide, layout = _widened(step, found, channels.get(step.name))
        if channels.get(step.name, len(layout)) != len(layout):
            raise ValueError(f"channels of {step.name!r} must be the {len(layout)} that come in, "
                             f"not {channels[step.name]}")
        if wide.operator.output_type != step.operator.output_type:
            raise ValueError(f"channels that step {step.name!r} reads must leave its output "
                             f"{step.operator.output_type}, not {wide.operator.output_type}")
        layouts[step.name], shapes[step.name] = layout, step.operator.output_shape
        made.append(wide)
    return replace(steps, input_shape=(height, width, len(layouts[INPUT])), steps=tuple(made))


def _layout(name: str, channels: int, wide: int) -> Array:
    """(wide,) the network's channel that each of the hardware's is."""
    if wide < channels:
        raise ValueError(f"channels of {name!r} must be at least {channels}, not {wide}")
    return np.append(np.arange(channels), np.full(wide - channels, IDLE))


def _seen(name: str, layout: Array, before: Shape, after: Shape) -> Array:
    """The layout as a step sees it whose input has another shape than what comes: channels of all pixels."""
    if before == after:
        return layout
    pixels, channels = before[0] * before[1], before[2]
    if after[:2] == (1, 1):
        places = np.where(layout == IDLE, IDLE, layout + channels * np.arange(pixels)[:, None])
        return places.ravel()
    if (layout == IDLE).any():
        raise ValueError(f"channels that step {name!r} reads must be {channels}, since it reshapes them, "
                         f"not {len(layout)}")
    return np.arange(after[2])


def _widened(step: Step, layouts: list[Array], wide: int | None) -> tuple[Step, Array]:
    """The step, and the layout of its output."""
    operator = step.operator
    if isinstance(operator, Join):
        join, layout = _join(step.name, operator, layouts)
        return replace(step, operator=join), layout
    (before,) = layouts
    if not isinstance(operator, Conv2d):
        maps = _maps(operator.output, before)
        return replace(step, operator=operator.replace(channels=len(before), output=maps)), before
    if operator.groups == 1:
        after = _layout(step.name, operator.out_channels, operator.out_channels if wide is None else wide)
        changes = {"in_channels": len(before), "out_channels": len(after)}
        weights = _spread(_spread(step.weights, after, 0), before, 3)
    elif depthwise(operator):
        after = before
        changes = dict.fromkeys(("in_channels", "out_channels", "groups"), len(before))
        weights = _spread(step.weights, after, 0)
    else:
        if (before == IDLE).any():
            raise ValueError(f"channels that step {step.name!r} reads in {operator.groups} groups must be "
                             f"{operator.in_channels}, not {len(before)}")
        after, changes, weights = np.arange(operator.out_channels), {}, step.weights
    maps = _maps(operator.output, after)
    bias = None if step.bias is None else _spread(step.bias, after, 0)
    bias_type: dict[str, Any] = {} if operator.bias_type is None else {"bias_type": operator.bias_type}
    made = operator.replace(output=maps, **changes, **bias_type)
    return replace(step, operator=made, weights=weights, bias=bias), after


def _join(name: str, join: Join, layouts: list[Array]) -> tuple[Join, Array]:
    if isinstance(join, Add):
        first, second = layouts
        if not np.array_equal(first, second):
            raise ValueError(f"channels that step {name!r} adds must be as many on both sides, "
                             f"not {len(first)} and {len(second)}")
        height, width, _ = join.shape
        maps = _maps(join.output, first)
        return Add((height, width, len(first)), join.input_types, join.tables, maps), first
    assert isinstance(join, Concat), join
    starts = np.cumsum([0, *(shape[2] for shape in join.input_shapes)])
    shapes = [(*shape[:2], len(layout)) for shape, layout in zip(join.input_shapes, layouts, strict=True)]
    parts = [np.where(layout == IDLE, IDLE, layout + start) for layout, start in
             zip(layouts, starts[:-1], strict=True)]
    return Concat(shapes, join.input_types), np.concatenate(parts)


def _spread(array: npt.NDArray[np.int64] | None, layout: Array, axis: int) -> Array:
    """The entries of the network's channels at their places along an axis, zeros at those that are idle."""
    assert array is not None, "a convolution has weights"
    taken = np.take(array, np.maximum(layout, 0), axis)
    idle = (layout == IDLE).reshape([-1 if at == axis else 1 for at in range(array.ndim)])
    return np.where(idle, 0, taken)


def _maps(maps: tuple[Any, ...], layout: Array) -> tuple[Any, ...]:
    """Output maps for the channels of a layout: idle ones have the scale of the first."""
    channels = np.maximum(layout, 0).tolist()
    return tuple(each.of_channels(channels) if isinstance(each, Requantize) else each for each in maps)
