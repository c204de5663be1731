"""The contents of an ONNX file as plain values: nodes, attributes, constants; nothing is understood yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install

__all__ = ["File", "RawNode", "decode"]

_NEEDS = f"reading ONNX files needs the package onnx: {pip_install('models')}"
_MOST_BYTES = 1 << 28


@dataclass(frozen=True, eq=False)
class RawNode:
    """A node as the file has it; an input that is left out is ""."""

    number: int
    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    @property
    def place(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"node {self.number}, {self.kind}{named}"

    def whole(self, name: str, default: int) -> int:
        """An attribute that must be an integer."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int):
            raise ValueError(f"{name} must be an integer, not {value!r}")
        return value

    def real(self, name: str, default: float) -> float:
        """An attribute that must be a number."""
        value = self.attributes.get(name, default)
        if not isinstance(value, (int, float)):
            raise ValueError(f"{name} must be a number, not {value!r}")
        return value

    def wholes(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """An attribute that must be a list of integers."""
        value = self.attributes.get(name, default)
        if not isinstance(value, (list, tuple)) or not all(isinstance(each, int) for each in value):
            raise ValueError(f"{name} must be a list of integers, not {value!r}")
        return tuple(value)


@dataclass(frozen=True, eq=False)
class File:
    """One graph; `shapes` of inputs hold None where a size is not fixed."""

    nodes: tuple[RawNode, ...]
    constants: dict[str, npt.NDArray[Any]] = field(repr=False)
    inputs: dict[str, tuple[int | None, ...]]
    outputs: tuple[str, ...]


def decode(data: bytes) -> File:
    """The graph in the bytes of a file.

    Raises
    ------
    ImportError
        without the package `onnx`
    ValueError
        for anything but a whole ONNX file that holds its own constants
    """
    onnx = _package()
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:  # the parser's own class lies in another package, which may change
        raise ValueError("not an ONNX model: it cannot be parsed, the file is damaged or cut off") from error
    graph = model.graph
    if not graph.node:
        raise ValueError("not an ONNX model: it has no nodes")
    constants = {_text(each.name): _values(each) for each in graph.initializer}
    nodes = []
    for number, raw in enumerate(graph.node):
        domain = "" if raw.domain in ("", "ai.onnx") else f"{_text(raw.domain)}."
        place = f"node {number}, {_text(raw.op_type)}"
        attributes = {_text(each.name): _attribute(onnx, each, place) for each in raw.attribute}
        if raw.op_type == "Constant" and not domain and len(raw.output) == 1:
            values = [value for value in attributes.values() if value is not None]
            if len(values) != 1 or isinstance(values[0], (str, bytes)):
                raise ValueError(f"{place} must have one value of numbers")
            constants[_text(raw.output[0])] = np.asarray(values[0])
            continue
        nodes.append(RawNode(number, domain + _text(raw.op_type), _text(raw.name),
                             tuple(map(_text, raw.input)), tuple(map(_text, raw.output)), attributes))
    inputs = {_text(each.name): _shape(each) for each in graph.input if each.name not in constants}
    return File(tuple(nodes), constants, inputs, tuple(_text(each.name) for each in graph.output))


def _text(value: str | bytes) -> str:
    """A name; the parser leaves what is no UTF-8 as bytes."""
    if isinstance(value, bytes) or not value.isprintable():
        raise ValueError(f"{value!r} is no text: the file is damaged")
    return value


def _shape(value: Any) -> tuple[int | None, ...]:
    sizes = value.type.tensor_type.shape.dim
    return tuple(size.dim_value if size.HasField("dim_value") else None for size in sizes)


def _values(tensor: Any) -> npt.NDArray[Any]:
    onnx = _package()
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise ValueError(f"constant {tensor.name!r} lies in another file: save the model with all inside")
    size = 1
    for extent in tensor.dims:
        size *= extent
        if extent < 0 or size > _MOST_BYTES:
            raise ValueError(f"constant {tensor.name!r} has shape {tuple(tensor.dims)}: the file is damaged")
    try:
        return import_module("onnx.numpy_helper").to_array(tensor)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"constant {tensor.name!r} cannot be read: the file is damaged") from error


def _attribute(onnx: Any, attribute: Any, place: str) -> Any:
    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return _values(attribute.t)
    simple = {kinds.INT: lambda: int(attribute.i), kinds.FLOAT: lambda: float(attribute.f),
              kinds.INTS: lambda: list(attribute.ints), kinds.FLOATS: lambda: list(attribute.floats),
              kinds.STRING: lambda: attribute.s.decode("utf-8", "replace")}
    if attribute.type not in simple:
        raise ValueError(f"{place}: attribute {attribute.name!r} is no number, text or list: branches and "
                         "loops are no pipeline")
    return simple[attribute.type]()


@cache
def _package() -> Any:
    try:
        return import_module("onnx")
    except ImportError as error:
        raise ImportError(_NEEDS) from error
