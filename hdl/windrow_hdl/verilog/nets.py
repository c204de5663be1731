"""Nets: every bit of a design by number, what drives it, and whether anything that can be seen needs it.

    modules of RTLIL ─▶ one number for all names of a bit ─▶ operations ─▶ those that matter, by module

Modules are a tree: each is used once, as Amaranth makes them. A net is 0 or 1, UNKNOWN, or a number above; a
vector is a list of nets, the lowest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from windrow_hdl.verilog.rtlil import Assign, Cell, Module, Process, Signal, Switch

__all__ = ["UNKNOWN", "Block", "Choice", "Condition", "Operation", "Step", "Tree", "build"]

UNKNOWN = 2
"""The net that may have any value."""

_BITS = {"0": 0, "1": 1}
_BINARY = ("$add", "$sub", "$mul", "$and", "$or", "$xor", "$divfloor", "$modfloor")
_MODULAR = ("$add", "$sub", "$mul", "$and", "$or", "$xor", "$not", "$neg", "$shl")
"""Operators of which the low bits of the result need only the low bits of the operands."""
_COMPARE = ("$eq", "$ne", "$lt", "$le", "$gt", "$ge")
_REDUCE = ("$reduce_or", "$reduce_bool", "$reduce_and", "$reduce_xor")
_BITWISE = ("$dff", "$adff", "process", "$mux")
"""Operations of which each bit of the result is a matter of its own."""


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

    `kind` is that of the cell, "process", or "instance" where there is no module of that kind; `drives` are then
    the ports that are outputs. `signed`: operands are in two's complement.
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


def build(modules: dict[str, Module]) -> tuple[Block, set[int]]:
    """The design whose top is the first module, with the operations that matter, and the nets that do."""
    builder = _Builder(modules)
    top = builder.block(next(iter(modules)), ())
    while builder.fold(top):
        pass
    builder.settle(top)
    return top, _live(top)


class _Builder:
    """Numbers nets; what is connected gets one number in the end."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules
        self.parent = [0, 1, UNKNOWN]

    def find(self, net: int) -> int:
        parent = self.parent
        while parent[net] != net:
            parent[net] = parent[parent[net]]
            net = parent[net]
        return net

    def join(self, one: list[int], other: list[int]) -> None:
        for first, second in zip(one, other, strict=True):
            low, high = sorted((self.find(first), self.find(second)))
            self.parent[high] = low  # constants are the lowest

    def nets(self, block: Block, signal: Signal) -> list[int]:
        found: list[int] = []
        for part in signal:
            if isinstance(part, str):
                found += [_BITS.get(bit, UNKNOWN) for bit in reversed(part)]
            else:
                wire, low, high = part
                found += block.wires[wire][low : high + 1]
        return found

    def block(self, name: str, path: tuple[str, ...]) -> Block:
        module = self.modules[name]
        block = Block(module, path)
        for wire in module.wires.values():
            first = len(self.parent)
            self.parent += range(first, first + wire.width)
            block.wires[wire.name] = list(range(first, first + wire.width))
            if wire.port:
                block.ports[wire.name] = wire.port
            if "keep" in wire.attributes:
                block.kept.add(wire.name)
        for target, value in module.connects:
            self.join(self.nets(block, target), self.nets(block, value))
        for cell in module.cells:
            if cell.kind not in self.modules:
                block.operations.append(self.operation(block, cell))
                continue
            child = self.block(cell.kind, (*path, cell.name))
            for port, signal in cell.ports.items():
                self.join(self.nets(block, signal), child.wires[port])
            block.children.append((cell.name, child))
        block.operations += [self.process(block, process) for process in module.processes]
        return block

    def operation(self, block: Block, cell: Cell) -> Operation:
        if cell.kind == "$meminit_v2":
            return Operation(cell.kind, [], {}, cell)
        ports = {name: self.nets(block, signal) for name, signal in cell.ports.items()}
        kind = cell.kind if cell.kind.startswith("$") else "instance"
        if kind == "instance":
            if "outputs" not in cell.attributes:
                raise ValueError(f"cell {cell.kind} must have an attribute that lists its outputs")
            drives = {name: ports.pop(name) for name in cell.attributes["outputs"].split() if name in ports}
            return Operation(kind, [net for nets in drives.values() for net in nets], ports, cell, drives,
                             attributes=cell.attributes)
        output = next((ports.pop(name) for name in ("Y", "Q") if name in ports), None)
        if kind == "$memrd_v2":
            output = ports.pop("DATA")
        signed = cell.parameters.get("A_SIGNED", "0") not in ("0", "1'0")
        return Operation(kind, output or [], ports, cell, signed=signed, attributes=cell.attributes)

    def process(self, block: Block, process: Process) -> Operation:
        body = self.body(block, process.body)
        output = list(dict.fromkeys(_targets(body)))
        return Operation("process", output, {}, body=body, attributes=process.attributes)

    def body(self, block: Block, statements: list[Assign | Switch]) -> list[Step | Choice]:
        found: list[Step | Choice] = []
        for statement in statements:
            if isinstance(statement, Assign):
                found.append(Step(self.nets(block, statement.target), self.nets(block, statement.value)))
            else:
                found.append(Choice(self.nets(block, statement.selector),
                                    [(patterns, self.body(block, inner))
                                     for patterns, inner in statement.cases]))
        return found

    def fold(self, top: Block) -> bool:
        """Join what an operator with a constant makes to what that is; was there any?"""
        found = False
        for block in top.walk():
            for operation in [*block.operations]:
                nets = {name: [self.find(net) for net in value] for name, value in operation.inputs.items()}
                value = _folded(operation.kind, len(operation.output), nets, operation.signed)
                if value is not None:
                    self.join(operation.output, value)
                    block.operations.remove(operation)
                    found = True
        return found

    def settle(self, top: Block) -> None:
        """Replace every net by the one number of all that are connected to it."""
        for block in top.walk():
            for name, nets in block.wires.items():
                block.wires[name] = [self.find(net) for net in nets]
                init = block.module.wires[name].attributes.get("init")
                if init:
                    bits = reversed(init.split("'")[1])
                    block.initial.update(zip(block.wires[name], bits, strict=True))
            for operation in block.operations:
                operation.output = [self.find(net) for net in operation.output]
                for ports in (operation.inputs, operation.drives):
                    for name, nets in ports.items():
                        ports[name] = [self.find(net) for net in nets]
                self._settle(operation.body)
                _resize(operation)
    def _settle(self, body: list[Step | Choice]) -> None:
        for statement in body:
            if isinstance(statement, Step):
                statement.targets = [self.find(net) for net in statement.targets]
                statement.values = [self.find(net) for net in statement.values]
            else:
                statement.selector = [self.find(net) for net in statement.selector]
                for _, inner in statement.cases:
                    self._settle(inner)


