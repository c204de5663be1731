"""watch: a small run, seen from inside, as events with the cycle in which the hardware showed them.

    i ─▶ line_buffer ─▶ reader ───────▶ reduction ─▶ output_queue ─▶ o
    Beat: accepted,     Fetch, Step:    Step:         Output: finished,
          freed         issued          multiplied            transferred

Every stamp is a sampled signal: handshakes, strobes and counts of the simulated blocks. Positions come from
counting those strobes. Nothing asks the timing model; the run is checked against it like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.stage.design import Design
from windrow.stage.pixels import one_pixel
from windrow.timing.stalls import StallsLike
from windrow.timing.timing import check_stalls
from windrow.values.numerics import as_int
from windrow_hdl.stage import Convolution
from windrow_hdl.window.played_windows import tap_records
from windrow_sim.engines import amaranth
from windrow_sim.runs.run import Mismatch, Run
from windrow_sim.streams.stimulus import Stimulus
from windrow_sim.watch.web import inline

__all__ = ["Beat", "Fetch", "Output", "Step", "Watch", "check_small", "watch_layer"]

LARGEST = {"rows with padding": 24, "columns with padding": 24, "input channels": 4, "filters": 8,
           "multipliers": 144, "frames": 6, "cycles": 6000}
"""What a page can still show clearly."""

_OPERANDS = 1  # cycles from a reduction's `step` to the operands it announces


@dataclass(frozen=True)
class Beat:
    """An input beat. `freed` is the cycle in which the line buffer got its place back, or None."""

    accepted: int
    stored: bool
    freed: int | None = None


@dataclass(frozen=True)
class Fetch:
    """A slice of a column on its way from the line buffer to a column store or a shift register.

    `row` counts rows of windows, `column` is one of the image. In the column store, where there is one, from
    `put` to `freed`.
    """

    issued: int
    frame: int
    row: int
    column: int
    slice: int
    put: int | None
    freed: int | None


@dataclass(frozen=True)
class Step:
    """A step of a window: issued by the reader, multiplied some cycles later.

    Bit `k` of `row_mask` and of `column_mask` says that kernel row or column `k` lies in the image.
    """

    issued: int
    multiplied: int
    frame: int
    row: int
    column: int
    group: int
    slice: int
    step: int
    row_mask: int
    column_mask: int


@dataclass(frozen=True)
class Output:
    """An output beat: finished by the array, then transferred. `values` are those of the transfer."""

    finished: int
    transferred: int
    frame: int
    row: int
    column: int
    group: int
    values: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Watch:
    """A run and what happened inside it.

    Attributes
    ----------
    run : Run
        Checked.
    cycles : int
        Cycles until the last transfer on either stream.
    i_valid, i_ready, o_valid, o_ready, credit : str
        "0" or "1" for each cycle; credit: the reader may begin an output beat.
    beats, fetches, steps, outputs
        In the order in which they happened. A reader that gathers taps from the line buffer has no fetches.
    """

    run: Run = field(repr=False)
    cycles: int
    i_valid: str = field(repr=False)
    i_ready: str = field(repr=False)
    o_valid: str = field(repr=False)
    o_ready: str = field(repr=False)
    credit: str = field(repr=False)
    beats: tuple[Beat, ...] = field(repr=False)
    fetches: tuple[Fetch, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    outputs: tuple[Output, ...] = field(repr=False)

    def _repr_html_(self) -> str:
        return inline(self)


def check_small(design: Design, frames: int) -> None:
    """Raise ValueError, with the limit, for what is too large to be looked at cycle by cycle, and for borders
    and designs that have no picture.
    """
    one_pixel(design.pixels, "watch")
    layer = design.layer
    (top, bottom), (left, right) = layer.padding
    if layer.padding_mode != "constant":
        raise ValueError("watch shows a padding_mode of 'constant' only, not "
                         f"{layer.padding_mode!r}; windrow simulate runs any")
    if design.accumulates:
        raise ValueError("watch shows a line buffer and what is read from it, and windows that grow as their "
                         f"pixels arrive have none: taps must be more than {design.taps}")
    if layer.window.fractional:
        raise ValueError("watch shows windows that advance by whole pixels only; windrow simulate runs any")
    found = {
        "rows with padding": layer.height + top + bottom,
        "columns with padding": layer.width + left + right,
        "input channels": layer.in_channels,
        "filters": layer.out_channels,
        "multipliers": design.multipliers,
        "frames": frames,
        "cycles": frames * max(design.input_beats, design.fold * design.windows),
    }
    for name, most in LARGEST.items():
        if found[name] > most:
            raise ValueError(f"watch shows at most {most} {name}, not {found[name]}; "
                             "windrow simulate runs any size")


def watch_layer(design: Design, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
                bias: npt.ArrayLike | None = None, frames: int = 1, input_stall: StallsLike = None,
                output_stall: StallsLike = None) -> Watch:
    """Simulate with Amaranth's simulator, look inside in every cycle, and check the run.

    Arguments as for `windrow.simulate`. Raises ValueError for what is too large to look at, Mismatch where
    the hardware does not do what the models say, and whatever `windrow.simulate` raises.
    """
    layer = design.layer
    distinct = layer.check_input(x)
    frames = as_int(frames, "frames", 1)
    if len(distinct) > 1 and frames not in (1, len(distinct)):
        raise ValueError(f"frames must be left out or be {len(distinct)} for x with as many, not {frames}")
    count = max(len(distinct), frames)
    check_small(design, count)
    weights, bias = layer.check_parameters(weights, bias)
    stalls = check_stalls(input_stall, "input_stall"), check_stalls(output_stall, "output_stall")
    component = Convolution(design, weights, bias)
    observer = _Observer(component)
    stimulus = Stimulus.build(design, distinct, count, *stalls)
    recording = amaranth.run(component, stimulus, observe=observer.sample)
    sent = np.broadcast_to(distinct, (count, *layer.input_shape)) if len(distinct) < count else distinct
    run = Run.build(recording, engine="amaranth", design=design, weights=weights, bias=bias, x=sent,
                    input_stall=stalls[0], output_stall=stalls[1]).check()
    return _Reading(observer.seen, run).watch()


class _Observer:
    """Samples signals in every cycle: `seen[name][cycle]`."""

    def __init__(self, component: Any) -> None:
        self.component = component
        self.seen: dict[str, list[int]] = {}

    async def sample(self, ctx: Any) -> None:
        """Testbench of the simulator."""
        signals = _signals(self.component)
        self.seen = {name: [] for name in signals}
        columns = list(self.seen.values())
        async for _, _, *values in ctx.tick().sample(*signals.values()):
            for column, value in zip(columns, values, strict=True):
                column.append(int(value))


def _signals(component: Any) -> dict[str, Any]:
    """The signals to sample in an elaborated Convolution, under names that are the same for all readers."""
    reader, array = component.reader, component.array
    signals: dict[str, Any] = {
        "i_valid": component.i.valid, "i_ready": component.i.ready,
        "o_valid": component.o.valid, "o_ready": component.o.ready,
        "stored": component.line_buffer.arrived, "freed": component.line_buffer.freed,
        "credit": component.output_queue.credit, "put": array.put, "multiply": array.step,
    }
    if hasattr(reader, "issue"):
        for part, names in ((reader.issue, ("go", "step", "slice", "beat_ends", "window_ends")),
                            (reader.walk, ("row_mask", "column_mask", "row_ends", "frame_ends", "freed"))):
            signals |= {f"issue_{name}": getattr(part, name) for name in names}
    else:  # a shift register: each window is one step
        signals["issue_go"] = reader.begin
    fetch = getattr(reader, "fetch", reader)
    walk: Any = getattr(fetch, "walk", None)
    if hasattr(walk, "take"):
        signals |= {"fetch": walk.take, "fetch_row_ends": walk.row_ends, "fetch_frame_ends": walk.frame_ends}
        if fetch is not reader:
            signals["fetch_put"] = fetch.put
    signals |= {f"operand_{at}": operand for at, operand in enumerate(reader.operands)}
    signals |= {f"clear_{at}": bit for at, bit in enumerate(reader.clear)}
    return signals


class _Reading:
    """Turns sampled signals into events."""

    def __init__(self, seen: dict[str, list[int]], run: Run) -> None:
        self.seen, self.run, self.design = seen, run, run.design

    def watch(self) -> Watch:
        beats, steps = self._beats(), self._steps()
        last = max(self.run.cycles - 1, beats[-1].accepted)
        lines = {name: "".join(map(str, self.seen[name][: last + 1]))
                 for name in ("i_valid", "i_ready", "o_valid", "o_ready", "credit")}
        self._check_operands(steps)
        return Watch(run=self.run, cycles=last + 1, beats=beats, fetches=self._fetches(), steps=steps,
                     outputs=self._outputs(steps), **lines)

    def _when(self, name: str) -> list[int]:
        """Cycles in which a strobe is high."""
        return [cycle for cycle, high in enumerate(self.seen[name]) if high]

    def _given_back(self, name: str) -> Iterator[int]:
        """For each unit that is given back, its cycle; the hardware counts them less one."""
        return (cycle for cycle, count in enumerate(self.seen[name]) for _ in range(count + 1))

    def _beats(self) -> tuple[Beat, ...]:
        valid, ready, stored = (self.seen[name] for name in ("i_valid", "i_ready", "stored"))
        frees = self._given_back("freed")
        beats = []
        for cycle, (offered, taken) in enumerate(zip(valid, ready, strict=True)):
            if offered and taken:
                kept = bool(stored[cycle + 1])  # the line buffer says so one cycle later
                beats.append(Beat(cycle, kept, next(frees, None) if kept else None))
        return tuple(beats)

    def _steps(self) -> tuple[Step, ...]:
        seen = self.seen
        multiplied = [cycle + _OPERANDS for cycle in self._when("multiply")]
        if "issue_step" not in seen:
            return self._shifted(multiplied)
        described = ("slice", "step", "row_mask", "column_mask")
        frame = row = column = group = 0
        steps = []
        for cycle, at in zip(self._when("issue_go"), multiplied, strict=True):
            now = (seen[f"issue_{name}"][cycle] for name in described)
            steps.append(Step(cycle, at, frame, row, column, group, *now))
            group += seen["issue_beat_ends"][cycle]
            if seen["issue_window_ends"][cycle]:
                column, group = column + 1, 0
                if seen["issue_row_ends"][cycle]:
                    row, column = row + 1, 0
                if seen["issue_frame_ends"][cycle]:
                    frame, row = frame + 1, 0
        return tuple(steps)

    def _shifted(self, multiplied: Sequence[int]) -> tuple[Step, ...]:
        """Steps of a shift register, which serves a window in one: nothing says which but their order."""
        design = self.design
        rows, columns = (tap_records(design.window, axis) for axis in (0, 1))
        steps = []
        for number, (cycle, at) in enumerate(zip(self._when("issue_go"), multiplied, strict=True)):
            frame, window = divmod(number, design.windows)
            row, column = divmod(window, len(columns))
            steps.append(Step(cycle, at, frame, row, column, 0, 0, 0, rows[row]["mask"],
                              columns[column]["mask"]))
        return tuple(steps)

    def _fetches(self) -> tuple[Fetch, ...]:
        if "fetch" not in self.seen:
            return ()
        design = self.design
        rows = np.flatnonzero(design.schedule.rows.real).tolist()  # others lie in padding and are not fetched
        columns, slices = design.schedule.columns.positions.tolist(), design.slices
        stores = "fetch_put" in self.seen
        puts = iter(self._when("fetch_put") if stores else ())
        columns_freed = self._given_back("issue_freed") if stores else puts
        frees = (cycle for cycle in columns_freed for _ in range(slices))
        frame = row = beat = 0
        fetches = []
        for cycle in self._when("fetch"):
            fetches.append(Fetch(cycle, frame, rows[row], columns[beat // slices], beat % slices,
                                 next(puts, None), next(frees, None)))
            beat += 1
            if self.seen["fetch_row_ends"][cycle]:
                row, beat = row + 1, 0
            if self.seen["fetch_frame_ends"][cycle]:
                frame, row = frame + 1, 0
        return tuple(fetches)

    def _outputs(self, steps: Sequence[Step]) -> tuple[Output, ...]:
        design, run = self.design, self.run
        transfers = [cycle for cycle in self._when("o_valid") if self.seen["o_ready"][cycle]]
        lasts = steps[design.beat_steps - 1 :: design.beat_steps]
        values = run.output.reshape(-1, design.pe).tolist()
        return tuple(
            Output(put, sent, last.frame, last.row, last.column, last.group, tuple(value))
            for put, sent, last, value in zip(self._when("put"), transfers, lasts, values, strict=True)
        )

    def _check_operands(self, steps: Sequence[Step]) -> None:
        """The pixels in the array are those that the steps speak of, in whatever order they come."""
        design, seen = self.design, self.seen
        size = design.taps * design.lanes
        for step in steps:
            cycle = step.multiplied
            clear = [seen[f"clear_{tap}"][cycle] for tap in range(design.taps)]
            found = Counter(design.layer.fill if clear[at // design.lanes] else seen[f"operand_{at}"][cycle]
                            for at in range(size))  # fmt: skip
            wanted = Counter(self._pixels(step))
            # Taps past the last one of the window have a weight of zero and may show anything.
            if wanted - found:
                raise Mismatch(f"the array multiplies {sorted(found.elements())} in cycle {cycle}, not "
                               f"{sorted(wanted.elements())} of {step}")

    def _pixels(self, step: Step) -> Iterator[int]:
        """Pixels of a step's taps; the operator's `fill` where one lies in padding."""
        design, layer = self.design, self.design.layer
        kh, kw = layer.kernel_size
        lanes = range(step.slice * design.lanes, (step.slice + 1) * design.lanes)
        for tap in range(step.step * design.taps, min((step.step + 1) * design.taps, kh * kw)):
            kx, ky = divmod(tap, kh)
            real = step.row_mask >> ky & step.column_mask >> kx & 1
            y = step.row * layer.stride[0] - layer.padding[0][0] + ky * layer.dilation[0]
            x = step.column * layer.stride[1] - layer.padding[1][0] + kx * layer.dilation[1]
            for lane in lanes:
                yield int(self.run.x[step.frame, y, x, lane]) if real else layer.fill
