"""AddStage: a table for each input, the sum of what they say, and the output maps.

    i_0 ─▶ register ─▶ table ─┐
                              ├─▶ + ─▶ maps         `lanes` times side by side, for each pixel of a beat
    i_1 ─▶ register ─▶ table ─┘
               1        2, 3      4     5 ...

The register lies between two block RAMs: the queue's, whose word takes most of a cycle, and the table's.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value

from windrow.joins.add import Add
from windrow.values.numerics import IntType
from windrow_hdl.joins.join_stage import JoinStage
from windrow_hdl.outputs.maps_side_by_side import MapsSideBySide
from windrow_hdl.outputs.stages import output_stage
from windrow_hdl.parts.sequencer import shape_of
from windrow_hdl.technology import read_only_memory
from windrow_hdl.window.operands import shape

__all__ = ["AddStage"]

_SUM = 4  # cycles from the beats to their sums


class AddStage(JoinStage):
    """Hardware of an `Add`; see `JoinStage`."""

    def compute(self, m: Module, begin: Value, turn: Signal) -> tuple[Value, Value]:
        design, layer = self.design, self.design.layer
        assert isinstance(layer, Add)
        sums: list[Signal] = []
        beats = [Signal(len(each.payload), name=f"beat_{number}", reset_less=True)
                 for number, each in enumerate(self.inputs)]
        m.d.sync += [beat.eq(each.payload) for beat, each in zip(beats, self.inputs, strict=True)]
        for lane in range(design.pixels * design.lanes):
            terms = [self._term(m, f"table_{number}_{lane}", beat.word_select(lane, kind.bits), kind, table)
                     for number, (beat, kind, table) in
                     enumerate(zip(beats, layer.input_types, layer.tables, strict=True))]
            total = Signal(shape(layer.chain.before), name=f"sum_{lane}", reset_less=True)
            m.d.sync += total.eq(terms[0] + terms[1])
            sums.append(total)
        put: Value = begin
        for stage in range(_SUM):
            later = Signal(name=f"there_{stage}")
            m.d.sync += later.eq(put)
            put = later
        payload: Value = Cat(sums)
        maps = layer.chain.narrowed(*layer.sum_range)
        for number, (narrowed, before) in enumerate(maps):
            each = [output_stage(narrowed, before, pe=design.lanes, groups=len(design.reads), beat_steps=1,
                                 technology=self.technology, dsp=self.blocks.maps)
                    for _ in range(design.pixels)]
            part = each[0] if design.pixels == 1 else MapsSideBySide(each)
            m.submodules[f"map_{number}"] = part
            m.d.comb += [part.put.eq(put), part.payload.eq(payload)]
            put, payload = part.put_out, part.payload_out
        return put, payload

    def _term(self, m: Module, name: str, value: Value, kind: IntType, table: Sequence[int]) -> Value:
        """What `table` says of `value`, two cycles later."""
        words = shape_of(table)
        m.submodules[name] = memory = read_only_memory(
            self.technology, words.width, [number & ((1 << words.width) - 1) for number in table])
        # The least value is at 0: of signed ones the sign turns.
        at = Cat(value[:-1], ~value[-1]) if kind.signed else value
        m.d.comb += [memory.enable.eq(1), memory.at.eq(at)]
        return memory.word.as_signed() if words.signed else memory.word
