"""Seen: a pipeline with one output more, which says in every cycle what each stage does.

    i ─▶ PipelineHardware ─▶ o
               │ handshakes, strobes, payloads
               ▼
             Probe ─▶ seen

The pipeline is the same hardware as ever: the probe only looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.pipeline import Pipeline
from windrow_hdl.network import PipelineHardware

__all__ = ["Layout", "Seen"]

_WORD = 32


@dataclass(frozen=True)
class Layout:
    """What `seen` holds, in words of 32 bits: one bit for each of `flags`, then a payload for each stage.

    flags: (stage, what) in their order; of the pipeline's own input the stage is ""
    payloads: of each stage its first word, and the one after its last
    """

    flags: tuple[tuple[str, str], ...]
    payloads: Mapping[str, tuple[int, int]]
    words: int

    @classmethod
    def of(cls, pipeline: Pipeline) -> Layout:
        flags = [("", "i_valid"), ("", "i_ready")]
        for step, _ in pipeline.stages:
            ports = range(len(step.sources))
            names = [f"i_{what}_{port}" for port in ports for what in ("valid", "ready")]
            flags += [(step.name, name) for name in (*names, "o_valid", "o_ready", "work", "begin", "credit")]
        words, payloads = -(-len(flags) // _WORD), {}
        for step, design in pipeline.stages:
            end = words + -(-design.output_bits // _WORD)
            payloads[step.name], words = (words, end), end
        return cls(tuple(flags), payloads, words)


class Seen(wiring.Component):
    """Hardware of `pipeline` with `seen`, laid out as `layout` says; `options` as of `PipelineHardware`."""

    def __init__(self, pipeline: Pipeline, **options: Any) -> None:
        self.hardware: Any = PipelineHardware(pipeline, **options)
        self.layout = Layout.of(pipeline)
        super().__init__({
            "i": In(stream.Signature(unsigned(pipeline.beat_bits))),
            "o": Out(stream.Signature(unsigned(pipeline.output_bits))),
            "seen": Out(unsigned(_WORD * self.layout.words)),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ports: Any = self  # named by the signature
        m.submodules.pipeline = self.hardware
        # Behind the pipeline: its stages have their blocks by the time the probe looks at them.
        m.submodules.probe = probe = cast(Any, _Probe(self.hardware, self.layout))
        wiring.connect(m, wiring.flipped(ports.i), self.hardware.i)
        wiring.connect(m, self.hardware.o, wiring.flipped(ports.o))
        m.d.comb += ports.seen.eq(probe.seen)
        return m


class _Probe(wiring.Component):
    """Looks into an elaborated pipeline."""

    def __init__(self, hardware: Any, layout: Layout) -> None:
        self.hardware, self.layout = hardware, layout
        super().__init__({"seen": Out(unsigned(_WORD * layout.words))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        signals, ports = dict(self._signals()), cast(Any, self)
        m.d.comb += Cat(ports.seen[number] for number in range(len(self.layout.flags))).eq(
            Cat(signals[flag] for flag in self.layout.flags))
        for name, (first, end) in self.layout.payloads.items():
            m.d.comb += ports.seen[_WORD * first : _WORD * end].eq(self.hardware.parts[name].o.payload)
        return m

    def _signals(self) -> Iterator[tuple[tuple[str, str], Value]]:
        i = self.hardware.i
        yield ("", "i_valid"), i.valid
        yield ("", "i_ready"), i.ready
        for name, part in self.hardware.parts.items():
            queue = part.output_queue
            for port, each in enumerate(part.inputs):
                yield (name, f"i_valid_{port}"), each.valid
                yield (name, f"i_ready_{port}"), each.ready
            yield (name, "o_valid"), part.o.valid
            yield (name, "o_ready"), part.o.ready
            yield (name, "work"), self._work(part)
            yield (name, "begin"), queue.begin
            yield (name, "credit"), queue.credit

    def _work(self, part: Any) -> Value:
        """Whether a stage issues a step to its array, or takes a beat that is accumulated or joined."""
        design = part.design
        if isinstance(design, JoinDesign):
            return part.output_queue.begin
        if design.accumulates:
            return part.i.valid & part.i.ready
        if design.pixels > 1:
            return part.reader.walk.step
        return part.reader.begin if design.shifts else part.reader.issue.go
