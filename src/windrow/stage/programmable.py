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

from windrow.operators.operator import Operator
from windrow.timing.folding import Fold
from windrow.timing.memories import ring_rows
from windrow.timing.schedule import Schedule
from windrow.values.numerics import as_flag, as_int
from windrow.window.window import Padding, Pair

__all__ = ["Runtime", "least_width", "most_padding"]

_SETTINGS = ("height", "width", "stride", "padding")


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
        Rows in the ring of the line buffer, a power of two.  By default the kernel's or a power of two,
        enough that a setting in which the array keeps up with the input never stalls it, whatever the stride,
        at the largest size, with the padding of the power-up layer, none or "same".  More rows keep the array
        busier at the ends of frames where it is the slower one.

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

    # What the hardware can be set to ------------------------------------------------------------

    def check_hardware(self, layer: Operator, fold: Fold) -> None:
        """Raise ValueError unless this folding of this layer has run-time hardware."""
        if layer.dilation != (1, 1):
            raise ValueError(f"dilation must be 1 for run-time hardware, not {layer.dilation}")
        if layer.padding_mode != "constant":
            raise ValueError("padding_mode must be 'constant' for run-time hardware, "
                             f"not {layer.padding_mode!r}")
        layer.check_programmable()
        kh, kw = layer.kernel_size
        if fold.taps > kh and fold.cycles > 1:
            whole = f", or {kh * kw} with all channels and filters at once (lanes={layer.in_channels}, "
            whole += f"pe={layer.out_channels})"
            raise ValueError(f"taps must be in 1..{kh}{whole} for run-time hardware, not {fold.taps}")
        if self.rows is not None and self.rows < kh:
            raise ValueError(f"rows must be at least the {kh} of the kernel, not {self.rows}")

    def check_setting(self, built: Operator, layer: Operator, gathers: bool) -> None:
        """Raise ValueError, with the legal values, unless hardware for `built` can be set to `layer`."""
        for name, have, want in built.differences(layer, but=_SETTINGS):
            raise ValueError(f"{name} must be {have!r}, which is built in, not {want!r}")
        sizes = zip(("height", "width"), (layer.height, layer.width), self.max_size, strict=True)
        for name, size, most in sizes:
            if size > most:
                raise ValueError(f"{name} must be in 1..{most} for this run-time hardware, not {size}")
        most_padded = most_padding(built.kernel_size, gathers)
        for axis, name in enumerate(("vertical", "horizontal")):
            stride, most = layer.stride[axis], self.max_stride[axis]
            if stride > most:
                raise ValueError(f"{name} stride must be in 1..{most} for this run-time hardware, "
                                 f"not {stride}")  # fmt: skip
            sides = (("top", "bottom"), ("left", "right"))[axis]
            for side, pad, most in zip(sides, layer.padding[axis], most_padded[axis], strict=True):
                if pad > most:
                    raise ValueError(f"{side} padding must be in 0..{most} for this run-time hardware, "
                                     f"not {pad}")  # fmt: skip
        if layer.width < least_width(gathers):
            raise ValueError(f"width must be in {least_width(gathers)}..{self.max_width} for this run-time "
                             f"hardware, not {layer.width}")  # fmt: skip

    def largest_setting(self, built: Operator) -> Operator:
        """The largest image that the hardware for `built` can be set to, at stride 1."""
        return built.replace(height=self.max_height, width=self.max_width, stride=1)

    def ring_rows(self, built: Operator, fold: Fold, depth: int) -> int:
        """Rows in the ring of the line buffer: the kernel's, so that operands may stay in their banks, or a
        power of two, so that rows find their bank by counting.

        At least the rows of a window, so that no setting can ever block; see the class for the default.
        """
        return self.rows if self.rows is not None else _ring_rows(self, built, fold, depth)


def most_padding(kernel_size: Pair, gathers: bool) -> Padding:
    """Most padding, ((top, bottom), (left, right)): less than the kernel, so that every window has a pixel.

    A shift register of columns (fold 1) lets one column of a window lie behind the image, and takes in the
    first column of the next row meanwhile, which must not complete a window of its own.
    """
    kh, kw = kernel_size
    return ((kh - 1, kh - 1), (kw - 1, kw - 1) if gathers else (kw - 2, 1))


def least_width(gathers: bool) -> int:
    """Narrowest image: 1, or 2 for a shift register, which takes in a column of the next row early."""
    return 1 if gathers else 2


@lru_cache(maxsize=256)
def _ring_rows(runtime: Runtime, built: Operator, fold: Fold, depth: int) -> int:
    largest, gathers = runtime.largest_setting(built), fold.taps <= built.kernel_size[0]
    rows = largest.kernel_size[0]
    strides = [(sh, sw) for sh in range(1, runtime.max_stride[0] + 1)
               for sw in range(1, runtime.max_stride[1] + 1)]  # fmt: skip
    for stride in strides:
        for padding in (largest.padding, "valid", "same"):
            try:
                setting = largest.replace(stride=stride, padding=padding)
                runtime.check_setting(built, setting, gathers)
            except ValueError:  # the kernel does not fit, or the padding is too much
                continue
            schedule = Schedule(setting.window, fold, depth, dense=True)
            if schedule.work <= schedule.input_beats:
                rows = max(rows, ring_rows(schedule))
    return rows if rows == largest.kernel_size[0] else 1 << (rows - 1).bit_length()
