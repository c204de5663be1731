"""RTLIL: the language in which Amaranth hands over hardware, read into modules of wires, cells and processes.

    text ─▶ read ─▶ Module(wires, memories, cells, processes, connects)

The grammar is documented with Yosys ("RTLIL text format"). What Amaranth and Yosys's `write_rtlil` write of a
netlist is read; properties of a kind that no netlist has are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Assign", "Cell", "Memory", "Module", "Process", "Signal", "Switch", "Wire", "read"]

Signal = list["tuple[str, int, int] | str"]
"""A vector, its lowest part first: (wire, low, high) with both ends included, or the bits of a constant,
which are written as Verilog writes them, the highest first."""


@dataclass
class Wire:
    """`port` is "input", "output", "inout" or "" for an inner wire."""

    name: str
    width: int
    port: str
    attributes: dict[str, str]


@dataclass
class Memory:
    """`size` words of `width` bits."""

    name: str
    width: int
    size: int
    attributes: dict[str, str]


@dataclass
class Cell:
    """An operator (`kind` begins with "$"), a register, a port of a memory, or an instance."""

    kind: str
    name: str
    attributes: dict[str, str]
    parameters: dict[str, str] = field(default_factory=dict)
    ports: dict[str, Signal] = field(default_factory=dict)

    def number(self, parameter: str) -> int:
        """A parameter as an integer; constants of bits are unsigned."""
        text = self.parameters[parameter]
        return int(text.split("'")[1], 2) if "'" in text else int(text)


@dataclass
class Assign:
    """`target` takes `value`, unless a later statement says otherwise."""

    target: Signal
    value: Signal


@dataclass
class Switch:
    """The body of the first case that has a pattern ("-" fits both) like `selector`, or none at all."""

    selector: Signal
    cases: list[tuple[list[str], list[Assign | Switch]]]


@dataclass
class Process:
    """What depends on conditions: statements, of which the last counts."""

    attributes: dict[str, str]
    body: list[Assign | Switch] = field(default_factory=list)


@dataclass
class Module:
    """A module; `connects` are pairs of a wire and what it stands for."""

    name: str
    attributes: dict[str, str]
    wires: dict[str, Wire] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    connects: list[tuple[Signal, Signal]] = field(default_factory=list)


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SIGNAL = re.compile(r"\s*(?:([{}])|(\d+)'([01xzmr-]*)|([\\$]\S+)(?:\s*\[(\d+)(?::(\d+))?\])?)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def read(text: str) -> dict[str, Module]:
    """Modules by name, without the backslash that RTLIL puts before names. ValueError for other text."""
    return _Reader(text).modules


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = iter(enumerate(text.splitlines(), 1))
        self.modules: dict[str, Module] = {}
        attributes: dict[str, str] = {}
        for words in self._statements():
            if words[0] == "attribute":
                attributes[_name(words[1])] = _value(words[2])
            elif words[0] == "module":
                self.modules[_name(words[1])] = self._module(Module(_name(words[1]), attributes))
                attributes = {}
            elif words[0] != "autoidx":
                raise self._unknown(words)

    def _statements(self) -> Iterator[list[str]]:
        """Lines with something in them: the first word, the second, and the rest."""
        for number, line in self.lines:
            self.number = number
            stripped = line.strip()
            if stripped and stripped[0] != "#":
                words = stripped.split(None, 2)
                yield words + [""] * (3 - len(words))

    def _unknown(self, words: list[str]) -> ValueError:
        return ValueError(f"line {self.number} of RTLIL must be a statement of a netlist, not "
                          f"{' '.join(words).strip()!r}")

    def _module(self, module: Module) -> Module:
        attributes: dict[str, str] = {}
        for words in self._statements():
            kind, name, rest = words
            if kind == "attribute":
                attributes[_name(name)] = _value(rest)
                continue
            if kind == "end":
                return module
            if kind == "connect":
                module.connects.append(self._connect(module, f"{name} {rest}"))
            elif kind == "wire":
                wire = _wire(f"{name} {rest}".split(), attributes)
                module.wires[wire.name] = wire
            elif kind == "memory":
                options = f"{name} {rest}".split()
                sizes = dict(zip(options[:-1:2], options[1:-1:2], strict=True))
                module.memories[_name(options[-1])] = Memory(
                    _name(options[-1]), int(sizes.get("width", 1)), int(sizes["size"]), attributes)
            elif kind == "cell":
                module.cells.append(self._cell(module, Cell(_name(name), _name(rest), attributes)))
            elif kind == "process":
                process = Process(attributes)
                process.body = self._body(module)
                module.processes.append(process)
            else:
                raise self._unknown(words)
            attributes = {}
        raise ValueError(f"module {module.name} must have an end")

    def _cell(self, module: Module, cell: Cell) -> Cell:
        for words in self._statements():
            kind, name, rest = words
            if kind == "end":
                return cell
            if kind == "parameter":
                if name in ("signed", "real"):
                    name, rest = rest.split(None, 1)
                cell.parameters[_name(name)] = rest
            elif kind == "connect":
                cell.ports[_name(name)] = self._signal(module, rest)
            else:
                raise self._unknown(words)
        raise ValueError(f"cell {cell.name} must have an end")

    def _body(self, module: Module) -> list[Assign | Switch]:
        """Statements up to "end", which is taken, too."""
        body: list[Assign | Switch] = []
        # Cases end where the next begins: `now` is the body that statements go to.
        for words in self._statements():
            kind, name, rest = words
            if kind == "end":
                return body
            if kind == "assign":
                body.append(Assign(*self._connect(module, f"{name} {rest}")))
            elif kind == "switch":
                body.append(self._switch(module, f"{name} {rest}"))
            else:
                raise self._unknown(words)
        raise ValueError(f"a process of module {module.name} must have an end")

    def _switch(self, module: Module, selector: str) -> Switch:
        switch = Switch(self._signal(module, selector), [])
        for words in self._statements():
            kind, name, rest = words
            if kind == "end":
                return switch
            if kind == "case":
                patterns = [pattern.split("'")[1] for pattern in f"{name} {rest}".replace(",", " ").split()]
                switch.cases.append((patterns, []))
            elif kind == "assign" and switch.cases:
                switch.cases[-1][1].append(Assign(*self._connect(module, f"{name} {rest}")))
            elif kind == "switch" and switch.cases:
                switch.cases[-1][1].append(self._switch(module, f"{name} {rest}"))
            else:
                raise self._unknown(words)
        raise ValueError(f"a switch of module {module.name} must have an end")

    def _connect(self, module: Module, text: str) -> tuple[Signal, Signal]:
        target, end = self._part(module, text)
        return target, self._signal(module, text[end:])

    def _signal(self, module: Module, text: str) -> Signal:
        return self._part(module, text)[0]

    def _part(self, module: Module, text: str) -> tuple[Signal, int]:
        """The vector that a text begins with, and where it ends."""
        parts: Signal = []
        depth = at = 0
        while True:
            match = _SIGNAL.match(text, at)
            if match is None:
                raise self._unknown([text])
            at = match.end()
            bracket, width, bits, name, high, low = match.groups()
            if bracket:
                depth += 1 if bracket == "{" else -1
            elif name is None:
                if int(width):  # 6'x is 6'xxxxxx
                    parts.append(bits.rjust(int(width), bits[0] if bits[0] in "xz" else "0"))
            else:
                wire = module.wires[_name(name)]
                top = wire.width - 1 if high is None else int(high)
                parts.append((wire.name, top if low is None and high else int(low or 0), top))
            if depth == 0:
                return parts[::-1], at


def _wire(words: list[str], attributes: dict[str, str]) -> Wire:
    width, port = 1, ""
    options = iter(words[:-1])
    for option in options:
        if option == "width":
            width = int(next(options))
        elif option in ("input", "output", "inout"):
            port = option
            next(options)
    return Wire(_name(words[-1]), width, port, attributes)


def _name(text: str) -> str:
    """Names that people gave begin with a backslash; those of tools with a dollar sign, which stays."""
    return text.removeprefix("\\")


def _value(text: str) -> str:
    """An attribute: a string without its quotation marks, or a constant as it is written."""
    if _STRING.fullmatch(text):
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])
    return text
