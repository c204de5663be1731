"""Geometry: what the hardware keeps of a setting, ready to be compared and added.

A setting is what a person says (height, stride, padding ...); the geometry holds the few differences that
counters need.  Both are computed twice, in Python for the state after reset and in logic for every setting
that is programmed later, side by side here.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow.stage.programmable import least_width, most_padding
from windrow_hdl.parts.counters import at_most

FIELDS = ("height", "width", "stride_h", "stride_w", "pad_top", "pad_bottom", "pad_left", "pad_right")
"""Fields of a setting, the first in the low bits."""


def setting_values(layer: Operator) -> dict[str, int]:
    """The setting that makes hardware serve `layer`, by field."""
    (top, bottom), (left, right) = layer.padding
    values = (layer.height, layer.width, *layer.stride, top, bottom, left, right)
    return dict(zip(FIELDS, values, strict=True))


def setting_layout(design: Design) -> data.StructLayout:
    """A setting as the hardware of `design` takes it: every field as wide as its largest legal value."""
    runtime = design.runtime
    assert runtime is not None
    kh, kw = design.window.kernel_size
    most = (*runtime.max_size, *runtime.max_stride, kh - 1, kh - 1, kw - 1, kw - 1)
    return data.StructLayout(
        {name: max(1, value.bit_length()) for name, value in zip(FIELDS, most, strict=True)}
    )


def setting_bounds(design: Design) -> dict[str, tuple[int, int]]:
    """Least and largest legal value of every field."""
    runtime = design.runtime
    assert runtime is not None
    (top, bottom), (left, right) = most_padding(design.window.kernel_size, design.gathers)
    bounds = (
        (1, runtime.max_height), (least_width(design.gathers), runtime.max_width), (1, runtime.max_stride[0]),
        (1, runtime.max_stride[1]), (0, top), (0, bottom), (0, left), (0, right),
    )  # fmt: skip
    return dict(zip(FIELDS, bounds, strict=True))


def pack_setting(design: Design) -> int:
    """The payload of port `settings` that sets the hardware to `design.layer`."""
    payload, offset = 0, 0
    for name, value in setting_values(design.layer).items():
        payload |= value << offset
        offset += setting_layout(design)[name].width
    return payload


def geometry_layout(design: Design) -> data.StructLayout:
    """Registers of a setting.

    spare_h, spare_w: pixels of the padded image beyond the first window: the way a window can go
    rows, row_beats: of the image, of a row
    first_need: rows that the first window needs
    start: beat within a row of the last column of a row's first window;  to_window: beats from the end of
    a window to the next one's begin
    """
    runtime = design.runtime
    assert runtime is not None
    (kh, kw), slices = design.window.kernel_size, design.slices
    (height, width), (sh, sw) = runtime.max_size, runtime.max_stride
    ranges = {
        "spare_h": height + kh - 2,
        "spare_w": width + kw - 2,
        "stride_h": sh,
        "stride_w": sw,
        "top": kh - 1,
        "bottom": kh - 1,
        "left": kw - 1,
        "right": kw - 1,
        "rows": height,
        "row_beats": width * slices,
        "first_need": kh,
        "start": (kw - 1) * slices,
        "to_window": (sw - 1) * slices + 1,
    }
    return data.StructLayout({name: max(1, most.bit_length()) for name, most in ranges.items()})


def geometry_values(design: Design) -> dict[str, int]:
    """The registers for `design.layer`."""
    layer, slices = design.layer, design.slices
    (kh, kw), (sh, sw) = layer.kernel_size, layer.stride
    (top, bottom), (left, right) = layer.padding
    return {
        "spare_h": layer.height + top + bottom - kh,
        "spare_w": layer.width + left + right - kw,
        "stride_h": sh,
        "stride_w": sw,
        "top": top,
        "bottom": bottom,
        "left": left,
        "right": right,
        "rows": layer.height,
        "row_beats": layer.width * slices,
        "first_need": min(kh - top, layer.height),
        "start": (kw - 1 - left) * slices,
        "to_window": (sw - 1) * slices + 1,
    }


class Geometry(wiring.Component):
    """Checks a setting and computes the registers for it, all in the same cycle.

    setting: any bits at all;  legal: it is one that the hardware can be set to;  geometry: its registers
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        super().__init__(
            {
                "setting": In(setting_layout(design)),
                "legal": Out(1),
                "geometry": Out(geometry_layout(design)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, setting, geometry = self.design, self.setting, self.geometry
        (kh, kw), slices = design.window.kernel_size, design.slices
        fits = [
            self._axis(m, "h", setting.height, kh, geometry.spare_h, setting.pad_top, setting.pad_bottom),
            self._axis(m, "w", setting.width, kw, geometry.spare_w, setting.pad_left, setting.pad_right),
        ]
        first_need = Signal(range(kh + 1))
        # Only the low bits of a height tell whether it is less than the kernel's.
        low = setting.height[: len(first_need)]
        few = ~setting.height[len(first_need) :].any() & (low < first_need)
        m.d.comb += [
            first_need.eq(kh - setting.pad_top),
            geometry.stride_h.eq(setting.stride_h),
            geometry.stride_w.eq(setting.stride_w),
            geometry.top.eq(setting.pad_top),
            geometry.bottom.eq(setting.pad_bottom),
            geometry.left.eq(setting.pad_left),
            geometry.right.eq(setting.pad_right),
            geometry.rows.eq(setting.height),
            geometry.row_beats.eq(setting.width * slices),
            geometry.first_need.eq(Mux(few, low, first_need)),
            geometry.start.eq((kw - 1 - setting.pad_left) * slices),
            geometry.to_window.eq((setting.stride_w - 1) * slices + 1),
            self.legal.eq(Cat(*fits, *self._in_range()).all()),
        ]
        return m

    def _axis(self, m: Module, name: str, size: Value, kernel: int, spare: Signal, *pads: Value) -> Value:
        """Compute `spare`; does the kernel fit the padded image?"""
        small = Signal(range(-kernel, kernel), name=f"padding_less_kernel_{name}")
        wide = Signal(len(spare) + 1, name=f"spare_{name}")
        m.d.comb += [small.eq(pads[0] + pads[1] - kernel), wide.eq(size + small), spare.eq(wide)]
        return ~wide[-1]

    def _in_range(self) -> list[Value]:
        """One bit per field that has illegal values."""
        bounds = setting_bounds(self.design)
        return [_within(self.setting[name], low, high) for name, (low, high) in bounds.items()]


def _within(field: Value, low: int, high: int) -> Value:
    """Is `low <= field <= high`?  No logic for what the width of the field says already."""
    above = Const(1) if high >= (1 << len(field)) - 1 else at_most(field, high)
    return above & (~at_most(field, low - 1) if low else Const(1))
