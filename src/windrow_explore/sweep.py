"""A sweep: layers, what to vary about them, what a design must keep to, and what to save.

    workload = "resnet18"                # a network; or one [layer]; or several [[layers]], each with a name
    objectives = ["multipliers", "interval", "buffer_bits"]
    constraints = ["multipliers <= 256", "fps >= 30"]
    front = "layer"                      # designs of each layer among themselves; or "all"

    [axes]                               # each a list, or a single value
    stride = [1, 2, 3, 4]                # n or [h, w]; so are kernel_size and dilation
    padding = ["same"]                   # any form that Conv2d takes
    lanes = [1, 3]                       # so are pe and taps; without them, every legal one
    pixels = [1, 2, 4]                   # neighbours of a row in a beat, with all their channels; else 1
    clock_mhz = [100]
    target = ["ecp5"]

The values of all axes are combined. What does not exist (a kernel that is larger than the image, lanes that
do not divide the channels) is left out and counted, unless nothing else is left of an axis.
"""

from __future__ import annotations

import itertools
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.operators.table import from_dict
from windrow.planning.table import COLUMNS
from windrow.stage.pixels import check_pixels
from windrow.values.keys import check_keys
from windrow.values.numerics import as_int, as_real
from windrow_explore.constraints import Constraint

__all__ = ["AXES", "FRONTS", "OBJECTIVES", "Sweep", "Variant"]

GEOMETRY = ("stride", "kernel_size", "padding", "dilation")
FOLDING = ("lanes", "pe", "taps")
AXES = (*GEOMETRY, *FOLDING, "pixels", "clock_mhz", "target")
"""What a sweep may vary, in order."""

OBJECTIVES = ("multipliers", "interval", "buffer_bits")
"""What a sweep saves unless it says otherwise."""

FRONTS = ("layer", "all")
_KEYS = ("workload", "layer", "layers", "axes", "constraints", "objectives", "front")
_CLOCK = 100.0  # MHz


