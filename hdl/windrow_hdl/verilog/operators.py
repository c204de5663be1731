"""Operators: cells of RTLIL as expressions of Verilog that are exactly as wide as their result.

Operands have their full width when they come here (`nets`), so that no rule of Verilog about widths and signs
is at work, with one exception: a product takes its width from what it is assigned to, as tools that look for
multipliers expect it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from windrow_hdl.verilog.operations import UNKNOWN, Operation

__all__ = ["ALONE", "WORDS", "Expression", "constant", "expression"]

ALONE = ("$mul", "$shift", "$shr", "$sshr", "$divfloor", "$modfloor")
"""What needs an assignment of its own, or to be all of one."""

WORDS = {"$not": "inverted", "$neg": "negated", "$and": "both", "$or": "any", "$xor": "odd", "$add": "total",
         "$sub": "difference", "$mul": "product", "$eq": "equal", "$ne": "unequal", "$lt": "below",
         "$le": "at_most", "$gt": "above", "$ge": "at_least", "$reduce_or": "some", "$reduce_bool": "some",
         "$reduce_and": "every", "$reduce_xor": "parity", "$shl": "shifted", "$shr": "shifted",
         "$sshr": "shifted", "$shift": "shifted", "select": "chosen", "$memrd_v2": "word",
         "$divfloor": "quotient", "$modfloor": "rest"}
"""What an operator's result is called where nobody has named it."""

_INFIX = {"$and": "&", "$or": "|", "$xor": "^", "$add": "+", "$sub": "-", "$divfloor": "/", "$modfloor": "%"}
_COMPARE = {"$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">="}
_PREFIX = {"$not": "~", "$neg": "-"}
_REDUCE = {"$reduce_or": "|", "$reduce_bool": "|", "$reduce_and": "&", "$reduce_xor": "^"}
_SIMPLE = re.compile(r"[\w':\[\]]+|\{[^{}]*\}")


@dataclass(frozen=True)
class Expression:
    """`atom`: no operator around it can take it apart. `bits`: how many bits the text has, where the result
    is fewer; `loose`: Verilog extends its operands."""

    text: str
    atom: bool = False
    bits: int = 0
    loose: bool = False


def constant(bits: list[int]) -> str:
    """Bits as a number: decimal where that is short."""
    if UNKNOWN in bits:
        return f"{len(bits)}'b" + "".join("01x"[bit] for bit in reversed(bits))
    value = sum(bit << at for at, bit in enumerate(bits))
    if len(bits) == 1:
        return f"1'b{value}"
    if value < 1 << 10 or len(bits) <= 4:
        return f"{len(bits)}'d{value}"
    return f"{len(bits)}'h{value:x}"


def expression(operation: Operation, text: Callable[[list[int]], str]) -> Expression:
    """The expression of an operator; `text` gives operands, with parentheses where they need them.

    Raises ValueError for a cell that Verilog has no counterpart of.
    """
    kind, inputs = operation.kind, operation.inputs
    if kind == "$mul":
        factors = [_factor(inputs[name], operation.signed) for name in "AB"]
        loose = any(len(nets) < len(operation.output) for nets in factors)
        texts = [text(nets) for nets in factors]
        # What is in parentheses or a concatenation is as wide as it is.
        texts = [f"$signed({one})" if operation.signed else one if _SIMPLE.fullmatch(one) else f"{{{one}}}"
                 for one in texts]
        return Expression(" * ".join(texts), loose=loose)
    if kind in ("$divfloor", "$modfloor") and operation.signed:
        raise ValueError("division must be of unsigned numbers to become Verilog")
    if kind in _INFIX:
        bits = len(inputs["A"])
        return Expression(f"{text(inputs['A'])} {_INFIX[kind]} {text(inputs['B'])}",
                          bits=bits if bits > len(operation.output) else 0)
    if kind in _PREFIX:
        operand = text(inputs["A"])
        if kind == "$not" and operand.startswith("~"):  # which not every tool takes twice
            return Expression(operand[1:], atom=True)
        return Expression(_PREFIX[kind] + operand, atom=kind == "$not")
    if kind in _REDUCE:
        operand = text(inputs["A"])
        if operand.startswith("~") and len(inputs["A"]) > 1:  # ^~ is an operator of its own
            operand = f"({operand})"
        return Expression(operand if len(inputs["A"]) == 1 else _REDUCE[kind] + operand,
                          atom=len(inputs["A"]) == 1)
    if kind in _COMPARE:
        return _comparison(operation, text)
    if kind in ("$shl", "$shr", "$shift", "$sshr"):
        bits = len(inputs["A"])
        if operation.signed and kind != "$shl":
            shifted = f"$unsigned($signed({text(inputs['A'])}) >>> {text(inputs['B'])})"
        else:
            shifted = f"{text(inputs['A'])} {'<<' if kind == '$shl' else '>>'} {text(inputs['B'])}"
        return Expression(shifted, bits=bits if bits > len(operation.output) else 0)
    raise ValueError(f"cell {kind} must be one that Verilog has an operator for")


def _factor(nets: list[int], signed: bool) -> list[int]:
    """Without the bits that only repeat the sign."""
    while len(nets) > 1 and nets[-1] == (nets[-2] if signed else 0):
        nets = nets[:-1]
    return nets


def _comparison(operation: Operation, text: Callable[[list[int]], str]) -> Expression:
    one, other, kind = operation.inputs["A"], operation.inputs["B"], operation.kind
    if not operation.signed:
        while len(one) > 1 and one[-1] == other[-1] == 0:
            one, other = one[:-1], other[:-1]
        known = _known(kind, _bounds(one), _bounds(other))
        if known is not None:
            return Expression(f"1'b{int(known)}", atom=True)
    first, second = text(one), text(other)
    if operation.signed:
        first, second = f"$signed({first})", f"$signed({second})"
    return Expression(f"{first} {_COMPARE[kind]} {second}")


def _bounds(nets: list[int]) -> tuple[int, int]:
    """The least and the most that a number can be."""
    return (sum((net == 1) << at for at, net in enumerate(nets)),
            sum((net != 0) << at for at, net in enumerate(nets)))


def _known(kind: str, one: tuple[int, int], other: tuple[int, int]) -> bool | None:
    """What a comparison always says, if it always says the same."""
    if kind in ("$gt", "$le"):
        return _known({"$gt": "$lt", "$le": "$ge"}[kind], other, one)
    if kind in ("$lt", "$ge"):
        below = True if one[1] < other[0] else False if one[0] >= other[1] else None
        return below if kind == "$lt" or below is None else not below
    if one[1] < other[0] or other[1] < one[0]:
        return kind == "$ne"
    return None
