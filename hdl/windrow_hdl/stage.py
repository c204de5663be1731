"""Convolution: the whole datapath, from pixels to sums.

    i ─▶ LineBuffer ─▶ GatherReader │ ShiftReader │ ColumnReader ─▶ MacArray ─▶ OutputQueue ─▶ o
                       taps <= kh     fold 1        all others
"""

from __future__ import annotations

from typing import Any

import numpy as np
from amaranth.hdl import Module, ResetInserter, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.values.numerics import as_flag
from windrow_hdl.parts.output_queue import OutputQueue
from windrow_hdl.reductions.multiply_accumulate import MacArray
from windrow_hdl.technology import check_technology
from windrow_hdl.window.column_reader import ColumnReader
from windrow_hdl.window.gather_reader import GatherReader
from windrow_hdl.window.line_buffer import LineBuffer
from windrow_hdl.window.shift_reader import ShiftReader


class Convolution(wiring.Component):
    """Hardware of `design` with constant `weights` (O, kh, kw, I) and `bias` (O,).

    i: frames back to back in raster order, `lanes` channels a beat, lane 0 in the low bits
    o: sums in raster order, `pe` filters a beat, filter 0 in the low bits, each
    `layer.accumulator_type.bits` wide

    technology: "generic", or the family whose memories and multipliers to use: "ecp5", "ice40"
    dsp: multiply in DSP blocks; False builds multipliers of logic
    restarts: whether there is an input `restart`, which does what reset does, for this component alone

    Raises TypeError or ValueError for weights or bias that the layer's types or shapes do not hold.
    """

    def __init__(
        self,
        design: Design,
        weights: np.ndarray,
        bias: np.ndarray | None = None,
        *,
        technology: str = "generic",
        dsp: bool = True,
        restarts: bool = False,
    ) -> None:
        if not isinstance(design, Design):
            raise TypeError(f"design must be a Design, not {design!r}")
        if design.runtime is not None:
            raise ValueError(f"design must have runtime=None, not {design.runtime!r}; "
                             "RuntimeConvolution is the hardware of such a design")  # fmt: skip
        self.design = design
        self.technology = check_technology(technology)
        self.dsp, self.restarts = as_flag(dsp, "dsp"), as_flag(restarts, "restarts")
        self.weights = design.layer.check_weights(weights)
        self.bias = design.layer.check_bias(bias)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(design.beat_bits))),
                "o": Out(stream.Signature(unsigned(design.pe * design.layer.accumulator_type.bits))),
                **({"restart": In(1)} if self.restarts else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        if design.gathers:
            reader = GatherReader(design)
        else:
            reader = ShiftReader(design) if design.shifts else ColumnReader(design)
        buffer = LineBuffer(design, reader.walk, shared=reader.shared, technology=self.technology)
        array = MacArray(design, self.weights, self.bias, reader.turns, self.technology, self.dsp,
                         restarts=self.restarts)
        queue = OutputQueue(array.payload.shape().width, design.credits)
        self.line_buffer, self.reader, self.mac_array, self.output_queue = buffer, reader, array, queue
        for name in ("line_buffer", "reader", "mac_array", "output_queue"):
            m.submodules[name] = self._restartable(getattr(self, name))
        if self.restarts:
            m.d.comb += array.restart.eq(self.restart)
        wiring.connect(m, wiring.flipped(self.i), buffer.i)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        m.d.comb += [
            reader.arrived.eq(buffer.arrived),
            reader.started.eq(buffer.started),
            buffer.freed.eq(reader.freed),
            buffer.start_taken.eq(reader.start_taken),
            *[to.eq(from_) for to, from_ in zip(buffer.address, reader.address, strict=True)],
            *[to.eq(from_) for to, from_ in zip(reader.data, buffer.data, strict=True)],
            *[to.eq(from_) for to, from_ in zip(array.operands, reader.operands, strict=True)],
            array.step.eq(reader.step),
            array.turn.eq(reader.turn),
            array.clear.eq(reader.clear),
            queue.put.eq(array.put),
            queue.payload.eq(array.payload),
            queue.begin.eq(reader.begin),
            reader.credit.eq(queue.credit),
        ]
        return m

    def _restartable(self, part: wiring.Component) -> Any:
        return ResetInserter(self.restart)(part) if self.restarts else part
