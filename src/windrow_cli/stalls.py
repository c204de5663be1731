"""Stall patterns on the command line: `none`, `heavy`, `0.3`, `0011`, `bursts:12,4`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from typer import Option

from windrow.timing.stalls import LEVELS, Stalls, level
from windrow_cli.console import UserMistake

__all__ = ["InputStall", "OutputStall", "read_stalls"]

InputStall = Annotated[str, Option(metavar="PATTERN",
    help="When no new input is offered: none, light, heavy; a share of cycles such as 0.3; cycles such as "
    "0011, repeated; until:N, between:N,N, periodic:STALLED,FREE or bursts:STALLED,FREE.")]
OutputStall = Annotated[str, Option(metavar="PATTERN", help="When no output is taken; likewise.")]

_KINDS: dict[str, tuple[int, Callable[[list[int], int], Stalls]]] = {
    "until": (1, lambda n, _: Stalls.until(*n)),
    "between": (2, lambda n, _: Stalls.between(*n)),
    "periodic": (2, lambda n, _: Stalls.periodic(stalled=n[0], free=n[1])),
    "bursts": (2, lambda n, seed: Stalls.bursts(*n, seed=seed)),
}
"""Numbers that each kind takes, and what makes it."""


def read_stalls(inputs: str, outputs: str, seed: int) -> tuple[Stalls, Stalls]:
    """The stalls of both streams, as `--input-stall` and `--output-stall` say; random ones of `seed`."""
    return (_read("--input-stall", inputs, 0, 2 * seed), _read("--output-stall", outputs, 1, 2 * seed))


def _read(option: str, text: str, stream: int, seed: int) -> Stalls:
    word = text.strip().lower()
    kind, _, numbers = word.partition(":")
    try:
        if word in LEVELS:
            return level(word, seed)[stream]
        if kind in _KINDS:
            count, make = _KINDS[kind]
            given = [int(number) for number in numbers.split(",")]
            if len(given) != count:
                raise ValueError(f"{kind} takes {count} number{'s' * (count > 1)}")
            return make(given, seed + stream)
        if len(word) > 1 and set(word) <= {"0", "1"}:
            return Stalls.trace(word)
        return Stalls.random(float(word), seed=seed + stream)
    except ValueError as error:
        raise UserMistake(f"{option} must be {', '.join(LEVELS)}, a share of cycles below 1 such as 0.3, "
                          "cycles such as 0011 with a 0 among them, until:N, between:N,N, "
                          f"periodic:STALLED,FREE or bursts:STALLED,FREE, not {text!r}: {error}") from error
