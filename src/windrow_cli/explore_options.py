"""The options of `windrow explore` that say what to sweep, and the sweep that they make."""

import dataclasses
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from windrow.operators.conv2d import Conv2d
from windrow.stage.design import Design
from windrow.storage.files import load
from windrow.values.numerics import IntType
from windrow_cli.console import UserMistake, user_input
from windrow_cli.options import (
    Channels,
    CountIncludePad,
    Groups,
    Height,
    InChannels,
    InputType,
    OperatorName,
    OutChannels,
    PaddingMode,
    PaddingValue,
    Rank,
    WeightType,
    Width,
    ZeroPoint,
    check_meaning,
    new_layer,
    read_padding,
    read_pair,
)
from windrow_explore.sweep import FRONTS, OBJECTIVES, Sweep

_SAID = ("height", "width", "in_channels", "out_channels", "channels", "groups", "padding_mode",
         "padding_value", "rank", "zero_point", "count_include_pad")  # fmt: skip
_LAYER, _AXES, _CHOICE = "Layer", "What to vary", "What to keep"
_STRIDES = [1, 2, 3, 4]
_LONGEST = 10_000  # numbers of a range; it is written out, and each is combined with everything else
_OTHER_LAYERS = "the layers are those of {}: leave out the options that describe one"


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """Layers, axes, constraints and objectives. Without any, the demo's layer at strides 1 to 4."""

    workload: Annotated[str | None, Option(metavar="NAME|FILE.toml|FILE.csv", rich_help_panel=_LAYER,
        help="All layers of a network: windrow workloads lists them; .csv: a topology of SCALE-Sim.")] = None
    layer: Annotated[Path | None, Option(metavar="FILE.toml", rich_help_panel=_LAYER,
        help="A layer. Flags change what it says.")] = None
    height: Height = None
    width: Width = None
    in_channels: InChannels = None
    out_channels: OutChannels = None
    operator: OperatorName = None
    channels: Channels = None
    groups: Groups = None
    padding_mode: PaddingMode = None
    padding_value: PaddingValue = None
    rank: Rank = None
    zero_point: ZeroPoint = None
    count_include_pad: CountIncludePad = None
    input_type: InputType = None
    weight_type: WeightType = None

    stride: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Such as 1..4 or 1,2,2x1. [dim]\\[default: 1..4; of a workload, its own][/]")] = None
    kernel_size: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Such as 3,5,1x7.")] = None
    padding: Annotated[list[str] | None, Option(metavar="N|HxW|T,B,L,R|valid|same", rich_help_panel=_AXES,
        help="Repeat the option for several.")] = None
    dilation: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Such as 1,2.")] = None
    lanes: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Channels per beat. [dim]\\[default: all that are legal][/]")] = None
    pe: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Filters in parallel. [dim]\\[default: all that are legal][/]")] = None
    taps: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Window positions in parallel. [dim]\\[default: all that are legal][/]")] = None
    pixels: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Neighbouring pixels per beat, such as 1,2,4. [dim]\\[default: 1][/]")] = None
    clock: Annotated[list[str] | None, Option(metavar="LIST", rich_help_panel=_AXES,
        help="Clocks of the frame rate, such as 100MHz. [dim]\\[default: 100MHz][/]")] = None

    where: Annotated[list[str] | None, Option(metavar="NAME<=NUMBER", rich_help_panel=_CHOICE,
        help="A constraint, such as 'multipliers<=64' or 'fps>=30'. Repeat it for several.")] = None
    objective: Annotated[list[str] | None, Option(metavar="NAME,...", rich_help_panel=_CHOICE,
        help=f"What the front is about. [dim]\\[default: {','.join(OBJECTIVES)}][/]")] = None
    front: Annotated[str | None, Option(metavar="|".join(FRONTS), rich_help_panel=_CHOICE,
        help="Compare designs of the same layer, or all with all. [dim]\\[default: layer][/]")] = None

    def sweep(self, file: Path | None, target: str | None) -> Sweep:
        """The sweep of these flags, or of a file of which flags change something."""
        with user_input():
            changes = self._changes(target)
            if file is None:
                return self._of_flags(changes)
            if self._layer_said() or self.operator is not None or self.workload is not None:
                raise UserMistake(_OTHER_LAYERS.format(file))
            return _of_file(file, changes)

    def clocks(self) -> list[float]:
        """The clocks in MHz; without the option none."""
        return [read_clock(part) for part in _parts(self.clock or [])]

    def _layer_said(self) -> dict[str, Any]:
        """What the flags say about the one layer."""
        said: dict[str, Any] = {name: getattr(self, name) for name in _SAID
                                if getattr(self, name) is not None}  # fmt: skip
        for name in ("input_type", "weight_type"):
            if getattr(self, name) is not None:
                said[name] = IntType.parse(getattr(self, name), name)
        return said

    def _changes(self, target: str | None) -> dict[str, Any]:
        """What the flags say about axes, constraints and objectives, as fields of `Sweep`."""
        readers: dict[str, Callable[[str, list[str]], Any]] = {
            "stride": _pairs, "kernel_size": _pairs, "dilation": _pairs, "padding": _paddings,
            "lanes": _numbers, "pe": _numbers, "taps": _numbers, "pixels": _numbers,
        }
        changes = {name: reader(name, getattr(self, name)) for name, reader in readers.items()
                   if getattr(self, name) is not None}  # fmt: skip
        if self.clock is not None:
            changes["clock_mhz"] = self.clocks()
        if target is not None:
            changes["target"] = [target]
        if self.where is not None:
            changes["constraints"] = self.where
        if self.objective is not None:
            changes["objectives"] = _parts(self.objective)
        if self.front is not None:
            changes["front"] = self.front
        return changes

    def _of_flags(self, changes: dict[str, Any]) -> Sweep:
        said = self._layer_said()
        if self.workload is not None:
            if said or self.operator is not None or self.layer is not None:
                raise UserMistake(_OTHER_LAYERS.format(self.workload))
            return Sweep.from_dict({"workload": self.workload}, **changes)
        changes.setdefault("stride", _STRIDES)
        if self.layer is not None:
            content = load(self.layer)
            base = content.layer if isinstance(content, Design) else content
            if self.operator not in (None, base.kind):
                raise UserMistake(f"--operator must be left out or be {base.kind}, what {self.layer} holds, "
                                  f"not {self.operator}")  # fmt: skip
            check_meaning(type(base), said)
            return Sweep(layers=[(self.layer.stem, base.replace(**said))], **changes)
        if not said and self.operator is None and self.kernel_size is None:
            # The photograph of `windrow demo`, at the size that it has there.
            demo = Conv2d(height=600, width=512, kernel_size=3, padding=1)
            return Sweep(layers=[("demo", demo)], **changes)
        missing = [f"--{name.replace('_', '-')}" for name in ("height", "width") if name not in said]
        missing += ["--kernel-size"] if self.kernel_size is None else []
        if missing:
            raise UserMistake(f"the layer needs {', '.join(missing)} "
                              "(or --layer FILE.toml, or --workload NAME)")  # fmt: skip
        # Any kernel of the axis will do, and some operators do not take any other.
        base = new_layer(self.operator or Conv2d.kind, {}, {**said, "kernel_size": changes["kernel_size"][0]})
        return Sweep(layers=[("layer", base)], **changes)


