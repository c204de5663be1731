"""The text of a design: its blocks as modules, each with its ports, wires, memories, registers and blocks.

The order within a module is the same in all: ports, wires, memories, values at power-up, blocks, assignments,
registers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, repeat

from windrow_hdl.verilog.choices import prepare
from windrow_hdl.verilog.components import About, plain_path
from windrow_hdl.verilog.names import Piece, Plan, identifier, plan
from windrow_hdl.verilog.nets import build
from windrow_hdl.verilog.operations import Choice, Operation, Step, memory_of
from windrow_hdl.verilog.operators import Expression
from windrow_hdl.verilog.rtlil import read
from windrow_hdl.verilog.statements import Texts, waived

__all__ = ["modules_text"]

_RUN = 4  # equal words of a memory that are worth a loop
_FEW = 16  # words of a memory that stay in the text where contents may lie in files
_SMALL = 1 << 10  # numbers below it are decimal
_FILE_NAMES = ("the file may have any name", "the file may have the first module's name")
"""Why a module is not in a file of its name, of which Verilator tells once a file."""
_INSTANCE = {"src", "generator", "module_not_derived", "hdlname", "keep", "outputs"}


def modules_text(rtlil: str, about: Mapping[tuple[str, ...], About] | None = None,
                 files: dict[str, str] | None = None) -> str:
    """The Verilog of a design: a module per block, the top first.

    `about` tells of blocks by path; the path of the top is (). Where there are `files`, names and texts, the
    text is for a simulator: the contents of memories become files that the Verilog reads, `rst` does
    nothing, as registers begin with what it gives them, and a clock has one block in a module. Raises
    ValueError for what Verilog cannot say.
    """
    about = about or {}
    modules = read(rtlil)
    top, live = build(modules, resets=files is None)
    operations = prepare(top)
    interfaces = {block.path: block.module.attributes.get("interface", "").split() for block in top.walk()}
    planned = plan(top, live, operations, top.module.name, interfaces)
    return "\n".join(_ModuleText(one, about.get(plain_path(one.block.path), About()), files, reason).text()
                     for one, reason in zip(planned.walk(), chain(_FILE_NAMES, repeat("")), strict=False))


class _ModuleText:
    def __init__(self, planned: Plan, about: About, files: dict[str, str] | None,
                 elsewhere: str) -> None:
        self.plan, self.about, self.files, self.elsewhere = planned, about, files, elsewhere
        read_from = {memory_of(operation) for operation in planned.operations
                     if operation.kind == "$memrd_v2"}
        self.memories = {name: planned.fresh(name) for name in planned.block.module.memories
                         if name in read_from}
        self.texts = Texts(planned, self.memories)
        self.registers = [operation for operation in planned.operations
                          if operation.kind in ("$dff", "$adff") or self._is_clocked_read(operation)]
        for operation in self.registers:
            for net in operation.output:
                planned.at[net][0].register = True

    def _is_clocked_read(self, operation: Operation) -> bool:
        return (operation.kind == "$memrd_v2" and operation.cell is not None
                and bool(operation.cell.number("CLK_ENABLE")))

    def text(self) -> str:
        """The module."""
        # Wires are known when all that reads them is written.
        instances = [line for cell, child in self.plan.children for line in self._instance(cell, child)]
        instances += [line for operation in self.plan.operations if operation.kind == "instance"
                      for line in self._cell(operation)]
        assigns = [line for operation in self.texts.wires
                   for line in _located(operation, self._assign(operation))]
        ends = [line for piece, nets in self.plan.aliases if not piece.kept
                for line in self._line(f"  assign {piece.name} =", self.texts.value(nets))]
        clocked = list(self._clocked())
        kept = [line for piece, nets in self.plan.aliases if piece.kept for line in self._kept(piece, nets)]
        spilled = [line for piece, value in self.texts.spilled
                   for line in self._line(f"  assign {piece.name} =", value)]
        sections = [self._wires(), self._memories(), self._initial(), instances, [*spilled, *assigns, *ends],
                    clocked, kept]
        body = "\n".join("\n".join([*section, ""]) for section in sections if section)
        return f"{self._head()}{body}endmodule\n"

    # ---- ports and wires ----

    def _head(self) -> str:
        ports = self.plan.ports
        about = replace(self.about, ports={identifier(name): text for name, text in self.about.ports.items()})
        first, listed = {"clk": 0, "aclk": 0, "rst": 1}, list(about.ports) or list(self.plan.block.ports)
        ports.sort(key=lambda piece: (first.get(piece.name, 2), _place(listed, piece.name)))
        lines: list[str] = []
        doc = [f"// {self.about.doc}"] if self.about.doc else []
        width = max((len(piece.range) for piece in ports), default=0)
        for piece in ports:
            comma = "" if piece is ports[-1] else ","
            way = f"{piece.port} {'reg' if piece.register else ''}"
            declared = f"    {way:<10} {piece.range:>{width}}{piece.name}{comma}"
            comment = about.port(piece.name)
            if comment:
                declared = f"{declared:<44}  // {comment}"
            attribute = self.about.attributes.get(piece.name)
            if attribute:
                lines.append(f"    (* {attribute} *)")
            lines += self._unused(piece, [declared], "    ")
        name = [f"module {self.plan.name} ("]
        if self.elsewhere:
            name = [f"/* verilator lint_off DECLFILENAME */  // {self.elsewhere}", *name,
                    "/* verilator lint_on DECLFILENAME */"]
        return "\n".join([*doc, *name, *lines, ");", ""])

    def _wires(self) -> list[str]:
        found: list[str] = []
        for piece in self.plan.pieces:
            if not piece.port:
                word = "reg " if piece.register else "wire"
                found += self._unused(piece, [f"  {word} {piece.range}{piece.name};"], "  ")
        return found

    def _unused(self, piece: Piece, lines: list[str], indent: str) -> list[str]:
        """A waiver around the declaration of what has bits that nothing reads."""
        spilled = piece.nets[0] < 0
        if piece.port == "output" or (not spilled and self.texts.read.issuperset(piece.nets)):
            return lines
        if spilled:
            texts = [value.bits for one, value in self.texts.spilled if one is piece]
            if not texts[0]:
                return lines
        return [f"{indent}/* verilator lint_off UNUSEDSIGNAL */  // not all bits matter", *lines,
                f"{indent}/* verilator lint_on UNUSEDSIGNAL */"]

    def _kept(self, piece: Piece, nets: list[int]) -> list[str]:
        return ["  /* verilator lint_off UNUSEDSIGNAL */  // for waves",
                f"  (* keep *) wire {piece.range}{piece.name} = {self.texts.text(nets)};",
                "  /* verilator lint_on UNUSEDSIGNAL */"]

    def _memories(self) -> list[str]:
        found: list[str] = []
        for name, text in self.memories.items():
            memory = self.plan.block.module.memories[name]
            attributes = [f'{key} = "{value}"' for key, value in memory.attributes.items() if key != "src"]
            found += [f"  (* {', '.join(attributes)} *)"] if attributes else []
            width = f"[{memory.width - 1}:0] " if memory.width > 1 else ""
            found.append(f"  reg {width}{text} [0:{memory.size - 1}];")
        return found

    def _initial(self) -> list[str]:
        lines: list[str] = []
        initial = self.plan.block.initial
        for piece in self.plan.pieces:
            if piece.register:
                bits = [initial.get(net, "x") for net in piece.nets]
                if "x" not in bits:
                    value = self.texts.text([int(bit) for bit in bits])
                    lines.append(f"    {piece.name} = {value};")
        for operation in self.plan.operations:
            if operation.kind == "$meminit_v2" and memory_of(operation) in self.memories:
                lines += self._contents(operation)
        return ["  initial begin", *lines, "  end"] if lines else []

    def _contents(self, operation: Operation) -> Iterator[str]:
        """Words of a memory at power-up; runs of equal ones as a loop."""
        cell = operation.cell
        assert cell is not None
        stored, name = cell.number("WIDTH"), self.memories[memory_of(operation)]
        width = self.plan.block.module.memories[memory_of(operation)].width
        (data,) = cell.ports["DATA"] or ("",)
        assert isinstance(data, str)
        words = [data[end - width : end] for end in range(len(data), 0, -stored)]
        if self.files is not None and len(words) > _FEW:
            file = f"{self.plan.name}_{name}.hex"
            self.files[file] = "".join(f"{int(word, 2):x}\n" for word in words)
            yield f'    $readmemh("{file}", {name});'
            return
        at = 0
        while at < len(words):
            end = at + 1
            while end < len(words) and words[end] == words[at]:
                end += 1
            value = f"{width}'h{int(words[at], 2):0{-(-width // 4)}x}"
            if end - at < _RUN:
                yield from (f"    {name}[{place}] = {value};" for place in range(at, end))
            else:
                index = self.plan.fresh("index")
                yield f"    begin : {self.plan.fresh('contents', numbered=True)}"
                yield f"      integer {index};"
                yield f"      for ({index} = {at}; {index} <= {end - 1}; {index} = {index} + 1)"
                yield f"        {name}[{index}] = {value};"
                yield "    end"
            at = end

    # ---- blocks and cells ----

    def _instance(self, cell: str, child: Plan) -> list[str]:
        ports = [(piece.name, self.texts.target(piece.nets) if piece.port == "output"
                  else self.texts.text(piece.nets)) for piece in child.ports]
        return _connected(f"  {child.name} {cell}", ports)

    def _cell(self, operation: Operation) -> list[str]:
        cell = operation.cell
        assert cell is not None
        ports = [(name, self.texts.text(nets)) for name, nets in operation.inputs.items()]
        ports += [(name, self.texts.target(nets)) for name, nets in operation.drives.items()]
        parameters = [(name, _parameter(value)) for name, value in cell.parameters.items()]
        attributes = [f'{key} = "{value}"' for key, value in cell.attributes.items() if key not in _INSTANCE]
        head = [f"  (* {', '.join(attributes)} *)"] if attributes else []
        name = self.plan.fresh(cell.name)
        if not parameters:
            return [*head, *_connected(f"  {cell.kind} {name}", ports)]
        lines = _connected(f"  {cell.kind} #", parameters, space="")
        lines[-1] = lines[-1].rstrip(";") + f" {name} ("
        return [*head, *lines, *_connected("", ports)[1:]]

    # ---- assignments and registers ----

    def _assign(self, operation: Operation) -> Iterator[str]:
        value = self.texts.expression(operation, inside=False)
        yield from self._line(f"  assign {self.texts.target(operation.output)} =", value)

    def _line(self, head: str, value: Expression) -> Iterator[str]:
        space = "" if value.text.startswith("\n") else " "
        yield from waived(f"{head}{space}{value.text};", value)

    def _clocked(self) -> Iterator[str]:
        """A block for each register, as people read them, or one for each clock, which simulates faster."""
        together: dict[str, list[str]] = {}
        for operation in self.plan.operations:
            found = self._at_edge(operation)
            if found is None:
                continue
            edge, lines, several = found
            if self.files is not None:
                together.setdefault(edge, []).extend(lines)
            elif _in_line(operation, edge, lines):
                yield from _located(operation, [f"{edge} {lines[0].strip()}"])
            else:
                yield from _located(operation, _block(edge, lines) if several else [edge, *lines])
        for edge, lines in together.items():
            if lines:
                yield from _block(edge, lines)

    def _at_edge(self, operation: Operation) -> tuple[str, list[str], bool] | None:
        """Edge of the clock, what happens then, and whether these are several statements."""
        inputs, cell = operation.inputs, operation.cell
        if operation.kind == "$memwr_v2":
            lines = self._write(operation) if memory_of(operation) in self.memories else []
            return (self._edge(operation), lines, len(lines) > 1) if lines else None
        if operation not in self.registers:
            return None
        assert cell is not None
        edge = self._edge(operation)
        if operation.kind == "$memrd_v2":
            enabled = f"if ({self.texts.text(inputs['EN'])}) " if inputs["EN"] != [1] else ""
            target = self.texts.target(operation.output)
            return edge, [f"    {enabled}{target} <= {self.texts.word(operation).text};"], False
        body = _reset_first(operation)
        if operation.kind == "$adff" and inputs["ARST"] != [1 - cell.number("ARST_POLARITY")]:
            level = cell.number("ARST_POLARITY")
            reset = self.texts.text(inputs["ARST"])
            edge = edge.replace(")", f" or {'posedge' if level else 'negedge'} {reset})")
            value = cell.parameters["ARST_VALUE"].split("'")[1]
            home = [int(value[len(value) - 1 - at]) for at in range(len(operation.output))]
            cases = [(["1" if level else "0"], [Step(operation.output, home)]), ([], body)]
            body = [Choice(inputs["ARST"], cases)]
        lines = list(self.texts.statements(body, "    "))
        return edge, lines, len(body) > 1 or (isinstance(body[0], Step) and len(lines) > 1)

    def _edge(self, operation: Operation) -> str:
        assert operation.cell is not None
        rising = operation.cell.number("CLK_POLARITY")
        return f"  always @({'posedge' if rising else 'negedge'} {self.texts.text(operation.inputs['CLK'])})"

    def _write(self, operation: Operation) -> list[str]:
        """Nothing where no pixel is ever read."""
        inputs = operation.inputs
        memory = self.memories[memory_of(operation)]
        address = self.texts.address(inputs["ADDR"])
        lines: list[str] = []
        enables, data = inputs["EN"], inputs["DATA"]
        low = 0
        while low < len(enables):
            end = low + 1
            while end < len(enables) and enables[end] == enables[low]:
                end += 1
            part = "" if end - low == len(data) else f"[{end - 1}:{low}]" if end - low > 1 else f"[{low}]"
            enabled = "" if enables[low] == 1 else f"if ({self.texts.text(enables[low : low + 1])}) "
            lines += [f"    {enabled}{memory}[{address}]{part} <= {self.texts.text(data[low:end])};"
                      ] if enables[low] else []
            low = end
        return lines


def _in_line(operation: Operation, edge: str, lines: list[str]) -> bool:
    """Whether what happens stands behind the edge: reads of memories do, writes never."""
    return len(lines) == 1 and operation.kind != "$memwr_v2" and (
        operation.kind == "$memrd_v2" or len(edge) + len(lines[0]) < 100)


def _block(edge: str, lines: list[str]) -> list[str]:
    return [f"{edge} begin", *lines, "  end"]


def _located(operation: Operation, lines: Iterable[str]) -> Iterator[str]:
    """With the line of Python that an operation is from, where RTLIL has it."""
    place = re.search(r"(?:.*/)?(\w+/(?:\w+/)*\w+\.py:\d+)$", operation.attributes.get("src", ""))
    for number, line in enumerate(lines):
        if place and number == 0:
            yield f"  // {_from_package(place[0])}"
        yield line


def _from_package(place: str) -> str:
    """A path from the folder of our package on: where that lies is nobody's business."""
    before, package, rest = place.rpartition("windrow_hdl/")
    return f"{package}{rest}" if package else before.rsplit("/", 1)[-1] or place.rsplit("/", 1)[-1]


