"""Components: the blocks of a design as Amaranth has them, with the names of their ports and what these are.

    class Part(wiring.Component):
        \"\"\"What it is, in a line.            ─▶ the comment of its module

        i: what comes in;  o: what goes out    ─▶ the comments of its ports
        others: what all the others are
        \"\"\"

What is not said there is where the ports are made: by the functions `..._ports` that `__init__` calls, or in
the class that it is derived from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Fragment, Instance
from amaranth.lib import wiring

__all__ = ["About", "converted", "described", "plain_path", "with_outputs"]

_ENTRY = re.compile(r"(?P<names>[A-Za-z_]\w*(?:\.\.\.)?(?:, [A-Za-z_]\w*(?:\.\.\.)?)*): (?P<text>.+)")
_LONG = 60  # characters of a port's comment
_COMMON = {"clk": "clock, rising edge", "aclk": "clock, rising edge",
           "rst": "reset, synchronous, active high", "restart": "reset of the datapath alone",
           "reset": "the reset that software asked for"}
_BESIDE = "of a block beside this one, or in it"
_STREAM = {name: text for prefix in ("", "t")
           for name, text in ((f"{prefix}valid", "a beat is on offer"), (f"{prefix}ready", "it is taken"))}


@dataclass(frozen=True)
class About:
    """What people are told of a block: what it is, what its ports are, attributes of ports."""

    doc: str = ""
    ports: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def port(self, name: str) -> str:
        """The comment of a port; of one that has none, that of what it is a field or another bit of.

        A module of Verilog also has ports for what other blocks look at, which no component has.
        """
        own = self.ports.get(name) or _COMMON.get(name, "")
        if own:
            return own
        last = name.rpartition("__")[2]
        if last in _STREAM and last != name:
            return _STREAM[last]
        whole = [key for key, text in self.ports.items() if text and name.startswith(f"{key}_")]
        if whole:
            return self.ports[max(whole, key=len)]
        return _BESIDE if self.ports and name not in self.ports else ""


def converted(component: Any, name: str, *, locations: bool = False
              ) -> tuple[str, dict[tuple[str, ...], About]]:
    """RTLIL of a component, a module of it named `name`, and what is known of its blocks, by path.

    Modules have an attribute `interface`: the names of the component's ports; cells of other makers an
    attribute `outputs`: which of their ports are outputs.
    """
    seen = _Elaborated(component)
    text = rtlil.convert(seen, name=name, emit_src=locations)
    blocks = dict(_blocks(seen.fragment, ()))

    def with_interface(match: re.Match[str]) -> str:
        known = blocks.get(plain_path(match[1].split(".")[1:]))
        listed = " ".join(_ports(known)) if known is not None else ""
        return f'attribute \\interface "{listed}"\n{match[0]}' if listed else match[0]

    text = re.sub(r"^module \\(\S+)$", with_interface, text, flags=re.MULTILINE)
    text = with_outputs(text, _outputs(seen.fragment, {}))
    return text, {path: described(block) for path, block in blocks.items()}


class _Elaborated(Elaboratable):
    """A component that keeps the fragment that it becomes."""

    fragment: Fragment

    def __init__(self, component: Any) -> None:
        self.component, self.signature = component, component.signature

    def __getattr__(self, name: str) -> Any:
        return getattr(self.component, name)

    def elaborate(self, platform: object) -> Fragment:
        self.fragment = Fragment.get(self.component, platform)
        return self.fragment


def plain_path(path: Iterable[str]) -> tuple[str, ...]:
    """Without what Amaranth adds to names that a signal has already."""
    return tuple(name if name.startswith("U$") else re.sub(r"\$\d+$", "", name) for name in path)


def _ports(component: Any) -> Iterator[str]:
    for path, _, _ in component.signature.flatten(component):
        yield "__".join(map(str, path))


def _blocks(fragment: Fragment, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every component within a fragment, with its path."""
    for origin in fragment.origins or ():
        if isinstance(origin, wiring.Component):
            yield path, origin
            break
    for number, (inner, name, _) in enumerate(fragment.subfragments):
        yield from _blocks(inner, (*path, name or f"U${number}"))


