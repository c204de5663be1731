"""Units behind numbers, the same in budgets, constraints and the report's filter.

k, M and G are powers of 1000; Ki, Mi and Gi are powers of 1024. So 18kb is 18,000 bits, and what data
sheets call the 18 kbit of a block RAM, 18,432 bits, is 18Kib. Case does not matter, but for the b of bits: a
B would be bytes.
"""

__all__ = ["PREFIX", "times"]

_POWERS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
PREFIX = "[kKmMgG]i?"
"""Regular expression of a prefix."""


def times(prefix: str | None) -> int:
    """What a prefix stands for, 1 for none. `PREFIX` matches all that it takes."""
    return _POWERS[(prefix or "").lower()]
