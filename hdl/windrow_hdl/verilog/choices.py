"""Choices: processes as people write them, statements of a register or a choice between values.

    process ─▶ register ─▶  always @(posedge clk) if (...) register <= ...
    process ─▶ wire     ─▶  assign wire = ... ? ... : ...

`always @*` is avoided: simulators do not run it where nothing changes, so that constants would stay unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from windrow_hdl.verilog.operations import UNKNOWN, Block, Choice, Condition, Operation, Step, Tree

__all__ = ["arms", "is_table", "prepare"]

_ANONYMOUS = re.compile(r"\$\d+")
_TABLE = 3  # cases of a choice that is worth a `case`


def prepare(top: Block) -> dict[int, list[Operation]]:
    """The operations of each block, by its id(): registers with their statements, choices as trees."""
    count = 1 + max((net for block in top.walk() for nets in block.wires.values() for net in nets), default=0)
    fresh = iter(range(count, 1 << 62))
    uses = Counter(net for block in top.walk() for operation in block.operations
                   for net in set(operation.needs()))
    uses.update(net for name, way in top.ports.items() if way == "output" for net in top.wires[name])
    return {id(block): _prepared(block, uses, fresh) for block in top.walk()}


def _prepared(block: Block, uses: Counter[int], fresh: Iterator[int]) -> list[Operation]:
    named = {net for name, nets in block.wires.items() if not _ANONYMOUS.fullmatch(name) for net in nets}
    processes = {tuple(operation.output): operation for operation in block.operations
                 if operation.kind == "process" and named.isdisjoint(operation.output)
                 and all(uses[net] == 1 for net in operation.output)}
    merged: set[int] = set()
    found: list[Operation] = []
    for operation in block.operations:
        if operation.kind not in ("$dff", "$adff"):
            continue
        value = operation.inputs.pop("D")
        process = processes.get(tuple(value))
        if process is None:
            operation.body = [Step(operation.output, value)]
        else:
            merged.add(id(process))
            same = dict(zip(value, operation.output, strict=True))
            operation.body = _assigning(process.body, same)
            operation.attributes = process.attributes
    for operation in block.operations:
        if operation.kind == "$mux":
            operation.kind = "select"
            inputs = operation.inputs
            operation.tree = Tree([], [[(inputs["S"], "1")]], Tree(inputs["B"]), Tree(inputs["A"]))
            operation.inputs = {}
        if operation.kind != "process":
            found.append(operation)
        elif id(operation) not in merged:
            found += _selections(operation, fresh)
    return found


def _assigning(body: Sequence[Step | Choice], same: dict[int, int], earlier: bool = False
               ) -> list[Step | Choice]:
    """Statements about what a register becomes, as statements about the register.

    That it stays as it is goes without saying, unless there is something `earlier` to be overridden.
    """
    found: list[Step | Choice] = []
    for statement in body:
        if isinstance(statement, Choice):
            cases = [(patterns, _assigning(inner, same, earlier)) for patterns, inner in statement.cases]
            if any(inner for _, inner in cases):
                found.append(Choice(statement.selector, cases))
                earlier = True
            continue
        pairs = [(same[target], value)
                 for target, value in zip(statement.targets, statement.values, strict=True)]
        if not earlier:
            pairs = [(target, value) for target, value in pairs if target != value]
        if pairs:
            found.append(Step([target for target, _ in pairs], [value for _, value in pairs]))
            earlier = True
    return found


def arms(choice: Choice) -> list[tuple[Condition | None, list[Step | Choice]]]:
    """Conditions and bodies, in order; None where nothing is left to ask."""
    found: list[tuple[Condition | None, list[Step | Choice]]] = []
    asked: set[str] = set()
    for given, body in choice.cases:
        patterns = [loose for pattern in given if (loose := _asked(choice.selector, pattern)) is not None]
        if given and not patterns:
            continue
        asked.update(patterns)
        condition: Condition | None = [_terms(choice.selector, pattern) for pattern in patterns]
        if not patterns or [] in condition or (len(choice.selector) == 1 and asked >= {"0", "1"}):
            condition = None
        found.append((condition, body))
        if condition is None:
            break
    while found and not found[-1][1]:
        found.pop()
    return found


def _asked(selector: list[int], pattern: str) -> str | None:
    """The pattern without what constants have anyway; None if they have something else."""
    pairs = [(net, bit) for net, bit in zip(reversed(selector), pattern, strict=True)]
    if any(net <= 1 and bit in "01" and net != int(bit) for net, bit in pairs):
        return None
    return "".join("-" if net <= 1 else bit for net, bit in pairs)


def _terms(selector: list[int], pattern: str) -> list[tuple[list[int], str]]:
    """Runs of bits that a pattern asks for."""
    terms: list[tuple[list[int], str]] = []
    for match in re.finditer("[01]+", pattern):
        low = len(pattern) - match.end()
        terms.append((selector[low : low + len(match[0])], match[0]))
    return terms


def is_table(choice: Choice) -> bool:
    """Is this a choice by the value of its selector?"""
    patterns = [pattern for found, _ in choice.cases for pattern in found]
    return (len(choice.cases) >= _TABLE and len(choice.selector) > 1 and min(choice.selector) > UNKNOWN
            and all(re.fullmatch("[01]+", pattern) for pattern in patterns))


def _selections(process: Operation, fresh: Iterator[int]) -> list[Operation]:
    """One operation for each range of the output that all statements treat alike."""
    found: list[Operation] = []
    for nets in _ranges(process):
        made = _Selection(nets, process, fresh)
        found += [*made.parts, Operation("select", nets, {}, tree=made.tree, attributes=process.attributes)]
    return found


def _ranges(process: Operation) -> list[list[int]]:
    ends: set[tuple[int, int]] = set()

    def look(body: Sequence[Step | Choice]) -> None:
        for statement in body:
            if isinstance(statement, Step):
                targets = statement.targets
                ends.update(zip([-1, *targets], [*targets, -1], strict=True))
            else:
                for _, inner in statement.cases:
                    look(inner)

    look(process.body)
    before: dict[int, set[int]] = {}
    after: dict[int, set[int]] = {}
    for one, other in ends:
        before.setdefault(other, set()).add(one)
        after.setdefault(one, set()).add(other)
    ranges: list[list[int]] = []
    for net in process.output:
        last = ranges[-1][-1] if ranges else -1
        if ranges and before[net] == {last} and after[last] == {net}:
            ranges[-1].append(net)
        else:
            ranges.append([net])
    return ranges


class _Selection:
    """The tree of a range of nets; what would be in it several times gets nets of its own."""

    def __init__(self, nets: list[int], process: Operation, fresh: Iterator[int]) -> None:
        self.nets, self.fresh = nets, fresh
        self.parts: list[Operation] = []
        self.tree = self._value(process.body, Tree([UNKNOWN] * len(nets)))

    def _value(self, body: Sequence[Step | Choice], before: Tree) -> Tree:
        value = before
        for statement in body:
            if isinstance(statement, Step):
                if self.nets[0] in statement.targets:
                    at = statement.targets.index(self.nets[0])
                    value = Tree(statement.values[at : at + len(self.nets)])
                continue
            if not self._touches([statement]):
                continue
            # What comes before stands for itself where it is simple, be it a hole of an outer choice; else
            # there is a hole for it, until it is known how often it is needed.
            hole = Tree([next(self.fresh) for _ in self.nets]) if value.condition else value
            found = [(condition, self._value(inner, hole)) for condition, inner in arms(statement)]
            if not found:
                continue
            rest = hole if found[-1][0] is not None else found.pop()[1]
            for condition, then in reversed(found):
                same = not then.condition and not rest.condition and then.nets == rest.nets
                rest = rest if same else Tree([], condition, then, rest)
            if hole is value:
                pass
            elif _count(rest, hole) < 2:
                hole.nets, hole.condition, hole.then, hole.other = (
                    value.nets, value.condition, value.then, value.other)
            else:
                self.parts.append(Operation("select", hole.nets, {}, tree=value))
            value = rest
        return value

    def _touches(self, body: Sequence[Step | Choice]) -> bool:
        return any(self.nets[0] in one.targets if isinstance(one, Step)
                   else any(self._touches(inner) for _, inner in one.cases) for one in body)


def _count(tree: Tree, part: Tree) -> int:
    """How often a part is in a tree."""
    if tree is part:
        return 1
    return sum(_count(branch, part) for branch in (tree.then, tree.other) if branch)
