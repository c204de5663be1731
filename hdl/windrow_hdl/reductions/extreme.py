"""Extreme: the largest or the smallest operand of each lane, over the steps of a beat.

    operands ─▶ register ─▶ tree of comparators ─▶ best ─▶ payload      `lanes` times side by side
    clear, spare ──┘ fill, identity      depth      ▲ └─▶ so far
                                               so far
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.operators.max_pool import MaxPool2d
from windrow.operators.operator import Parameters
from windrow.stage.design import Design
from windrow_hdl.parts.counters import count
from windrow_hdl.window.operands import operand_ports, shape, spare_taps


class Extreme(wiring.Component):
    """`MaxPool2d` or `MinPool2d`, one result for each lane; ports: `operand_ports` and

    put, payload: a finished beat, lane 0 in the low bits
    """

    name = "extreme"

    def __init__(
        self,
        design: Design,
        parameters: Parameters,
        turns: Sequence[Sequence[int]],
        technology: str = "generic",
        dsp: bool = True,
        *,
        restarts: bool = False,
    ) -> None:
        assert isinstance(design.layer, MaxPool2d)
        self.design, self.layer, self.turns = design, design.layer, turns
        self.shape = shape(design.layer.input_type)
        super().__init__(
            {
                **operand_ports(design, len(turns)),
                "put": Out(1),
                "payload": Out(unsigned(design.pe * design.layer.result_type.bits)),
                **({"restart": In(1)} if restarts else {}),
            }
        )

    @staticmethod
    def turnable(design: Design) -> bool:
        """In any order, where all of them count."""
        return isinstance(design.layer, MaxPool2d) and design.layer.element is None

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        here = [self.step]
        for stage in range(design.reduction_depth):
            later = Signal(name=f"there_{stage}")
            m.d.sync += later.eq(here[-1])
            here.append(later)
        there = here[-1]
        step = Signal(range(design.steps))
        count(m, step, design.steps, here[1])
        done = Signal(range(design.steps))
        ends = count(m, done, design.steps, there)
        m.d.comb += self.put.eq(there & ends)
        results = [self._lane(m, lane, step, there, ends) for lane in range(design.lanes)]
        m.d.comb += self.payload.eq(Cat(results))
        return m

    def _lane(self, m: Module, lane: int, step: Signal, there: Value, ends: Value) -> Signal:
        """The extreme of one lane."""
        design, identity = self.design, Const(self.layer.identity, self.shape)
        level = [self._operand(m, at, lane, step) for at in range(design.taps)]
        for number in range((design.taps - 1).bit_length()):
            following = []
            for at in range(0, len(level), 2):
                node = Signal(self.shape, name=f"level{number}_{at // 2}_{lane}")
                m.d.sync += node.eq(self._best(*level[at : at + 2]))
                following.append(node)
            level = following
        best = Signal(self.shape, name=f"best_{lane}")
        if design.steps == 1:
            m.d.comb += best.eq(level[0])
            return best
        so_far = Signal(self.shape, name=f"so_far_{lane}", init=self.layer.identity)
        m.d.comb += best.eq(self._best(level[0], so_far))
        with m.If(there):
            m.d.sync += so_far.eq(Mux(ends, identity, best))
        return best

    def _operand(self, m: Module, at: int, lane: int, step: Signal) -> Signal:
        """The register of operand `at`: what its tap delivers."""
        design, layer = self.design, self.layer
        value = Signal(self.shape, name=f"operand_{at}_{lane}")
        m.d.sync += value.eq(self.operands[at * design.lanes + lane])
        with m.If(self.clear[at]):
            m.d.sync += value.eq(layer.fill)
        if at in spare_taps(design):
            with m.If(self.spare):
                m.d.sync += value.eq(layer.identity)
        if layer.element is not None:
            kh, kw = design.window.kernel_size
            taps = [number * design.taps + at for number in range(design.steps)]
            real = [(n, tap % kh, tap // kh) for n, tap in enumerate(taps) if tap < kh * kw]
            if idle := [n for n, ky, kx in real if not layer.counts[ky, kx]]:
                with m.Switch(step):
                    with m.Case(*idle):
                        m.d.sync += value.eq(layer.identity)
        return value

    def _best(self, *values: Value) -> Value:
        """The better of one or two."""
        if len(values) == 1:
            return values[0]
        a, b = values
        return Mux((a > b) if self.layer.largest else (a < b), a, b)


