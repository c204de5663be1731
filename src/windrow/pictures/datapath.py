"""The drawing of one design: ring of rows, reader and multipliers, with their real widths and depths.

    i ─▶ LineBuffer ─▶ reader ─▶ multipliers ─▶ queue ─▶ o
"""

from __future__ import annotations

from typing import Any

from windrow.pictures.svg import Drawing

__all__ = ["factors", "kinds_of", "picture", "reader_of"]

_BLUE, _GREEN, _VIOLET, _ROSE = "#2f81f7", "#2a9a4a", "#8957e5", "#d1437a"
_WIDTH, _HEIGHT = 1080, 284
_TOP, _BOX = 52, 178  # of the boxes
_MOST_ROWS, _MOST_TAPS, _MOST_PE = 8, 12, 8  # that are drawn one by one; of more the first and the last


def kinds_of(layer: Any) -> str:
    """Types of what a layer works on."""
    weights = getattr(layer, "weight_type", None)
    return str(layer.input_type) if weights is None else f"{layer.input_type} x {weights}"


def reader_of(design: Any) -> tuple[str, str]:
    """The reader's name, and what it holds besides the ring."""
    kh, bits = design.window.kernel_size[0], design.beat_bits
    if design.pixels > 1:
        columns = _many(design.schedule.held_columns, "column")
        return "GroupReader", f"a shift register of {columns} of {kh} x {bits // design.pixels} bit"
    if design.accumulates:
        return "Accumulator", _partials(design)
    if design.gathers:
        return "GatherReader", "reads the ring, holds nothing"
    if design.shifts:
        columns = design.window.kernel_size[1]
        return "ShiftReader", f"a shift register of {_many(columns, 'column')} of {kh} x {bits} bit"
    memories = design.memories
    words = memories.store_depth << memories.store_slice_bits
    return "ColumnReader", f"a store of {_many(memories.store_banks, 'bank')} of {words} x {kh * bits} bit"


def factors(design: Any) -> str:
    """What the multipliers of a design are the product of."""
    windows = f"windows {design.output_pixels} x " if design.pixels > 1 else ""
    return f"{windows}pe {design.pe} x taps {design.taps} x lanes {design.lanes}"


def _partials(design: Any) -> str:
    """How many partial results there are, and where."""
    common = design.open_partials
    if common is not None:
        said = ((common.down, "partial results"), (common.along, "the row at hand"))
        return ", ".join(f"{places.count:,} x {design.place_bits(places)} bit of {what} in "
                         f"{'memory' if places.stored else 'registers'}"
                         for places, what in said if places.pixels)
    partials = design.memories.partials
    if not partials.entries:
        return "a window is a pixel"
    where = "memory" if partials.stored else "registers"
    held = f", {partials.ring} in registers" if partials.stored and partials.ring else ""
    return f"{_many(partials.entries, 'partial result')} of {design.partial_bits} bit in {where}{held}"


def picture(design: Any) -> str:
    """An SVG of a design: what is drawn and written in it are its own numbers."""
    layer = design.layer
    through = (_partials(design) if design.accumulates
               else f"a ring of {design.ring_rows} rows, {reader_of(design)[0]}")  # fmt: skip
    drawing = Drawing(_WIDTH, _HEIGHT, f"Datapath: {design}",
                      f"{layer} through {through}, {_many(design.multipliers, layer.operands[:-1])} "
                      f"and a queue of {design.schedule.credits} beats")  # fmt: skip
    rate = f"{design.pixels * design.lanes} x {layer.input_type} a beat"
    drawing.text(20, _TOP + 84, "i", size=18, bold=True)
    drawing.arrow(30, _TOP + 78, 78, _TOP + 78)
    drawing.lines(44, _TOP + 108, _wrapped(rate), most=86, step=14)
    if design.accumulates:
        _accumulator(drawing, design, 84)
    else:
        _ring(drawing, design, 84)
        drawing.arrow(324, _TOP + 78, 366, _TOP + 78)
        _reader(drawing, design, 372)
    drawing.arrow(612, _TOP + 78, 654, _TOP + 78)
    _array(drawing, design, 660)
    drawing.arrow(900, _TOP + 78, 934, _TOP + 78)
    _queue(drawing, design, 940)
    drawing.arrow(1006, _TOP + 78, 1046, _TOP + 78)
    drawing.text(1060, _TOP + 84, "o", size=18, bold=True)
    return str(drawing)


def _wrapped(rate: str) -> list[str]:
    head, _, tail = rate.rpartition(" a ")
    return [head, f"a {tail}"]


def _block(drawing: Drawing, x: float, width: float, colour: str, name: str, says: list[str]) -> None:
    drawing.box(x, _TOP, width, _BOX, colour)
    drawing.text(x + width / 2, _TOP - 12, name, size=15, colour=colour, bold=True, most=width)
    drawing.lines(x + width / 2, _TOP + _BOX + 22, says, most=width + 34)


