"""The parts that FPGA families differ in: row memories, memories of constants and multipliers.

    RowMemory        rows side by side, written one at a time, read together two cycles later
    ReadOnlyMemory   constants, read two cycles later
    Multiplier       pixel x weight, three cycles later

Every technology builds them with the same ports and the same cycles, so designs, timing and tests
know nothing of the choice.  "generic" is plain HDL that any synthesis tool maps; the others name a
family's own blocks where their inner registers, which tools do not infer, make the hardware faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from amaranth.hdl import Shape

from windrow_hdl.technology import ecp5, generic, ice40
from windrow_hdl.technology.ecp5_carry import CarryMultiplier

TECHNOLOGIES = ("generic", "ecp5", "ice40")
"""Legal values of `technology`."""


def check_technology(technology: str) -> str:
    """Return `technology`, or raise ValueError naming the legal ones."""
    if technology not in TECHNOLOGIES:
        raise ValueError(f"technology must be one of {', '.join(TECHNOLOGIES)}, not {technology!r}")
    return technology


def cell_models(technology: str) -> str:
    """Verilog of the cells that a technology instantiates, for simulation; empty for "generic"."""
    if check_technology(technology) == "generic":
        return ""
    return files("windrow_hdl.technology").joinpath("cells", f"{technology}.v").read_text(encoding="utf-8")


def row_memory(
    technology: str, bits: int, banks: int, depth: int
) -> generic.RowMemory | ecp5.RowMemory:
    """`banks` rows of `depth` words of `bits`, side by side."""
    if technology == "ecp5" and ecp5.fits(bits, banks, depth):
        return ecp5.RowMemory(bits, banks, depth)
    return generic.RowMemory(bits, banks, depth)


def read_only_memory(
    technology: str, bits: int, words: Sequence[int]
) -> generic.ReadOnlyMemory | ecp5.ReadOnlyMemory:
    """A memory of the constants `words` of `bits`, read two cycles later."""
    if technology == "ecp5" and not generic.is_few(len(words)) and ecp5.fits(bits, 1, len(words)):
        return ecp5.ReadOnlyMemory(bits, words)
    return generic.ReadOnlyMemory(bits, words)


def multiplier(
    technology: str, pixel: Shape, weight: Shape, constant: int | None, dsp: bool
) -> generic.Multiplier | generic.TableMultiplier | ecp5.Multiplier | CarryMultiplier | ice40.Multiplier:
    """A multiplier of a pixel by a weight; by `constant` where the weight never changes.

    `dsp=False` builds it from logic: of look-up tables for a constant weight, of a family's carry chains.
    """
    if not dsp and constant is not None:
        return generic.TableMultiplier(pixel, weight, constant)
    if technology == "ecp5":
        return ecp5.Multiplier(pixel, weight) if dsp else CarryMultiplier(pixel, weight)
    if dsp and technology == "ice40":
        return ice40.Multiplier(pixel, weight)
    return generic.Multiplier(pixel, weight)
