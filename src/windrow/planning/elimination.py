"""The least sum of tables that share variables: exact, one variable after another.

    least([((0,), a), ((0, 1), b), ((1, 2), c)], [4, 5, 6])       a[x] + b[x, y] + c[y, z]

A variable that only a few others are tied to is answered for all of their values at once and is gone; the
table that is left ties those to each other.  Chains take tables of two variables, forks that join of three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["least"]

Array = npt.NDArray[np.int64]
Factor = tuple[tuple[int, ...], Array]


def least(factors: Sequence[Factor], sizes: Sequence[int]) -> tuple[int, list[int]]:
    """The least sum, and a value of every variable that has it.

    factors: (variables in ascending order, a table with an axis for each)
    sizes: how many values each variable has
    """
    live, left = list(factors), set(range(len(sizes)))
    answers: list[tuple[int, tuple[int, ...], npt.NDArray[np.intp]]] = []
    while left:
        scopes = {each: _scope(live, each) for each in left}
        variable = min(left, key=lambda each: (math.prod(sizes[at] for at in scopes[each]), each))
        scope = scopes[variable]
        mine = [factor for factor in live if variable in factor[0]]
        live = [factor for factor in live if variable not in factor[0]]
        table = np.zeros([sizes[at] for at in scope], np.int64)
        for names, values in mine:
            table += values.reshape([sizes[at] if at in names else 1 for at in scope])
        axis = scope.index(variable)
        rest = scope[:axis] + scope[axis + 1 :]
        answers.append((variable, rest, table.argmin(axis)))
        live.append((rest, table.min(axis)))
        left.remove(variable)
    chosen = [0] * len(sizes)
    for variable, rest, best in reversed(answers):
        chosen[variable] = int(best[tuple(chosen[at] for at in rest)])
    return sum(int(values) for _, values in live), chosen


def _scope(factors: Sequence[Factor], variable: int) -> tuple[int, ...]:
    """All variables that are tied to one, itself too."""
    tied = {each for names, _ in factors if variable in names for each in names}
    return tuple(sorted(tied | {variable}))
