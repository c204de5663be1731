"""The gallery: every filter is in it, and each picture is what the filter's golden model gives."""

import re
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from docs_scripts import DOCS, script
from windrow.filters import FILTERS


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    return script("filter_pictures")


def test_pictures(gallery: ModuleType) -> None:
    files = {path.stem: path for path in (DOCS / "_static" / "filters").glob("*.png")}
    page = (DOCS / "filters.md").read_text(encoding="utf-8")
    assert set(re.findall(r'src="_static/filters/(.*?)\.png"', page)) == set(files)
    assert files.keys() == {"photograph", *gallery.GALLERY}
    photo = gallery.photograph()
    for name in gallery.GALLERY:
        with Image.open(files[name]) as opened:
            kept = np.asarray(opened)
        want = gallery.network(name).golden(gallery.input_of(name))[0]
        np.testing.assert_array_equal(kept.reshape(want.shape), want, name)
    with Image.open(files["photograph"]) as opened:
        np.testing.assert_array_equal(np.asarray(opened), photo[0])


def test_every_filter_is_there(gallery: ModuleType) -> None:
    assert {name for name, _ in gallery.GALLERY.values()} == set(FILTERS)
    page = (DOCS / "filters.md").read_text(encoding="utf-8")
    equals = page.partition("## What equals OpenCV")[2].partition("\n## ")[0]
    named = {name.partition("(")[0] for cell in re.findall(r"^\| (`.*?) \|", equals, re.MULTILINE)
             for name in re.findall(r"`(.*?)`", cell)}
    assert named == {name.replace("-", "_") for name in FILTERS}


def test_in_hardware(gallery: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the script makes them, of a smaller piece."""
    monkeypatch.setattr(gallery, "ROWS", slice(60, 68))
    monkeypatch.setattr(gallery, "COLUMNS", slice(200, 209))
    want = gallery.network("sharpen").golden(gallery.photograph())
    np.testing.assert_array_equal(gallery.filtered("sharpen", engine="amaranth"), want)
