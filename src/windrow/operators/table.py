"""The table of operators: every one by its name on the command line and in files.

To add an operator, write its class (see `operator.py`), its reduction in the hardware, and a row in each of
the two tables; `docs/operators.md` has the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from windrow.operators.operator import Operator

__all__ = ["OPERATORS", "from_dict", "kind_of", "operators"]

OPERATORS = {
    "conv2d": ("conv2d", "Conv2d"),
    "max-pool2d": ("max_pool", "MaxPool2d"),
    "min-pool2d": ("max_pool", "MinPool2d"),
    "avg-pool2d": ("average_pool", "AvgPool2d"),
    "sum-pool2d": ("sum_pool", "SumPool2d"),
    "rank2d": ("rank", "Rank2d"),
    "median2d": ("rank", "Median2d"),
    "upsample2d": ("upsample", "Upsample2d"),
    "conv-transpose2d": ("transposed", "ConvTranspose2d"),
}
"""By name: file of this folder, or the whole name of a module elsewhere, and class."""


def kind_of(name: str) -> type[Operator]:
    """The class of the operator called `name`. Raises TypeError, ValueError, with the legal names."""
    if not isinstance(name, str):
        raise TypeError(f"operator must be a str, not {name!r}")
    if name not in OPERATORS:
        raise ValueError(f"operator must be one of {', '.join(OPERATORS)}, not {name!r}")
    file, kind = OPERATORS[name]
    return getattr(import_module(file if "." in file else f"windrow.operators.{file}"), kind)


def from_dict(data: Mapping[str, Any]) -> Operator:
    """The operator that `to_dict` wrote, a convolution where none is named.

    Raises as `kind_of` and `Operator.from_dict` do.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"layer must be a mapping, not {data!r}")
    return kind_of(data.get("operator", "conv2d")).from_dict(data)


def operators() -> Iterator[type[Operator]]:
    """All classes."""
    return map(kind_of, OPERATORS)
