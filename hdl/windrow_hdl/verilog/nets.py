"""Nets: every bit of a design by number, and what drives it.

    modules of RTLIL ─▶ one number for all names of a bit ─▶ operations ─▶ those that matter (`live`)

Modules are a tree: each is used once, as Amaranth makes them.
"""

from __future__ import annotations

from windrow_hdl.verilog.live import only_live
from windrow_hdl.verilog.operations import (
    COMPARISONS,
    REDUCTIONS,
    UNKNOWN,
    Block,
    Choice,
    Operation,
    Step,
    body_targets,
)
from windrow_hdl.verilog.rtlil import Assign, Cell, Module, Process, Signal, Switch

__all__ = ["build"]

_BITS = {"0": 0, "1": 1}
_BINARY = ("$add", "$sub", "$mul", "$and", "$or", "$xor", "$divfloor", "$modfloor")


def build(modules: dict[str, Module], *, resets: bool = True) -> tuple[Block, set[int]]:
    """The design whose top is the first module, with the operations that matter, and the nets that do.

    Without `resets` nothing reads the port `rst`, and all that would has a 0.
    """
    builder = _Builder(modules)
    top = builder.block(next(iter(modules)), ())
    if not resets and "rst" in top.ports:
        builder.release(top, "rst")
    while builder.fold(top):
        pass
    builder.settle(top)
    return top, only_live(top)


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
        output = list(dict.fromkeys(body_targets(body)))
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

    def release(self, top: Block, port: str) -> None:
        """Give what an input drives zeros instead, and the input a net that nothing reads."""
        nets = top.wires[port]
        self.join(nets, [0] * len(nets))
        first = len(self.parent)
        top.wires[port] = list(range(first, first + len(nets)))
        self.parent += top.wires[port]

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
    if kind in COMPARISONS and all(net <= 1 for nets in inputs.values() for net in nets):
        return [int(_compared(kind, *(_number(inputs[name], signed) for name in "AB")))]
    if kind in REDUCTIONS and not inputs["A"]:
        return [int(kind == "$reduce_and")]
    if kind in ("$shl", "$shr", "$sshr", "$shift") and not any(inputs["B"]):
        above = inputs["A"][-1] if signed and inputs["A"] else 0
        return (inputs["A"] + [above] * width)[:width]
    if kind in ("$add", "$sub") and not any(inputs["B"]) and len(inputs["A"]) >= width:
        return inputs["A"][:width]
    return None


def _resize(operation: Operation) -> None:
    """Give the operands the width in which the operator works, so that no rule of Verilog has to."""
    inputs, kind = operation.inputs, operation.kind
    width = len(operation.output)
    if kind in COMPARISONS:
        width = max(len(inputs["A"]), len(inputs["B"]))
    elif kind in ("$shift", "$shr", "$sshr"):
        width = max(width, len(inputs["A"]))
    names = "AB" if kind in (*_BINARY, *COMPARISONS) else "A" if kind in (
        "$not", "$neg", "$shl", "$shr", "$sshr", "$shift") else ""
    for name in names:
        nets = inputs[name][:width]
        above = nets[-1] if operation.signed and nets else 0
        inputs[name] = nets + [above] * (width - len(nets))
