"""Bit planes: one rank of a window, a bit of the result at a time, the highest first.

    bits 7 ─▶ shown ─▶ count ─▶ enough? ─────────────────────────────────────▶ bit 7 of the result
    bits 6 ─▶ ▯ ─▶ shown: as before for what bit 7 decided ─▶ count ─▶ enough? ─▶ bit 6

`PlaneWindow` takes whole windows.  In `PlaneColumns`, where columns come one by one, every plane has a
shift register of its own: what waits for its plane is then the bits of a column, not those of a window.
"""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.reductions.bit_planes import BitPlanes
from windrow.reductions.mirror import Mirror
from windrow.values.numerics import IntType
from windrow_hdl.reductions.shared_columns import check_offsets, column_ports
from windrow_hdl.reductions.window_ports import (
    chain,
    check_border,
    check_mirror,
    mirrored,
    operand_register,
    window_ports,
)

__all__ = ["PlaneColumns", "PlaneWindow", "Planes"]


class Planes(wiring.Component):
    """The rank of unsigned pixels; `plane_n` is bit `n` of every tap, tap 0 in the low bit.

    Plane `n` comes `(bits - 1 - n) * cycles` cycles after the highest; `result` `depth` cycles after that.
    """

    def __init__(self, planes: BitPlanes) -> None:
        self.planes, self.depth = planes, planes.depth
        super().__init__(
            {**{f"plane_{n}": In(planes.taps) for n in range(planes.bits)}, "result": Out(planes.bits)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        planes = self.planes
        shown: Value = getattr(self, f"plane_{planes.bits - 1}")
        decided: Value = Const(0, planes.taps)
        bits: list[Value] = []
        for plane in reversed(range(planes.bits)):
            name = f"plane_{plane}"
            one = Signal(name=f"{name}_one", reset_less=True)
            m.d.sync += one.eq(self._reaches(m, shown, name))
            bits.append(chain(m, one, planes.cycles * plane, f"{name}_one"))
            if not plane:
                break
            # What the taps showed, and which were decided, as the bit of the result comes.
            before = chain(m, shown, planes.cycles, f"{name}_before", reset_less=True)
            known = chain(m, decided, planes.cycles, f"{name}_known", reset_less=True)
            decided, shown = Signal(planes.taps, name=f"decided_{plane - 1}"), Signal(
                planes.taps, name=f"shown_{plane - 1}")  # fmt: skip
            fresh = getattr(self, f"plane_{plane - 1}")
            m.d.comb += decided.eq(known | (before ^ one.replicate(planes.taps)))
            m.d.comb += [to.eq(Mux(d, b, x))
                         for to, d, b, x in zip(shown, decided, before, fresh, strict=True)]  # fmt: skip
        m.d.comb += self.result.eq(Cat(reversed(bits)))
        return m

    def _reaches(self, m: Module, shown: Value, name: str) -> Signal:
        """Do enough taps show a one?  In the last cycle of the plane."""
        planes = self.planes
        bits: list[Value] = [*shown]
        live = dict.fromkeys(range(planes.taps))
        cuts = planes.cuts()
        for level in range(len(planes.counter.levels) + 1):
            for cut in range(cuts.count(level)):
                for bit in live:
                    register = Signal(name=f"{name}_bit_{bit}_{cut}", reset_less=True)
                    m.d.sync += register.eq(bits[bit])
                    bits[bit] = register
            if level == len(planes.counter.levels):
                break
            for group in planes.counter.levels[level]:
                a, b, *rest = (bits[bit] for bit in group)
                both, either = a & b, a ^ b
                for bit in group:
                    del live[bit]
                for value in (either ^ rest[0], both | (either & rest[0])) if rest else (either, both):
                    wire = Signal(name=f"{name}_count_{len(bits)}")
                    m.d.comb += wire.eq(value)
                    live[len(bits)] = None
                    bits.append(wire)
        left, one = planes.counter.left, Signal(name=f"{name}_reaches")
        with m.Switch(Cat(bits[bit] for bit in left)):
            with m.Case(*(format(word, f"0{len(left)}b") for word in planes.counter.reaching(planes.need))):
                m.d.comb += one.eq(1)
        return one


def _plane(pixels: Sequence[Value], plane: int, pixel: IntType) -> Value:
    """Bit `plane` of pixels as if they were unsigned: a sign counts the other way round."""
    bits = Cat(each[plane] for each in pixels)
    return ~bits if pixel.signed and plane == pixel.bits - 1 else bits


def _signed(result: Value, pixel: IntType) -> Value:
    return Cat(result[:-1], ~result[-1]) if pixel.signed else result


class PlaneWindow(wiring.Component):
    """The rank of whole windows, each lane for itself; ports and `border` as in `WindowFunction`."""

    def __init__(self, planes: BitPlanes, pixel: IntType, *, lanes: int = 1, border: int = 0) -> None:
        self.planes, self.pixel, self.lanes = planes, pixel, lanes
        self.border = check_border(border, pixel)
        self.depth = 2 + planes.depth
        super().__init__(window_ports(pixel, planes.taps, lanes, lanes * pixel.bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        planes = self.planes
        operands = [
            operand_register(m, operand, self.clear[at // self.lanes], self.border, f"operand_{at}")
            for at, operand in enumerate(self.operands)
        ]
        results: list[Value] = []
        for lane in range(self.lanes):
            m.submodules[f"lane_{lane}"] = part = Planes(planes)
            for plane in range(planes.bits):
                bits = _plane(operands[lane :: self.lanes], plane, self.pixel)
                wait = (planes.bits - 1 - plane) * planes.cycles
                name = f"waits_{lane}_{plane}"
                m.d.comb += getattr(part, f"plane_{plane}").eq(chain(m, bits, wait, name, reset_less=True))
            results.append(_signed(part.result, self.pixel))
        m.d.comb += [
            self.payload.eq(Cat(results)),
            self.put.eq(chain(m, self.step, self.depth, "there")),
        ]
        return m


class PlaneColumns(wiring.Component):
    """The rank of windows that come column by column; ports and the rest as in `SharedColumns`."""

    def __init__(
        self,
        planes: BitPlanes,
        rows: int,
        pixel: IntType,
        *,
        lanes: int = 1,
        border: int | None = None,
        mirror: Mirror | None = None,
        offsets: Sequence[int] | None = None,
    ) -> None:
        if planes.taps % rows:
            raise ValueError(f"rows must divide the {planes.taps} taps, not {rows!r}")
        self.planes, self.rows, self.pixel, self.lanes = planes, rows, pixel, lanes
        self.columns = planes.taps // rows
        self.border = check_border(border or 0, pixel)
        self.offsets = check_offsets(offsets, self.columns)
        self.mirror = check_mirror(mirror, border, self.columns, self.offsets)
        self.depth = 2 + planes.depth
        super().__init__(column_ports(pixel, rows, self.columns, lanes, lanes * pixel.bits))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        planes = self.planes
        parts = [Planes(planes) for _ in range(self.lanes)]
        for lane, part in enumerate(parts):
            m.submodules[f"lane_{lane}"] = part
        shift, clear, waited = chain(m, self.shift, 1, "shift_0"), self.clear, 0
        for plane in reversed(range(planes.bits)):
            wait = (planes.bits - 1 - plane) * planes.cycles
            shift = chain(m, shift, wait - waited, f"shift_{plane}")
            clear = chain(m, clear, wait - waited, f"clear_{plane}")
            waited = wait
            for lane, part in enumerate(parts):
                name = f"{lane}_{plane}"
                newest = chain(m, _plane(self.column[lane :: self.lanes], plane, self.pixel), wait,
                               f"waits_{name}", reset_less=True)  # fmt: skip
                places = [newest]
                for number in range(1, self.offsets[-1] + 1):
                    place = Signal(self.rows, name=f"column_{name}_{number}", reset_less=True)
                    with m.If(shift):
                        m.d.sync += place.eq(places[-1])
                    places.append(place)
                border = (self.border - self.pixel.min) >> plane & 1
                kernel = [places[self.offsets[-1] - offset] for offset in self.offsets]
                window: list[Signal] = []
                for x, value in enumerate(kernel):
                    hidden = clear[x]
                    if self.mirror is not None:
                        value, hidden = mirrored(self.mirror, kernel, clear, x), 0
                    outside = border * ((1 << self.rows) - 1)
                    window.append(operand_register(m, value, hidden, outside, f"operand_{name}_{x}"))
                m.d.comb += getattr(part, f"plane_{plane}").eq(Cat(window))
        m.d.comb += [
            self.payload.eq(Cat(_signed(part.result, self.pixel) for part in parts)),
            self.put.eq(chain(m, self.step, self.depth, "there")),
        ]
        return m
