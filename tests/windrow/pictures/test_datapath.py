"""The drawing of a design says the design's own numbers, and nothing in it is cut or lies outside."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
import windrow as wr

SVG = "{http://www.w3.org/2000/svg}"
LAYER = wr.Conv2d(height=32, width=32, in_channels=16, out_channels=16, kernel_size=5, stride=4, padding=2)


def texts(drawing: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize(("design", "reader", "holds"), [
    (wr.Design(LAYER, lanes=2, pe=4, taps=5), "GatherReader", "reads the ring, holds nothing"),
    (wr.Design(LAYER, lanes=1, pe=1, taps=25), "ColumnReader", "a store of 5 banks of 64 x 40 bit"),
    (wr.Design(wr.Conv2d(height=9, width=9, kernel_size=3)), "ShiftReader",
     "a shift register of 3 columns of 3 x 8 bit"),
])  # fmt: skip
def test_it_says_what_the_design_has(design: wr.Design, reader: str, holds: str) -> None:
    said = texts(design.picture())
    assert {reader, holds} <= set(said)
    bits = design.beat_bits
    assert f"ring of {design.ring_rows} rows x {design.schedule.row_beats:,} beats x {bits} bit" in said
    assert f"{design.memories.ring_beats * bits:,} bit" in said
    plural = "" if design.multipliers == 1 else "s"
    assert (f"pe {design.pe} x taps {design.taps} x lanes {design.lanes} = {design.multipliers} "
            f"multiplier{plural}") in said  # fmt: skip
    accumulator = design.layer.accumulator_type
    assert f"{design.schedule.credits} x {design.pe * accumulator.bits:,} bit" in said


@given(st.data())
@settings(max_examples=40)
def test_every_design_has_a_drawing(data: st.DataObject) -> None:
    design = data.draw(strategies.cases(stalled=False)).design
    root = ElementTree.fromstring(design.picture())
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    for box in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + wide <= width
        assert y + high <= height
        assert wide > 0
        assert high > 0
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.attrib["y"]) < height
        assert float(text.attrib["font-size"]) > 3


def test_many_rows_and_filters_are_counted_not_drawn() -> None:
    layer = wr.Conv2d(height=64, width=64, in_channels=4, out_channels=64, kernel_size=11, padding=5)
    design = wr.Design(layer, pe=32, taps=121)
    drawing = design.picture()
    assert len(drawing) < 40_000
    more = [text for text in texts(drawing) if re.fullmatch(r"… \d+ more", text)]
    assert more == [f"… {design.ring_rows - 7} more", f"… {design.pe - 7} more"]


def test_the_summary() -> None:
    design = wr.Design(LAYER, lanes=2, pe=4, taps=5)
    summary = design.summary(clock_mhz=50, target="ice40")
    lines = str(summary).splitlines()
    assert lines[0] == f"Design: {design}"
    assert repr(summary) == str(summary)
    facts = dict(summary.facts)
    assert facts["interval"] == f"{design.interval:,} cycles a frame, at the bound"
    assert facts["multipliers"] == "pe 4 x taps 5 x lanes 2 = 40, uint8 x int8"
    assert facts["input"] == "32x32x16, 2 of 16 channels a beat (16 bit), 8,192 beats a frame"
    found = summary.estimate
    assert found is not None
    assert (found.target, found.clock_mhz) == ("ice40", 50)
    assert facts["on ice40"] == (f"block RAMs of 4 kbit: {found.block_rams}; DSP blocks: 40 (estimates, for "
                                 "constant weights)")  # fmt: skip
    slow = wr.Design(wr.Conv2d(height=9, width=9, in_channels=2, kernel_size=3), lanes=1)
    said = dict(slow.summary().facts)["interval"]
    assert said.startswith(f"{slow.interval:,} cycles a frame, ")
    assert ("at the bound" in said) == (slow.interval == slow.bounds().interval)


def test_a_design_without_a_line_buffer() -> None:
    layer = wr.AvgPool2d(height=9, width=8, channels=6, kernel_size=3, stride=3)
    design = wr.Design(layer, lanes=2)
    drawing = design.picture()
    assert "6 partial results of 24 bit in memory, 3 in registers" in drawing
    assert "LineBuffer" not in drawing
    assert "grow as their pixels arrive: 6 partial results of 24 bit in memory" in str(design.summary())
    assert "a window is a pixel" in wr.Design(layer.replace(kernel_size=1)).picture()
    common = wr.Design(layer.replace(stride=2), lanes=2, taps=1)
    holds = "9 x 22 bit of partial results in memory, 3 x 18 bit of the row at hand in registers"
    assert holds in common.picture()
    assert f"grow as their pixels arrive: {holds}" in str(common.summary())
