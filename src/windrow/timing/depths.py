"""Cycles between the decisions of the datapath.

The hardware is built to these numbers and the timing law uses them; nothing else does.
"""

ARRIVE = 2
"""Beat accepted -> a read of it can be issued."""

RETURN = 2
"""Read issued, or last step of a window issued -> what it freed can be used again."""

STORE = 4
"""Column fetch issued -> the array can read that column from the column store."""

GATHER_DEPTH = 7
"""Last step of an output beat issued -> that beat offered, adder tree aside, from the line buffer."""

STORE_DEPTH = 5
"""The same from the column store."""
