"""Columns as text that a browser reads at once: typed arrays in base64, constants as themselves.

    {"fold": {"type": "u1", "data": "AQID..."}, "height": {"constant": 224},
     "layer": {"type": "u1", "data": "...", "names": ["conv1", "conv2"]}}

Ten thousand designs take some hundred kilobytes. Integers take the fewest bytes that hold them; floats keep
all their digits, so that the page computes with the numbers of the table and shows no others.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pack"]

_INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")
_EXACT = 2**53  # all integers up to here are floats too


def pack(columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """What `data.js` unpacks. Raises TypeError for columns of anything but numbers, booleans and text."""
    return {name: _packed(name, np.asarray(column)) for name, column in columns.items()}


def _packed(name: str, column: npt.NDArray[Any]) -> dict[str, Any]:
    if column.dtype.kind == "O" and all(_missing(value) or _number(value) for value in column):
        column = np.array([math.nan if _missing(value) else value for value in column], dtype=np.float64)
    if column.dtype.kind in "OUST":
        return _texts(name, column)
    if column.dtype.kind not in "biuf":
        raise TypeError(f"column {name!r} must hold numbers, booleans or text, not {column.dtype}")
    if len(column) and (column == column[0]).all():
        return {"constant": column[0].item()}
    if column.dtype.kind == "f" and len(column) and np.isnan(column).all():
        return {"constant": None}
    kind = _kind(column)
    return {"type": kind, "data": _base64(column.astype(f"<{kind}")),
            **({"boolean": True} if column.dtype.kind == "b" else {})}


def _kind(column: npt.NDArray[Any]) -> str:
    """The shortest little-endian type that holds every number of the column exactly."""
    if column.dtype.kind == "b":
        return "u1"
    if not len(column):
        return "f8"
    if column.dtype.kind == "f":
        with np.errstate(over="ignore"):
            short = column.astype("f4").astype("f8")
        return "f4" if np.array_equal(short, column, equal_nan=True) else "f8"
    low, high = int(column.min()), int(column.max())
    for kind in _INTEGERS:
        held = np.iinfo(kind)
        if held.min <= low and high <= held.max:
            return kind
    if max(abs(low), abs(high)) > _EXACT:
        raise ValueError(f"integers beyond 2**53 lose digits in a browser, not {max(abs(low), abs(high))}")
    return "f8"


def _texts(name: str, column: npt.NDArray[Any]) -> dict[str, Any]:
    texts = ["" if _missing(value) else value for value in column.tolist()]
    if not all(isinstance(text, str) for text in texts):
        strange = next(text for text in texts if not isinstance(text, str))
        raise TypeError(f"column {name!r} must hold numbers, booleans or text, not {strange!r}")
    names, codes = np.unique(np.array(texts, dtype=str), return_inverse=True)
    if len(names) == 1:
        return {"constant": texts[0]}
    kind = _kind(codes.ravel())
    return {"type": kind, "data": _base64(codes.ravel().astype(f"<{kind}")), "names": names.tolist()}


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _number(value: object) -> bool:
    return isinstance(value, int | float | np.number)


def _base64(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
