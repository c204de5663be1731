"""LookupStage: a table of all that a value can be.

    value ─▶ table, in look-up tables or block RAM ─▶ result        1, 2 and 3
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Value

from windrow.outputs.lookup import Lookup
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.technology import read_only_memory


class LookupStage(OutputStage):
    """Hardware of `chosen`; see `OutputStage`."""

    map: Lookup

    def compute(self, m: Module, values: Sequence[Value], at: Value) -> Sequence[Value]:
        mask = (1 << self.after.bits) - 1
        words = [number & mask for number in self.map.values]
        results = []
        for number, value in enumerate(values):
            table = read_only_memory(self.technology, self.after.bits, words)
            m.submodules[f"table_{number}"] = table
            # The least value is at 0: of signed ones the sign turns.
            m.d.comb += table.enable.eq(1)
            m.d.comb += table.at.eq(Cat(value[:-1], ~value[-1]) if self.before.signed else value)
            results.append(table.word)
        return results
