"""RuntimeConvolution: the whole datapath with size, stride, padding and maybe weights programmed.

    settings ─▶ Control ─▶ geometry, restart, hold
    i ─▶ RuntimeLineBuffer ─▶ RuntimeGatherReader │ RuntimeShiftReader ─▶ MacArray ─▶ OutputQueue ─▶ o
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Module, ResetInserter, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.stage.programmable import largest_setting
from windrow.values.numerics import as_flag, check_kind
from windrow_hdl.parts.output_queue import OutputQueue
from windrow_hdl.reductions.loaded_array import LoadedArray
from windrow_hdl.reductions.multiply_accumulate import MacArray
from windrow_hdl.reductions.weights_loaded import load_bits
from windrow_hdl.stage import Convolution
from windrow_hdl.technology import check_technology
from windrow_hdl.window.programmed.control import Control
from windrow_hdl.window.programmed.gather_reader import RuntimeGatherReader
from windrow_hdl.window.programmed.geometry import setting_layout
from windrow_hdl.window.programmed.line_buffer import RuntimeLineBuffer
from windrow_hdl.window.programmed.shift_reader import RuntimeShiftReader


class RuntimeConvolution(wiring.Component):
    """Hardware of a `design` with a runtime.

    i, o: as in `Convolution`
    settings: a setting per transfer, `geometry.setting_layout` in the low bits of a plain payload; taken
    between two frames, or refused at once
    weights: with `Runtime(weights=True)`, one weight or bias per transfer, `weights.load_sequence` from its
    first to its last; taken between two frames, and no frame begins before the last; a setting that is
    offered meanwhile waits for it
    accepted, refused: high for a cycle; the cycle after `accepted` is the first of the new setting

    restarts: whether there is an input `restart`, which empties the datapath; what was programmed stays

    After reset the setting is `design.power_up`; weights are at power-up those given here, and stay what
    they were loaded with, whatever happens to `rst`.  Arguments and errors: as `Convolution`.
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
        if not isinstance(design, Design) or design.runtime is None:
            raise TypeError(f"design must be a Design with a runtime, not {design!r}")
        self.design = design.hardware
        self.technology = check_technology(technology)
        self.dsp, self.restarts = as_flag(dsp, "dsp"), as_flag(restarts, "restarts")
        self.control = Control(self.design)
        self.constants = design.layer.check_weights(weights), design.layer.check_bias(bias)
        loads = {}
        self.runtime = design.runtime
        if self.runtime.weights:
            loads["weights"] = In(stream.Signature(unsigned(load_bits(design))))
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(design.beat_bits))),
                "o": Out(stream.Signature(unsigned(design.pe * design.layer.accumulator_type.bits))),
                "settings": In(stream.Signature(unsigned(setting_layout(design).size))),
                "accepted": Out(1),
                "refused": Out(1),
                **({"restart": In(1)} if self.restarts else {}),
                **loads,
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        largest = self.design.configured(largest_setting(self.design))
        reader = (RuntimeGatherReader if largest.gathers else RuntimeShiftReader)(largest)
        buffer = RuntimeLineBuffer(
            largest, reader.windows.most, shared=reader.shared, technology=self.technology
        )
        kind = LoadedArray if self.runtime.weights else MacArray
        array = kind(largest, *self.constants, reader.turns, self.technology, self.dsp,
                     restarts=self.restarts)
        queue = OutputQueue(array.payload.shape().width, largest.credits)
        m.submodules.control = control = self.control
        self.line_buffer, self.reader, self.mac_array, self.output_queue = buffer, reader, array, queue
        for name in ("line_buffer", "reader", "mac_array", "output_queue"):
            part = getattr(self, name)
            m.submodules[name] = ResetInserter(self.restart)(part) if self.restarts else part
        if self.restarts:
            m.d.comb += [control.again.eq(self.restart), array.restart.eq(self.restart)]
        wiring.connect(m, wiring.flipped(self.i), buffer.i)
        wiring.connect(m, wiring.flipped(self.settings), control.settings)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        quiet = idle = buffer.idle & queue.idle
        hold = control.hold
        if isinstance(array, LoadedArray):
            wiring.connect(m, wiring.flipped(self.weights), array.i)
            m.d.comb += array.idle.eq(idle)
            hold, quiet = hold | array.hold, idle & ~array.hold  # weights first
        m.d.comb += [
            self.accepted.eq(control.accepted),
            self.refused.eq(control.refused),
            control.idle.eq(quiet),
            buffer.hold.eq(hold),
            buffer.geometry.eq(control.geometry),
            buffer.restart.eq(control.restart),
            reader.geometry.eq(control.geometry),
            reader.restart.eq(control.restart),
            reader.arrived.eq(buffer.arrived),
            reader.filled.eq(buffer.filled),
            buffer.freed.eq(reader.freed),
            buffer.oldest.eq(reader.oldest),
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


def hardware(
    design: Design,
    weights: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    technology: str = "generic",
    dsp: bool = True,
    restarts: bool = False,
) -> Convolution | RuntimeConvolution:
    """`RuntimeConvolution` for a design with a runtime, else `Convolution`, with these arguments."""
    check_kind(design, Design, "design")
    kind = Convolution if design.runtime is None else RuntimeConvolution
    return kind(design, weights, bias, technology=technology, dsp=dsp, restarts=restarts)
