"""ClampStage: values outside two ends become the nearer one.

    value ─▶ clamp ─▶ result        1, 2
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal, Value

from windrow.outputs.clamp import Clamp
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.window.operands import shape


class ClampStage(OutputStage):
    """Hardware of `chosen`; see `OutputStage`."""

    map: Clamp

    def compute(self, m: Module, values: Sequence[Value], at: Value) -> Sequence[Value]:
        low, high = self.map.ends(self.before)
        results = []
        for number, value in enumerate(values):
            clamped: Value = value
            if high < self.before.max:
                clamped = Mux(value > high, high, clamped)
            if low > self.before.min:
                below = value[-1] if low == 0 else value < low  # of ReLU, the sign says it
                clamped = Mux(below, low, clamped)
            result = Signal(shape(self.after), name=f"result_{number}", reset_less=True)
            m.d.sync += result.eq(clamped)
            results.append(result)
        return results
