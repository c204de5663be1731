"""Add: two feature maps, each through a table, their sum through output maps; the addition of TFLite.

    y = maps(first[a] + second[b])

A quantised number has few bits, so what an addition makes of one, its zero point and its scale, is a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from windrow.joins.join import Array, Join, Shape
from windrow.outputs.output_map import Chain, Map
from windrow.timing.folding import divisors
from windrow.values.numerics import IntType, smallest

__all__ = ["Add"]


@dataclass(frozen=True, init=False)
class Add(Join):
    """`output(tables[0][a - least] + tables[1][b - least])`, element by element.

    shape: (H, W, C) of both inputs and of the output
    input_types: of both inputs, at most 12 bits each
    tables: for each input what becomes of every number of its type, the least first
    output: maps that every sum goes through

    Raises ValueError for tables that do not have a value for each number of the types.
    """

    kind: ClassVar[str] = "add"

    shape: Shape
    input_types: tuple[IntType, IntType]
    tables: tuple[tuple[int, ...], tuple[int, ...]]
    output: tuple[Map, ...]

    def __init__(self, shape: Shape, input_types: tuple[IntType, IntType],
                 tables: tuple[tuple[int, ...], tuple[int, ...]],
                 output: tuple[Map, ...]) -> None:
        for kind, table in zip(input_types, tables, strict=True):
            if kind.bits > 12 or len(table) != 1 << kind.bits:
                raise ValueError(f"tables must have {1 << kind.bits} values for {kind} of at most 12 bits, "
                                 f"not {len(table)}")
        for name, value in {"shape": shape, "input_types": tuple(input_types), "tables": tuple(tables),
                            "output": tuple(output)}.items():
            object.__setattr__(self, name, value)  # the only writes to a frozen object

    @property
    def input_shapes(self) -> tuple[Shape, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (self.shape, self.shape)

    @property
    def output_shape(self) -> Shape:
        return self.shape

    @property
    def sum_range(self) -> tuple[int, int]:
        """Least and largest sum."""
        return sum(min(table) for table in self.tables), sum(max(table) for table in self.tables)

    @cached_property
    def chain(self) -> Chain:
        """The output maps, in their places."""
        return Chain(self.output, smallest(*self.sum_range), self.shape[2])

    @property
    def output_type(self) -> IntType:
        return self.chain.result

    @property
    def legal_lanes(self) -> list[int]:
        return divisors(self.shape[2])

    @property
    def depth(self) -> int:
        return 4 + self.chain.delay(1, 1)  # a register; tables as memories: read, register; the sum; the maps

    def requantisers(self, lanes: int) -> int:
        return self.chain.requantisers(lanes, 1)

    def reads(self, lanes: int) -> npt.NDArray[np.bool_]:
        return np.ones((self.shape[2] // lanes, 2), np.bool_)

    def golden(self, *frames: Array) -> Array:
        found = [np.array(table, np.int64)[frame - kind.min] for frame, kind, table in
                 zip(frames, self.input_types, self.tables, strict=True)]
        return self.chain.golden(found[0] + found[1])
