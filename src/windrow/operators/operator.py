"""Operator: what every strided sliding-window operator is, a window (geometry) and a reduction.

An operator is a frozen value: once it exists, its fields are legal and in one normal form, so nobody
downstream checks or converts them again.  It says *what* comes out; folding and time are a stage's.

A new operator is a class here with `golden` and these facts about its reduction:

    kind          its name in files and on the command line, its row in the table of operators
    reduction     its row in the hardware's table of reductions
    channelwise   does every channel of the output come from one channel of the input?
    foldable      can a window be reduced in several steps?
    identity      what a spare tap of a step delivers: it changes no result
    fill          what a tap in the padding delivers: the identity, but where padding has a value
    result_type   of one reduced window
    depth(n)      cycles from a step at the reduction to its result, `n` operands for each result
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from windrow.outputs.output_map import Chain, Map
from windrow.outputs.output_map import from_dict as map_from_dict
from windrow.pictures.html import ShownLayer
from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.partial import Partial
from windrow.values.keys import check_keys, jsonable
from windrow.values.numerics import MAX_BITS, MOST_BITS, IntType, as_array, as_int
from windrow.window.window import Padding, Pair, Window, by, shortest

__all__ = ["Array", "Operator", "OutputLike", "Parameters"]

Array = npt.NDArray[np.int64]
Parameters = tuple[Array | None, Array | None]
OutputLike: TypeAlias = Map | Sequence[Map] | None

_PLAIN = "conv2d"
"""The operator of a table that names none."""

_DERIVED = ("output_shape", "macs")
_PAIRS = {"kernel_size", "stride", "dilation", "factor", "output_padding"}
_SELDOM = ("padding_mode", "padding_value")
# With one random stream for all, weights would be correlated with the input they meet.
INPUT, WEIGHTS, BIAS = range(3)


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Operator(ShownLayer, ABC):
    """Base of all operators: the window's arguments, and what follows from them alone.

    height, width, kernel_size, stride, padding, dilation, padding_mode: as in `windrow.window.Window`
    padding_value: what taps in the padding read under "constant"; None: the identity
    in_channels, out_channels: of the input, of the output
    groups: groups of channels that do not see each other; all of them where `channelwise`
    input_type: of every value of the input
    output: maps that every result goes through, in their order
    """

    kind: ClassVar[str]
    reduction: ClassVar[str]
    channelwise: ClassVar[bool]
    foldable: ClassVar[bool] = True
    operands: ClassVar[str] = "operands"
    """What `Design.multipliers` counts."""
    shares_columns: ClassVar[bool] = False
    """Is there hardware that computes what one column of pixels gives only once?"""
    most_taps: ClassVar[int] = 1 << 12  # of any window
    required: ClassVar[tuple[str, ...]] = ("height", "width", "kernel_size")
    """What `from_dict` insists on."""
    rounding: ClassVar[str] = "double"
    """What "tflite" means for an output map here: what the reference kernel of this operator does."""

    height: int
    width: int
    in_channels: int
    out_channels: int
    kernel_size: Pair
    stride: Pair
    padding: Padding
    dilation: Pair
    padding_mode: str
    padding_value: int | None
    groups: int
    input_type: IntType
    output: tuple[Map, ...]

    # Facts of the reduction ---------------------------------------------------------------------

    @property
    @abstractmethod
    def identity(self) -> int:
        """What a spare tap delivers: it changes no result."""

    @property
    def fill(self) -> int:
        """What a tap in the padding delivers under "constant"."""
        return self.identity if self.padding_value is None else self.padding_value

    @property
    def weight_shape(self) -> tuple[int, ...] | None:
        """Shape of the weights; None for an operator without weights."""
        return None

    @property
    @abstractmethod
    def result_type(self) -> IntType:
        """Smallest type of a reduced window: no input can overflow it."""

    @abstractmethod
    def depth(self, operands: int, shared: bool = False) -> int:
        """Cycles from a step at the reduction to its result, of `operands` operands for each result.

        shared: where columns come one by one to hardware that shares them
        """

    @property
    def partial(self) -> Partial | None:
        """What a window has so far, for hardware that reduces pixels as they arrive; None: there is none."""
        return None

    @property
    def fixed_taps(self) -> int | None:
        """The one number of taps that there is hardware for; None: any legal one."""
        return None if self.foldable else self.window.taps

    @property
    def column_plan(self) -> ColumnPlan | None:
        """How windows side by side share what their columns give; None where they share nothing."""
        return None

    def accumulates(self, taps: int) -> bool:
        """Are pixels reduced as they arrive, by a design with so many taps?"""
        return taps == 1 and self.partial is not None and (self.window.disjoint or self.window.successive)

    @abstractmethod
    def reduce(self, frames: Array, parameters: Parameters) -> Array:
        """(N, Ho, Wo, O) reduced windows of checked `frames` (N, H, W, C)."""

    @abstractmethod
    def check_parameters(self, weights: npt.ArrayLike | None, bias: npt.ArrayLike | None) -> Parameters:
        """Weights and bias as int64, or None where the operator has none. Raises TypeError, ValueError."""

    def random_weights(self, seed: int) -> Array | None:
        """Reproducible weights over the full range of their type; None for an operator without weights."""
        return None

    def random_bias(self, seed: int) -> Array | None:
        """Reproducible bias over the full range of its type; None for an operator without bias."""
        return None

    # Shapes and counts --------------------------------------------------------------------------

    @cached_property
    def window(self) -> Window:
        """The geometry: what the operator reads of an image."""
        return Window(self.height, self.width, self.kernel_size, self.stride, self.dilation, self.padding,
                      self.padding_mode)  # fmt: skip

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one input frame: (H, W, C)."""
        return (self.height, self.width, self.in_channels)

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """Shape of one output frame: (Ho, Wo, O); `Ho = (H + top + bottom - keh)//sh + 1`."""
        return (*self.window.output_size, self.out_channels)

    @property
    def effective_kernel(self) -> Pair:
        """Rows and columns a window spans, holes included: (keh, kew), `keh = dh*(kh-1) + 1`."""
        return self.window.effective_kernel

    @property
    def products(self) -> int:
        """Operands reduced to one output: `kh*kw*C/groups`."""
        return self.window.taps * (self.in_channels // self.groups)

    @property
    def macs(self) -> int:
        """Operations per frame, one for each operand, taps in the padding included: `Ho*Wo*O*products`."""
        ho, wo, filters = self.output_shape
        return ho * wo * filters * self.products

    @cached_property
    def chain(self) -> Chain:
        """The output maps, in their places."""
        return Chain(self.output, self.result_type, self.out_channels)

    @property
    def output_type(self) -> IntType:
        """Type of every value of the output."""
        return self.chain.result

    def operations(self, taps: int) -> int:
        """`macs`; or the pixels that are read, each once, where they are reduced as they arrive."""
        return self.window.read_pixels * self.out_channels if self.accumulates(taps) else self.macs

    def reach(self, parameters: Parameters | None) -> tuple[Array, Array]:
        """(O,) least and largest result of every channel over all inputs, with these parameters or any."""
        ends = (self.result_type.min, self.result_type.max)
        least, largest = (np.full(self.out_channels, end, np.int64) for end in ends)
        return least, largest

    def check_programmable(self) -> None:
        """Raise ValueError for what cannot be built into hardware whose size and padding are programmed."""

    # What comes out -----------------------------------------------------------------------------

    def check_input(self, x: npt.ArrayLike) -> Array:
        """`x`, (H, W, C) or (N, H, W, C), as (N, H, W, C) int64.

        Raises `TypeError` if not integers, `ValueError` for a wrong shape or a value outside `input_type`.
        """
        array = as_array(x, "x")
        frames = array if array.ndim == 4 else array[np.newaxis]
        if frames.shape[1:] != self.input_shape or not len(frames):
            raise ValueError(f"x must have shape (H, W, C) = {self.input_shape} or (N, H, W, C) with N >= 1, "
                             f"not {array.shape}")  # fmt: skip
        return self.input_type.check(array, "x").reshape(frames.shape)

    def golden(
        self, x: npt.ArrayLike, weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None
    ) -> Array:
        """What comes out, exactly, in int64: (N, Ho, Wo, O) for (N, H, W, C), (Ho, Wo, O) for one (H, W, C).

        Raises as `check_input` and `check_parameters` do.
        """
        y = self.chain.golden(self.reduce(self.check_input(x), self.check_parameters(weights, bias)))
        return y[0] if np.ndim(x) == 3 else y

    def random_input(self, seed: int, frames: int | None = None) -> Array:
        """Reproducible input over the full range of `input_type`: (H, W, C), or (frames, H, W, C)."""
        shape = self.input_shape if frames is None else (as_int(frames, "frames", 1), *self.input_shape)
        return self.input_type.random(shape, seed, INPUT)

    # Other forms --------------------------------------------------------------------------------

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the only writes to a frozen object

    def _set_window(
        self, height: object, width: object, kernel_size: object, stride: object, padding: object,
        dilation: object, padding_mode: object, padding_value: object,
    ) -> None:  # fmt: skip
        """The window's fields in their normal form, and what lies in the padding; `input_type` is set before.

        Raises as `Window.of` does, and for a `padding_value` that is not of the input's type or, where the
        mode has no use for one, not the default.
        """
        window = Window.of(height, width, kernel_size, stride, padding, dilation, padding_mode)
        default = self._defaults()["padding_value"]
        value = default if padding_value is None else as_int(padding_value, "padding_value")
        kind = self.input_type
        if value is not None and not kind.min <= value <= kind.max:
            raise ValueError(f"padding_value must be in {kind.min}..{kind.max} ({kind}), not {value}")
        if value != default and window.mode != "constant":
            raise ValueError(f"padding_value must be left out for padding_mode {window.mode!r}, "
                             f"not be {value}")  # fmt: skip
        self._set(height=window.height, width=window.width, kernel_size=window.kernel_size,
                  stride=window.stride, padding=window.padding, dilation=window.dilation,
                  padding_mode=window.mode, padding_value=value)  # fmt: skip

    def _set_output(self, output: object) -> None:
        """The output maps in their normal form; after all that `result_type` depends on.

        Raises TypeError for what is no map, ValueError for a map of another number of channels.
        """
        self._set(output=Chain.of(output, self.result_type, self.out_channels, self.rounding).maps)

    def _check_sizes(self) -> None:
        """Beyond any hardware, and where models and planner would run out of memory instead of an answer."""
        rows, columns, _ = self.output_shape
        for name, size, most in (
            ("in_channels", self.in_channels, 1 << 16), ("out_channels", self.out_channels, 1 << 16),
            ("kernel_size", self.window.taps, self.most_taps),
            ("height * width", self.height * self.width, 1 << 24),
            ("outputs per filter", rows * columns, 1 << 24),
        ):  # fmt: skip
            if size > most:
                raise ValueError(f"{name} must be at most {most:,}, not {size:,}")

    def replace(self, **changes: Any) -> Self:
        """A copy with other arguments, e.g. `layer.replace(stride=2)`.

        Unlike with `dataclasses.replace`, a type that was derived is derived anew. Padding stays the number
        of pixels that it became: say `padding="same"` again if need be. Raises as the class does.
        """
        return type(self)(**{**self._words(), **changes})

    def differences(self, other: Operator, *, but: tuple[str, ...]) -> list[tuple[str, Any, Any]]:
        """Arguments other than those called `but` in which `other` differs: name, ours, theirs."""
        if type(other) is not type(self):
            return [("operator", type(self).__name__, type(other).__name__)]
        names = [name for name in self.arguments() if name not in but]
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in names]
        return [(name, have, want) for name, have, want in pairs if have != want]

    def to_dict(self) -> dict[str, Any]:
        """The operator in JSON types: every field, plus the derived `output_shape` and `macs`.

        `padding_mode` and `padding_value` only where they are not the default.
        """
        kind = {} if self.kind == _PLAIN else {"operator": self.kind}
        said = {name: jsonable(getattr(self, name)) for name in self.arguments()
                if name not in _SELDOM or getattr(self, name) != self._defaults()[name]}  # fmt: skip
        if not self.output:
            del said["output"]
        return {**kind, **said, "output_shape": list(self.output_shape), "macs": self.macs}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The operator that `to_dict` wrote, or that a person wrote with the same keys and any legal values.

        Raises
        ------
        TypeError
            if `data` is not a mapping, or a value is of the wrong kind
        ValueError
            for unknown or missing keys, illegal values, and derived values (`output_shape`, `macs`) that
            are not those of this operator
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"layer must be a mapping, not {data!r}")
        names = cls.arguments()
        check_keys(data, [*names, "operator", *_DERIVED], "layer", required=cls.required)
        if data.get("operator", cls.kind) != cls.kind:
            raise ValueError(f"operator must be {cls.kind!r} here, not {data['operator']!r}")
        arguments = {name: value for name, value in data.items() if name in names}
        for name in (name for name in names if name.endswith("_type")):
            if arguments.get(name) is not None:
                most = MAX_BITS if name == "bias_type" else MOST_BITS
                arguments[name] = IntType.parse(arguments[name], name, most)
        if "output" in arguments:
            maps = arguments["output"]
            several = maps if isinstance(maps, list) else [maps]
            arguments["output"] = tuple(map_from_dict(each) for each in several)
        operator = cls(**arguments)
        derived = operator.to_dict()
        for name in _DERIVED:
            value = data.get(name, derived[name])
            if (list(value) if isinstance(value, tuple) else value) != derived[name]:
                raise ValueError(f"{name} must be {derived[name]} for this layer, not {value!r}")
        return operator

    @classmethod
    def arguments(cls) -> list[str]:
        """The constructor's arguments, in their order."""
        return list(inspect.signature(cls.__init__).parameters)[1:]

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """The constructor's defaults."""
        return cls.__init__.__kwdefaults__ or {}

    def _words(self) -> dict[str, Any]:
        """The constructor's arguments as a person would say them: `stride=2`, not `stride=(2, 2)`."""
        (top, bottom), (left, right) = self.padding
        words: dict[str, Any] = {name: getattr(self, name) for name in self.arguments()}
        for name in _PAIRS & words.keys():
            words[name] = shortest(words[name])
        if "padding" in words and top == bottom and left == right:
            words["padding"] = shortest((top, left))
        words["output"] = self.output if len(self.output) > 1 else self.output[0] if self.output else None
        return words

    def __repr__(self) -> str:
        defaults = self._defaults()
        said = [f"{name}={value!r}" for name, value in self._words().items() if value != defaults.get(name)]
        return f"{type(self).__name__}({', '.join(said)})"

    def __str__(self) -> str:
        words = self._words()
        said = [f"{by(self.input_shape)} -> {by(self.output_shape)}"]
        said += [f"kernel {by(self.kernel_size)}"] if "kernel_size" in words else []
        said += [f"{name} {by(words[name])}" for name, default in
                 (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1))
                 if words.get(name, default) != default]  # fmt: skip
        said += [f"{name} {words[name]}" for name in _SELDOM
                 if words.get(name) != self._defaults().get(name)]  # fmt: skip
        said += self._more_words()
        if self.output:
            said.append(f"{', '.join(each.kind for each in self.output)} to {self.output_type}")
        return f"{type(self).__name__}({', '.join(said)})"

    def _more_words(self) -> list[str]:
        """What `str` says besides shapes and window."""
        return [str(self.input_type)]