def _reset_first(operation: Operation) -> list[Step | Choice]:
    """A last `if` that sets the whole register, as a reset does, as the first of an `if` with `else`."""
    *body, last = operation.body
    if (body and isinstance(last, Choice) and len(last.cases) == 1 and last.cases[0][0] == ["1"]
            and all(isinstance(step, Step) for step in last.cases[0][1])
            and {net for step in last.cases[0][1] if isinstance(step, Step) for net in step.targets}
            == set(operation.output)):
        return [Choice(last.selector, [last.cases[0], ([], body)])]
    return operation.body


def _connected(head: str, ports: list[tuple[str, str]], space: str = " ") -> list[str]:
    lines = [f"      .{name}({text})" for name, text in ports]
    return [f"{head}{space}(", *[f"{line}," for line in lines[:-1]], *lines[-1:], "  );"]


def _parameter(value: str) -> str:
    """A parameter of a cell: a string, an integer, or bits."""
    match = re.fullmatch(r"(\d+)'([01]+)", value)
    if match is None:
        return re.sub(r"^(\d+)'(?=[01xz])", r"\1'b", value)
    number = int(match[2], 2)
    return f"{match[1]}'d{number}" if number < _SMALL else f"{match[1]}'h{number:x}"


def _place(listed: list[str], name: str) -> tuple[int, str]:
    return (listed.index(name) if name in listed else len(listed), name)