def _compared(kind: str, one: int, other: int) -> bool:
    return {"$eq": one == other, "$ne": one != other, "$lt": one < other, "$le": one <= other,
            "$gt": one > other, "$ge": one >= other}[kind]


def _number(bits: list[int], signed: bool) -> int:
    value = sum(bit << at for at, bit in enumerate(bits))
    return value - (1 << len(bits)) if signed and bits and bits[-1] else value


def _folded(kind: str, width: int, inputs: dict[str, list[int]], signed: bool) -> list[int] | None:
    """What an operation always makes, or simply hands on; None for one with something to do."""
    if kind == "$mux" and inputs["S"][0] <= 1:
        return inputs["AB"[inputs["S"][0]]]
    if kind == "$mux" and inputs["A"] == inputs["B"]:
        return inputs["A"]
    if kind == "$not" and all(net <= 1 for net in inputs["A"]) and len(inputs["A"]) == width:
        return [1 - net for net in inputs["A"]]
    if kind in ("$and", "$or") and len(inputs["A"]) == len(inputs["B"]) == width:
        nothing, everything = (1, 0) if kind == "$and" else (0, 1)
        for one, other in ("AB", "BA"):
            if inputs[one] == [nothing] * width:
                return inputs[other]
            if inputs[one] == [everything] * width:
                return inputs[one]
    if kind in _COMPARE and all(net <= 1 for nets in inputs.values() for net in nets):
        return [int(_compared(kind, *(_number(inputs[name], signed) for name in "AB")))]
    if kind in _REDUCE and not inputs["A"]:
        return [int(kind == "$reduce_and")]
    if kind in ("$shl", "$shr", "$sshr", "$shift") and not any(inputs["B"]):
        above = inputs["A"][-1] if signed and inputs["A"] else 0
        return (inputs["A"] + [above] * width)[:width]
    if kind in ("$add", "$sub") and not any(inputs["B"]) and len(inputs["A"]) >= width:
        return inputs["A"][:width]
    return None


