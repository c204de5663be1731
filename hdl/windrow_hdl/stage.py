"""Stage: the whole datapath of one operator, from pixels to results, fixed or programmable.

    i ─▶ line buffer ─▶ GatherReader │ ShiftReader │ ColumnReader ─▶ reduction ─▶ maps ─▶ OutputQueue ─▶ o
                        taps <= kh     fold 1        all others
                        GroupReader ─▶ reductions and maps side by side: several pixels a beat

    i ─▶ Accumulated ─▶ maps ─▶ OutputQueue ─▶ o      pools that grow as their pixels arrive
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from amaranth.hdl import Module, ResetInserter, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.values.numerics import as_flag, check_kind
from windrow_hdl.outputs.maps_side_by_side import MapsSideBySide
from windrow_hdl.outputs.output_stage import OutputStage
from windrow_hdl.outputs.stages import output_stage
from windrow_hdl.parts.output_queue import OutputQueue
from windrow_hdl.parts.wires import carry
from windrow_hdl.reductions.shared_group import windows_together
from windrow_hdl.reductions.side_by_side import SideBySide
from windrow_hdl.reductions.table import reduction_of
from windrow_hdl.technology import check_technology
from windrow_hdl.walking import walking_of
from windrow_hdl.window.operands import OPERANDS

__all__ = ["Convolution", "RuntimeConvolution", "Stage", "hardware"]


class Stage(wiring.Component):
    """Hardware of `design`, with constant `weights` (O, kh, kw, I/groups) and `bias` (O,) where it has some.

    i: frames back to back in raster order, `lanes` channels a beat, lane 0 in the low bits
    o: results in raster order, `pe` filters a beat, filter 0 in the low bits, each
    `layer.output_type.bits` wide
    With several pixels a beat, they come side by side in both, the leftmost in the low bits.
    settings: a setting per transfer;  weights: one weight or bias per transfer
    accepted, refused: for a cycle, what became of a setting
    Of a design with a runtime, see `walking.Programmed`. After reset its setting is
    `design.power_up`; weights are at power-up those given here, and stay what they were loaded with, whatever
    happens to `rst`.

    technology: "generic", or the family whose memories and multipliers to use: "ecp5", "ice40"
    dsp: multiply in DSP blocks; False builds multipliers of logic, `Blocks` some of them
    restarts: whether there is an input `restart`, which does what reset does, for this component alone; what
    was programmed stays

    Raises TypeError or ValueError for weights or bias that the layer's types or shapes do not hold.
    """

    def __init__(
        self,
        design: Design,
        weights: npt.ArrayLike | None = None,
        bias: npt.ArrayLike | None = None,
        *,
        technology: str = "generic",
        dsp: bool | Blocks = True,
        restarts: bool = False,
    ) -> None:
        check_kind(design, Design, "design")
        self.design = design.hardware
        self.technology = check_technology(technology)
        self.blocks, self.restarts = Blocks.of(dsp), as_flag(restarts, "restarts")
        self.parameters = design.layer.check_parameters(weights, bias)
        self.walking = walking_of(design)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(design.beat_bits))),
                "o": Out(stream.Signature(unsigned(design.output_bits))),
                **self.walking.ports,
                **({"restart": In(1)} if self.restarts else {}),
            }
        )

    @property
    def inputs(self) -> list[Any]:
        """The streams of all inputs: one, as of a join several."""
        return [self.i]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        walking = self.walking
        design = walking.design
        kind, maps = reduction_of(design, self.blocks), self._maps(design)
        # Weights that turn are no constants, which are cheap where some multipliers are logic.
        constant = design.layer.weight_shape is not None and design.fold == 1
        turnable = kind.turnable(design) and not (constant and self.blocks.multipliers is not None)
        reader = None if design.accumulates else walking.reader(turnable)
        array = self._array(design, kind, [[0]] if reader is None else reader.turns)
        queue = OutputQueue(design.output_bits, design.schedule.credits, design.schedule.uncredited)
        self.array, self.output_queue = array, queue
        parts: dict[str, Any] = {kind.NAME: array}
        source = begins = array
        if reader is not None:
            self.line_buffer, self.reader = source, begins = walking.buffer(reader, self.technology), reader
            parts = {"line_buffer": source, "reader": reader, **parts}
        named = {f"map_{number}": part for number, part in enumerate(maps)}
        for name, part in {**parts, **named, "output_queue": queue}.items():
            m.submodules[name] = self._restartable(part)
        if "restart" in array.signature.members:
            m.d.comb += array.restart.eq(self.restart)
        wiring.connect(m, wiring.flipped(self.i), source.i)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        walking.connect(m, self)
        if reader is not None:
            self._connect_reader(m)
        put, payload = array.put, array.payload
        for part in maps:
            m.d.comb += [part.put.eq(put), part.payload.eq(payload)]
            put, payload = part.put_out, part.payload_out
        m.d.comb += [queue.put.eq(put), queue.payload.eq(payload)]
        carry(m, begins, queue, "begin")
        carry(m, queue, begins, "credit")
        return m

    def _connect_reader(self, m: Module) -> None:
        """The reader, between line buffer and reduction."""
        buffer, reader, array = self.line_buffer, self.reader, self.array
        wanted, told = array.signature.members, buffer.signature.members
        known = [name for name in reader.arrivals if name in told and told[name].flow is Out]
        carry(m, buffer, reader, *known, "data")
        carry(m, reader, buffer, *reader.returns, "address")
        if "column" in wanted:  # columns come one by one
            carry(m, reader, array, "step", "shift", "column")
            m.d.comb += array.clear.eq(reader.column_clear)
        elif "columns" in wanted:  # a beat of them
            carry(m, reader, array, "step", "shift", "columns", "look")
        else:
            carry(m, reader, array, *(name for name in OPERANDS if name in wanted))

    def _array(self, design: Design, kind: Any, turns: Sequence[Sequence[int]]) -> Any:
        """The reduction, or those of a group of windows."""
        if design.group_plan is not None:
            return windows_together(design, design.group_plan)
        if design.pixels > 1 and hasattr(kind, "make_group"):
            return kind.make_group(design, self.parameters)
        each = design.multipliers // design.output_pixels
        windows = [
            kind.make(design, self.parameters, turns, self.technology, self.blocks.of_window(window, each),
                      restarts=self.restarts)
            for window in range(design.output_pixels)
        ]
        return windows[0] if design.pixels == 1 else SideBySide(design, windows)

    def _maps(self, design: Design) -> list[OutputStage | MapsSideBySide]:
        """Hardware of the output maps, for the results that the weights can give."""
        layer = design.layer
        reach = layer.reach(None if design.loads_weights else self.parameters)
        maps = [
            [output_stage(narrowed, before, pe=design.pe, groups=design.filter_groups,
                          beat_steps=design.beat_steps, technology=self.technology, dsp=self.blocks.maps)
             for _ in range(design.output_pixels)]
            for narrowed, before in layer.chain.narrowed(*reach)
        ]  # fmt: skip
        return [windows[0] if design.pixels == 1 else MapsSideBySide(windows) for windows in maps]

    def _restartable(self, part: wiring.Component) -> Any:
        return ResetInserter(self.restart)(part) if self.restarts else part


class Convolution(Stage):
    """Hardware whose layer is built in; see `Stage`."""

    def __init__(
        self, design: Design, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        check_kind(design, Design, "design")
        if design.runtime is not None:
            raise ValueError(f"design must have runtime=None, not {design.runtime!r}; "
                             "RuntimeConvolution is the hardware of such a design")  # fmt: skip
        super().__init__(design, weights, bias, **options)


class RuntimeConvolution(Stage):
    """Hardware whose size, stride, padding and maybe weights are programmed; see `Stage`."""

    def __init__(
        self, design: Design, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        if not isinstance(design, Design) or design.runtime is None:
            raise TypeError(f"design must be a Design with a runtime, not {design!r}")
        super().__init__(design, weights, bias, **options)


def hardware(
    design: Design, weights: np.ndarray | None = None, bias: np.ndarray | None = None, **options: Any
) -> Stage:
    """The hardware of any design, with these arguments of `Stage`."""
    return Stage(design, weights, bias, **options)
