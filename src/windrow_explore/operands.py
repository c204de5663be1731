"""What `multipliers` are called in sentences: operators without weights have operands."""

from windrow.operators.conv2d import Conv2d

__all__ = ["counted", "operands_of"]


def operands_of(operator: str) -> str:
    """The plural for an operator, by its name."""
    return "multipliers" if operator == Conv2d.kind else "operands a cycle"


def counted(count: int, operands: str) -> str:
    """`1 multiplier`, `9 operands a cycle`."""
    return f"{count:,} {operands if count != 1 else operands.replace('s', '', 1)}"
