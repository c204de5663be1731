"""What `multipliers` are called in sentences: operators without weights have operands."""

from __future__ import annotations

from windrow.operators.operator import Operator
from windrow.operators.table import kind_of

__all__ = ["counted", "operands_of"]


def operands_of(operator: str | Operator) -> str:
    """The plural for an operator, or for one by its name: `multipliers`, `operands a cycle`."""
    operands = (kind_of(operator) if isinstance(operator, str) else operator).operands
    return operands if operands == "multipliers" else f"{operands} a cycle"


def counted(count: int, operands: str) -> str:
    """`1 multiplier`, `9 operands a cycle`."""
    return f"{count:,} {operands if count != 1 else operands.replace('s', '', 1)}"
