"""The options that describe a layer and a design, the same for every command that takes them.

A group of options is a dataclass. A command names it as the type of one parameter, and `takes_options` shows
Typer one option for each of its fields instead:

    @takes_options
    def plan(layer: LayerOptions, lanes: int = 1) -> None: ...
"""

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

from typer import BadParameter, Option

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.operators.table import OPERATORS, kind_of
from windrow.planning.plan import plan
from windrow.stage.design import Design
from windrow.storage.files import load
from windrow.storage.weights import Sizes
from windrow.values.numerics import MOST_BITS, Int, IntType
from windrow_cli.console import UserMistake, user_input

_LAYER, _DESIGN = "Layer", "Design"

# Flags that mean the same for a layer and for a sweep of layers.
OperatorName = Annotated[str | None, Option(metavar="NAME", rich_help_panel=_LAYER,
    help=f"One of {', '.join(OPERATORS)}. [dim]\\[default: conv2d][/]")]
Height = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER, help="Input rows.")]
Width = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER, help="Input columns.")]
InChannels = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Input channels. [dim]\\[default: 1][/]")]
Channels = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Channels of a pool or a rank. [dim]\\[default: 1][/]")]
OutChannels = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Filters. [dim]\\[default: 1][/]")]
PaddingMode = Annotated[str | None, Option(metavar="MODE", rich_help_panel=_LAYER,
    help="What lies in padding: constant, edge, reflect or symmetric. [dim]\\[default: constant][/]")]
PaddingValue = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Value of a constant padding. [dim]\\[default: 0][/]")]
Groups = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Groups of channels. [dim]\\[default: 1][/]")]
Rank = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Of rank2d: 0 is the smallest value of a window.")]
ZeroPoint = Annotated[int | None, Option(metavar="N", rich_help_panel=_LAYER,
    help="Of sum-pool2d: what is taken from every pixel. [dim]\\[default: 0][/]")]
CountIncludePad = Annotated[bool | None, Option(rich_help_panel=_LAYER, show_default=False,
    help="Of avg-pool2d: padding counts. [dim]\\[default: real pixels only][/]")]
InputType = Annotated[str | None, Option(metavar="TYPE", rich_help_panel=_LAYER,
    help="Type of a pixel, uint1 to int16. [dim]\\[default: uint8][/]")]
WeightType = Annotated[str | None, Option(metavar="TYPE", rich_help_panel=_LAYER,
    help="Type of a weight, uint1 to int16. [dim]\\[default: int8][/]")]


