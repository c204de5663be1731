"""Keys of tables that people write: unknown ones are refused with the nearest legal one.  Their values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from windrow.values.numerics import IntType


def check_keys(found: Iterable[str], legal: Iterable[str], what: str, required: Iterable[str] = ()) -> None:
    """`ValueError` for the first key of `what` that is not legal, with one that is, or for all that miss."""
    found, legal = list(found), list(legal)
    for key in found:
        if key not in legal:
            near = difflib.get_close_matches(str(key), legal, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"legal are {', '.join(legal)}"
            raise ValueError(f"unknown {what} key {key!r}: {hint}")
    missing = [key for key in required if key not in found]
    if missing:
        keys = "key" if len(missing) == 1 else "keys"
        raise ValueError(f"missing {what} {keys} {', '.join(map(repr, missing))}: "
                         f"found {', '.join(map(str, found)) or 'nothing'}")


def jsonable(value: Any) -> Any:
    """A field of an operator in JSON types: lists for tuples, types by name, maps as they say themselves."""
    if isinstance(value, tuple):
        return [jsonable(item) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return str(value) if isinstance(value, IntType) else value
