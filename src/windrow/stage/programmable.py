"""Runtime: what of a layer can be programmed while the hardware runs, and up to which maxima.

Image size, stride and padding, and with `weights` also weights and bias, are settings of the hardware;
kernel, channels, types and folding are built in.  A `Design` with a runtime is such hardware set to a layer:

    design = wr.Design(layer, taps=3, runtime=wr.Runtime(max_height=64, max_width=64, max_stride=2))
    other = design.configured(layer.replace(height=20, stride=1))     # the same hardware, programmed

Every model of `other` (golden, timing, buffers) is that of the hardware with this setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from windrow.operators.conv2d import Conv2d, Pair
from windrow.timing import memories as capacity
from windrow.values.numerics import as_flag, as_int

if TYPE_CHECKING:
    from windrow.stage.design import Design

__all__ = ["Runtime", "check_hardware", "check_setting", "largest_setting", "least_width", "most_padding",
           "ring_rows"]  # fmt: skip

_BUILT_IN = ("in_channels", "out_channels", "kernel_size", "dilation", "groups", "bias", "input_type",
             "weight_type", "bias_type")  # fmt: skip


@dataclass(frozen=True, init=False, repr=False)
class Runtime:
    """Maxima of what can be programmed.

    Parameters
    ----------
    max_height, max_width : int
        Largest image in pixels; every size from 1 is a setting, as long as it fits the kernel when padded.
    max_stride : int or (h, w)
        Every stride from 1 is a setting.
    weights : bool
        Whether weights and bias are loaded into memories; else they are constants of the hardware.
    rows : int, optional
        Rows in the ring of the line buffer, a power of two.  By default enough that a setting in which the
        array keeps up with the input never stalls it, whatever the stride, at the largest size, with the
        padding of the power-up layer, none or "same".  More rows keep the array busier at the ends of
        frames where it is the slower one.

    Raises TypeError for the wrong kind, ValueError for a maximum below 1 or `rows` that are no power of
    two, or more than any four frames have.
    """

    max_height: int
    max_width: int
    max_stride: Pair
    weights: bool
    rows: int | None

    def __init__(
        self,
        *,
        max_height: int,
        max_width: int,
        max_stride: int | Pair = 2,
        weights: bool = True,
        rows: int | None = None,
    ) -> None:
        strides = max_stride if isinstance(max_stride, (tuple, list)) else (max_stride, max_stride)
        if len(strides) != 2:
            raise ValueError(f"max_stride must be an int or (h, w), not {max_stride!r}")
        for name, value in (
            ("max_height", as_int(max_height, "max_height", 1)),
            ("max_width", as_int(max_width, "max_width", 1)),
            ("max_stride", (as_int(strides[0], "max_stride", 1), as_int(strides[1], "max_stride", 1))),
            ("weights", as_flag(weights, "weights")),
            ("rows", None if rows is None else as_int(rows, "rows", 1)),
        ):
            object.__setattr__(self, name, value)
        if self.rows is not None and self.rows & (self.rows - 1):
            raise ValueError(f"rows must be a power of two, not {self.rows}")
        most = max(64, 1 << (4 * self.max_height - 1).bit_length())
        if self.rows is not None and self.rows > most:
            raise ValueError(f"rows must be at most {most} for max_height={self.max_height}, not {self.rows}")

    def __repr__(self) -> str:
        height, width = self.max_stride
        stride = height if height == width else self.max_stride
        rows = "" if self.rows is None else f", rows={self.rows}"
        return (f"Runtime(max_height={self.max_height}, max_width={self.max_width}, max_stride={stride}, "
                f"weights={self.weights}{rows})")  # fmt: skip

    def to_dict(self) -> dict[str, object]:
        """The arguments in JSON types; `rows` only where it was given."""
        rows = {} if self.rows is None else {"rows": self.rows}
        return {"max_height": self.max_height, "max_width": self.max_width,
                "max_stride": list(self.max_stride), "weights": self.weights, **rows}  # fmt: skip

    @property
    def max_size(self) -> Pair:
        """Largest height and width."""
        return (self.max_height, self.max_width)


def check_setting(design: Design, layer: Conv2d) -> None:
    """Raise ValueError, with the legal values, unless the hardware of `design` can be set to `layer`."""
    runtime, built = design.runtime, design.power_up
    if runtime is None or built is None:
        raise ValueError("a design without runtime=Runtime(...) cannot be configured; its layer is built in")
    for name in _BUILT_IN:
        have, want = getattr(built, name), getattr(layer, name)
        if have != want:
            raise ValueError(f"{name} must be {have!r}, which is built in, not {want!r}")
    sizes = zip(("height", "width"), (layer.height, layer.width), runtime.max_size, strict=True)
    for name, size, most in sizes:
        if size > most:
            raise ValueError(f"{name} must be in 1..{most} for this run-time hardware, not {size}")
    for axis, name in enumerate(("vertical", "horizontal")):
        stride, most = layer.stride[axis], runtime.max_stride[axis]
        if stride > most:
            raise ValueError(f"{name} stride must be in 1..{most} for this run-time hardware, not {stride}")
        sides = (("top", "bottom"), ("left", "right"))[axis]
        for side, pad, most in zip(sides, layer.padding[axis], most_padding(design)[axis], strict=True):
            if pad > most:
                raise ValueError(f"{side} padding must be in 0..{most} for this run-time hardware, not {pad}")
    if layer.width < least_width(design):
        raise ValueError(f"width must be in {least_width(design)}..{runtime.max_width} for this run-time "
                         f"hardware, not {layer.width}")  # fmt: skip


def most_padding(design: Design) -> tuple[Pair, Pair]:
    """Most padding, ((top, bottom), (left, right)): less than the kernel, so that every window has a pixel.

    A shift register of columns (fold 1) lets one column of a window lie behind the image, and takes in the
    first column of the next row meanwhile, which must not complete a window of its own.
    """
    kh, kw = design.layer.kernel_size
    horizontal = (kw - 1, kw - 1) if design.gathers else (kw - 2, 1)
    return ((kh - 1, kh - 1), horizontal)


def least_width(design: Design) -> int:
    """Narrowest image: 1, or 2 for a shift register, which takes in a column of the next row early."""
    return 1 if design.gathers else 2


def check_hardware(design: Design) -> None:
    """Raise TypeError or ValueError unless this folding of this layer has run-time hardware."""
    layer = design.layer
    if not isinstance(design.runtime, Runtime):
        raise TypeError(f"runtime must be a Runtime, not {design.runtime!r}")
    if layer.dilation != (1, 1):
        raise ValueError(f"dilation must be 1 for run-time hardware, not {layer.dilation}")
    kh, kw = layer.kernel_size
    if not design.gathers and design.fold > 1:
        whole = f", or {kh * kw} with all channels and filters at once (lanes={layer.in_channels}, "
        whole += f"pe={layer.out_channels})"
        raise ValueError(f"taps must be in 1..{kh}{whole} for run-time hardware, not {design.taps}")
    if design.runtime.rows is not None and design.runtime.rows < kh:
        raise ValueError(f"rows must be at least the {kh} of the kernel, not {design.runtime.rows}")


def largest_setting(design: Design) -> Conv2d:
    """The largest image that the hardware can be set to, at stride 1."""
    assert design.runtime is not None
    assert design.power_up is not None
    height, width = design.runtime.max_size
    return design.power_up.replace(height=height, width=width, stride=1)


@lru_cache(maxsize=256)
def ring_rows(design: Design) -> int:
    """Rows in the ring of the line buffer: a power of two, so that rows find their bank without a division.

    At least the rows of a window, so that no setting can ever block; see `Runtime` for the default.
    """
    runtime, largest = design.runtime, largest_setting(design)
    assert runtime is not None
    if runtime.rows is not None:
        return runtime.rows
    rows = largest.kernel_size[0]
    strides = [(sh, sw) for sh in range(1, runtime.max_stride[0] + 1)
               for sw in range(1, runtime.max_stride[1] + 1)]  # fmt: skip
    for stride in strides:
        for padding in (largest.padding, "valid", "same"):
            try:
                setting = design.configured(largest.replace(stride=stride, padding=padding))
            except ValueError:  # the kernel does not fit, or the padding is too much
                continue
            if setting.fold * setting.windows <= setting.input_beats:
                rows = max(rows, capacity.ring_rows(setting))
    return 1 << (rows - 1).bit_length()
