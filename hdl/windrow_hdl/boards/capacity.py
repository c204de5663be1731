"""Capacity: does a system fit the device; if not, what overflows, by how much, and which folding fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windrow.pipeline.pipeline import Pipeline
from windrow.planning.plan import designs
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.boards.catalogue import Board
from windrow_hdl.synthesis import fpga_devices

__all__ = ["TooLarge", "multipliers_in_blocks", "network_too_large", "overflow", "too_large"]

_PROBES = 5  # foldings that are synthesised in search of one that fits


class TooLarge(ValueError):
    """A system needs more than its device has.

    `over`: (needed, there) by resource, those that overflow;  `fitting`: the fastest folding found that
    fits, None if there is none
    """

    def __init__(self, message: str, over: Mapping[str, tuple[int, int]], fitting: Design | None) -> None:
        super().__init__(message)
        self.over, self.fitting = dict(over), fitting


def overflow(board: Board, used: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """What of `used` (lut, bram, dsp) the board's device lacks: needed and there, by resource."""
    assert board.device is not None
    return fpga_devices.overflow(board.device, used)


def too_large(
    board: Board, design: Design, over: Mapping[str, tuple[int, int]], dsp: bool,
    measure: Callable[[Design], Mapping[str, int]],
) -> TooLarge:
    """The error for a system that overflows; `measure` synthesises other foldings."""
    message = _message(board, design, over)
    candidates = _candidates(board, design, over, dsp)
    # The smallest comes first: where it does not fit, nothing does.
    if not candidates or overflow(board, measure(candidates[-1])):
        tried = "the smallest folding does not fit either" if candidates else "there is no smaller folding"
        return TooLarge(f"{message}; {tried}: take a smaller layer or a larger board", over, None)
    others = _spread(candidates)[:-1]
    fitting = next((one for one in others if not overflow(board, measure(one))), candidates[-1])
    return TooLarge(
        f"{message}; --lanes {fitting.lanes} --pe {fitting.pe} --taps {fitting.taps} would fit, with "
        f"{fitting.interval:,} cycles a frame", over, fitting)


def network_too_large(board: Board, pipeline: Pipeline, over: Mapping[str, tuple[int, int]]) -> TooLarge:
    """The error for a network that overflows."""
    return TooLarge(f"{_message(board, pipeline, over)}; plan it for fewer multipliers or a longer interval, "
                    "build multipliers of logic (--no-dsp), or take a larger board", over, None)


def multipliers_in_blocks(design: Design | Pipeline) -> int:
    """Multipliers of weights that are DSP blocks: a pipeline's budget may have left some to logic."""
    if isinstance(design, Pipeline):
        return sum(design.blocks.get(step.name, Blocks()).held(each.multipliers)
                   for step, each in design.stages if step.weights is not None)
    return design.multipliers


def _message(board: Board, design: Design | Pipeline, over: Mapping[str, tuple[int, int]]) -> str:
    return f"{board.name} is too small for {design}: it needs {fpga_devices.lacks(over)}"


def _candidates(board: Board, design: Design, over: Mapping[str, tuple[int, int]], dsp: bool) -> list[Design]:
    """Foldings that may fit, the fastest first: each has fewer multipliers than the one before."""
    assert board.device is not None
    most = board.device.dsp if dsp and board.device.dsp else design.multipliers
    if set(over) - {"dsp"}:
        most = min(most, design.multipliers - 1)
    legal = [one for one in designs(design.layer) if one.multipliers <= most]
    legal.sort(key=lambda one: (max(one.input_beats, one.fold * one.windows), one.multipliers))
    front: list[Design] = []
    for one in legal:
        if not front or one.multipliers < front[-1].multipliers:
            front.append(one)
    return front


def _spread(candidates: list[Design]) -> list[Design]:
    """At most `_PROBES` of them, the first and the last among them."""
    if len(candidates) <= _PROBES:
        return candidates
    return [candidates[round(n * (len(candidates) - 1) / (_PROBES - 1))] for n in range(_PROBES)]
