"""Live nets: what nothing needs that can be seen from outside is dropped, what is too long is shortened.

A bit of a sum needs the bits below it and no other; so unused carries go, and with them warnings of lint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from windrow_hdl.verilog.operations import (
    MODULAR,
    UNKNOWN,
    Block,
    Choice,
    Operation,
    Step,
    body_targets,
    memory_of,
)

__all__ = ["only_live"]

_BITWISE = ("$dff", "$adff", "process", "$mux")
"""Operations of which each bit of the result is a matter of its own."""


def only_live(top: Block) -> set[int]:
    """Drop what nothing needs that can be seen from outside; shorten what is longer than anything needs."""
    drivers: dict[int, Operation] = {}
    memories: dict[tuple[int, str], list[Operation]] = {}
    wanted: list[int] = []
    whole: set[int] = set()  # operations that are needed as they are
    home: dict[int, Block] = {}
    for block in top.walk():
        wanted += [net for name in block.kept for net in block.wires[name]]
        for operation in block.operations:
            home[id(operation)] = block
            drivers.update((net, operation) for net in operation.output)
            cell = operation.cell
            if operation.kind == "instance":
                whole.add(id(operation))
                wanted += [*operation.needs(), *operation.output]
            elif operation.kind == "$memwr_v2" and cell:
                memories.setdefault((id(block), memory_of(operation)), []).append(operation)
    wanted += [net for name in top.ports for net in top.wires[name]]
    live: set[int] = set()
    causes: dict[int, _Causes] = {}
    while wanted:
        net = wanted.pop()
        if net in live or net <= UNKNOWN:
            continue
        live.add(net)
        operation = drivers.get(net)
        if operation is None:
            continue
        if id(operation) not in causes:
            causes[id(operation)] = _Causes(operation)
        wanted += causes[id(operation)](net)
        if operation.kind == "$memrd_v2":
            at = causes[id(operation)].places[net]
            for write in memories.get((id(home[id(operation)]), memory_of(operation)), []):
                wanted += (write.inputs["DATA"][at], write.inputs["EN"][at])
                if id(write) not in whole:
                    whole.add(id(write))
                    wanted += (*write.inputs["ADDR"], *write.inputs["CLK"])
        whole.add(id(operation))
    for block in top.walk():
        used = [operation for operation in block.operations
                if operation.kind == "$meminit_v2" or id(operation) in whole]
        _narrow(block, used, live)
        for operation in used:
            _shorten(operation, live)
        block.operations = used
    return live


class _Causes:
    """For one operation: what matters for a net of its output."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.places = {net: at for at, net in enumerate(operation.output)}
        self.of: dict[int, set[int]] = {}
        self.asked = False
        if operation.kind == "process":
            _body_causes(operation.body, self.of)

    def __call__(self, net: int) -> Iterator[int]:
        operation, at = self.operation, self.places[net]
        inputs, kind = operation.inputs, operation.kind
        first, self.asked = not self.asked, True
        if kind == "process":
            yield from self.of[net]
        elif kind in ("$dff", "$adff"):
            yield inputs["D"][at]
            if first:
                yield from (other for name, nets in inputs.items() if name != "D" for other in nets)
        elif kind == "$mux":
            yield from (inputs["S"][0], inputs["A"][at], inputs["B"][at])
        else:
            # All bits below are results of the same operator.
            yield from operation.output[max(0, at - 1) : at]
            if kind in MODULAR:
                yield from (nets[at] for name, nets in inputs.items() if not (kind == "$shl" and name == "B"))
                yield from inputs["B"] if kind == "$shl" else ()
            elif first:
                yield from operation.needs()


def _body_causes(body: Sequence[Step | Choice], causes: dict[int, set[int]]) -> None:
    for statement in body:
        if isinstance(statement, Step):
            for target, value in zip(statement.targets, statement.values, strict=True):
                causes.setdefault(target, set()).add(value)
            continue
        for _, inner in statement.cases:
            _body_causes(inner, causes)
        for target in set(body_targets([statement])):
            causes[target].update(statement.selector)


def _narrow(block: Block, operations: Sequence[Operation], live: set[int]) -> None:
    """Let memories be no wider than the widest word that is read of them."""
    ports: dict[str, list[Operation]] = {}
    for operation in operations:
        if operation.kind in ("$memrd_v2", "$memwr_v2"):
            ports.setdefault(memory_of(operation), []).append(operation)
    for name, users in ports.items():
        words = [operation.output for operation in users if operation.output]
        width = 1 + max(at for word in words for at, net in enumerate(word) if net in live)
        live.update(net for word in words for net in word[:width])
        block.module.memories[name].width = width
        for operation in users:
            for port in ("DATA", "EN"):
                if operation.kind == "$memwr_v2":
                    operation.inputs[port] = operation.inputs[port][:width]


def _shorten(operation: Operation, live: set[int]) -> None:
    """Leave out the bits that do not matter."""
    if operation.kind in _BITWISE:
        keep = [at for at, net in enumerate(operation.output) if net in live]
        operation.output = [operation.output[at] for at in keep]
        for name in ("D", "A", "B"):
            if operation.kind != "process" and name in operation.inputs:
                operation.inputs[name] = [operation.inputs[name][at] for at in keep]
        operation.body = _shortened(operation.body, live)
    elif operation.kind in MODULAR:
        width = 1 + max(at for at, net in enumerate(operation.output) if net in live)
        operation.output = operation.output[:width]
        for name, nets in operation.inputs.items():
            if not (operation.kind == "$shl" and name == "B"):
                operation.inputs[name] = nets[:width]
    elif operation.kind != "instance":
        width = 1 + max((at for at, net in enumerate(operation.output) if net in live), default=-1)
        operation.output = operation.output[:width]


def _shortened(body: list[Step | Choice], live: set[int]) -> list[Step | Choice]:
    found: list[Step | Choice] = []
    for statement in body:
        if isinstance(statement, Step):
            both = zip(statement.targets, statement.values, strict=True)
            pairs = [(target, value) for target, value in both if target in live]
            if pairs:
                found.append(Step([target for target, _ in pairs], [value for _, value in pairs]))
        else:
            cases = [(patterns, _shortened(inner, live)) for patterns, inner in statement.cases]
            if any(inner for _, inner in cases):
                found.append(Choice(statement.selector, cases))
    return found
