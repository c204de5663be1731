"""WeightDealer: what is loaded, dealt out to the stores of an array in parts.

    i ─▶ of which filter? ─┬─▶ o_0        each store loads a sequence of its own, that of its filters
                           └─▶ o_1
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow_hdl.parts.counters import count, select
from windrow_hdl.reductions.weights_loaded import load_bits

__all__ = ["WeightDealer"]


class WeightDealer(wiring.Component):
    """Deals `load_sequence` of `design` out to its parts.

    i: the whole sequence;  o_<part>: that of the part's filters
    holds: bit per part, its store's `hold`;  hold: begin no frame, until the last part has its last element
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        loads = stream.Signature(unsigned(load_bits(design)))
        self.outputs = [f"o_{number}" for number in range(len(design.parts))]
        super().__init__(
            {
                "i": In(loads),
                **{name: Out(loads) for name in self.outputs},
                "holds": In(len(self.outputs)),
                "hold": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        put, loading = Signal(), Signal()  # loading: some have been taken, more are to come
        filter_, ends = self._filter(m, put)
        turn = [Signal(name=f"turn_{number}") for number in range(len(self.outputs))]
        ready: list[Value] = []
        for number, name in enumerate(self.outputs):
            out = getattr(self, name)
            mine = [int(each in design.parts[number]) for each in range(design.pe)]
            select(m, turn[number], filter_, mine)
            m.d.comb += [out.valid.eq(self.i.valid & turn[number]), out.payload.eq(self.i.payload)]
            ready.append(out.ready & turn[number])
        m.d.comb += [
            self.i.ready.eq(reduce(or_, ready)),
            put.eq(self.i.valid & self.i.ready),
            self.hold.eq(self.holds.any() | loading),
        ]
        with m.If(put):
            m.d.sync += loading.eq(~ends)
        return m

    def _filter(self, m: Module, put: Signal) -> tuple[Signal, Value]:
        """The filter of a beat that the next element belongs to, and whether that is the last of all."""
        design = self.design
        layer = design.layer
        assert isinstance(layer, Conv2d)
        biases = design.filter_groups if layer.bias else 0
        element, filter_ = Signal(range(design.multipliers // design.pe)), Signal(range(design.pe))
        word, in_biases = Signal(range(design.fold + biases)), Signal()
        with_element = put & ~in_biases
        ends = in_biases | count(m, element, design.multipliers // design.pe, with_element)
        word_ends = ends & count(m, filter_, design.pe, put & ends)
        last = count(m, word, design.fold + biases, put & word_ends)
        if biases:
            with m.If(put & word_ends):
                m.d.sync += in_biases.eq((in_biases | (word == design.fold - 1)) & ~last)
        return filter_, word_ends & last
