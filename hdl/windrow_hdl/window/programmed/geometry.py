"""Geometry: what the hardware keeps of a setting, ready to be compared and added.

A setting is what a person says (height, stride, padding ...); the geometry holds the few differences that
counters need.  Both are computed twice, in Python for the state after reset and in logic for every setting
that is programmed later, side by side here.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow.stage.programmable import least_width, most_padding
from windrow_hdl.parts.counters import at_most, less
from windrow_hdl.parts.sequencer import shape_of

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

    rows, columns, row_beats: of the image, and beats of a row
    start_h, start_w: place of the first window's last tap: rows and columns in front of it in the image
    edge_h, edge_w: padding behind the image, less a stride
    start: `start_w` in beats;  to_window: beats from the end of a window to the next one's begin
    """
    runtime = design.runtime
    assert runtime is not None
    (kh, kw), slices = design.window.kernel_size, design.slices
    (height, width), (sh, sw) = runtime.max_size, runtime.max_stride
    ranges = {
        "rows": [height],
        "columns": [width],
        "row_beats": [width * slices],
        "stride_h": [sh],
        "stride_w": [sw],
        "start_h": [max(1, kh - 1)],
        "start_w": [max(1, kw - 1)],
        "edge_h": [-sh, max(-1, kh - 2)],
        "edge_w": [-sw, max(-1, kw - 2)],
        "start": [max(1, (kw - 1) * slices)],
        "to_window": [(sw - 1) * slices + 1],
    }
    return data.StructLayout({name: shape_of(values) for name, values in ranges.items()})


def geometry_values(design: Design) -> dict[str, int]:
    """The registers for `design.layer`."""
    layer, slices = design.layer, design.slices
    (kh, kw), (sh, sw) = layer.kernel_size, layer.stride
    (top, bottom), (left, right) = layer.padding
    return {
        "rows": layer.height,
        "columns": layer.width,
        "row_beats": layer.width * slices,
        "stride_h": sh,
        "stride_w": sw,
        "start_h": kh - 1 - top,
        "start_w": kw - 1 - left,
        "edge_h": bottom - sh,
        "edge_w": right - sw,
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
        m.d.comb += [
            geometry.rows.eq(setting.height),
            geometry.columns.eq(setting.width),
            geometry.row_beats.eq(setting.width * slices),
            geometry.stride_h.eq(setting.stride_h),
            geometry.stride_w.eq(setting.stride_w),
            geometry.start_h.eq(kh - 1 - setting.pad_top),
            geometry.start_w.eq(kw - 1 - setting.pad_left),
            geometry.edge_h.eq(setting.pad_bottom - setting.stride_h),
            geometry.edge_w.eq(setting.pad_right - setting.stride_w),
            geometry.start.eq(geometry.start_w * slices),
            geometry.to_window.eq((setting.stride_w - 1) * slices + 1),
            self.legal.eq(Cat(self._in_range()).all()),
        ]
        return m

    def _in_range(self) -> list[Value]:
        """One bit per field that has illegal values; of a size too small for the kernel besides."""
        bounds, setting = setting_bounds(self.design), self.setting
        pads = {
            "height": (setting.pad_top, setting.pad_bottom),
            "width": (setting.pad_left, setting.pad_right),
        }
        sizes = [
            _large_enough(setting[name], bounds[name][0], kernel, *pads[name])
            for name, kernel in zip(pads, self.design.window.kernel_size, strict=True)
        ]
        within = [
            _within(setting[name], 0 if name in pads else low, high) for name, (low, high) in bounds.items()
        ]
        return [*sizes, *within]


def _large_enough(size: Value, least: int, kernel: int, *pads: Value) -> Value:
    """Is it the least, and the padded image as large as the kernel?  Only low bits tell where it is not."""
    low = max(least, kernel - 1).bit_length()
    small = size[:low]
    return size[low:].any() | (~less(small, least) & (small + pads[0] + pads[1] >= kernel))


def _within(field: Value, low: int, high: int) -> Value:
    """Is `low <= field <= high`?  No logic for what the width of the field says already."""
    above = Const(1) if high >= (1 << len(field)) - 1 else at_most(field, high)
    return above & ~less(field, low)
