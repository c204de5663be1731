"""JoinStage: what the hardware of every join is, beats taken together and credits for what becomes of them.

    i_0 ─┐
    i_1 ─┼─▶ begin ─▶ what the join does, `depth` cycles ─▶ OutputQueue ─▶ o
         │     ▲                                               │
    ... ─┘     └───────────────── credit ──────────────────────┘

A beat is begun in a cycle in which all the beats that it reads are there, and a credit; they are taken in
that cycle.  Whether one input is ready depends on the valid of the others: what feeds them must not wait for
ready.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import reduce
from operator import and_
from typing import Any

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.pipeline.join_design import JoinDesign
from windrow.stage.blocks import Blocks
from windrow_hdl.parts.counters import chosen_by, count
from windrow_hdl.parts.output_queue import OutputQueue
from windrow_hdl.technology import check_technology

__all__ = ["JoinStage"]


class JoinStage(wiring.Component):
    """Hardware of `design`.

    i_...: a stream of each feature map, `lanes` channels a beat, lane 0 in the low bits
    o: results, as many channels a beat

    With several pixels a beat, they come side by side, the leftmost in the low bits, with all their channels.
    """

    def __init__(self, design: JoinDesign, *, technology: str = "generic",
                 dsp: bool | Blocks = True) -> None:
        self.design = design
        self.technology, self.blocks = check_technology(technology), Blocks.of(dsp)
        sizes = [design.pixels * design.input_lanes(number) * kind.bits
                 for number, kind in enumerate(design.layer.input_types)]
        streams = {f"i_{number}": In(stream.Signature(unsigned(size))) for number, size in enumerate(sizes)}
        super().__init__({**streams, "o": Out(stream.Signature(unsigned(design.output_bits)))})

    @property
    def inputs(self) -> list[Any]:
        """The streams of all inputs, in their order."""
        return [getattr(self, f"i_{number}") for number in range(len(self.design.layer.input_types))]

    @abstractmethod
    def compute(self, m: Module, begin: Value, turn: Signal) -> tuple[Value, Value]:
        """A result and whether there is one, `depth` cycles after the beats that are taken at `begin`.

        turn: which output beat of its pixel
        """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, reads = self.design, self.design.reads
        self.output_queue = queue = OutputQueue(design.output_bits, design.credits)
        m.submodules.output_queue = queue
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        turn = Signal(range(len(reads)))
        needed = [chosen_by(m, f"reads_{number}", turn, reads[:, number].astype(int).tolist())
                  for number in range(len(self.inputs))]
        begin = Signal()
        there = [each.valid | ~Value.cast(need) for each, need in zip(self.inputs, needed, strict=True)]
        m.d.comb += [queue.begin.eq(begin), begin.eq(reduce(and_, there, queue.credit))]
        m.d.comb += [each.ready.eq(begin & need) for each, need in zip(self.inputs, needed, strict=True)]
        count(m, turn, len(reads), begin)
        put, payload = self.compute(m, begin, turn)
        m.d.comb += [queue.put.eq(put), queue.payload.eq(payload)]
        return m