@dataclass(frozen=True)
class Variant:
    """A layer of the sweep: the name of what was varied, and what became of it."""

    name: str
    layer: Operator


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What to explore; every field is checked when it is made.

    layers : (name, layer) pairs
    stride, kernel_size, padding, dilation : values to try, or None for those of the layer
    lanes, pe, taps : values to try, or None for every legal one
    pixels : neighbours of a row in a beat; of designs with several, lanes are all channels
    clock_mhz : clocks of the frame rate
    target : families of FPGAs, "" for none
    constraints : what every design must keep to
    objectives : columns that the front is about
    front : "layer" compares designs of the same layer, target and clock; "all" compares all with all

    Raises TypeError and ValueError that begin with the key.
    """

    layers: Sequence[tuple[str, Operator]]
    stride: Sequence[Any] | None = None
    kernel_size: Sequence[Any] | None = None
    padding: Sequence[Any] | None = None
    dilation: Sequence[Any] | None = None
    lanes: Sequence[int] | None = None
    pe: Sequence[int] | None = None
    taps: Sequence[int] | None = None
    pixels: Sequence[int] = (1,)
    clock_mhz: Sequence[float] = (_CLOCK,)
    target: Sequence[str] = ("",)
    constraints: Sequence[Constraint | str] = ()
    objectives: Sequence[str] = field(default=OBJECTIVES)
    front: str = "layer"

    def __post_init__(self) -> None:
        for name in AXES:
            object.__setattr__(self, name, _axis(name, getattr(self, name)))
        if not self.layers:
            raise ValueError("layers must hold at least one layer, not none")
        for pair in self.layers:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not isinstance(pair[0], str):
                raise TypeError(f"layers must be pairs such as ('first', Conv2d(...)), not {pair!r}")
            if not isinstance(pair[1], Operator):
                raise TypeError(f"layers must be operators such as Conv2d, not {pair[1]!r} ({pair[0]!r})")
            if pair[1].window.fractional:
                raise ValueError("layers must have windows that advance by whole pixels, not be "
                                 f"{pair[1]!r} ({pair[0]!r})")  # fmt: skip
        texts = _several("constraints", self.constraints)
        object.__setattr__(self, "constraints", tuple(
            each if isinstance(each, Constraint) else Constraint.parse(each) for each in texts))
        object.__setattr__(self, "objectives", tuple(_several("objectives", self.objectives)))
        legal = [name for name, column in COLUMNS.items() if column.better]
        for name in self.objectives:
            if name not in legal:
                raise ValueError(f"objectives must be of {', '.join(legal)}, not {name!r}")
        if not self.objectives:
            raise ValueError("objectives must hold at least one column, not none")
        if self.front not in FRONTS:
            raise ValueError(f"front must be one of {', '.join(FRONTS)}, not {self.front!r}")

    def variants(self) -> tuple[list[Variant], list[str]]:
        """Every layer of the sweep, each once, and why the others are left out.

        Raises ValueError if none is left, with the reason.
        """
        found: dict[Variant, None] = {}
        skipped: dict[str, None] = {}
        choices: list[tuple[Any, ...]] = [getattr(self, name) or (None,) for name in GEOMETRY]
        for (name, base), *values in itertools.product(self.layers, *choices):
            changes = {axis: value for axis, value in zip(GEOMETRY, values, strict=True) if value is not None}
            try:
                layer = base.replace(**changes) if changes else base
            except ValueError as error:
                said = ", ".join(f"{axis} {_word(value)}" for axis, value in changes.items())
                skipped[f"{name}: {said}: {error}"] = None
                continue
            if problem := _no_hardware(layer):
                skipped[f"{name}: {problem}"] = None
                continue
            found[Variant(name, layer)] = None
        if not found:
            raise ValueError(f"no layer is left to explore: {next(iter(skipped))}")
        return list(found), list(skipped)

    def to_dict(self) -> dict[str, Any]:
        """The sweep in JSON types, complete: equal sweeps give equal dicts."""
        return {
            "layers": [{"name": name, **layer.to_dict()} for name, layer in self.layers],
            "axes": {name: _listed(getattr(self, name)) for name in AXES},
            "constraints": [str(each) for each in self.constraints],
            "objectives": list(self.objectives), "front": self.front,
        }  # fmt: skip

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sweep:
        """The sweep in the TOML file `path`.

        Raises OSError if it cannot be read, TypeError and ValueError as `loads`, with the path in front.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{os.fspath(path)}: not a text file in UTF-8: {error}") from error
        return cls.loads(text, os.fspath(path))

    @classmethod
    def loads(cls, text: str, name: str = "TOML text") -> Sweep:
        """The sweep that a TOML text describes; `name` is what errors call it."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{name}: not valid TOML: {error}") from error
        try:
            return cls.from_dict(document)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], **changes: Any) -> Sweep:
        """The sweep of a mapping with the keys of the TOML file; `changes` are fields that replace some."""
        check_keys(document, _KEYS, "sweep")
        axes = document.get("axes", {})
        if not isinstance(axes, Mapping):
            raise TypeError(f"axes must be a table [axes], not {axes!r}")
        check_keys(axes, AXES, "axes")
        fields: dict[str, Any] = {}
        for name, value in axes.items():
            try:
                fields[name] = _axis(name, value)
            except (TypeError, ValueError) as error:
                raise type(error)(f"[axes] {error}") from error
        for name in ("constraints", "objectives", "front"):
            if name in document:
                fields[name] = document[name]
        layers, padding = _layers(document)
        if padding is not None:
            fields.setdefault("padding", padding)
        return cls(**{"layers": layers, **fields, **changes})


def _layers(document: Mapping[str, Any]) -> tuple[list[tuple[str, Operator]], list[str] | None]:
    """The layers of a sweep, and the padding if it is a word: it means other pixels for other kernels."""
    given = [key for key in ("workload", "layer", "layers") if key in document]
    if len(given) != 1:
        raise ValueError("a sweep needs exactly one of workload, [layer] and [[layers]], "
                         f"not {' and '.join(given) or 'none'}")  # fmt: skip
    if given == ["workload"]:
        from windrow import workloads

        return [(item.name, item.layer) for item in workloads.load(document["workload"])], None
    if given == ["layer"]:
        entry = document["layer"]
        if not isinstance(entry, Mapping):
            raise TypeError(f"layer must be a table [layer], not {entry!r}")
        words = [entry["padding"]] if isinstance(entry.get("padding"), str) else None
        return [("layer", _layer("[layer]", entry))], words
    entries = document["layers"]
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise TypeError(f"layers must be tables [[layers]], not {entries!r}")
    found = []
    for number, entry in enumerate(entries, 1):
        where = f"[[layers]] number {number}:"
        name = entry.get("name")
        if not isinstance(name, str) or not name or name in (known for known, _ in found):
            raise ValueError(f"{where} name must be a text of its own, not {name!r}")
        found.append((name, _layer(where, {key: value for key, value in entry.items() if key != "name"})))
    return found, None


def _layer(where: str, entry: Mapping[str, Any]) -> Operator:
    try:
        return from_dict(entry)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where} {error}") from error


def _no_hardware(layer: Operator) -> str:
    """Why no design of a layer exists: a border of which a window lacks a pixel; else nothing."""
    try:
        layer.window.check_sources()
    except ValueError as error:
        return str(error)
    return ""


def _several(name: str, value: object) -> list[Any]:
    if isinstance(value, (str, Constraint)):
        return [value]
    if not isinstance(value, Sequence):
        raise TypeError(f"{name} must be a list, not {value!r}")
    return list(value)


def _axis(name: str, value: Any) -> tuple[Any, ...] | None:
    """The values of an axis, each checked and each once; None where the axis is not varied."""
    if value is None or (name in FOLDING and value == "all"):
        return None
    values = value if isinstance(value, (list, tuple, range)) else [value]
    if not len(values):
        raise ValueError(f"{name} must hold at least one value, not none")
    return tuple(dict.fromkeys(_value(name, each) for each in values))


def _value(name: str, value: Any) -> Any:
    if name in FOLDING:
        return as_int(value, name, 1)
    if name == "pixels":
        return check_pixels(value)
    if name == "clock_mhz":
        clock = as_real(value, "clock_mhz")
        if not 0 < clock <= 1e5:
            raise ValueError(f"clock_mhz must be above 0 and at most 100000, not {value!r}")
        return clock
    if name == "target":
        from windrow_hdl.synthesis.fpga_devices import DEVICES

        if value not in ("", *DEVICES):
            raise ValueError(f"target must be one of {', '.join(DEVICES)}, not {value!r}")
        return value
    # A layer on which every value is possible that is possible at all: its complaints are about the value.
    Conv2d(height=1024, width=1024, kernel_size=1).replace(**{name: value})
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _listed(value: Any) -> Any:
    return list(map(_listed, value)) if isinstance(value, tuple) else value


def _word(value: Any) -> str:
    return "x".join(map(_word, value)) if isinstance(value, tuple) else str(value)