def _ring(drawing: Drawing, design: Any, x: float) -> None:
    rows, bits = design.ring_rows, design.beat_bits
    beats = max(1, design.schedule.row_beats)
    _block(drawing, x, 240, _BLUE, "LineBuffer", [
        f"ring of {_many(rows, 'row')} x {beats:,} beats x {bits} bit",
        f"{max(1, design.memories.ring_beats) * bits:,} bit",
    ])  # fmt: skip
    shown = min(rows, _MOST_ROWS)
    height = min(26.0, (_BOX - 46) / shown)
    top = _TOP + 16 + (_BOX - 46 - shown * height) / 2
    cells = min(10, beats)
    width = 200 / cells
    for row in range(shown):
        y = top + row * height
        if rows > shown and row == shown - 2:
            drawing.text(x + 120, y + height * 0.7, f"… {rows - shown + 1} more", colour=_BLUE)
            continue
        drawing.text(x + 12, y + height * 0.66, str(rows - 1 if row == shown - 1 else row), size=10)
        places = [(x + 22 + cell * width, y + 1.5) for cell in range(cells)]
        drawing.cells(places, width - 2, height - 3, _BLUE, 0.45)
    drawing.text(x + 120, _TOP + _BOX - 12, f"{_many(beats, 'beat')} a row", size=11, colour=_BLUE)


def _accumulator(drawing: Drawing, design: Any, x: float) -> None:
    kh, kw = design.window.kernel_size
    _block(drawing, x, 528, _GREEN, "Accumulator", [_partials(design), f"windows of {kh} x {kw} pixels"])
    shown = min(design.partial_memories[-1][0], 24)
    width = 480 / max(1, shown)
    places = [(x + 24 + place * width, _TOP + _BOX / 2 - 12) for place in range(shown)]
    drawing.cells(places, min(width, 60) - 2, 24, _GREEN, 0.45)
    drawing.text(x + 264, _TOP + _BOX - 12, f"{design.buffer_bits:,} bit", size=11, colour=_GREEN)


def _reader(drawing: Drawing, design: Any, x: float) -> None:
    name, holds = reader_of(design)
    kh, kw = design.window.kernel_size
    steps = f"{_many(design.taps, 'tap')} of {kh} x {kw} a cycle, {_many(design.steps, 'step')}"
    _block(drawing, x, 240, _GREEN, name, [steps, holds])
    size = min(22.0, 200 / kw, (_BOX - 52) / kh)
    left, top = x + 120 - size * kw / 2, _TOP + 16 + (_BOX - 52 - size * kh) / 2
    # In the order of the steps: column by column.
    places = [(left + column * size, top + row * size) for column in range(kw) for row in range(kh)]
    drawing.cells(places[: design.taps], size - 2, size - 2, _GREEN, 0.75)
    drawing.cells(places[design.taps :], size - 2, size - 2, _GREEN, 0.15)
    stride = "x".join(map(str, dict.fromkeys(design.layer.stride)))
    drawing.text(x + 120, _TOP + _BOX - 12, f"taps of the first step; stride {stride}", size=11,
                 colour=_GREEN)  # fmt: skip


def _array(drawing: Drawing, design: Any, x: float) -> None:
    layer, width = design.layer, design.taps * design.lanes
    says = [
        f"{factors(design)} = {_many(design.multipliers, layer.operands[:-1])}",
        f"{kinds_of(layer)}, fold {design.fold:,}",
    ]
    multiplies = layer.operands == "multipliers"
    _block(drawing, x, 240, _VIOLET, "Multipliers" if multiplies else "Operands", says)
    rows, columns = min(design.pe, _MOST_PE), min(width, _MOST_TAPS)
    cell_w, cell_h = min(22.0, 150 / columns), min(22.0, (_BOX - 52) / rows)
    top = _TOP + 16 + (_BOX - 52 - rows * cell_h) / 2
    for row in range(rows):
        y = top + row * cell_h
        skipped = design.pe > rows and row == rows - 2
        if skipped:
            drawing.text(x + 90, y + cell_h * 0.7, f"… {design.pe - rows + 1:,} more", colour=_VIOLET)
            continue
        left_out = columns - 2 if width > columns else -1
        places = [(x + 18 + column * cell_w, y + 1) for column in range(columns) if column != left_out]
        drawing.cells(places, cell_w - 2, cell_h - 2, _VIOLET, 0.5)
        if left_out >= 0:
            drawing.text(x + 18 + (left_out + 0.5) * cell_w, y + cell_h * 0.7, "…", size=10, colour=_VIOLET)
        end = x + 20 + columns * cell_w
        drawing.arrow(end, y + cell_h / 2, end + 20, y + cell_h / 2, _VIOLET)
        symbol = "Σ" if multiplies else "•"
        drawing.text(end + 32, y + cell_h * 0.72, symbol, size=min(15.0, cell_h), colour=_VIOLET)
    drawing.text(x + 120, _TOP + _BOX - 12, _reduced(design), size=11, colour=_VIOLET)


def _reduced(design: Any) -> str:
    """What becomes of the operands of a cycle."""
    layer = design.layer
    if layer.operands != "multipliers":
        return f"{layer.reduction}; {layer.result_type} results"
    levels = (design.taps * design.group_lanes - 1).bit_length()
    tree = f"adder trees of {_many(levels, 'level')}" if levels else "no adder tree"
    return f"{tree}; {layer.result_type} sums"


def _queue(drawing: Drawing, design: Any, x: float) -> None:
    bits, places = design.output_bits, design.schedule.credits
    _block(drawing, x, 66, _ROSE, "Queue", [f"{places} x {bits:,} bit",
                                               f"{design.output_pixels * design.pe} a beat"])  # fmt: skip
    shown = min(places, 10)
    height = (_BOX - 30) / 10
    places = [(x + 14, _TOP + 15 + place * height) for place in range(shown)]
    drawing.cells(places, 38, height - 2, _ROSE, 0.4)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
