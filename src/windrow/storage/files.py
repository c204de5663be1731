"""Layers and designs as TOML files, for people to write and for programs to keep.

    [layer]                      # the arguments of Conv2d, each in any form that Conv2d takes; with
                                 # operator = "max-pool2d", say, those of another operator
    height = 224
    width = 224
    kernel_size = 7
    stride = 2
    padding = "same"
    input_type = "uint8"

    [design]                     # only if the file holds a design
    lanes = 1
    pe = 1
    taps = 49

    [runtime]                    # only if size, stride and padding of the design can be programmed
    max_height = 256
    max_width = 256
    max_stride = 2
    weights = true

Keys are those of `Conv2d.to_dict`, so a file, the command line and `--json` say the same thing in the same
words. What `dumps` writes is complete: it does not change its meaning should a default ever change.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from windrow.operators.operator import Operator
from windrow.operators.table import from_dict
from windrow.stage.design import Design
from windrow.stage.programmable import Runtime
from windrow.storage.outputs import as_path, whole
from windrow.values.keys import check_keys

__all__ = ["dumps", "load", "loads", "save"]

_TABLES = ("layer", "design", "runtime")
_DESIGN_KEYS = ("lanes", "pe", "taps")
_RUNTIME_KEYS = ("max_height", "max_width", "max_stride", "weights", "rows")
_DERIVED_KEYS = ("output_shape", "macs")


def dumps(obj: Operator | Design) -> str:
    """A layer or a design as TOML text; `loads` gives an equal object back.

    Raises
    ------
    TypeError
        if `obj` is neither
    ValueError
        for a design that was configured: a file holds the hardware, and a setting of it is a layer
    """
    if not isinstance(obj, (Operator, Design)):
        raise TypeError(f"only an Operator or a Design can be written, not {obj!r}")
    layer = obj if isinstance(obj, Operator) else obj.layer
    # TOML has no null: what is None is left out. What follows from the rest would only be in the way when
    # somebody edits the file.
    fields = {key: value for key, value in layer.to_dict().items()
              if value is not None and key not in _DERIVED_KEYS}
    text = _table("layer", fields)
    if isinstance(obj, Design):
        if obj != obj.hardware:
            raise ValueError(f"a configured design must be written as two files, its `hardware` and its "
                             f"`layer`, not as one: {obj!r}")
        pixels = {"pixels": obj.pixels} if obj.pixels > 1 else {}
        text += "\n" + _table("design", {key: getattr(obj, key) for key in _DESIGN_KEYS} | pixels)
        if obj.runtime is not None:
            text += "\n" + _table("runtime", obj.runtime.to_dict())
    return text


def loads(text: str, name: str = "TOML text") -> Operator | Design:
    """The object that `text` describes: a `Design` if there is a `[design]` table, else an operator.

    `name` is what errors call the text, usually its file name.

    Raises
    ------
    TypeError
        if `text` is not a string, or a value is of the wrong kind
    ValueError
        if it is not TOML, a table or key is missing or unknown, or a value is illegal
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {text!r}")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name}: not valid TOML: {error}") from error
    try:
        check_keys(document, _TABLES, "top-level", required=("layer",))
        tables = {key: _checked_table(document, key) for key in document}
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error
    # The messages of operators and designs begin with the field, which is the key.
    try:
        layer = from_dict(tables["layer"])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: [layer] {error}") from error
    if "design" not in tables:
        if "runtime" in tables:
            raise ValueError(f"{name}: [runtime] needs a table [design], the hardware that it is of")
        return layer

    runtime = None
    try:
        if "runtime" in tables:
            check_keys(tables["runtime"], _RUNTIME_KEYS, "runtime", required=_RUNTIME_KEYS[:2])
            runtime = Runtime(**tables["runtime"])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: [runtime] {error}") from error
    try:
        check_keys(tables["design"], (*_DESIGN_KEYS, "pixels"), "design", required=_DESIGN_KEYS)
        return Design(layer, **tables["design"], runtime=runtime)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: [design] {error}") from error


def load(path: str | os.PathLike[str]) -> Operator | Design:
    """The layer or design in the TOML file `path`.

    Raises
    ------
    OSError
        if the file cannot be read
    TypeError, ValueError
        as `loads` does, with the path in front; for what is no path
    """
    try:
        text = as_path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{os.fspath(path)}: not a text file in UTF-8: {error}") from error
    return loads(text, os.fspath(path))


def save(path: str | os.PathLike[str], obj: Operator | Design) -> None:
    """Write a layer or a design to the TOML file `path`, whole or not at all.

    Raises
    ------
    OSError
        if the file cannot be written; an existing one is then as it was
    TypeError
        if `obj` is neither a layer nor a design
    """
    text = dumps(obj)
    with whole(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def _checked_table(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(document[key], dict):
        raise TypeError(f"{key} must be a table [{key}], not {document[key]!r}")
    return document[key]


def _table(name: str, values: Mapping[str, Any]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in values.items())


def _value(value: object) -> str:
    """A TOML value. Ours are booleans, numbers, names of types, and lists and inline tables of these."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + "}"
    return repr(value) if isinstance(value, float) else str(value)
