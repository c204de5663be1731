"""Statements: the vectors of a block as text, with what is used once put where it is used.

    select ─▶ a ? b : c       $add ─▶ a + b       a memory's port ─▶ memory[address]

What is used more than once, in part, or would make a line too long becomes a wire with a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from windrow_hdl.verilog.choices import arms, is_table
from windrow_hdl.verilog.names import Piece, Plan
from windrow_hdl.verilog.operations import UNKNOWN, Choice, Condition, Operation, Step, Tree, memory_of
from windrow_hdl.verilog.operators import ALONE, WORDS, Expression, constant, expression

__all__ = ["Texts", "waived"]

_LONG = 96  # characters of an expression within another


class Texts:
    """Text of the vectors of one block.

    `wires` are the operations whose results have names; they are assigned. It grows while texts are made.
    """

    def __init__(self, plan: Plan, memories: dict[str, str]) -> None:
        self.plan, self.memories = plan, memories
        self.read: set[int] = set()
        self.spilled: list[tuple[Piece, Expression]] = []
        self.inline: dict[int, Operation] = {}
        self.done: dict[int, Expression] = {}
        candidates = {operation.output[0]: operation for operation in plan.operations
                      if operation.output and _is_wire(operation)
                      and not any(net in plan.at or net in plan.outputs for net in operation.output)}
        whole, part = Counter[int](), set[int]()
        for operation in plan.operations:
            for nets, alone in reads(operation):
                self._count(nets, alone, candidates, whole, part)
        for _, child in plan.children:
            for piece in child.ports:
                if piece.port == "input":
                    self._count(piece.nets, False, candidates, whole, part)
        for _, nets in plan.aliases:
            self._count(nets, True, candidates, whole, part)
        for first, operation in candidates.items():
            often = operation.kind == "$not" and operation.inputs["A"][0] not in candidates
            if whole[first] <= (3 if often else 1) and part.isdisjoint(operation.output):
                self.inline[first] = operation
        self.wires = [operation for operation in plan.operations if _is_wire(operation)
                      and self.inline.get(operation.output[0]) is not operation]
        for operation in plan.operations:
            self._name(operation)

    def _count(self, nets: list[int], alone: bool, candidates: dict[int, Operation], whole: Counter[int],
               part: set[int]) -> None:
        at = 0
        while at < len(nets):
            operation = candidates.get(nets[at])
            size = len(operation.output) if operation else 1
            if operation and nets[at : at + size] == operation.output and (
                    operation.kind not in ALONE or (alone and size == len(nets))):
                whole[nets[at]] += 1
            else:
                part.update(nets[at : at + size])
            at += size
            while size == 1 and at < len(nets) and nets[at] == nets[at - 1]:  # {8{x}}
                at += 1

    def _name(self, operation: Operation) -> None:
        """Names for what an operation makes that has none."""
        if not operation.output or self.inline.get(operation.output[0]) is operation:
            return
        rest = [net for net in operation.output if net not in self.plan.at]
        if rest:
            register = not _is_wire(operation)
            word = "state" if register else WORDS.get(operation.kind, "value")
            self.plan.add(Piece(self.plan.fresh(word, numbered=True), rest, register=register))

    # ---- vectors ----

    def text(self, nets: list[int], *, inner: bool = False) -> str:
        """A vector; `inner` puts parentheses around operators."""
        parts: list[Expression] = []
        at = 0
        while at < len(nets):
            part, at = self._part(nets, at)
            parts.append(part)
        if len(parts) == 1:
            part = parts[0]
            return f"({part.text})" if inner and not part.atom else part.text
        return "{" + ", ".join(part.text for part in reversed(parts)) + "}"

    def _part(self, nets: list[int], at: int) -> tuple[Expression, int]:
        """What stands at this place of a vector, and where the next begins."""
        net, end = nets[at], at + 1
        if net <= UNKNOWN:
            while end < len(nets) and nets[end] <= UNKNOWN:
                end += 1
            return Expression(constant(nets[at:end]), atom=True), end
        found = self.plan.at.get(net)
        if found is None:
            operation = self.inline[net]
            made = self.expression(operation)
            end = at + len(operation.output)
        else:
            piece, place = found
            while end < len(nets) and self.plan.at.get(nets[end]) == (piece, place + end - at):
                end += 1
            self.read.update(nets[at:end])
            made = Expression(_select(piece, place, end - at), atom=True)
        if end - at == 1:
            while end < len(nets) and nets[end] == net:
                end += 1
            if end - at > 1:
                made = Expression(f"{{{end - at}{{{made.text}}}}}", atom=True)
        return made, end

    def expression(self, operation: Operation, *, inside: bool = True) -> Expression:
        """The result of an operation that has no name; `inside` another expression it must not be long."""
        key = operation.output[0]
        if key in self.done:
            return self.done[key]
        made = self._expression(operation)
        if made.bits or (inside and (len(made.text) > _LONG or "\n" in made.text)):
            made = self.done[key] = self._spill(operation, made)
        return made

    def _spill(self, operation: Operation, made: Expression) -> Expression:
        """Give an expression a wire."""
        bits = made.bits or len(operation.output)
        piece = Piece(self.plan.fresh(WORDS.get(operation.kind, "value"), numbered=True), [-1] * bits)
        self.plan.pieces.append(piece)
        self.spilled.append((piece, made))
        return Expression(_select(piece, 0, len(operation.output)), atom=True)

    def _expression(self, operation: Operation) -> Expression:
        if operation.tree:
            if operation.tree.condition is None:
                return Expression(self.text(operation.tree.nets, inner=True), atom=True)
            return Expression(self._tree(operation.tree))
        if operation.kind == "$memrd_v2":
            return self.word(operation)
        return expression(operation, lambda nets: self.text(nets, inner=True))

    def word(self, operation: Operation) -> Expression:
        """What a memory's port reads."""
        memory = self.memories[memory_of(operation)]
        return Expression(f"{memory}[{self.address(operation.inputs['ADDR'])}]", atom=True)

    def address(self, nets: list[int]) -> str:
        """Of a word of a memory; where there is only one, no bit tells."""
        return self.text(nets) if nets else "0"

    def value(self, nets: list[int]) -> Expression:
        """The right side of an assignment, which gives a product its width."""
        operation = self.inline.get(nets[0]) if nets[0] not in self.plan.at else None
        if operation and operation.output == nets:
            return self.expression(operation, inside=False)
        return Expression(self.text(nets))

    def _tree(self, tree: Tree) -> str:
        if not (tree.condition and tree.then and tree.other):
            return self.text(tree.nets)
        arms = []
        rest = tree
        while rest.condition and rest.then and rest.other:
            then = self._tree(rest.then)
            if rest.then.condition:
                then = f"({then})"
            elif rest.then.nets and self._is_choice(rest.then.nets):
                then = self.text(rest.then.nets, inner=True)
            arms.append(f"{self.condition(rest.condition, inner=True)} ? {then} :")
            rest = rest.other
        last = self.text(rest.nets, inner=self._is_choice(rest.nets))
        line = " ".join([*arms, last])
        return line if len(line) <= _LONG else "\n        ".join(["", *arms, last])

    def _is_choice(self, nets: list[int]) -> bool:
        operation = self.inline.get(nets[0]) if nets and nets[0] not in self.plan.at else None
        return bool(operation and operation.tree)

    # ---- conditions ----

    def condition(self, condition: Condition, *, inner: bool = False) -> str:
        """Of an `if`, or of a choice, where it stands in parentheses unless it is a single name."""
        if len(condition) == 1 and len(condition[0]) == 1 and condition[0][0][1] == "1":
            return self.text(condition[0][0][0], inner=inner)
        alternatives = []
        for terms in condition:
            texts = [self._term(nets, bits) for nets, bits in terms]
            alternatives.append(texts[0] if len(texts) == 1 else "(" + " && ".join(texts) + ")")
        text = " || ".join(alternatives)
        simple = len(alternatives) == 1 and text[0] in "(!"
        if inner:
            return text if simple else f"({text})"
        return text[1:-1] if simple and text[0] == "(" else text

    def _term(self, nets: list[int], bits: str) -> str:
        text = self.text(nets, inner=True)
        if len(nets) == 1:
            return text if bits == "1" else f"!{text}"
        return f"({text} == {constant([int(bit) for bit in reversed(bits)])})"

    # ---- statements ----

    def statements(self, body: Sequence[Step | Choice], indent: str) -> Iterator[str]:
        """Lines of what happens at a clock edge."""
        for statement in body:
            if isinstance(statement, Step):
                value = self.value(statement.values)
                yield from waived(f"{indent}{self.target(statement.targets)} <= {value.text};", value)
            elif is_table(statement):
                yield f"{indent}case ({self.text(statement.selector)})"
                for patterns, inner in statement.cases:
                    labels = [constant([int(bit) for bit in reversed(pattern)]) for pattern in patterns]
                    yield from self._arm(f"{indent}  {', '.join(labels) or 'default'}:", inner, indent + "  ")
                if all(patterns for patterns, _ in statement.cases):
                    yield f"{indent}  default: ;"
                yield f"{indent}endcase"
            else:
                for number, (condition, inner) in enumerate(arms(statement)):
                    word = "else " * (number > 0)
                    head = word.strip() if condition is None else f"{word}if ({self.condition(condition)})"
                    if not head:
                        yield from self.statements(inner, indent)
                    else:
                        yield from self._arm(f"{indent}{head}", inner, indent)

    def _arm(self, head: str, body: Sequence[Step | Choice], indent: str) -> Iterator[str]:
        """`if (...)`, `else` or the label of a case, with what it is for."""
        if len(body) == 1 and isinstance(body[0], Choice) and head.strip() == "else":
            first, *rest = self.statements(body, indent)
            yield from (f"{head} {first.strip()}", *rest)
            return
        lines = list(self.statements(body, f"{indent}  "))
        # An `if` within an `if` would take its `else`.
        if len(lines) != 1 or (isinstance(body[0], Choice) and not head.endswith(":")):
            yield from (f"{head} begin", *lines, f"{indent}end")
        elif len(head) + len(lines[0].strip()) < _LONG:
            yield f"{head} {lines[0].strip()}"
        else:
            yield from (head, *lines)

    def target(self, nets: list[int]) -> str:
        """What is assigned to: names only, which this does not count as reading."""
        before = set(self.read)
        text = self.text(nets)
        self.read = before
        return text


