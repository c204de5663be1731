"""The contents of a TFLite file as plain values: tensors, operators, options; nothing is understood yet.

Files come from anywhere.  Every count is held against the size of the file before anything is done so many
times, and whatever a damaged table makes of the reading is one ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install

__all__ = ["File", "RawOperator", "RawTensor", "decode"]

_DTYPES = {"FLOAT32": np.float32, "INT32": np.int32, "UINT8": np.uint8, "INT64": np.int64, "INT8": np.int8,
           "INT16": np.int16, "BOOL": np.bool_}
_NEEDS = f"reading TFLite files needs the package tflite: {pip_install('models')}"
_MOST_ELEMENTS = 1 << 26
# What damaged offsets make of reading a table: what stands there is taken for a number, a place or a text.
_DAMAGE = (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError, AssertionError,
           MemoryError)


@dataclass(frozen=True, eq=False)
class RawTensor:
    """A tensor as the file has it; `values` of a constant, `scales` and `zero_points`, one or several."""

    name: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    kind: str
    values: npt.NDArray[Any] | None = field(repr=False)
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class RawOperator:
    """An operator as the file has it; `inputs` are numbers of tensors, -1 for one that is left out."""

    number: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, int | float | bool]

    @property
    def place(self) -> str:
        return f"operator {self.number}, {self.kind}"


@dataclass(frozen=True, eq=False)
class File:
    """One graph; `inputs` and `outputs` are numbers of tensors."""

    tensors: tuple[RawTensor, ...]
    operators: tuple[RawOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def decode(data: bytes) -> File:
    """The graph in the bytes of a file.

    Raises
    ------
    ImportError
        without the package `tflite`
    ValueError
        for anything but a whole TFLite file with one graph
    """
    tflite = _package()
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise ValueError("not a TFLite model: its bytes 4 to 7 are not 'TFL3'")
    with _damage("the model"):
        model = tflite.Model.GetRootAs(data, 0)
        graphs = _count(model.SubgraphsLength(), data, "graphs")
        buffers = _count(model.BuffersLength(), data, "buffers")
        codes = [_code(model.OperatorCodes(number))
                 for number in range(_count(model.OperatorCodesLength(), data, "operator codes"))]
    if graphs != 1:
        raise ValueError(f"a model must have one graph, not {graphs}: branches and loops are no pipeline")
    with _damage("the graph"):
        graph = model.Subgraphs(0)
        tensor_count = _count(graph.TensorsLength(), data, "tensors")
        operator_count = _count(graph.OperatorsLength(), data, "operators")
        inputs = _integers(graph.InputsLength(), graph.Inputs, data)
        outputs = _integers(graph.OutputsLength(), graph.Outputs, data)
    tensors = []
    for number in range(tensor_count):
        with _damage(f"tensor {number}"):
            tensors.append(_tensor(graph.Tensors(number), model, buffers, data))
    operators = []
    for number in range(operator_count):
        with _damage(f"operator {number}"):
            operators.append(_operator(number, graph.Operators(number), codes, data))
    for what, numbers, least in (("an input", inputs, 0), ("an output", outputs, 0),
                                 *((each.place, each.inputs, -1) for each in operators),
                                 *((each.place, each.outputs, 0) for each in operators)):
        for tensor in numbers:
            if not least <= tensor < len(tensors):
                raise ValueError(f"{what} has tensor {tensor} of {len(tensors)}: the file is damaged")
    return File(tuple(tensors), tuple(operators), inputs, outputs)


@contextmanager
def _damage(what: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        said = f": {error}" if isinstance(error, _CountError) else ""
        raise ValueError(f"{what} cannot be read{said}: the file is damaged or cut off") from error


class _CountError(ValueError):
    """What a table says of itself cannot be."""


def _count(number: int, data: bytes, what: str = "numbers") -> int:
    """A length that the file says, if so many things fit into the file at all."""
    if not 0 <= number <= len(data) // 4:
        raise _CountError(f"it has {number} {what} in {len(data)} bytes")
    return number


def _integers(length: int, item: Callable[[int], Any], data: bytes) -> tuple[int, ...]:
    return tuple(int(item(number)) for number in range(_count(length, data)))


def _tensor(raw: Any, model: Any, buffers: int, data: bytes) -> RawTensor:
    kind = _names("TensorType").get(raw.Type(), f"type {raw.Type()}")
    shape = _integers(raw.ShapeLength(), raw.Shape, data)
    signature = _integers(raw.ShapeSignatureLength(), raw.ShapeSignature, data)
    name = (raw.Name() or b"").decode("utf-8")
    number = raw.Buffer()
    if not 0 <= number < buffers:
        raise _CountError(f"it has buffer {number} of {buffers}")
    quantised = raw.Quantization()
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    if quantised is not None:
        scales = tuple(float(quantised.Scale(at)) for at in range(_count(quantised.ScaleLength(), data)))
        zero_points = _integers(quantised.ZeroPointLength(), quantised.ZeroPoint, data)
    return RawTensor(name, shape, signature, kind, _values(model.Buffers(number), kind, shape, data), scales,
                     zero_points)


def _values(buffer: Any, kind: str, shape: tuple[int, ...], data: bytes) -> npt.NDArray[Any] | None:
    """A view of the file, not a copy: many tensors may share a buffer."""
    size = buffer.DataLength()
    if not size or kind not in _DTYPES:
        return None
    if not 0 <= size <= len(data):
        raise _CountError(f"it has {size} bytes of {len(data)}")
    elements = 1
    for extent in shape:
        elements *= extent
        if extent < 0 or elements > _MOST_ELEMENTS:
            raise _CountError(f"it has shape {shape}")
    dtype = np.dtype(_DTYPES[kind])
    if size != elements * dtype.itemsize:
        raise _CountError(f"it has {size} bytes for shape {shape}")
    # The bytes lie in the file one after another; the first says where.
    field_at = buffer._tab.Offset(4)
    return np.frombuffer(data, dtype, elements, buffer._tab.Vector(field_at)).reshape(shape)


def _code(raw: Any) -> str:
    number = max(raw.BuiltinCode(), raw.DeprecatedBuiltinCode())
    name = _names("BuiltinOperator").get(number, f"operator code {number}")
    if name != "CUSTOM":
        return name
    return f"CUSTOM {(raw.CustomCode() or b'').decode('utf-8')!r}"


def _operator(number: int, raw: Any, codes: list[str], data: bytes) -> RawOperator:
    index = raw.OpcodeIndex()
    if not 0 <= index < len(codes):
        raise _CountError(f"it has operator code {index} of {len(codes)}")
    inputs = _integers(raw.InputsLength(), raw.Inputs, data)
    outputs = _integers(raw.OutputsLength(), raw.Outputs, data)
    options: dict[str, int | float | bool] = {}
    table, kind = raw.BuiltinOptions(), _names("BuiltinOptions").get(raw.BuiltinOptionsType(), "NONE")
    if table is not None and kind != "NONE":
        reader = getattr(_package(), kind)()
        reader.Init(table.Bytes, table.Pos)
        for name in _fields(kind):
            options[name] = getattr(reader, name)()
    return RawOperator(number, codes[index], inputs, outputs, options)


@cache
def _package() -> Any:
    try:
        return import_module("tflite")
    except ImportError as error:
        raise ImportError(_NEEDS) from error


@cache
def _names(enumeration: str) -> dict[int, str]:
    """Names of the members of one of the schema's enumerations."""
    members = vars(getattr(import_module(f"tflite.{enumeration}"), enumeration))
    return {value: name for name, value in members.items() if isinstance(value, int)}


@cache
def _fields(table: str) -> tuple[str, ...]:
    """The fields of an options table that are single numbers."""
    _package()
    members = vars(getattr(import_module(f"tflite.{table}"), table))
    vectors = {name.removesuffix("Length") for name in members if name.endswith("Length")}
    skipped = {f"{name}{end}" for name in vectors for end in ("", "Length", "AsNumpy", "IsNone")} | {"Init"}
    return tuple(name for name, value in members.items()
                 if callable(value) and not name.startswith(("_", "GetRoot")) and name not in skipped
                 and not name.endswith("BufferHasIdentifier"))
