"""The convolution layers of well-known networks, one data file each, with their source.

    for item in wr.workloads.load("resnet18"):
        print(item.name, item.count, item.layer)

Layers are as inference sees them: 8-bit, batch normalisation folded into weights and bias. Fully connected
layers, pooling and additions are left out. Depthwise layers are listed; `Design` refuses them until groups
exist in hardware.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from windrow.keys import check_keys
from windrow.layer import Conv2d

__all__ = ["Network", "Workload", "load", "names", "network"]

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

    name: what `load` takes
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
    """The convolution layers of a network. Raises as `network` does."""
    return network(name).layers


def network(name: str) -> Network:
    """A network with its layers and its source.

    Raises
    ------
    TypeError
        if `name` is not a string
    ValueError
        if there is no such network, with the nearest names and all that there are
    """
    if not isinstance(name, str):
        raise TypeError(f"workload must be a name, not {name!r}")
    legal = names()
    if name not in legal:
        near = difflib.get_close_matches(name.lower(), legal, n=2)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise ValueError(f"unknown workload {name!r}: {hint}legal are {', '.join(legal)}")
    table = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    check_keys(table, _TABLE, name, required=_TABLE)
    layers = tuple(_workload(dict(entry), table["bias"]) for entry in table["layers"])
    return Network(name, table["title"], table["source"], table["variant"], layers)


def _workload(entry: dict[str, object], bias: bool) -> Workload:
    name, count = str(entry.pop("name")), entry.pop("count", 1)
    assert isinstance(count, int)
    return Workload(name, Conv2d.from_dict({"bias": bias, **entry}), count)
