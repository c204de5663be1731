"""Graphs: a function of integers as small operations, each of which is one register stage in hardware.

    inputs 0 1 2 ...  ─▶  node: an operation on two earlier values  ─▶  outputs

Sorting networks, trees of maxima and shift-and-add constants are all of this kind: they are generated,
pruned, proved and counted here, and one hardware component builds any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

__all__ = ["Graph", "GraphBuilder", "Node", "Range", "Ranges", "bits_of", "passed_bits"]

Range = tuple[int, int]
"""The least and the greatest value."""

_UNARY = ("offset", "minus")


@dataclass(frozen=True)
class Node:
    """One operation on the values numbered `a` and `b`: inputs first, then nodes in order.

    kind: "min" and "max" of both;  "median" of three, with `c`
    "add" (a << shift_a) + (b << shift_b);  "sub" the same with minus
    "offset" a + b and "minus" b - a, where `b` is a constant and no number of a value
    """

    kind: str
    a: int
    b: int
    shift_a: int = 0
    shift_b: int = 0
    c: int = 0

    @property
    def operands(self) -> tuple[int, ...]:
        """Numbers of the values that it reads."""
        if self.kind == "median":
            return self.a, self.b, self.c
        return (self.a,) if self.kind in _UNARY else (self.a, self.b)

    @property
    def cycles(self) -> int:
        """Registers that it takes: a median compares in a cycle of its own."""
        return 2 if self.kind == "median" else 1

    def apply(self, *values: Any) -> Any:
        """Its result for the values of its operands: integers, or arrays of them."""
        a, b = values[0], values[min(1, len(values) - 1)]
        match self.kind:
            case "median":
                return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), values[2]))
            case "min":
                return np.minimum(a, b)
            case "max":
                return np.maximum(a, b)
            case "add":
                return (a << self.shift_a) + (b << self.shift_b)
            case "sub":
                return (a << self.shift_a) - (b << self.shift_b)
            case "offset":
                return a + self.b
            case "minus":
                return self.b - a
        raise ValueError(f"kind must be min, max, median, add, sub, offset or minus, not {self.kind!r}")


def bits_of(range_: Range) -> int:
    """Bits that hold every value of a range, its sign included."""
    low, high = min(0, range_[0]), max(0, range_[1])
    return max(high.bit_length(), (~low).bit_length() if low < 0 else 0) + (low < 0)


def passed_bits(node: Node, a: Range) -> int:
    """How many low bits of an addition are those of its operand `a` or `b` and need no adder.

    `a + (b << s)` and `a - (b << s)` leave the low `s` bits of `a` as they are.
    """
    if node.kind not in ("add", "sub"):
        return 0
    if node.shift_a == 0:
        return min(node.shift_b, bits_of(a))
    return node.shift_a if node.kind == "add" and node.shift_b == 0 else 0


@dataclass(frozen=True)
class Graph:
    """`inputs` values, `nodes` that combine them, and which values come out, each shifted left.

    outputs: pairs of the number of a value and a shift; the number is None for the constant 0.
    """

    inputs: int
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[int | None, int], ...]

    def evaluate(self, values: Sequence[Any]) -> list[Any]:
        """The outputs for integers, or for arrays of equal shapes."""
        if len(values) != self.inputs:
            raise ValueError(f"values must be {self.inputs}, not {len(values)}")
        known = list(values)
        for node in self.nodes:
            known.append(node.apply(*(known[operand] for operand in node.operands)))
        return [known[0] * 0 if number is None else known[number] << shift for number, shift in self.outputs]

    def ranges(self, inputs: Sequence[Range]) -> list[Range]:
        """The range of every value, from those of the inputs."""
        forms = Ranges(inputs)
        for node in self.nodes:
            forms.put(node)
        return forms.ranges

    def output_ranges(self, inputs: Sequence[Range]) -> list[Range]:
        """The range of every output."""
        known = self.ranges(inputs)
        return [(0, 0) if n is None else (known[n][0] << s, known[n][1] << s) for n, s in self.outputs]

    @cached_property
    def levels(self) -> list[int]:
        """Cycles from the inputs to every value."""
        known = [0] * self.inputs
        for node in self.nodes:
            known.append(node.cycles + max(known[number] for number in node.operands))
        return known

    @cached_property
    def depth(self) -> int:
        """Cycles from the inputs to the outputs, which all come together."""
        return max((self.levels[number] for number, _ in self.outputs if number is not None), default=0)

    def tables(self, inputs: Sequence[Range]) -> int:
        """Look-up tables of four inputs, two for two bits of a carry chain: an estimate for ECP5.

        A comparison is a carry chain as wide as the values, shared by the minimum and the maximum of a pair.
        """
        known, total = self.ranges(inputs), 0
        compared: set[tuple[int, ...]] = set()
        for number, node in enumerate(self.nodes, self.inputs):
            width = bits_of(known[number])
            if node.kind in ("min", "max", "median"):
                pairs = {*combinations(node.operands, 2)} - compared
                compared |= pairs if node.kind != "median" else set()
                total += sum(_chain(max(bits_of(known[operand]) for operand in pair)) for pair in pairs)
                # Which of three: two tables for each bit, and two for all.
                total += width if node.kind != "median" else 2 * width + 2
            elif not _concatenates(node, known[node.a], known[node.operands[-1]]):
                total += _chain(width - passed_bits(node, known[node.a]))
        return total

    def pruned(self) -> Graph:
        """The same function without what no output reads."""
        live = {number for number, _ in self.outputs if number is not None}
        for number in range(self.inputs + len(self.nodes) - 1, self.inputs - 1, -1):
            if number in live:
                live.update(self.nodes[number - self.inputs].operands)
        builder = GraphBuilder(self.inputs)
        numbers = {number: number for number in range(self.inputs)}
        for number, node in enumerate(self.nodes, self.inputs):
            if number in live:
                numbers[number] = builder.put(_renamed(node, numbers))
        return builder.graph((None if n is None else numbers[n], s) for n, s in self.outputs)


class Ranges:
    """The range of every value of a graph while it grows: exact for sums, whatever its inputs have in common.

    A value is kept as a sum of inputs with factors, plus a constant; minima and the like are inputs anew.
    """

    def __init__(self, inputs: Sequence[Range]) -> None:
        self.ranges: list[Range] = list(inputs)
        self._forms: list[dict[int, int]] = [{number: 1} for number in range(len(inputs))]
        self._constants = [0] * len(inputs)
        self._variables: dict[int, Range] = dict(enumerate(inputs))

    def put(self, node: Node) -> None:
        """Append the value of `node`."""
        a, b = node.a, node.operands[-1]
        if node.kind in ("min", "max", "median"):
            low, high = (int(node.apply(*(self.ranges[operand][end] for operand in node.operands)))
                         for end in (0, 1))  # fmt: skip
            self._variables[len(self.ranges)] = low, high
            form, constant = {len(self.ranges): 1}, 0
        else:
            constant = int(node.apply(*(self._constants[operand] for operand in node.operands)))
            factors = {"offset": (1, 0), "minus": (-1, 0), "add": (1 << node.shift_a, 1 << node.shift_b),
                       "sub": (1 << node.shift_a, -1 << node.shift_b)}[node.kind]  # fmt: skip
            form: dict[int, int] = {}
            for number, factor in zip((a, b), factors, strict=True):
                if factor:
                    for variable, times in self._forms[number].items():
                        form[variable] = form.get(variable, 0) + factor * times
        self._forms.append(form)
        self._constants.append(constant)
        ends = [sorted((times * self._variables[v][0], times * self._variables[v][1]))
                for v, times in form.items()]  # fmt: skip
        self.ranges.append((constant + sum(low for low, _ in ends), constant + sum(high for _, high in ends)))


def _chain(bits: int) -> int:
    return 2 * -(-bits // 2)


def _concatenates(node: Node, a: Range, b: Range) -> bool:
    """Do the operands of an addition share no bit?"""
    if node.kind != "add":
        return False
    low, shift = (a, node.shift_b) if node.shift_a == 0 else (b, node.shift_a)
    return low[0] >= 0 and bits_of(low) <= shift


def _renamed(node: Node, numbers: dict[int, int]) -> Node:
    b = node.b if node.kind in _UNARY else numbers[node.b]
    c = numbers[node.c] if node.kind == "median" else 0
    return Node(node.kind, numbers[node.a], b, node.shift_a, node.shift_b, c)


class GraphBuilder:
    """Collects nodes; equal ones are made once."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}

    def put(self, node: Node) -> int:
        """The number of the value of `node`, which is appended if it is new."""
        if node not in self._known:
            self.nodes.append(node)
            self._known[node] = self.inputs + len(self.nodes) - 1
        return self._known[node]

    def minimum(self, a: int, b: int) -> int:
        return a if a == b else self.put(Node("min", min(a, b), max(a, b)))

    def maximum(self, a: int, b: int) -> int:
        return a if a == b else self.put(Node("max", min(a, b), max(a, b)))

    def include(self, graph: Graph, inputs: Sequence[int]) -> list[tuple[int | None, int]]:
        """Put all of `graph` on values that are there; returns its outputs, to be outputs again."""
        numbers = dict(enumerate(inputs))
        for number, node in enumerate(graph.nodes, graph.inputs):
            numbers[number] = self.put(_renamed(node, numbers))
        return [(None if number is None else numbers[number], shift) for number, shift in graph.outputs]

    def include_values(self, graph: Graph, inputs: Sequence[int]) -> list[int]:
        """As `include`, for a graph whose outputs are values as they are; returns their numbers."""
        values = self.include(graph, inputs)
        plain = [number for number, shift in values if number is not None and not shift]
        if len(plain) < len(values):
            raise ValueError(f"outputs must be values without a shift, not {graph.outputs!r}")
        return plain

    def tree(self, kind: str, values: Sequence[int]) -> int:
        """The minimum or maximum of `values`, as a balanced tree."""
        combine = {"min": self.minimum, "max": self.maximum}[kind]
        level = [*values]
        while len(level) > 1:
            level = [combine(*pair) if len(pair) == 2 else pair[0] for pair in _pairs(level)]
        return level[0]

    def graph(self, outputs: Iterable[int | tuple[int | None, int]]) -> Graph:
        """The graph so far, with these outputs: numbers of values, or pairs with a shift."""
        pairs = tuple(each if isinstance(each, tuple) else (each, 0) for each in outputs)
        return Graph(self.inputs, tuple(self.nodes), pairs)


def _pairs(values: Sequence[int]) -> Iterator[Sequence[int]]:
    return (values[at : at + 2] for at in range(0, len(values), 2))
