"""SpreadArray: many filters side by side, in parts of a few, each with operands and weights at hand.

    operands ─▶ FanOut ─┬─▶ part_0 ─┬─▶ register ─▶ payload      each a MacArray of its filters, all in step
                        └─▶ part_1 ─┘

A value that padding is filled with takes the operand's place before its first register: from the last one to
a multiplier there is nothing but a wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from windrow.operators.operator import Parameters
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow_hdl.parts.fan_out import FanOut
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.operands import operand_ports, pads

__all__ = ["SpreadArray", "spread"]


class SpreadArray(wiring.Component):
    """`parts`, the arrays of `design.parts`; ports as of one array of all filters.

    put, payload: a finished beat, filter 0 in the low bits
    dealer: of weights that are loaded (`weights_dealt`)
    """

    def __init__(self, design: Design, parts: Sequence[Any], turns: int, dealer: Any = None) -> None:
        self.design, self.parts, self.dealer = design, list(parts), dealer
        members = self.parts[0].signature.members
        told = ("turn",) if design.layer.fill or not pads(design) else ("turn", "clear")
        self.told = [name for name in told if len(Value.cast(getattr(self.parts[0], name)))]
        bits = sum(len(part.payload) for part in self.parts)
        super().__init__(
            {
                **operand_ports(design, turns),
                "put": Out(1),
                "payload": Out(unsigned(bits)),
                **{name: members[name] for name in ("restart", "i", "idle", "hold") if name in members},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        told = [*(Value.cast(getattr(self, name)) for name in self.told), *self._filled()]
        m.submodules.fan_out = spread = FanOut(sum(map(len, told)), len(self.parts))
        m.d.comb += [spread.flag.eq(self.step), spread.value.eq(Cat(told))]
        beats: dict[int, Value] = {}
        bits = self.design.layer.result_type.bits
        for number, (part, filters) in enumerate(zip(self.parts, self.design.parts, strict=True)):
            m.submodules[f"part_{number}"] = part
            m.d.comb += part.step.eq(spread.flags[number])
            mine = [*(getattr(part, name) for name in self.told), *part.operands]
            at = 0
            for port in mine:
                m.d.comb += port.eq(spread.values[number][at : at + len(port)])
                at += len(port)
            carry(m, self, part, *(name for name in ("restart", "idle") if name in part.signature.members))
            for place, filter_ in enumerate(filters):
                beats[filter_] = part.payload.word_select(place, bits)
        if self.dealer is not None:
            self._deal(m, self.dealer)
        put = Signal(name="put_beat")
        beat = Signal(len(self.payload), name="beat", reset_less=True)
        m.d.sync += [
            put.eq(self.parts[0].put),
            beat.eq(Cat(beats[filter_] for filter_ in sorted(beats))),
        ]
        m.d.comb += [self.put.eq(put), self.payload.eq(beat)]
        return m

    def _filled(self) -> list[Value]:
        """Operands; what padding is filled with, unless it is 0, for those that lie there."""
        fill, lanes = self.design.layer.fill, self.design.lanes
        if not fill:
            return [Value.cast(operand) for operand in self.operands]
        return [Mux(self.clear[at // lanes], Const(fill, operand.shape()), operand)
                for at, operand in enumerate(self.operands)]

    def _deal(self, m: Module, dealer: Any) -> None:
        """Weights that are loaded, to the parts that they belong to."""
        m.submodules.dealer = dealer
        wiring.connect(m, wiring.flipped(self.i), dealer.i)
        for name, part in zip(dealer.outputs, self.parts, strict=True):
            wiring.connect(m, getattr(dealer, name), part.i)
        m.d.comb += [
            dealer.holds.eq(Cat(part.hold for part in self.parts)),
            self.hold.eq(dealer.hold),
        ]


def spread(kind: Callable[..., Any], design: Design, parameters: Parameters,
           turns: Sequence[Sequence[int]], technology: str, dsp: bool | Blocks, *, restarts: bool,
           dealer: Callable[[Design], Any] | None = None) -> Any:  # fmt: skip
    """The array of `kind`, or one for each of the design's parts where operands go to many multipliers."""

    def array(filters: Sequence[int] | None = None) -> Any:
        return kind(design, parameters, turns, technology, dsp, restarts=restarts, filters=filters)

    if not design.fan_out:
        return array()
    return SpreadArray(design, [array(each) for each in design.parts], len(turns), dealer and dealer(design))
