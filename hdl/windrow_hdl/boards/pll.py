"""PLL: the clock of the design from the clock of the board.

    EHXPLLL (ECP5)         f = board * feedback / reference    oscillator = f * output
    SB_PLL40_PAD (iCE40)   f = oscillator / 2**output          oscillator = board * feedback / reference
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from amaranth.hdl import ClockDomain, Const, Instance, Module, Signal
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

_ECP5_PHASE, _ECP5_OSCILLATOR = (3.125, 400.0), (400.0, 800.0)  # MHz
_ICE40_PHASE, _ICE40_OSCILLATOR = (10.0, 133.0), (533.0, 1066.0)
# FILTER_RANGE, by the MHz up to which it holds.
_ICE40_FILTER = ((17.0, 1), (26.0, 2), (44.0, 3), (66.0, 4), (101.0, 5), (133.0, 6))


@dataclass(frozen=True)
class Ratio:
    """The dividers of a PLL, and the clock that they make of the board's."""

    reference: int
    feedback: int
    output: int
    mhz: float


def ratio(family: str, board_mhz: float, mhz: float) -> Ratio:
    """The dividers that come nearest to `mhz`.

    Raises ValueError, with the nearest clock that can be made, if that is more than one per mille off.
    """
    found = _ecp5(board_mhz, mhz) if family == "ecp5" else _ice40(board_mhz, mhz)
    if abs(found.mhz - mhz) > mhz / 1000:
        raise ValueError(f"clock must be one that the PLL can make of {board_mhz:g} MHz, not {mhz:g} MHz; "
                         f"nearest: {found.mhz:g} MHz")
    return found


def _ecp5(board: float, mhz: float) -> Ratio:
    choices = []
    for reference in range(1, 129):
        phase = board / reference
        if not _ECP5_PHASE[0] <= phase <= _ECP5_PHASE[1]:
            continue
        for output in range(1, 129):
            least = ceil(_ECP5_OSCILLATOR[0] / phase / output)
            most = min(80, floor(_ECP5_OSCILLATOR[1] / phase / output))
            feedback = min(most, max(least, round(mhz / phase)))
            if least <= feedback >= 1:
                choices.append(Ratio(reference, feedback, output, phase * feedback))
    # Of equals, the least reference divider, and an oscillator in the middle of its range.
    return min(choices, key=lambda one: (abs(one.mhz - mhz), one.reference, abs(one.mhz * one.output - 600)))


def _ice40(board: float, mhz: float) -> Ratio:
    choices = []
    for reference in range(1, 17):
        phase = board / reference
        if not _ICE40_PHASE[0] <= phase <= _ICE40_PHASE[1]:
            continue
        least, most = ceil(_ICE40_OSCILLATOR[0] / phase), min(128, floor(_ICE40_OSCILLATOR[1] / phase))
        for output in range(1, 7):
            feedback = min(most, max(least, round(mhz * 2**output / phase)))
            choices.append(Ratio(reference, feedback, output, phase * feedback / 2**output))
    return min(choices, key=lambda one: (abs(one.mhz - mhz), one.reference, one.output))


def clock(platform: Any, family: str, mhz: float, domain: ClockDomain) -> Module:
    """A module that drives the domain by a PLL behind the board's clock; in reset until it has locked."""
    m = Module()
    board_mhz = platform.default_clk_frequency / 1e6
    chosen = ratio(family, board_mhz, mhz)
    pin = platform.request(platform.default_clk, dir="-")
    locked = Signal()
    if family == "ecp5":
        m.submodules.pin = buffer = io.Buffer(io.Direction.Input, pin)
        m.submodules.pll = _ehxplll(chosen, buffer.i, domain.clk, locked)
    else:
        m.submodules.pll = _sb_pll40(chosen, board_mhz, pin.io, domain.clk, locked)
    m.submodules.reset = ResetSynchronizer(~locked, domain=domain.name)
    return m


def _ehxplll(chosen: Ratio, source: Any, clk: Signal, locked: Signal) -> Instance:
    return Instance(
        "EHXPLLL",
        # The loop filter, as Lattice's own tool sets it.
        a_ICP_CURRENT="12", a_LPF_RESISTOR="8", a_MFG_ENABLE_FILTEROPAMP="1", a_MFG_GMCREF_SEL="2",
        p_PLLRST_ENA="DISABLED", p_INTFB_WAKE="DISABLED", p_STDBY_ENABLE="DISABLED",
        p_DPHASE_SOURCE="DISABLED", p_OUTDIVIDER_MUXA="DIVA", p_OUTDIVIDER_MUXB="DIVB",
        p_OUTDIVIDER_MUXC="DIVC", p_OUTDIVIDER_MUXD="DIVD",
        p_FEEDBK_PATH="CLKOP", p_CLKI_DIV=chosen.reference, p_CLKFB_DIV=chosen.feedback,
        p_CLKOP_ENABLE="ENABLED", p_CLKOP_DIV=chosen.output, p_CLKOP_CPHASE=max(0, chosen.output // 2 - 1),
        p_CLKOP_FPHASE=0, i_CLKI=source, i_CLKFB=clk, o_CLKOP=clk, o_LOCK=locked,
        i_RST=Const(0), i_STDBY=Const(0), i_PHASESEL0=Const(0), i_PHASESEL1=Const(0), i_PHASEDIR=Const(0),
        i_PHASESTEP=Const(0), i_PHASELOADREG=Const(0), i_PLLWAKESYNC=Const(0), i_ENCLKOP=Const(0),
    )  # fmt: skip


def _sb_pll40(chosen: Ratio, board_mhz: float, pin: Any, clk: Signal, locked: Signal) -> Instance:
    phase = board_mhz / chosen.reference
    return Instance(
        "SB_PLL40_PAD",  # the pad of the PLL is where boards connect their clock
        p_FEEDBACK_PATH="SIMPLE", p_PLLOUT_SELECT="GENCLK",
        p_DIVR=Const(chosen.reference - 1, 4), p_DIVF=Const(chosen.feedback - 1, 7),
        p_DIVQ=Const(chosen.output, 3),
        p_FILTER_RANGE=Const(next(value for limit, value in _ICE40_FILTER if phase <= limit), 3),
        i_PACKAGEPIN=pin, o_PLLOUTGLOBAL=clk, o_LOCK=locked, i_RESETB=Const(1), i_BYPASS=Const(0),
    )  # fmt: skip
