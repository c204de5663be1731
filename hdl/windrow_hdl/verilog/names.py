"""Names: what the nets of a block are called in Verilog, and which of them are its ports.

A net usually has many names: each block that it passes has its own, and so have wires that stand for others.
In each block one of them is taken: that of a port of the component where there is one, then that of a signal
that is exactly what an operation makes, then any other. Only what has no name is left to the writer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from windrow_hdl.verilog.keywords import KEYWORDS
from windrow_hdl.verilog.operations import UNKNOWN, Block, Choice, Operation, Step

__all__ = ["Piece", "Plan", "identifier", "plan"]

_TOOL = re.compile(r"\$(\d+|auto|abc|techmap|flatten|procmux|procdff|memory).*")
"""Names that no person gave."""
_PORT = re.compile(r"port\$\d+\$\d+")
"""What Amaranth calls a port that is no signal, or several."""

Interfaces = Mapping[tuple[str, ...], Collection[str]]
"""Names of a component's ports, by its path."""


@dataclass(eq=False)
class Piece:
    """A wire of Verilog: a range of a signal, from bit `low` on."""

    name: str
    nets: list[int]
    low: int = 0
    port: str = ""
    register: bool = False
    nameless: bool = False
    kept: bool = False

    @property
    def range(self) -> str:
        """"[7:0] ", and "" for a single bit."""
        return f"[{self.low + len(self.nets) - 1}:{self.low}] " if len(self.nets) > 1 else ""


