"""watch_pipeline: a run of a whole network, seen from inside, as signals of every stage in every cycle.

    Seen ─▶ an engine ─▶ words of every cycle ─▶ StageSeen: handshakes, work, results
                                             └─▶ QueueSeen: what lies between two stages

Nothing asks the timing model.  The run is checked against it like any other; so is what every stage gives
against the golden model, and every queue against its room.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import StageDesign
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import INPUT, Step
from windrow.stage.beats import taken
from windrow.timing.stalls import StallsLike
from windrow.timing.timing import check_stalls
from windrow.values.numerics import check_kind
from windrow_sim.runs.run import Mismatch, Recording, Run
from windrow_sim.simulation import choose, frame_count
from windrow_sim.streams.stimulus import Stimulus, unpack
from windrow_sim.watch.pipelines.hardware import Layout, Seen
from windrow_sim.watch.pipelines.page import inline

__all__ = ["PipelineWatch", "QueueSeen", "StageSeen", "Stream", "watch_pipeline"]

LARGEST = 100_000_000
"""Bits that a page holds before they are packed: cycles times signals."""

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Stream:
    """The handshake of a stream: for each cycle whether a beat is offered, and whether it would be taken."""

    valid: Bits = field(repr=False)
    ready: Bits = field(repr=False)

    @property
    def moved(self) -> Bits:
        """In which cycles a beat is transferred."""
        return self.valid & self.ready


@dataclass(frozen=True, eq=False)
class StageSeen:
    """What one stage did.

    inputs, output: its streams
    work: in which cycles a step was issued to its array, or a beat taken where there is none
    begin, credit: an output beat was begun; one might have been
    values: (N, Ho, Wo, O) what left it
    """

    step: Step
    design: StageDesign
    inputs: tuple[Stream, ...]
    output: Stream
    work: Bits = field(repr=False)
    begin: Bits = field(repr=False)
    credit: Bits = field(repr=False)
    values: npt.NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class QueueSeen:
    """A queue, and how many elements lay in it at the beginning of each cycle."""

    fifo: Fifo
    held: npt.NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class PipelineWatch:
    """A run of a pipeline and what happened inside it.

    Attributes
    ----------
    run : Run
        Checked.
    cycles : int
        Cycles until the last transfer on either stream.
    frames_asked : int
        The run has fewer where so many would be too large to look at.
    input : Stream
        Of the pipeline.
    stages, queues
        In the order of the stream.
    """

    run: Run[Pipeline] = field(repr=False)
    cycles: int
    frames_asked: int
    input: Stream = field(repr=False)
    stages: tuple[StageSeen, ...] = field(repr=False)
    queues: tuple[QueueSeen, ...] = field(repr=False)

    def _repr_html_(self) -> str:
        return inline(self)


def watch_pipeline(pipeline: Pipeline, x: npt.ArrayLike, frames: int = 1, input_stall: StallsLike = None,
                   output_stall: StallsLike = None, engine: str = "auto") -> PipelineWatch:
    """Simulate a pipeline, look at all its stages in every cycle, and check what they did.

    Arguments as for `windrow.simulate`, engines "auto", "amaranth" and "verilator".  Where so many frames are
    too many to look at, the first ones are run.  Raises ValueError where even one is, Mismatch where the
    hardware does not do what the models say, and whatever `windrow.simulate` raises.
    """
    check_kind(pipeline, Pipeline, "pipeline")
    if engine not in ("auto", "amaranth", "verilator"):
        raise ValueError(f"engine must be 'auto', 'amaranth' or 'verilator' to watch, not {engine!r}")
    distinct = pipeline.check_input(x)
    asked = frame_count(len(distinct), frames)
    stalls = check_stalls(input_stall, "input_stall"), check_stalls(output_stall, "output_stall")
    count = _fitting(pipeline, asked, stalls)
    distinct = distinct[:count]
    stimulus = Stimulus.build(pipeline, distinct, count, *stalls)
    chosen = choose(pipeline, count) if engine == "auto" else engine
    recording = _amaranth(pipeline, stimulus) if chosen == "amaranth" else _verilator(pipeline, stimulus)
    sent = np.broadcast_to(distinct, (count, *pipeline.input_shape)) if len(distinct) < count else distinct
    run = Run.build(recording, engine=chosen, design=pipeline, x=sent, input_stall=stalls[0],
                    output_stall=stalls[1]).check()
    return _Reading(recording, run).watch(asked)


def _fitting(pipeline: Pipeline, asked: int, stalls: tuple[Any, Any]) -> int:
    """The most frames, up to those asked for, that a page holds."""
    signals = len(Layout.of(pipeline).flags)
    bits = signals * pipeline.bound  # of each frame, at least
    for frames in range(max(1, min(asked, LARGEST // bits)), 0, -1):
        timing = pipeline.timing(frames, input_stall=stalls[0], output_stall=stalls[1])
        bits = timing.total_cycles * signals
        if bits <= LARGEST:
            return frames
    raise ValueError(f"watch shows at most {LARGEST:,} bits, cycles times signals, not the {bits:,} of one "
                     "frame; windrow simulate runs any size")


def _amaranth(pipeline: Pipeline, stimulus: Stimulus) -> Recording:
    from windrow_sim.engines import amaranth

    component: Any = Seen(pipeline)  # its ports are named by its signature
    seen: list[int] = []

    async def sample(ctx: Any) -> None:
        async for _, _, word in ctx.tick().sample(component.seen):
            seen.append(word)

    recorded = amaranth.run(component, stimulus, observe=sample)
    size = 4 * component.layout.words
    raw = b"".join(word.to_bytes(size, "little") for word in seen)
    return dataclasses.replace(recorded, seen=np.frombuffer(raw, "<u4").reshape(len(seen), -1))


def _verilator(pipeline: Pipeline, stimulus: Stimulus) -> Recording:
    from windrow_hdl.verilog.writer import to_rtlil
    from windrow_sim.engines import verilator

    def component(pipeline: Pipeline, _weights: None, _bias: None, **options: Any) -> Seen:
        return Seen(pipeline, **options)

    return verilator.run(to_rtlil(pipeline, component=component), stimulus, seen=True, quick=True)


class _Reading:
    """Turns words of every cycle into what stages and queues did."""

    def __init__(self, recording: Recording, run: Run[Pipeline]) -> None:
        assert recording.seen is not None
        self.run, self.pipeline = run, run.design
        self.words, self.layout = recording.seen, Layout.of(run.design)
        count = len(self.layout.flags)
        bits = np.unpackbits(np.ascontiguousarray(self.words[:, : -(-count // 32)], "<u4").view(np.uint8),
                             axis=1, count=count, bitorder="little")
        self.flags: Mapping[tuple[str, str], Bits] = dict(
            zip(self.layout.flags, np.ascontiguousarray(bits.T).view(np.bool_), strict=True))

    def watch(self, asked: int) -> PipelineWatch:
        frames = len(self.run.x)
        distinct = self.run.x[:1] if self.run.x.strides[0] == 0 else self.run.x
        golden = self.pipeline.steps.golden(distinct)
        stages = {step.name: self._stage(step, design, golden[step.name], frames)
                  for step, design in self.pipeline.stages}
        source = self._stream("", "i_valid", "i_ready")
        cycles = int(max(np.flatnonzero(source.moved)[-1] + 1, self.run.cycles))
        return PipelineWatch(run=self.run, cycles=cycles, frames_asked=asked, input=source,
                             stages=tuple(stages.values()), queues=tuple(self._queues(source, stages)))

    def _stream(self, stage: str, *names: str) -> Stream:
        return Stream(*(self.flags[stage, name] for name in names))

    def _stage(self, step: Step, design: StageDesign, golden: npt.NDArray[np.int64], frames: int
               ) -> StageSeen:
        name, operator = step.name, step.operator
        inputs = tuple(self._stream(name, f"i_valid_{port}", f"i_ready_{port}")
                       for port in range(len(step.sources)))
        output = self._stream(name, "o_valid", "o_ready")
        sent = int(output.moved.sum())
        if sent != frames * design.output_beats:
            raise Mismatch(f"stage {name!r} gives {sent} beats, not {frames * design.output_beats}")
        first, end = self.layout.payloads[name]
        kind, wide = operator.output_type, design.output_pixels
        numbers = unpack(self.words[output.moved, first:end], wide * design.pe, kind.bits, kind.signed)
        values = taken(numbers, operator.output_shape, wide, design.pe)
        wrong = values != golden.reshape(-1, *operator.output_shape)
        if wrong.any():
            at = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise Mismatch(f"stage {name!r} differs from the golden model first at (frame, row, column, "
                           f"channel) {at}: {values[at]}")
        return StageSeen(step, design, inputs, output, self.flags[name, "work"], self.flags[name, "begin"],
                         self.flags[name, "credit"], values)

    def _queues(self, source: Stream, stages: Mapping[str, StageSeen]) -> Iterator[QueueSeen]:
        for fifo in self.pipeline.fifos:
            writes = (source if fifo.source == INPUT else stages[fifo.source].output).moved
            reads = stages[fifo.target].inputs[fifo.port].moved
            change = fifo.write * writes.astype(np.int64) - fifo.read * reads
            held = np.concatenate([[0], np.cumsum(change)])
            if held.min() < 0 or held.max() > fifo.elements or held[-1]:
                raise Mismatch(f"the queue from {fifo.source!r} to {fifo.target!r} holds {held.min()} to "
                               f"{held.max()} elements and {held[-1]} in the end, with room for "
                               f"{fifo.elements}")
            yield QueueSeen(fifo, held[:-1])
