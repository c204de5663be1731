"""The summary of a design: what it is, takes and does, in lines for a terminal or a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windrow.pictures.datapath import factors, kinds_of, picture, reader_of
from windrow.pictures.html import summary_html
from windrow.stage.estimates import CLOCK_MHZ, Estimate, estimate
from windrow.stage.memory_blocks import FAMILIES

__all__ = ["Summarised", "Summary", "summary"]


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """`print` it, or let a notebook show it; `facts` are its lines, (name, text).

    estimate: frames/s, GOPS, microseconds, block RAMs and DSP blocks; None for run-time hardware
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    estimate: Estimate | None
    drawing: str

    def __str__(self) -> str:
        wide = max(len(name) for name, _ in self.facts)
        return "\n".join([self.title, *(f"  {name:<{wide}}  {text}" for name, text in self.facts)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return summary_html(self, self.drawing)


def summary(design: Any, target: str = "ecp5", clock_mhz: float = CLOCK_MHZ) -> Summary:
    """The summary of a `Design`.  Raises as `estimate` does, but for run-time hardware, which has none."""
    layer = design.layer
    name, holds = reader_of(design)
    beats = max(1, design.schedule.row_beats)
    stores = [("line buffer", f"ring of {design.ring_rows} rows x {beats:,} beats x {design.beat_bits} bit"),
              ("reader", f"{name}: {holds}")]  # fmt: skip
    height, width, channels = layer.input_shape
    out_height, out_width, filters = layer.output_shape
    bound = design.bounds().interval
    law = "at the bound" if design.interval == bound else f"the bound of this folding is {bound:,}"
    served, each = "window", "window"
    if design.pixels > 1:
        served, each = f"group of {_many(design.output_pixels, 'window')}", "group"
    facts = [
        ("layer", str(layer)),
        ("input", f"{height}x{width}x{channels}, {_side_by_side(design.pixels)}"
                  f"{_of(design.lanes, channels, 'channel')} a beat "
                  f"({design.beat_bits} bit), {design.input_beats:,} beats a frame"),
        *([("windows", f"grow as their pixels arrive: {holds}")] if design.accumulates else stores),
        ("pixel memory", f"{design.buffer_bits:,} bit"),
        (layer.operands, f"{factors(design)} = {design.multipliers:,}, {kinds_of(layer)}"),
        ("fold", f"{design.fold:,} cycles a {served}, {design.windows:,} {each}s a frame"),
        ("output", f"{out_height}x{out_width}x{filters} of {layer.output_type}, "
                   f"{_side_by_side(design.output_pixels)}"
                   f"{_of(design.pe, filters, 'channel' if layer.channelwise else 'filter')} a beat, "
                   f"queue of {design.schedule.credits} beats"),
        ("interval", f"{design.interval:,} cycles a frame, {law}"),
        ("latency", f"{design.latency:,} cycles"),
        ("busy", f"{design.utilisation:.1%} of the {layer.operands}' cycles"),
    ]  # fmt: skip
    found = None
    if design.runtime is None:
        found = estimate(design, target, clock_mhz)
        facts += [
            (f"at {found.clock_mhz:g} MHz", f"{_short(found.fps)} frames/s, {_short(found.gops)} GOPS, "
                                            f"{_short(found.latency_us)} µs latency"),
            (f"on {target}", f"block RAMs of {FAMILIES[target].size}: {found.block_rams:,}; DSP blocks: "
                             f"{found.dsps:,} (estimates, for constant weights)"),
        ]  # fmt: skip
    return Summary(f"Design: {design}", tuple(facts), found, picture(design))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count > 1)}"


def _side_by_side(pixels: int) -> str:
    return f"{pixels} pixels of " if pixels > 1 else ""


def _of(some: int, all_: int, what: str) -> str:
    """`1 channel`, `3 of 64 channels`."""
    return f"{some} {what}{'s' * (some > 1)}" if some == all_ else f"{some} of {all_} {what}s"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.4g}"


class Summarised:
    """What a design shows of itself. A class that has a design's properties only needs to be one of these."""

    def summary(self, target: str = "ecp5", clock_mhz: float = CLOCK_MHZ) -> Summary:
        """What it is, takes and does, to be printed or shown by a notebook.

        GOPS, frames/s, microseconds, block RAMs and DSP blocks are those of `estimate`, without synthesis.
        """
        return summary(self, target, clock_mhz)

    def picture(self) -> str:
        """A drawing of the datapath with its own widths and depths, as SVG."""
        return picture(self)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