@dataclasses.dataclass(frozen=True)
class LayerOptions:
    """A layer by flags, by a TOML file, or by a file of which flags change something."""

    layer: Annotated[Path | None, Option(metavar="FILE.toml", rich_help_panel=_LAYER,
        help="A layer, or a layer and its design. Flags change what it says.")] = None
    operator: OperatorName = None
    height: Height = None
    width: Width = None
    in_channels: InChannels = None
    channels: Channels = None
    out_channels: OutChannels = None
    kernel_size: Annotated[str | None, Option(metavar="N|HxW|global", rich_help_panel=_LAYER,
        help="Kernel; global: a pool over the whole image.")] = None
    stride: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_LAYER,
        help="Stride. [dim]\\[default: 1][/]")] = None
    padding: Annotated[str | None, Option(metavar="N|HxW|T,B,L,R|valid|same", rich_help_panel=_LAYER,
        help="Pixels around the input. [dim]\\[default: 0][/]")] = None
    padding_mode: PaddingMode = None
    padding_value: PaddingValue = None
    dilation: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_LAYER,
        help="Dilation. [dim]\\[default: 1][/]")] = None
    groups: Groups = None
    rank: Rank = None
    output_padding: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_LAYER,
        help="Of conv-transpose2d: outputs that are added. [dim]\\[default: 0][/]")] = None
    factor: Annotated[str | None, Option(metavar="N|HxW", rich_help_panel=_LAYER,
        help="Of upsample2d: how often a pixel is repeated.")] = None
    zero_point: ZeroPoint = None
    count_include_pad: CountIncludePad = None
    input_type: InputType = None
    weight_type: WeightType = None

    def given(self) -> dict[str, Any]:
        """What the flags say, as arguments of `Conv2d`."""
        readers: dict[str, Callable[[str, str], Any]] = {
            "kernel_size": read_kernel, "stride": read_pair, "dilation": read_pair, "factor": read_pair,
            "output_padding": read_pair,
            "padding": read_padding, "input_type": _read_type, "weight_type": _read_type,
        }
        said = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name not in ("layer", "operator") and value is not None:
                reader = readers.get(field.name)
                said[field.name] = reader(field.name, value) if reader else value
        return said

    def known(self) -> Sizes:
        """What flags and file say about the sizes of the weights."""
        said = self._said()
        kernel, depth = said.get("kernel_size"), said.get("in_channels")
        return Sizes(said.get("out_channels"), (kernel, kernel) if isinstance(kernel, int) else kernel,
                     None if depth is None else depth // (said.get("groups") or 1))  # fmt: skip

    def weighted(self) -> bool:
        """Has the layer weights?  A pool has none."""
        if self.layer is None:
            return self.operator in (None, Conv2d.kind)
        return "weight_type" in self._said()

    def weight_kind(self) -> IntType:
        """The type of the weights, as flags and file say."""
        return self._said().get("weight_type", Int(8))

    def _said(self) -> dict[str, Any]:
        """What the file says, and over it the flags."""
        if self.layer is None:
            return self.given()
        layer, _ = self._held
        names = ("out_channels", "kernel_size", "in_channels", "groups", "weight_type")
        return {**{name: getattr(layer, name) for name in names if hasattr(layer, name)}, **self.given()}

    @functools.cached_property
    def _held(self) -> tuple[Operator, Design | None]:
        """What the file holds: a layer, and maybe its design.  It is read once."""
        assert self.layer is not None
        content = load(self.layer)
        return (content.layer, content) if isinstance(content, Design) else (content, None)

    def build(self, **implied: Any) -> tuple[Operator, Design | None]:
        """The layer, and the design if the file holds one.

        `implied` is what the data says, the size of a picture for instance; flags and the file come first.
        """
        with user_input():
            given = self.given()
            if self.layer is None:
                return new_layer(self.operator or Conv2d.kind, implied, given), None
            layer, design = self._held
            if self.operator not in (None, layer.kind):
                raise UserMistake(f"--operator must be left out or be {layer.kind}, what {self.layer} holds, "
                                  f"not {self.operator}")  # fmt: skip
            if given:
                check_meaning(type(layer), given)
                layer = layer.replace(**given)
            if implied.get("bias") and isinstance(layer, Conv2d) and not layer.bias:
                layer = layer.replace(bias=True)
            return layer, design


@dataclasses.dataclass(frozen=True)
class DesignOptions:
    """A design by flags; without `--pe` and `--taps` the planner chooses."""

    pixels: Annotated[int | None, Option(metavar="N", rich_help_panel=_DESIGN,
        help="Neighbouring pixels per beat, 1 to 16. [dim]\\[default: 1][/]")] = None
    lanes: Annotated[int | None, Option(metavar="N", rich_help_panel=_DESIGN,
        help="Channels per beat. [dim]\\[default: 1; all with several pixels][/]")] = None
    pe: Annotated[int | None, Option(metavar="N", rich_help_panel=_DESIGN,
        help="Filters in parallel. [dim]\\[default: 1, or planned][/]")] = None
    taps: Annotated[int | None, Option(metavar="N", rich_help_panel=_DESIGN,
        help="Window positions in parallel. [dim]\\[default: the whole kernel, or planned][/]")] = None

    def build(self, layer: Operator, planned: Design | None) -> Design:
        """The design of these flags, over the one of the file, over the cheapest that keeps the pace."""
        given = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        with user_input():
            if planned is not None:
                kept = {"lanes": planned.lanes, "pe": planned.pe, "taps": planned.taps,
                        "pixels": planned.pixels, "runtime": planned.runtime}
                return Design(layer, **{**kept, **given})
            if self.pe is None and self.taps is None:
                return plan(layer, **given)
            return Design(layer, **given)


def given_path(path: str | Path) -> Path:
    """Parser of options that name a place to write to: an empty one would quietly be the current folder."""
    if not str(path).strip():
        raise BadParameter("a path must not be empty")
    return Path(path)


def read_pair(name: str, text: str) -> int | tuple[int, int]:
    """`3` or `3x5` (rows x columns)."""
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text.strip())
    if match is None:
        raise UserMistake(f"--{name.replace('_', '-')} must be a number or HxW such as 3x5, not {text!r}")
    rows, columns = match.groups()
    return int(rows) if columns is None else (int(rows), int(columns))


