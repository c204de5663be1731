"""Several pixels a beat through a network: every step takes as many as those before it give.

A stride leaves fewer of them in a beat, `ceil(P / stride)`, and where one is left a step is as it is in a
network that is fed one pixel a beat.  Rows begin with a beat of their own everywhere, so what one step gives
for a row is what the next one takes for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from windrow.joins.join import Join
from windrow.pipeline.steps import INPUT, Step, Steps
from windrow.timing.group_schedule import group_outputs

__all__ = ["check_pixels_of", "pixels_of"]


def pixels_of(steps: Steps, pixels: int) -> dict[str, int]:
    """Neighbours of a row in a beat that each step takes, by its name, for so many from outside.

    Raises ValueError for a step that reads several pixels as one, or as many features.
    """
    found: dict[str, int] = {}
    given = {INPUT: pixels}
    shapes = {INPUT: steps.input_shape}
    for step in steps.steps:
        come = {given[source] for source in step.sources}
        for source, shape in zip(step.sources, step.input_shapes, strict=True):
            if given[source] > 1 and shape[:2] != shapes[source][:2]:
                raise ValueError(f"pixels must leave one in a beat for step {step.name!r}, which reads an "
                                 f"image of {_by(shapes[source])} as one of {_by(shape)}, "
                                 f"not {given[source]}")
        if len(come) > 1:
            raise ValueError(f"pixels must be as many in the beats of all inputs of step {step.name!r}, "
                             f"not {sorted(come)}")
        (found[step.name],) = come
        given[step.name], shapes[step.name] = _left(step, found[step.name]), step.operator.output_shape
    return found


def check_pixels_of(steps: Steps, pixels: Mapping[str, int], first: int) -> None:
    """Raise ValueError for a step that takes another number of pixels than come, `first` from outside."""
    for name, come in pixels_of(steps, first).items():
        if pixels[name] != come:
            raise ValueError(f"pixels of step {name!r} must be the {come} that come in a beat, "
                             f"not {pixels[name]}")


def _left(step: Step, pixels: int) -> int:
    """Neighbours in a beat that a step gives."""
    operator = step.operator
    if pixels == 1 or isinstance(operator, Join):
        return pixels
    return group_outputs(operator.window, pixels)


def _by(shape: tuple[int, int, int]) -> str:
    return f"{shape[0]}x{shape[1]}"
