"""Top: the system on a board, with its pins, its lights and its clock."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from amaranth.hdl import ClockDomain, Elaboratable, Module
from amaranth.lib import io

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.boards.catalogue import Board
from windrow_hdl.boards.pll import clock
from windrow_hdl.boards.system import System
from windrow_hdl.boards.uart import LEAST_DIVISOR
from windrow_hdl.verilog.components import converted

__all__ = ["Top", "divisor", "system", "system_rtlil"]

_TOLERANCE = 0.02  # of the rate: over ten bits a fifth of one, with room for the other side's own error


def divisor(clock_mhz: float, baud: int) -> int:
    """Clocks of a bit.  Raises ValueError, with rates that the clock can make, for one that it cannot."""
    exact = clock_mhz * 1e6 / baud
    nearest = max(LEAST_DIVISOR, round(exact))
    if abs(exact / nearest - 1) > _TOLERANCE:
        legal = [round(clock_mhz * 1e6 / clocks) for clocks in range(nearest, nearest + 3)]
        raise ValueError(f"baud must be within {_TOLERANCE:.0%} of what {clock_mhz:g} MHz divides to, "
                         f"not {baud:,}; nearest: {', '.join(f'{rate:,}' for rate in legal)}")
    return nearest


def system(
    board: Board, design: Design | Pipeline, weights: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *, clock_mhz: float | None = None, baud: int | None = None, dsp: bool = True,
) -> System:
    """The system as this board has it.  Raises as `System` and `divisor` do."""
    mhz = board.design_mhz() if clock_mhz is None else clock_mhz
    return System(design, weights, bias, divisor=divisor(mhz, board.baud if baud is None else baud),
                  buffer_bits=board.buffer_bits, technology=board.technology, dsp=dsp)


def system_rtlil(system: System) -> str:
    """The system in Yosys's own language, a module `top` without a board around it: for simulators."""
    return converted(system, "top")[0]


class Top(Elaboratable):
    """A `System` connected to the pins of a board; `clock_mhz` None for the board's own clock."""

    def __init__(self, board: Board, system: System, clock_mhz: float | None) -> None:
        self.board, self.system, self.clock_mhz = board, system, clock_mhz

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.system = system = self.system
        if self.clock_mhz is not None:
            m.domains.sync = domain = ClockDomain("sync")
            m.submodules.clock = clock(platform, self.board.family, self.clock_mhz, domain)
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx_pin = rx = io.Buffer(io.Direction.Input, uart.rx)
        m.submodules.tx_pin = tx = io.Buffer(io.Direction.Output, uart.tx)
        m.d.comb += [system.rx.eq(rx.i), tx.o.eq(system.tx)]
        for light, state in zip(self.board.lights, (system.activity, system.error), strict=False):
            place, _, colour = light.partition(".")
            name, _, number = place.partition(":")
            # Requested once for all of its colours.
            port = getattr(_request(platform, name, int(number)), colour) if colour else _request(
                platform, name, int(number))
            m.submodules[f"{name}_{number}{colour}_pin"] = pin = io.Buffer(io.Direction.Output, port)
            m.d.comb += pin.o.eq(state)
        return m


def _request(platform: Any, name: str, number: int) -> Any:
    """A resource, also where it was requested before: the colours of a light share one."""
    known = platform.__dict__.setdefault("_windrow_requested", {})
    if (name, number) not in known:
        known[name, number] = platform.request(name, number, dir="-")
    return known[name, number]