def read_kernel(name: str, text: str) -> Any:
    """`3`, `3x5` (rows x columns) or `global`."""
    return "global" if text.strip().lower() == "global" else read_pair(name, text)


def read_padding(name: str, text: str) -> Any:
    """`1`, `1x2`, `0,1,0,1` (top, bottom, left, right), `valid` or `same`."""
    word = text.strip().lower()
    if word in ("valid", "same"):
        return word
    if re.fullmatch(r"\d+(,\d+){3}", word):
        top, bottom, left, right = (int(part) for part in word.split(","))
        return ((top, bottom), (left, right))
    if re.fullmatch(r"\d+(x\d+)?", word):
        return read_pair(name, word)
    raise UserMistake(f"--{name} must be a number, HxW such as 1x2, T,B,L,R such as 0,1,0,1, valid or same, "
                      f"not {text!r}")


def _read_type(name: str, text: str) -> IntType:
    return IntType.parse(text, f"--{name.replace('_', '-')}", MOST_BITS)


def new_layer(operator: str, implied: dict[str, Any], given: dict[str, Any]) -> Operator:
    """The layer of what is given, and of what of `implied` says something about this operator.

    Raises TypeError and ValueError as the operator does, UserMistake for what is missing or means nothing.
    """
    kind = kind_of(operator)
    check_meaning(kind, given)
    names = kind.arguments()
    if "channels" in names and "in_channels" in implied:
        implied = {**implied, "channels": implied["in_channels"]}
    arguments = {**{name: value for name, value in implied.items() if name in names}, **given}
    missing = [f"--{name.replace('_', '-')}" for name in kind.required if name not in arguments]
    if missing:
        raise UserMistake(f"the layer needs {', '.join(missing)} (or --layer FILE.toml)")
    return kind(**arguments)


def check_meaning(kind: type[Operator], given: dict[str, Any]) -> None:
    """UserMistake for an option that says nothing about this operator."""
    there = {field.name for field in dataclasses.fields(LayerOptions)}
    names = [name for name in kind.arguments() if name in there]
    for name in given:
        if name not in names:
            options = ", ".join(f"--{each.replace('_', '-')}" for each in names)
            raise UserMistake(f"--{name.replace('_', '-')} says nothing about {kind.kind}, "
                              f"which takes {options}")


def takes_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let Typer see the fields of each option group among the parameters of `function`."""
    groups: dict[str, type] = {}
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        group = parameter.annotation
        if not (isinstance(group, type) and dataclasses.is_dataclass(group)):
            shown.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = group
        shown += [
            inspect.Parameter(_flat(parameter.name, field.name), inspect.Parameter.KEYWORD_ONLY,
                              default=field.default, annotation=_named(field))
            for field in dataclasses.fields(group)
        ]

    @functools.wraps(function)
    def command(**values: Any) -> Any:
        for name, group in groups.items():
            fields = [field.name for field in dataclasses.fields(group)]
            values[name] = group(**{field: values.pop(_flat(name, field)) for field in fields})
        return function(**values)

    command.__signature__ = inspect.Signature(shown)  # pyright: ignore[reportAttributeAccessIssue]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return command


def _flat(group: str, field: str) -> str:
    # The groups' fields and the command's own parameters must not meet.
    return f"{group}_{field}"


def _named(field: dataclasses.Field[Any]) -> Any:
    """The annotation of a field, with the field's name as the name of an option that has none of its own."""
    kind, option = get_args(field.type)
    if option.default is ...:  # where Typer keeps the first name that is given
        option.param_decls = (f"--{field.name.replace('_', '-')}",)
    return Annotated[kind, option]