def _targets(body: list[Step | Choice]) -> Iterator[int]:
    for statement in body:
        if isinstance(statement, Step):
            yield from statement.targets
        else:
            for _, inner in statement.cases:
                yield from _targets(inner)


def _resize(operation: Operation) -> None:
    """Give the operands the width in which the operator works, so that no rule of Verilog has to."""
    inputs, kind = operation.inputs, operation.kind
    width = len(operation.output)
    if kind in _COMPARE:
        width = max(len(inputs["A"]), len(inputs["B"]))
    elif kind in ("$shift", "$shr", "$sshr"):
        width = max(width, len(inputs["A"]))
    names = "AB" if kind in (*_BINARY, *_COMPARE) else "A" if kind in (
        "$not", "$neg", "$shl", "$shr", "$sshr", "$shift") else ""
    for name in names:
        nets = inputs[name][:width]
        above = nets[-1] if operation.signed and nets else 0
        inputs[name] = nets + [above] * (width - len(nets))


def _live(top: Block) -> set[int]:
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
                memories.setdefault((id(block), _memory(cell)), []).append(operation)
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
        if operation.kind == "$memrd_v2" and operation.cell and id(operation) not in whole:
            for write in memories.get((id(home[id(operation)]), _memory(operation.cell)), []):
                whole.add(id(write))
                wanted += write.needs()
        whole.add(id(operation))
    for block in top.walk():
        used = [operation for operation in block.operations
                if operation.kind == "$meminit_v2" or id(operation) in whole]
        for operation in used:
            _shorten(operation, live)
        block.operations = used
    return live


def _memory(cell: Cell) -> str:
    return cell.parameters["MEMID"].strip('"').lstrip("\\")


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
            if kind in _MODULAR:
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
        for target in set(_targets([statement])):
            causes[target].update(statement.selector)


def _shorten(operation: Operation, live: set[int]) -> None:
    """Leave out the bits that do not matter."""
    if operation.kind in _BITWISE:
        keep = [at for at, net in enumerate(operation.output) if net in live]
        operation.output = [operation.output[at] for at in keep]
        for name in ("D", "A", "B"):
            if operation.kind != "process" and name in operation.inputs:
                operation.inputs[name] = [operation.inputs[name][at] for at in keep]
        operation.body = _shortened(operation.body, live)
    elif operation.kind in _MODULAR:
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
            pairs = [(target, value) for target, value in zip(statement.targets, statement.values, strict=True)
                     if target in live]
            if pairs:
                found.append(Step([target for target, _ in pairs], [value for _, value in pairs]))
        else:
            cases = [(patterns, _shortened(inner, live)) for patterns, inner in statement.cases]
            if any(inner for _, inner in cases):
                found.append(Choice(statement.selector, cases))
    return found
