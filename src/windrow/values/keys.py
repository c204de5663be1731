"""Keys of tables that people write: unknown ones are refused with the nearest legal one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
