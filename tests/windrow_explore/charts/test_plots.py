"""The pictures for papers: which files, what stands in them, and that equal tables give equal files."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import reports
import windrow as wr
from windrow_explore.charts.plots import write_figures

NAMES = ("throughput", "utilisation", "tradeoff", "roofline")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    written = write_figures(reports.small(), folder)
    assert sorted(written) == sorted(folder.iterdir())
    return folder


def words(path: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def test_files(drawn: Path) -> None:
    expected = {f"{name}.{kind}" for name in (*NAMES, "resources") for kind in ("png", "svg")}
    assert {path.name for path in drawn.iterdir()} == expected
    for path in drawn.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width >= 1000  # one column of a paper at 200 dots an inch
            pixels = np.asarray(picture.convert("L"))
        assert pixels[0, 0] == 255  # paper
        assert (pixels < 128).sum() > 500  # ink


def test_what_stands_in_them(drawn: Path) -> None:
    assert {"stride", "frames per second", "a frame in 336 cycles", "edges: 12×14×2, 4 filters of 3×3",
            "1", "2", "3"} <= set(words(drawn / "throughput.svg"))
    # The designs cut to the pace: what the planner finds.
    assert {"36", "9", "5", "busy multipliers (%)"} <= set(words(drawn / "utilisation.svg"))
    tradeoff = set(words(drawn / "tradeoff.svg"))
    assert {"stride 1", "stride 2", "stride 3", "multipliers", "buffer (bit)"} <= tradeoff
    assert "arithmetic intensity (MACs per input beat)" in words(drawn / "roofline.svg")
    bars = words(drawn / "resources.svg")
    assert bars.count("LUT") == 1
    assert len([text for text in bars if text.endswith("mult.")]) <= 12


def test_a_half_is_not_500_thousandths(tmp_path: Path) -> None:
    layer = wr.Conv2d(height=12, width=12, kernel_size=3, padding=1, stride=4)  # 0.5625 MACs per pixel
    write_figures(reports.table_of(reports.columns_of(layer)), tmp_path, ["svg"])
    said = words(tmp_path / "roofline.svg")
    assert "0.5" in said
    assert not any(re.fullmatch(r"\d+m", each) for each in said)


def test_equal_tables_give_equal_files(drawn: Path, tmp_path: Path) -> None:
    for path in write_figures(reports.small(), tmp_path):
        assert path.read_bytes() == (drawn / path.name).read_bytes()


def test_without_synthesis_and_at_one_stride(tmp_path: Path) -> None:
    table = reports.two_layers()
    one = table[table.columns["stride_h"] == 2]
    assert [path.name for path in write_figures(one, tmp_path, ["png"])] == [f"{name}.png" for name in NAMES]


@pytest.mark.parametrize(("formats", "says"), [
    (["pdf"], "^formats must be of png, svg, not 'pdf'$"),
    ([], "^formats must be of png, svg, not 'none'$"),
])
def test_formats(formats: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=says):
        write_figures(reports.small(), tmp_path / "figures", formats)
    assert not list(tmp_path.iterdir())


def test_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^figures need at least one design, and the table is empty$"):
        write_figures(reports.small()[np.zeros(90, bool)], tmp_path)
