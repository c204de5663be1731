"""LoadedArray: the multiplier array with weights and biases that are loaded while the hardware runs."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Shape, Signal, Value, ValueLike, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.parts.adder_tree import Range
from windrow_hdl.parts.counters import wrapping
from windrow_hdl.reductions.multiply_accumulate import MacArray
from windrow_hdl.reductions.spread_array import SpreadArray, spread
from windrow_hdl.reductions.weights_dealt import WeightDealer
from windrow_hdl.reductions.weights_loaded import WeightStore, load_bits
from windrow_hdl.window.operands import shape

NAME = "mac_array"


def turnable(design: Design) -> bool:
    """Where a weight is one element: it is written to a memory per operand, and addresses turn.  Weights of a
    single step are in no memory.
    """
    return design.multipliers == design.taps and design.fold > 1


class LoadedArray(MacArray):
    """`MacArray` with a port `i` for weights; `idle`, `hold` and `i` as in `WeightStore`.

    i: a weight or a bias;  idle: they may come;  hold: begin no frame
    Its weights are in step with the operands whatever their number: one register lies behind the memory.
    """

    def __init__(
        self,
        design: Design,
        parameters: Parameters,
        turns: Sequence[Sequence[int]],
        technology: str = "generic",
        dsp: bool | Blocks = True,
        *,
        restarts: bool = False,
        filters: Sequence[int] | None = None,
    ) -> None:
        super().__init__(design, parameters, turns, technology, dsp, restarts=restarts, filters=filters)
        self.store = WeightStore(design, *parameters, turns, self.filters)

    def _load_ports(self) -> dict[str, wiring.Member]:
        loads = stream.Signature(unsigned(load_bits(self.design)))
        return {"i": In(loads), "idle": In(1), "hold": Out(1)}

    def _weights(self, m: Module) -> list[list[ValueLike]]:
        """(filters, operands of a filter) weights, in step with the operands."""
        design = self.design
        m.submodules.store = store = self.store
        connect(m, flipped(self.i), store.i)
        m.d.comb += [store.idle.eq(self.idle), self.hold.eq(store.hold)]
        self._fresh = fresh = Signal(init=1, name="fresh")
        m.d.sync += fresh.eq(0)
        step, word = Signal(range(design.fold)), store.word
        m.d.comb += store.turn.eq(self.turn)
        if design.fold > 1:
            with m.If(self.step):
                m.d.sync += wrapping(step, design.fold)
            m.d.comb += store.step.eq(step)
            word = Signal.like(store.word, name="word", reset_less=True)
            m.d.sync += word.eq(store.word)
        return self._of_word(word)

    def _products(self, number: int) -> list[Range]:
        """The range of each product: that of any weight."""
        return [self.layer.product_range] * self.size

    def _sums(self, number: int) -> Shape:
        """What holds any sum."""
        return shape(self.layer.accumulator_type)

    def _bias(self, m: Module, number: int, bias: Signal, group: Signal) -> None:
        """As in `MacArray`; while it may be loaded and after a reset, that of the first group."""
        kind = self.layer.bias_type
        if kind is None:
            return
        store, groups = self.store, self.design.filter_groups
        if number == 0:
            following = Mux(group == groups - 1, 0, group + 1) if groups > 1 else 0
            again = self.design.beat_steps > 1
            m.d.comb += store.group.eq(Mux(self._begins(), 0, following) if again else group)
        word = store.bias.word_select(number, kind.bits)
        m.d.comb += bias.eq(word.as_signed() if kind.signed else word)

    def _begins(self) -> Value:
        """After any reset, one that is inserted around this component too, and after a load."""
        return self._fresh | self.store.loaded


def make(design: Design, parameters: Parameters, turns: Sequence[Sequence[int]], technology: str = "generic",
         dsp: bool | Blocks = True, *, restarts: bool = False) -> LoadedArray | SpreadArray:  # fmt: skip
    """The array of all filters of a beat, in parts where operands go to many of them."""
    return spread(LoadedArray, design, parameters, turns, technology, dsp, restarts=restarts,
                  dealer=WeightDealer)
