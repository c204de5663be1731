"""Cycles between the decisions of the datapath.

The hardware is built to these numbers and the timing law uses them; nothing else does.  What a reduction adds
is said by its operator (`Operator.depth`).
"""

ARRIVE = 2
"""Beat accepted -> a read of it can be issued."""

RETURN = 2
"""Read issued, or last step of a window issued -> what it freed can be used again."""

STORE = 4
"""Column fetch issued -> the array can read that column from the column store."""

READ_BUFFER = 2
"""Step issued -> that step at the reduction, from the line buffer."""

READ_STORE = 0
"""The same from the column store."""

OFFER = 1
"""Beat put into the output queue -> that beat offered."""

FEEDS = 4
"""Multipliers that one register feeds, where an operand goes to many."""

GATHER = 1
"""Product -> that product at the adders of its filter, where multipliers are many and so lie apart."""

COLLECT = 1
"""Sums of such a beat -> the beat where all of them come together."""


def leaves(copies: int) -> int:
    """Registers that feed `copies` multipliers, which all take the same operand."""
    return -(-copies // FEEDS)


def fan_out(copies: int) -> int:
    """Cycles that such an array takes more: a tree of registers with two branches each, `GATHER` and
    `COLLECT`; none up to `FEEDS`.
    """
    levels = (leaves(copies) - 1).bit_length()
    return levels + GATHER + COLLECT if levels else 0
