"""PipelineHardware: stages and the queues between them, all at work at once.

    i ─▶ stage ─┬─▶ ElementFifo ─▶ stage ─▶ ElementFifo ─▶ join ─▶ ... ─▶ stage ─▶ o
                └─▶ ElementFifo ───────────────────────────▶

Where several read what a stage gives, its beat moves when all their queues have room for it: a fork keeps
nothing, not even who has had a beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

import numpy.typing as npt
from amaranth.hdl import Module, ResetInserter, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.pipeline import Pipeline, StageDesign
from windrow.pipeline.steps import INPUT, Step
from windrow.stage.design import Design
from windrow.values.numerics import as_flag, check_kind
from windrow_hdl.joins.join_stage import JoinStage
from windrow_hdl.joins.table import join_stage
from windrow_hdl.parts.element_fifo import ElementFifo
from windrow_hdl.stage import Stage, hardware
from windrow_hdl.technology import check_technology

__all__ = ["PipelineHardware", "hardware_of"]


class PipelineHardware(wiring.Component):
    """Hardware of `pipeline`, its network's constants built in.

    i: frames back to back in raster order, `lanes` channels a beat, lane 0 in the low bits
    o: results in raster order, `pe` channels a beat, likewise

    With several pixels a beat, they come side by side in both, the leftmost in the low bits.

    technology: "generic", or the family whose memories and multipliers to use: "ecp5", "ice40"
    dsp: multiply in DSP blocks, those that `pipeline.blocks` names; False builds multipliers of logic
    restarts: whether there is an input `restart`, which does what reset does, for this component alone
    """

    def __init__(self, pipeline: Pipeline, *, technology: str = "generic", dsp: bool = True,
                 restarts: bool = False) -> None:
        check_kind(pipeline, Pipeline, "pipeline")
        self.pipeline = pipeline
        self.technology, self.dsp = check_technology(technology), as_flag(dsp, "dsp")
        self.restarts = as_flag(restarts, "restarts")
        super().__init__({
            "i": In(stream.Signature(unsigned(pipeline.beat_bits))),
            "o": Out(stream.Signature(unsigned(pipeline.output_bits))),
            **({"restart": In(1)} if self.restarts else {}),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pipeline = self.pipeline
        self.parts: dict[str, Stage | JoinStage] = {}
        sources: dict[str, Any] = {INPUT: wiring.flipped(self.i)}
        sinks: dict[str, list[Any]] = {name: [] for name in (INPUT, *pipeline.designs)}
        for step, design in pipeline.stages:
            stage = self.parts[step.name] = self._stage(step, design)
            m.submodules[step.name] = self._restartable(stage)
            sources[step.name] = stage.o
            queues = {fifo.port: fifo for fifo in pipeline.fifos if fifo.target == step.name}
            for port, (source, sink) in enumerate(zip(step.sources, stage.inputs, strict=True)):
                sinks[source].append(self._queued(m, queues[port], sink) if port in queues else sink)
        sinks[pipeline.steps.output.name].append(wiring.flipped(self.o))
        for name, source in sources.items():
            _fork(m, source, sinks[name])
        return m

    def _stage(self, step: Step, design: StageDesign) -> Stage | JoinStage:
        blocks = self.pipeline.blocks.get(step.name, True) if self.dsp else False
        if isinstance(design, JoinDesign):
            return join_stage(design, technology=self.technology, dsp=blocks)
        return Stage(design, step.weights, step.bias, technology=self.technology, dsp=blocks)

    def _queued(self, m: Module, fifo: Fifo, sink: Any) -> Any:
        """The input of a queue in front of `sink`."""
        queue = ElementFifo(fifo)
        m.submodules[f"{fifo.target}_fifo_{fifo.port}"] = self._restartable(queue)
        wiring.connect(m, queue.o, sink)
        return queue.i

    def _restartable(self, part: wiring.Component) -> Any:
        return ResetInserter(self.restart)(part) if self.restarts else part


def hardware_of(design: Design | Pipeline, weights: npt.ArrayLike | None = None,
                bias: npt.ArrayLike | None = None, **options: Any) -> Stage | PipelineHardware:
    """The hardware of a design or of a pipeline, which has its constants, with these arguments of both.

    Raises TypeError for anything else, ValueError for weights or bias beside those of a pipeline.
    """
    check_kind(design, (Design, Pipeline), "design")
    if isinstance(design, Pipeline):
        check_none(weights, bias)
        return PipelineHardware(design, **options)
    return hardware(design, *design.layer.check_parameters(weights, bias), **options)


def check_none(weights: object, bias: object) -> None:
    """Raise ValueError for constants beside those of a pipeline's network."""
    for name, value in (("weights", weights), ("bias", bias)):
        if value is not None:
            raise ValueError(f"{name} must be left out of a pipeline: its network has them")


def _fork(m: Module, source: Any, sinks: Sequence[Any]) -> None:
    """Connect a source with all that take it."""
    if len(sinks) == 1:
        wiring.connect(m, source, sinks[0])
        return
    ready = reduce(and_, (sink.ready for sink in sinks))
    m.d.comb += source.ready.eq(ready)
    m.d.comb += [statement for sink in sinks for statement in
                 (sink.valid.eq(source.valid & ready), sink.payload.eq(source.payload))]
