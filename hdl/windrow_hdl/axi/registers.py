"""Registers: one description, from which hardware, C header, Python driver and table are made.

    RegisterMap ─┬─▶ RegisterBank                   the hardware, behind AXI4-Lite (axi/register_bank.py)
                 └─▶ C header, Python, Markdown     what its users read (register_texts.py)

A register has 32 bits at a multiple of four bytes. Its fields say what hardware stands behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

__all__ = ["BITS", "Field", "Kind", "Register", "RegisterMap"]

BITS = 32
"""Bits of a register."""


class Kind(Enum):
    """What hardware stands behind a field; the value is what tables call it."""

    CONSTANT = "constant"
    """Known when the hardware is generated."""
    STATE = "read-only"
    """What the hardware shows at the moment."""
    COUNTER = "counter"
    """Counts events and wraps; cleared by the hardware's user."""
    SETTING = "read/write"
    """Kept until the next write."""
    PULSE = "write 1 to act"
    """Acts for one cycle; reads as 0."""
    FLAG = "write 1 to clear"
    """Set by the hardware, stays set."""
    PORT = "write-only"
    """Every write hands a word to the hardware."""

    @property
    def writable(self) -> bool:
        """Does a write do something?"""
        return self in (Kind.SETTING, Kind.PULSE, Kind.FLAG, Kind.PORT)


@dataclass(frozen=True)
class Field:
    """`bits` bits from bit `at` of a register.

    `name` is "" where the field is the whole of its register. `value` is what a constant is, and what a
    setting is after reset.
    """

    name: str
    kind: Kind
    doc: str
    at: int = 0
    bits: int = BITS
    value: int = 0

    def __post_init__(self) -> None:
        if self.name and not re.fullmatch(r"[A-Z][A-Z0-9_]*", self.name):
            raise ValueError(f"name must be capitals, digits and underscores, not {self.name!r}")
        if self.at < 0 or self.bits < 1 or self.at + self.bits > BITS:
            raise ValueError(f"field {self.name or 'of all bits'} must lie in bits 0..{BITS - 1}, "
                             f"not have {self.bits} from bit {self.at}")
        if not 0 <= self.value < 1 << self.bits:
            raise ValueError(f"value must fit {self.bits} unsigned bits, not be {self.value}")
        if self.kind in (Kind.PULSE, Kind.FLAG) and self.bits != 1:
            raise ValueError(f"field {self.name} is {self.kind.value!r} and must have 1 bit, not {self.bits}")

    @property
    def mask(self) -> int:
        """Its bits within the register."""
        return ((1 << self.bits) - 1) << self.at


@dataclass(frozen=True)
class Register:
    """A word at byte `offset`."""

    name: str
    offset: int
    doc: str
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", self.name):
            raise ValueError(f"name must be capitals, digits and underscores, not {self.name!r}")
        if self.offset < 0 or self.offset % (BITS // 8):
            raise ValueError(f"offset must be a multiple of {BITS // 8}, not {self.offset}")
        if not self.fields:
            raise ValueError(f"register {self.name} must have a field, not none")
        taken = 0
        for field in self.fields:
            if taken & field.mask:
                raise ValueError(f"fields of {self.name} must not overlap: {field.name} does")
            taken |= field.mask
        if len(self.fields) > 1 and not all(field.name for field in self.fields):
            raise ValueError(f"every one of several fields of {self.name} must have a name")

    @property
    def writable(self) -> bool:
        """Does a write do something?"""
        return any(field.kind.writable for field in self.fields)

    def full_name(self, field: Field) -> str:
        """STATUS_BUSY of a field BUSY, and the register's own name where the field is all of it."""
        return f"{self.name}_{field.name}" if field.name else self.name


@dataclass(frozen=True)
class RegisterMap:
    """All registers of one piece of hardware, by offset."""

    title: str
    registers: tuple[Register, ...]

    def __post_init__(self) -> None:
        for what in ("name", "offset"):
            seen = [getattr(register, what) for register in self.registers]
            for value in seen:
                if seen.count(value) > 1:
                    raise ValueError(f"the {what} of every register must be its own, not {value!r} twice")
        names = [register.full_name(field) for register, field in self.fields()]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the full name of every field must be its own, not {name!r} twice")
        object.__setattr__(self, "registers", tuple(sorted(self.registers, key=lambda one: one.offset)))

    def __getitem__(self, name: str) -> Register:
        """The register of this name; KeyError with the names there are."""
        for register in self.registers:
            if register.name == name:
                return register
        raise KeyError(f"no register {name!r}; there are {', '.join(one.name for one in self.registers)}")

    @property
    def address_bits(self) -> int:
        """Bits of a byte address that reaches every register."""
        return max(register.offset for register in self.registers).bit_length()

    def fields(self) -> Iterator[tuple[Register, Field]]:
        """Every field with its register."""
        for register in self.registers:
            for field in register.fields:
                yield register, field
