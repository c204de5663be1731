"""The demo: a photograph through real hardware at strides 1 to 4, the textbook's example, a whole network.

Everything a reader sees comes from simulated hardware that was checked, value for value and cycle for cycle.
This file holds the cases and runs them; the command line shows progress and tables, `demo_chart` draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windrow.operators.conv2d import Conv2d
from windrow.planning.plan import plan
from windrow.stage.design import Design
from windrow.values.numerics import Int
from windrow.workloads.drawings import UNSEEN, drawings
from windrow.workloads.models import model

STRIDES = (1, 2, 3, 4)
CLOCK_HZ = 100e6
FRAMES = 3  # the first fills the pipeline; the distance between the last two is the steady state

# Eight neighbours against the pixel itself: nothing on plain areas, signed at edges.
EDGES = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], dtype=np.int64).reshape(1, 3, 3, 1)

# The picture and the vertical-edge filter with which courses introduce convolution.
TEXTBOOK_IMAGE = np.array([
    [3, 0, 1, 2, 7, 4],
    [1, 5, 8, 9, 3, 1],
    [2, 7, 2, 5, 1, 3],
    [0, 1, 3, 1, 7, 8],
    [4, 2, 1, 6, 2, 8],
    [2, 4, 5, 2, 3, 9],
], dtype=np.int64).reshape(6, 6, 1)
TEXTBOOK_FILTER = np.array([[1, 0, -1]] * 3, dtype=np.int64).reshape(1, 3, 3, 1)
TEXTBOOK_CASES = ((1, 0), (2, 0), (1, 1))  # stride, padding

DIGITS, DIGIT_MULTIPLIERS = 10, 16  # drawings that the network reads, and what it may take


@dataclass(frozen=True)
class Case:
    """One simulation of the demo: a design and the weights it gets."""

    design: Design
    weights: NDArray[np.int64]
    frames: int = FRAMES

    @property
    def stride(self) -> int:
        return self.design.layer.stride[0]

    @property
    def planned(self) -> bool:
        """Whether this is the design that `plan` chooses, and not the one with a multiplier for each tap."""
        return self.design == plan(self.design.layer)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the hardware did with a case. `problem` is the first thing it did wrong, if any."""

    case: Case
    output: NDArray[np.int64]
    interval: int | None
    engine: str
    problem: str | None

    @property
    def match(self) -> bool:
        return self.problem is None


def edge_cases(height: int, width: int, strides: tuple[int, ...] = STRIDES) -> Iterator[Case]:
    """For each stride the cheapest design that keeps the input's pace, and the one with nine multipliers."""
    for stride in strides:
        layer = Conv2d(height=height, width=width, kernel_size=3, stride=stride, padding=1,
                       weight_type=Int(5))
        cheapest, full = plan(layer), Design(layer, lanes=1, pe=1, taps=9)
        yield Case(cheapest, EDGES)
        if full != cheapest:
            yield Case(full, EDGES)


def textbook_cases() -> Iterator[Case]:
    """A 6x6 image and a 3x3 filter: 4x4 at stride 1, 2x2 at stride 2, 6x6 with padding 1."""
    for stride, padding in TEXTBOOK_CASES:
        layer = Conv2d(height=6, width=6, kernel_size=3, stride=stride, padding=padding, weight_type=Int(2))
        yield Case(plan(layer), TEXTBOOK_FILTER, frames=1)


def run(case: Case, image: NDArray[np.int64], engine: str = "auto") -> Outcome:
    """Simulate one case and check it. What the check finds is in the outcome; a missing tool is raised."""
    from windrow_sim import Mismatch, simulate

    result = simulate(case.design, image, case.weights, None, engine=engine, frames=case.frames)
    problem = None
    try:
        result.check()
    except Mismatch as error:
        problem = str(error)
    return Outcome(case, result.output, result.interval, result.engine, problem)


def row(outcome: Outcome) -> dict[str, Any]:
    """One line of the table, under the keys that `--json` promises."""
    design = outcome.case.design
    assert outcome.interval is not None, "edge cases run several frames"
    bound = design.bounds().interval
    return {
        "stride": outcome.case.stride,
        "output_shape": list(design.layer.output_shape),
        "design": design.to_dict(),
        "bound": bound,
        "interval": outcome.interval,
        "ratio": outcome.interval / bound,
        "utilisation": design.layer.macs / (design.multipliers * outcome.interval),
        "fps_at_100mhz": CLOCK_HZ / outcome.interval,
        "engine": outcome.engine,
        "match": outcome.match,
    }


def textbook(outcome: Outcome) -> dict[str, Any]:
    """One number grid, under the keys that `--json` promises."""
    layer = outcome.case.design.layer
    return {
        "stride": outcome.case.stride,
        "padding": layer.padding[0][0],
        "output": outcome.output[0, :, :, 0].tolist(),
        "match": outcome.match,
    }


def read_digits(engine: str = "auto") -> dict[str, Any]:
    """Drawn digits through a whole network in hardware: what it reads, and in which cycle that is known."""
    from windrow_sim import Mismatch, simulate

    pictures, shows = drawings(DIGITS, 4, UNSEEN)
    pipeline = plan(model("digits"), multipliers=DIGIT_MULTIPLIERS)
    result = simulate(pipeline, pictures.astype(np.int64) - 128, engine=engine)
    problem = None
    try:
        result.check()
    except Mismatch as error:
        problem = str(error)
    reads = result.output.reshape(DIGITS, -1).argmax(axis=1)
    ends = result.output_cycles.reshape(DIGITS, -1)[:, -1]
    frames = [{"shows": int(shown), "reads": int(read), "cycle": int(end)}
              for shown, read, end in zip(shows, reads, ends, strict=True)]
    return {"layers": len(pipeline.stages), "multipliers": pipeline.multipliers, "interval": result.interval,
            "engine": result.engine, "frames": frames, "problem": problem}  # fmt: skip
