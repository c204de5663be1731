"""The notebook in the documentation runs from top to bottom, and shows what is kept in it."""

from pathlib import Path
from typing import Any

import pytest

from windrow.install import pip_install

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"
WHY = f"needs Jupyter's parts: {pip_install('dev')}"
# What changes from machine to machine, and what would be a page in a page.
APART = "iframe"


def shown(cell: Any) -> list[str]:
    """What a cell shows, in every form."""
    found = []
    for output in cell.outputs:
        texts = [output["text"]] if output.output_type == "stream" else list(output.get("data", {}).values())
        found += [str(text) for text in texts if APART not in str(text)]
    return sorted(found)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")
def test_it_shows_what_it_holds() -> None:
    nbformat = pytest.importorskip("nbformat", reason=WHY)
    nbclient = pytest.importorskip("nbclient", reason=WHY)
    pytest.importorskip("ipykernel", reason=WHY)
    kept = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    again = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(again, timeout=240, kernel_name="python3").execute()
    pairs = [(old, new) for old, new in zip(kept.cells, again.cells, strict=True) if new.cell_type == "code"]
    assert len(pairs) >= 6
    for old, new in pairs:
        assert shown(new) == shown(old), f"run the notebook again and keep it: {new.source}"
    assert any("<svg" in text for _, new in pairs for text in shown(new))
    last = [str(output["data"]) for output in again.cells[-1].outputs]
    assert any("iframe" in text for text in last)  # the page, in place; too large to be kept


def test_it_is_small() -> None:
    assert NOTEBOOK.stat().st_size < 100_000