def reads(operation: Operation) -> Iterator[tuple[list[int], bool]]:
    """Vectors that an operation's text shows, and whether as a whole right side."""
    for nets in operation.inputs.values():
        yield nets, False
    if operation.tree:
        yield from _tree_reads(operation.tree, alone=True)
    yield from _body_reads(operation.body)


def _tree_reads(tree: Tree, *, alone: bool) -> Iterator[tuple[list[int], bool]]:
    if tree.condition and tree.then and tree.other:
        for terms in tree.condition:
            yield from ((nets, False) for nets, _ in terms)
        yield from _tree_reads(tree.then, alone=False)
        yield from _tree_reads(tree.other, alone=False)
    else:
        yield tree.nets, alone


def _body_reads(body: Sequence[Step | Choice]) -> Iterator[tuple[list[int], bool]]:
    for statement in body:
        if isinstance(statement, Step):
            yield statement.values, True
        elif is_table(statement):
            yield statement.selector, False
            for _, inner in statement.cases:
                yield from _body_reads(inner)
        else:
            for condition, inner in arms(statement):
                for terms in condition or []:
                    yield from ((nets, False) for nets, _ in terms)
                yield from _body_reads(inner)


def _is_wire(operation: Operation) -> bool:
    """Is the result assigned, not stored and not a port's?"""
    if operation.kind == "$memrd_v2" and operation.cell:
        return not operation.cell.number("CLK_ENABLE")
    return operation.kind not in ("$dff", "$adff", "instance", "$memwr_v2", "$meminit_v2")


def _select(piece: Piece, place: int, bits: int) -> str:
    if bits == len(piece.nets):
        return piece.name
    low = piece.low + place
    return f"{piece.name}[{low}]" if bits == 1 else f"{piece.name}[{low + bits - 1}:{low}]"


def waived(line: str, value: Expression) -> Iterator[str]:
    if not value.loose:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    yield f"{indent}/* verilator lint_off WIDTHEXPAND */  // factors grow to the width of their product"
    yield line
    yield f"{indent}/* verilator lint_on WIDTHEXPAND */"