@dataclass(eq=False)
class Plan:
    """A block with the names of its nets, and those of the blocks in it."""

    block: Block
    name: str
    operations: list[Operation]
    pieces: list[Piece] = field(default_factory=list)
    at: dict[int, tuple[Piece, int]] = field(default_factory=dict)
    children: list[tuple[str, Plan]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    aliases: list[tuple[Piece, list[int]]] = field(default_factory=list)
    outputs: set[int] = field(default_factory=set)

    @property
    def ports(self) -> list[Piece]:
        """All ports."""
        return [piece for piece in (*self.pieces, *(piece for piece, _ in self.aliases)) if piece.port]

    def fresh(self, wanted: str, numbered: bool = False) -> str:
        """An identifier that nothing else here has."""
        name = identifier(wanted)
        number = 1
        candidate = f"{name}_{number}" if numbered else name
        while candidate in self.taken:
            number += 1
            candidate = f"{name}_{number}"
        self.taken.add(candidate)
        return candidate

    def add(self, piece: Piece) -> Piece:
        """Let these nets be called so."""
        self.pieces.append(piece)
        self.at.update((net, (piece, place)) for place, net in enumerate(piece.nets))
        return piece

    def walk(self) -> Iterator[Plan]:
        """This block, then those in it, each before its own."""
        yield self
        for _, child in self.children:
            yield from child.walk()


def identifier(name: str) -> str:
    """A name as Verilog and SystemVerilog take it: what Amaranth adds to tell signals apart is gone."""
    plain = re.sub(r"\W+", "_", re.sub(r"\$\d+(?=\W|$)", "", name)).strip("_") or "value"
    if plain[0].isdigit():
        plain = f"n{plain}"
    return f"{plain}_" if plain in KEYWORDS else plain


def plan(top: Block, live: set[int], operations: Mapping[int, list[Operation]], name: str,
         interfaces: Interfaces) -> Plan:
    """Names for a design; `operations` are those of each block, by its id()."""
    return _Planner(live, operations, name, interfaces, top).top


class _Planner:
    def __init__(self, live: set[int], operations: Mapping[int, list[Operation]], name: str,
                 interfaces: Interfaces, top: Block) -> None:
        self.live = live
        self.operations = operations
        self.interfaces = interfaces
        self.names: set[str] = set()
        self.used: dict[int, Counter[int]] = {}
        self.drives: dict[int, dict[int, object]] = {}
        self._collect(top)
        self.uses = Counter(net for block in top.walk() for net in self.own(block))
        self.uses.update({net for port, way in top.ports.items() if way != "input"
                          for net in top.wires[port]})
        self.top = self._plan(top, name)

    def own(self, block: Block) -> set[int]:
        """Nets that this block itself looks at."""
        nets = {net for operation in self.operations[id(block)] for net in operation.needs()}
        nets |= {net for name in block.kept for net in block.wires[name]}
        return {net for net in nets if net > UNKNOWN}

    def _collect(self, block: Block) -> None:
        """Uses and drivers, those of the blocks within included."""
        used = Counter(self.own(block))
        drives: dict[int, object] = {net: operation for operation in self.operations[id(block)]
                                     for net in operation.output}
        for _, child in block.children:
            self._collect(child)
            used.update(self.used[id(child)])
            drives.update(dict.fromkeys(self.drives[id(child)], child))
        self.used[id(block)] = used
        self.drives[id(block)] = drives

    def _plan(self, block: Block, name: str) -> Plan:
        while name in self.names:
            name += "_"
        self.names.add(name)
        made = Plan(block, name, self.operations[id(block)])
        top = not block.path
        if top:
            made.taken.update(block.ports)
        for cell, child in block.children:
            if self.drives[id(child)]:
                made.children.append((made.fresh(cell), self._plan(child, f"{name}_{identifier(cell)}")))
        drivers = dict(self.drives[id(block)])
        for _, child in made.children:
            for piece in child.ports:
                if piece.port == "output":
                    drivers.update(dict.fromkeys(piece.nets, piece))
        inputs = {net for net in self.used[id(block)] if net not in drivers}
        if top:
            inputs = {net for port, way in block.ports.items() if way == "input" for net in block.wires[port]}
        outputs = {net for net in self.drives[id(block)] if self.uses[net] > self.used[id(block)][net]}
        self._claim(made, inputs, outputs, drivers)
        if not top:
            outputs = outputs - self._put_together(made, outputs)
            made.outputs = outputs
        for piece in made.pieces:
            if not top and inputs.intersection(piece.nets):
                piece.port = "input"
            elif not top and outputs.intersection(piece.nets):
                piece.port = "output"
        self._missing(made, inputs, outputs)
        self._delays(made)
        self._ends(made)
        return made

    def _claim(self, made: Plan, inputs: set[int], outputs: set[int], drivers: Mapping[int, object]) -> None:
        block = made.block
        interface = self.interfaces.get(block.path, ())
        sizes = Counter(id(driver) for driver in drivers.values())
        visible = {net for net in (*self.used[id(block)], *drivers) if net in self.live or net in inputs}
        visible |= {net for _, child in made.children for piece in child.ports if piece.port == "output"
                    for net in piece.nets}
        top = not block.path

        def source(net: int) -> object:
            return "input" if net in inputs else id(drivers.get(net))

        ranked = []
        for order, (name, nets) in enumerate(block.wires.items()):
            if _TOOL.fullmatch(name) or (_PORT.fullmatch(name) and inputs.isdisjoint(nets)):
                continue
            whole = top and block.ports.get(name) == "input"
            runs = list(_runs(nets, set(nets) if whole else visible, source))
            for low, run in runs:
                dollar = "$" in name
                listed = name in block.ports if top else (
                    re.sub(r"\$\d+$", "", name) in interface and (run[0] in inputs or run[0] in outputs))
                exact = listed if run[0] in inputs else sizes[id(drivers[run[0]])] == len(run)
                rank = (0 if exact and listed else 1 if exact and not dollar else 2 if listed
                        else 3 if not dollar else 4 if exact else 5)
                # Parts of what several operations make come last.
                score = (not whole, rank if len(runs) == 1 else 6, -len(run), order)
                ranked.append((score, name, low, run, len(nets), len(runs)))
        for _, name, low, run, width, parts in sorted(ranked, key=lambda one: one[0]):
            if any(net in made.at for net in run):
                continue
            if top and name in block.ports:
                if len(run) == width:  # else it is put together at the end
                    made.add(Piece(name, run, port=block.ports[name]))
            elif (parts > 1 and not _PORT.fullmatch(name)) or (len(run) == 1 and width > 1):
                made.add(Piece(made.fresh(f"{name.partition('$')[0] or name}_{low}"), run))
            else:
                wanted = "value" if _PORT.fullmatch(name) else name
                found = made.fresh(wanted)
                made.add(Piece(found, run, low, nameless=name[0] == "$" or found != identifier(wanted)))

    def _put_together(self, made: Plan, outputs: set[int]) -> set[int]:
        """Ports of the component that are several signals, or part of one; the nets that leave by them."""
        found: set[int] = set()
        for name in self.interfaces.get(made.block.path, ()):
            nets = made.block.wires.get(name, [])
            whole = {id(made.at[net][0]) if net in made.at else 0 for net in nets}
            if not outputs.issuperset(nets) or not found.isdisjoint(nets) or len(set(nets)) != len(nets):
                continue
            if nets and (len(whole) > 1 or nets[0] not in made.at
                         or len(made.at[nets[0]][0].nets) != len(nets)):
                made.aliases.append((Piece(made.fresh(name), nets, port="output"), nets))
                found.update(nets)
        return found

    def _missing(self, made: Plan, inputs: set[int], outputs: set[int]) -> None:
        """Names for what passes between blocks and has none here."""
        for cell, child in made.children:
            for piece in child.ports:
                rest = [net for net in piece.nets if net not in made.at]
                if piece.port == "output" and rest:
                    port = "output" if outputs.intersection(rest) and made.block.path else ""
                    made.add(Piece(made.fresh(f"{cell}_{piece.name}"), rest, port=port))
        for operation in made.operations:
            for name, nets in operation.drives.items():
                rest = [net for net in nets if net > UNKNOWN and net not in made.at]
                if rest and operation.cell:
                    made.add(Piece(made.fresh(f"{operation.cell.name}_{name}"), rest))
            rest = [net for net in operation.output if net in outputs and net not in made.at]
            if rest:
                made.add(Piece(made.fresh("value", numbered=True), rest,
                               port="output" if made.block.path else ""))
        rest = sorted(inputs - set(made.at))
        if rest:
            made.add(Piece(made.fresh("value", numbered=True), rest, port="input"))

    def _delays(self, made: Plan) -> None:
        """Call a register without a name of its own after what it repeats a cycle later."""
        for _ in range(2):  # a delay of a delay
            for operation in made.operations:
                piece, _ = made.at.get(operation.output[0], (None, 0)) if operation.output else (None, 0)
                values = [values for values in _values(operation.body) if min(values) > UNKNOWN]
                if piece is None or not piece.nameless or len(values) != 1:
                    continue
                source, _ = made.at.get(values[0][0], (None, 0))
                if (source and not source.nameless and source.nets == values[0]
                        and piece.nets == operation.output):
                    piece.name, piece.nameless = made.fresh(f"{source.name}_q"), False

    def _ends(self, made: Plan) -> None:
        """Outputs of the top that another name stands for, and wires that are wanted for waves."""
        block = made.block
        for name, way in block.ports.items() if not block.path else ():
            if way == "output" and not any(piece.name == name and piece.port for piece in made.pieces):
                made.aliases.append((Piece(name, block.wires[name], port="output"), block.wires[name]))
        for name in sorted(block.kept):
            nets = block.wires[name]
            found = made.at.get(nets[0])
            if not (found and found[0].nets == nets and found[0].name == identifier(name)):
                made.aliases.append((Piece(made.fresh(name), nets, kept=True), nets))


def _values(body: Sequence[Step | Choice]) -> Iterator[list[int]]:
    for statement in body:
        if isinstance(statement, Step):
            yield statement.values
        else:
            for _, inner in statement.cases:
                yield from _values(inner)


def _runs(nets: list[int], visible: Collection[int], source: Callable[[int], object]
          ) -> Iterable[tuple[int, list[int]]]:
    """Longest ranges of a wire that are visible, and of one source."""
    low, run = 0, list[int]()
    seen = set[int]()
    from_ = None
    for at, net in enumerate(nets):
        good = net > UNKNOWN and net in visible
        if run and (not good or net in seen or source(net) != from_):
            yield low, run
            run, seen = [], set()
        if good:
            if not run:
                low, from_ = at, source(net)
            run.append(net)
            seen.add(net)
    if run:
        yield low, run
