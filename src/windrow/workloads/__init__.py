"""The convolution layers of well-known networks, one data file each, with their source; or of a file.

    for item in wr.workloads.load("resnet18"):
        print(item.name, item.count, item.layer)
    wr.workloads.load("mine.toml")
    wr.workloads.load("topology.csv")

    wr.workloads.model("digits")          # a quantised network that comes with Windrow, ready to be planned

A TOML file holds `layers`, each with a name and the arguments of `Conv2d`, and if it occurs several times a
`count`; and if need be a `title`, `source`, `variant`, and the `bias` of layers that say nothing of it:

    [[layers]]
    name = "first"
    height = 32
    width = 32
    kernel_size = 3
    count = 2

Layers are as inference sees them: 8-bit, batch normalisation folded into weights and bias. Fully connected
layers, pooling and additions are left out.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from windrow.operators.conv2d import Conv2d
from windrow.values.keys import check_keys
from windrow.values.numerics import as_flag, as_int
from windrow.workloads.models import MODELS, model
from windrow.workloads.topology import read_topology

__all__ = ["MODELS", "Network", "Workload", "load", "model", "names", "network"]

_TABLE = ("title", "source", "variant", "bias", "layers")


@dataclass(frozen=True)
class Workload:
    """A layer of a network.

    name: what the network's source calls it, or its place in it
    layer: the layer itself
    count: how often exactly this layer occurs, at least 1
    """

    name: str
    layer: Conv2d
    count: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame of all occurrences."""
        return self.count * self.layer.macs


@dataclass(frozen=True)
class Network:
    """A network and where its figures come from.

    name: what `load` takes, or the name of the file without its suffix
    title: as it is written
    source: the paper
    variant: which of the dialects in use these layers are
    layers: in the order of the network; a shortcut follows the block that it bridges
    """

    name: str
    title: str
    source: str
    variant: str
    layers: tuple[Workload, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame of all convolutions."""
        return sum(item.macs for item in self.layers)


def names() -> list[str]:
    """Names of all networks, sorted."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml"))


def load(name: str) -> tuple[Workload, ...]:
    """The convolution layers of a network or file. Raises as `network` does."""
    return network(name).layers


def network(name: str) -> Network:
    """A network with its layers and its source; `name` may be the path of a TOML file, or of a topology.

    A file that ends in `.csv` is a topology of SCALE-Sim (`windrow.workloads.topology`).

    Raises
    ------
    TypeError
        if `name` is not a string, or a value in the file is of the wrong kind
    ValueError
        if there is no such network, with the nearest names and all that there are; if the file is not TOML
        or no topology, or a key or value in it is illegal, with file and layer, or line
    OSError
        if the file cannot be read
    """
    if not isinstance(name, str):
        raise TypeError(f"workload must be a name, not {name!r}")
    if name.endswith((".toml", ".csv")):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: not a text file in UTF-8: {error}") from error
        return (_read if name.endswith(".toml") else _of_topology)(text, Path(name).stem, name)
    legal = names()
    if name not in legal:
        near = difflib.get_close_matches(name.lower(), legal, n=2)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        every = ", ".join([*legal, "FILE.toml", "FILE.csv"])
        raise ValueError(f"unknown workload {name!r}: {hint}legal are {every}")
    source = f"{name}.toml"
    return _read(files(__name__).joinpath(source).read_text(encoding="utf-8"), name, source)


def _read(text: str, name: str, file: str) -> Network:
    """The network in a TOML text; errors begin with `file`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: not valid TOML: {error}") from error
    try:
        check_keys(table, _TABLE, "network", required=("layers",))
        said = {key: _text(table.get(key, default), key)
                for key, default in (("title", name), ("source", ""), ("variant", ""))}  # fmt: skip
        bias, entries = as_flag(table.get("bias", False), "bias"), table["layers"]
        if not isinstance(entries, list) or not entries:
            raise TypeError(f"layers must be a list of tables, at least one, not {entries!r}")
        layers = tuple(_workload(at, entry, bias) for at, entry in enumerate(entries, 1))
        for at, item in enumerate(layers):
            if item.name in (other.name for other in layers[:at]):
                raise ValueError(f"every layer must have a name of its own, not {item.name!r} again")
    except (TypeError, ValueError) as error:
        raise type(error)(f"{file}: {error}") from error
    return Network(name, said["title"], said["source"], said["variant"], layers)


def _of_topology(text: str, name: str, file: str) -> Network:
    """The network in a topology of SCALE-Sim; errors begin with `file`."""
    try:
        layers = read_topology(text)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    return Network(name, name, "", "SCALE-Sim topology, padding in the sizes", tuple(
        Workload(called, layer, 1) for called, layer in layers))


def _workload(at: int, entry: Any, bias: bool) -> Workload:
    called = f"layer {at}"
    try:
        if not isinstance(entry, dict):
            raise TypeError(f"must be a table, not {entry!r}")
        if "name" not in entry:
            raise ValueError(f"missing layer key 'name': found {', '.join(entry) or 'nothing'}")
        name = _text(entry["name"], "name")
        called = f"layer {name!r}"
        count = as_int(entry.get("count", 1), "count", 1)
        arguments = {key: value for key, value in entry.items() if key not in ("name", "count")}
        return Workload(name, Conv2d.from_dict({"bias": bias, **arguments}), count)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{called}: {error}") from error


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{key} must be a text, not {value!r}")
    return value
