"""The options of `windrow filter` that say what is done; the function of each filter knows which it takes."""

import dataclasses
import inspect
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
from typer import Option

from windrow.filters import FILTERS
from windrow.filters.bayer import PATTERNS
from windrow.filters.edges import RESULTS
from windrow.filters.morphology import ELEMENTS
from windrow.filters.points import KINDS
from windrow.network.graph import Network
from windrow.outputs.roundings import EXACT
from windrow.window.borders import MODES
from windrow_cli.console import UserMistake, user_input
from windrow_cli.options import read_pair

_FILTER = "Filter"
_NOT_SAID = ("height", "width", "channels", "order", "normalise", "pixels")
"""Arguments of filters that pictures and the command give."""

_CHOSEN = {"result": "absolute", "order": "rgb"}
"""What a command that writes pictures asks for, where a function has another default."""


@dataclasses.dataclass(frozen=True)
class FilterOptions:
    """A filter and what it is told; each filter takes some of these."""

    filter: Annotated[str | None, Option(metavar="NAME", rich_help_panel=_FILTER,
        help="One of those that --list shows.")] = None
    kernel_size: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_FILTER,
        help="Rows and columns of the window.")] = None
    sigma: Annotated[float | None, Option(metavar="S", rich_help_panel=_FILTER,
        help="Width of a Gaussian, in pixels. [dim]\\[default: what suits the size][/]")] = None
    sigma_color: Annotated[float | None, Option(metavar="S", rich_help_panel=_FILTER,
        help="Of bilateral: how different neighbours may be.")] = None
    sigma_space: Annotated[float | None, Option(metavar="S", rich_help_panel=_FILTER,
        help="Of bilateral: how far away.")] = None
    separable: Annotated[bool | None, Option(rich_help_panel=_FILTER, show_default=False,
        help="Of gaussian and box: two stages, down and across, and fewer multipliers.")] = None
    stride: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_FILTER,
        help="Every N-th row and column, and nothing else computed.")] = None
    border: Annotated[str | None, Option(metavar="|".join(MODES), rich_help_panel=_FILTER,
        help="What lies around the picture. [dim]\\[default: OpenCV's of this filter][/]")] = None
    kernel: Annotated[str | None, Option(metavar='"1 2 1; 2 4 2; 1 2 1"', rich_help_panel=_FILTER,
        help="Of filter2d: its rows.")] = None
    scale: Annotated[str | None, Option(metavar="1/16", rich_help_panel=_FILTER,
        help="Of filter2d: what sums are multiplied by.")] = None
    rounding: Annotated[str | None, Option(metavar="|".join(EXACT), rich_help_panel=_FILTER,
        help="Of filter2d.")] = None
    offset: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Of filter2d: added to sums; of adaptive-threshold: taken from means.")] = None
    dx: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Order of a derivative across.")] = None
    dy: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Order of a derivative down.")] = None
    norm: Annotated[str | None, Option(metavar="l1|l2", rich_help_panel=_FILTER,
        help="Of gradient-magnitude.")] = None
    derivative: Annotated[str | None, Option(metavar="sobel|scharr", rich_help_panel=_FILTER,
        help="Of gradient-magnitude.")] = None
    result: Annotated[str | None, Option(metavar="|".join(RESULTS[1:]), rich_help_panel=_FILTER,
        help="What becomes of a sum that is negative. [dim]\\[default: absolute][/]")] = None
    element: Annotated[str | None, Option(metavar="|".join(ELEMENTS), rich_help_panel=_FILTER,
        help="Of erode, dilate, open and close.")] = None
    level: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER, help="Of threshold.")] = None
    threshold: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Of canny: how steep an edge is.")] = None
    block_size: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Of harris: rows and columns whose gradients are summed.")] = None
    k: Annotated[float | None, Option(metavar="K", rich_help_panel=_FILTER,
        help="Of harris: how much less edges count than corners.")] = None
    maximum: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Of thresholds: what white is.")] = None
    kind: Annotated[str | None, Option(metavar="NAME", rich_help_panel=_FILTER,
        help=f"Of thresholds: {', '.join(KINDS)}.")] = None
    pattern: Annotated[str | None, Option(metavar="|".join(PATTERNS), rich_help_panel=_FILTER,
        help="Of bayer: the colours of the sensor's first two rows.")] = None
    factor: Annotated[int | None, Option(metavar="N", rich_help_panel=_FILTER,
        help="Of resize-area: how many times smaller.")] = None

    @property
    def name(self) -> str:
        """The filter's.  A kernel alone is for filter2d.  UserMistake for none and for an unknown one."""
        name = "filter2d" if self.filter is None and self.kernel is not None else self.filter
        if name is None:
            raise UserMistake("say what to do with --filter NAME; --list shows all")
        if name not in FILTERS:
            raise UserMistake(f"--filter must be one of {', '.join(FILTERS)}, not {name!r}")
        return name

    def given(self) -> dict[str, Any]:
        """What the options say, as arguments of the filter's function.

        UserMistake for what it does not take or cannot be read.
        """
        readers: dict[str, Callable[[str, str], Any]] = {
            "kernel_size": read_pair, "stride": read_pair, "kernel": _read_kernel, "scale": _read_scale}
        takes = arguments(self.name)
        said = {}
        for field in dataclasses.fields(self)[1:]:
            value = getattr(self, field.name)
            if value is None:
                continue
            option = f"--{field.name.replace('_', '-')}"
            if field.name not in takes:
                legal = ", ".join(f"--{each.replace('_', '-')}" for each in takes)
                raise UserMistake(f"{option} says nothing about {self.name}, which takes {legal}")
            reader = readers.get(field.name)
            said[field.name] = reader(option.removeprefix("--"), value) if reader else value
        return said

    def build(self, height: int, width: int, channels: int, pixels: int) -> Network:
        """The filter for pictures of this size.  UserMistake for what its function refuses."""
        make, said = FILTERS[self.name], self.given()
        takes = inspect.signature(make).parameters
        if self.name == "filter2d" and "kernel" not in said:
            raise UserMistake('filter2d needs --kernel "1 2 1; 2 4 2; 1 2 1"')
        if self.name == "filter2d" and "scale" in said:
            said.setdefault("result", "saturated")
        ours: dict[str, Any] = {"channels": channels, "pixels": pixels, **_CHOSEN, **said}
        with user_input():
            net = make(height, width, **{name: value for name, value in ours.items() if name in takes})
        if net.input_shape[2] != channels:
            wanted = "grey pictures: add --grey" if net.input_shape[2] == 1 else "colour pictures"
            raise UserMistake(f"{self.name} takes {wanted}")
        kind = net.tensors[net.output].type
        if kind.min < 0 or kind.max > 255:
            raise UserMistake(f"a picture holds 0 to 255, and what comes out is {kind}: "
                              f"--result {' or '.join(RESULTS[1:])}")
        return net


def arguments(name: str) -> list[str]:
    """The options that a filter takes."""
    return [each for each in inspect.signature(FILTERS[name]).parameters if each not in _NOT_SAID]


def _read_kernel(name: str, text: str) -> np.ndarray:
    rows = [row.replace(",", " ").split() for row in text.split(";") if row.strip()]
    whole = all(re.fullmatch(r"[+-]?\d+", number) for row in rows for number in row)
    if not rows or not whole or len({len(row) for row in rows}) != 1:
        raise UserMistake(f'--{name} must be rows of whole numbers such as "1 2 1; 2 4 2; 1 2 1", '
                          f"not {text!r}")
    return np.array([[int(number) for number in row] for row in rows])


def _read_scale(name: str, text: str) -> float:
    try:
        return float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise UserMistake(f"--{name} must be a number such as 0.25 or 1/16, not {text!r}") from None