def _of_file(file: Path, changes: dict[str, Any]) -> Sweep:
    if not changes:
        return Sweep.load(file)
    # Flags replace what the file says: it is checked as it stands first, so its own mistakes carry its name.
    Sweep.load(file)
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    axes = {name: value for name, value in document.get("axes", {}).items() if name not in changes}
    return Sweep.from_dict({**document, "axes": axes}, **changes)


def _parts(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",")]


def _numbers(name: str, texts: list[str]) -> list[int] | str:
    if [text.strip() for text in texts] == ["all"]:
        return "all"
    found: list[int] = []
    for part in _parts(texts):
        match = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", part)
        if match is None:
            raise UserMistake(f"--{name} must be numbers such as 1,2,4 or 1..4, not {part!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UserMistake(f"--{name} must count upwards, such as 1..4, not {part!r}")
        if last - first >= _LONGEST:
            raise UserMistake(f"--{name} must be at most {_LONGEST:,} numbers, not the {last - first + 1:,} "
                              f"of {part!r}")  # fmt: skip
        found += range(first, last + 1)
    return found


def _pairs(name: str, texts: list[str]) -> list[Any]:
    found: list[Any] = []
    for part in _parts(texts):
        if ".." in part:
            found += _numbers(name.replace("_", "-"), [part])
        else:
            found.append(read_pair(name, part))
    return found


def _paddings(name: str, texts: list[str]) -> list[Any]:
    return [read_padding(name, text) for text in texts]


def read_clock(text: str) -> float:
    """`100MHz`, `100` (MHz), `0.1GHz` or `500kHz`, in MHz."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(k|M|G)?(?:Hz)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UserMistake(f"--clock must be a frequency such as 100MHz, not {text!r}")
    number, unit = match.groups()
    return float(number) * {"k": 1e-3, "m": 1.0, "g": 1e3}[(unit or "M").lower()]
