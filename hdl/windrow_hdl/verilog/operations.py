"""Operations: what happens in a block, with nets instead of names.

A net is 0 or 1, UNKNOWN, or a number above; a vector is a list of nets, the lowest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from windrow_hdl.verilog.rtlil import Cell, Module

__all__ = ["COMPARISONS", "MODULAR", "REDUCTIONS", "UNKNOWN", "Block", "Choice", "Condition", "Operation",
           "Step", "Tree", "body_needs", "body_targets", "memory_of"]

UNKNOWN = 2
"""The net that may have any value."""

MODULAR = ("$add", "$sub", "$mul", "$and", "$or", "$xor", "$not", "$neg", "$shl")
"""Operators of which the low bits of the result need only the low bits of the operands."""

COMPARISONS = ("$eq", "$ne", "$lt", "$le", "$gt", "$ge")
"""Operators that compare two numbers."""

REDUCTIONS = ("$reduce_or", "$reduce_bool", "$reduce_and", "$reduce_xor")
"""Operators that make a bit of a vector."""


@dataclass
class Step:
    """`targets` take `values`, net by net."""

    targets: list[int]
    values: list[int]


@dataclass
class Choice:
    """The first case with a pattern that fits the selector; no pattern fits anything."""

    selector: list[int]
    cases: list[tuple[list[str], list[Step | Choice]]]


Condition = list["list[tuple[list[int], str]]"]
"""Any of several; each is a list of vectors with the bits that all of them must have, the highest first."""


@dataclass(eq=False)
class Tree:
    """`then` where the condition holds, else `other`; without a condition just `nets`."""

    nets: list[int]
    condition: Condition | None = None
    then: Tree | None = None
    other: Tree | None = None

    def needs(self) -> Iterator[int]:
        """All nets in it."""
        yield from self.nets
        if self.condition and self.then and self.other:
            yield from (net for terms in self.condition for nets, _ in terms for net in nets)
            yield from self.then.needs()
            yield from self.other.needs()


@dataclass(eq=False)
class Operation:
    """A cell or a process: `output` are the nets that it drives, `inputs` its operands by name.

    `kind` is that of the cell, "process", or "instance" where there is no module of that kind; `drives` are
    then the ports that are outputs. `signed`: operands are in two's complement.
    """

    kind: str
    output: list[int]
    inputs: dict[str, list[int]]
    cell: Cell | None = None
    drives: dict[str, list[int]] = field(default_factory=dict)
    signed: bool = False
    body: list[Step | Choice] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    tree: Tree | None = None

    def needs(self) -> Iterator[int]:
        """All nets that go in."""
        for nets in self.inputs.values():
            yield from nets
        yield from body_needs(self.body)
        if self.tree:
            yield from self.tree.needs()


def body_needs(body: Sequence[Step | Choice]) -> Iterator[int]:
    """All nets that the statements of a process look at."""
    for statement in body:
        if isinstance(statement, Step):
            yield from statement.values
        else:
            yield from statement.selector
            for _, inner in statement.cases:
                yield from body_needs(inner)


@dataclass
class Block:
    """A module with its nets: `wires` by name, what happens in it, the modules in it with their names."""

    module: Module
    path: tuple[str, ...]
    wires: dict[str, list[int]] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    children: list[tuple[str, Block]] = field(default_factory=list)
    ports: dict[str, str] = field(default_factory=dict)
    initial: dict[int, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    def walk(self) -> Iterator[Block]:
        """This block and all within it."""
        yield self
        for _, child in self.children:
            yield from child.walk()


def body_targets(body: list[Step | Choice]) -> Iterator[int]:
    """All nets that the statements of a process assign, as often as they do."""
    for statement in body:
        if isinstance(statement, Step):
            yield from statement.targets
        else:
            for _, inner in statement.cases:
                yield from body_targets(inner)


def memory_of(operation: Operation) -> str:
    """The memory that a port belongs to."""
    assert operation.cell is not None
    return operation.cell.parameters["MEMID"].strip('"').lstrip("\\")