def _outputs(fragment: Fragment, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Names of the outputs of instances, by kind."""
    if isinstance(fragment, Instance):
        found.setdefault(fragment.type, set()).update(
            name for name, (_, way) in fragment.ports.items() if way == "o")
    for inner, _, _ in fragment.subfragments:
        _outputs(inner, found)
    return found


def with_outputs(text: str, outputs: Mapping[str, Iterable[str]]) -> str:
    """RTLIL in which cells of these kinds say which of their ports are outputs."""
    def attribute(match: re.Match[str]) -> str:
        if match[2] not in outputs:
            return match[0]
        return f'{match[1]}attribute \\outputs "{" ".join(sorted(outputs[match[2]]))}"\n{match[0]}'

    return re.sub(r"^( *)cell \\(\S+) ", attribute, text, flags=re.MULTILINE)


def described(component: Any) -> About:
    """What the docstring of a component says. Blocks that are not ours are not described."""
    doc = type(component).__doc__ or ""
    if type(component).__module__.split(".")[0] == "amaranth":
        return About()
    said = {name: text for place in _places(type(component)) for name, text in _entries(place)}
    ports: dict[str, str] = {}
    for name in _ports(component):
        first, _, rest = name.partition("__")
        starts = [key for key in said if key.endswith("...") and name.startswith(key[:-3])]
        whole = rest in ("", "payload", "tdata") or rest.isdigit()
        text = said.get(name) or (said.get(first, "") if whole else "")
        ports[name] = text or (said[starts[0]] if starts else said.get("others", ""))
    summary = re.sub(r"\s+", " ", doc.strip().split("\n\n")[0]).strip()
    return About(f"{type(component).__name__}: {_short(summary, 3 * _LONG)}" if summary else "", ports)


def _places(kind: type) -> Iterator[str]:
    """Docstrings that tell of the ports of a component; what a later one says counts."""
    for base in reversed(kind.__mro__):
        init = vars(base).get("__init__")
        if isinstance(init, FunctionType) and issubclass(base, wiring.Component):
            yield from _port_makers(init)
            yield base.__doc__ or ""


def _port_makers(function: FunctionType) -> Iterator[str]:
    """Docstrings of the functions that make ports for this one, each after those for itself."""
    codes = [function.__code__]
    for code in codes:
        codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        for name in code.co_names:
            maker = function.__globals__.get(name)
            if name.endswith("_ports") and isinstance(maker, FunctionType):
                yield from _port_makers(maker)
                yield maker.__doc__ or ""


def _entries(doc: str) -> Iterator[tuple[str, str]]:
    """Names and texts of lines like `one, other: text;  third: text`, with the lines that go on below."""
    text = ""
    for line in [*doc.strip().splitlines()[1:], ""]:
        stripped = line.strip()
        if text and (not stripped or _ENTRY.fullmatch(stripped)):
            yield from _parts(text)
            text = ""
        if text or _ENTRY.fullmatch(stripped):
            text = f"{text} {stripped}".strip()


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"; +(?=[A-Za-z_][\w, .]*: )", text):
        match = _ENTRY.fullmatch(part)
        if match:
            yield from ((name, _short(match["text"], _LONG)) for name in match["names"].split(", "))


def _short(text: str, most: int) -> str:
    """As much of a text as there is room for, up to the end of a clause."""
    text = re.sub(r"\s+", " ", text).rstrip(".")
    while len(text) > most:
        shorter = re.sub(r"[.;:,] (?:(?![.;:,] ).)*$", "", text)
        if shorter == text:
            return text[: text.rindex(" ", 0, most)]
        text = shorter
    return text
