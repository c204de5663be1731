"""What notebooks show: well-formed, escaped, and with the figures of what is shown."""

import io
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import windrow as wr
from windrow.pictures.html import facts, png, rows_html
from windrow.planning.table import Table

LAYER = wr.Conv2d(height=8, width=8, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1)
VOID = {"img", "br"}


class Checked(HTMLParser):
    """Every element is closed, in order; keeps the text of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("td", "th"):
            self.cells.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Those of SVG close themselves."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def test_a_layer() -> None:
    cells = Checked(LAYER._repr_html_()).cells
    pairs = dict(zip(cells[::2], cells[1::2], strict=True))
    assert pairs["output shape"] == "4 x 4 x 4"
    assert pairs["padding"] == "1 + 1, 1 + 1"
    assert pairs["macs"] == f"{LAYER.macs:,}"
    assert pairs["input type"] == "uint8"
    assert "bias type" not in pairs


def test_a_design_is_its_drawing_and_its_summary() -> None:
    design = wr.plan(LAYER)
    text = design._repr_html_()
    Checked(text)
    assert design.picture() in text
    for name, said in design.summary().facts:
        assert f">{name}</th>" in text
        assert escape(said) in text


def test_a_drawing_can_be_read_on_a_phone(browser: Any, tmp_path: Path) -> None:
    """It scrolls, and nothing else does."""
    page = tmp_path / "design.html"
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page.write_text(head + wr.plan(LAYER)._repr_html_(), encoding="utf-8")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True})
    browser.get(page.as_uri())
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('svg text')].map(text => "
        "text.getAttribute('font-size') * text.getScreenCTM().a)")
    assert min(sizes) > 7
    assert browser.execute_script("return document.documentElement.scrollWidth") == 400


def test_a_table_shows_what_differs() -> None:
    table = wr.explore(LAYER, stride=[1, 2], workers=1)
    text = table._repr_html_()
    cells = Checked(text).cells
    names = re.findall(r"<th [^>]*>(\w+)</th>", text)
    assert "stride_h" in names
    assert "height" not in names
    assert "height 8" in text
    assert len(cells) == len(names) * 21
    assert f"… and {len(table) - 20:,} more" in text
    assert str(f"{table.columns['multipliers'][0]:,}") in cells
    Checked(table[:0]._repr_html_())
    assert "<b>1 design</b>" in Table({"pe": [3]})._repr_html_()
    assert "<b>0 designs</b>" in table[:0]._repr_html_()


def test_names_cannot_be_markup() -> None:
    table = Table({"layer": np.array(["<b>", "</td>"], object), "fps": [np.nan, 2.5]})
    cells = Checked(table._repr_html_()).cells
    assert cells == ["layer", "fps", "<b>", "–", "</td>", "2.5"]
    Checked(facts("<i>", [("<u>", "</table>")]))
    assert "&lt;script&gt;" in rows_html(["<script>"], [])


def test_a_run() -> None:
    run = wr.simulate(wr.plan(LAYER), LAYER.random_input(0), LAYER.random_weights(0), frames=2,
                      engine="amaranth")  # fmt: skip
    text = run._repr_html_()
    cells = Checked(text).cells
    pairs = dict(zip(cells[::2], cells[1::2], strict=True))
    assert pairs["interval"] == f"{run.interval:,} cycles"
    assert pairs["engine"] == "amaranth"
    first = run.output[0, :, :, 0]
    assert f"first of 4 output channels, {first.min():,} to {first.max():,}" in text


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (64, 2)])
def test_png_is_what_pillow_reads(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(grey)))), grey)
