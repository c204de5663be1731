"""What the README and the guide print is what happens: their examples run, their numbers are right."""

import re
from pathlib import Path

import pytest

import windrow as wr
from windrow.planning.table import COLUMNS
from windrow_cli import demo_cases as demo

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))

# A Python block, and the text block that says what it prints, if there is one before the next Python block.
BLOCK = re.compile(
    r"^```python\n(.*?)^```$"
    r"(?:(?:(?!^```).)*?^```text\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [each for each in PAGES if "```python" in each.read_text(encoding="utf-8")],
                         ids=lambda page: page.stem)  # fmt: skip
def test_examples_run_as_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """One after another, as a reader types them. The tutorial, with its prompts, has a test of its own."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "example"}
    for code, printed in BLOCK.findall(page.read_text(encoding="utf-8")):
        if not code.startswith(">>>"):
            exec(compile(code, page.name, "exec"), names)
            assert capsys.readouterr().out == printed


def test_readme_example_has_ten_lines() -> None:
    code = BLOCK.findall(README.read_text(encoding="utf-8"))[0][0]
    assert len([line for line in code.splitlines() if line]) <= 10


def test_readme_begins_with_the_datapath() -> None:
    first = README.read_text(encoding="utf-8").splitlines()[0]
    picture = re.fullmatch(r"!\[.+\]\((.+\.svg)\)", first)
    assert picture is not None
    assert (ROOT / picture[1]).is_file()


def test_readme_links_exist() -> None:
    for page in (*PAGES, *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_readme_table_is_the_demo() -> None:
    """The demo itself is compared with the timing model elsewhere; here the README is."""
    lines = re.findall(r"^\| \d.*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    expected = []
    for stride in demo.STRIDES:
        layer = wr.Conv2d(height=600, width=512, kernel_size=3, stride=stride, padding=1)
        design = wr.plan(layer)
        rows, columns, _ = layer.output_shape
        expected.append([
            str(stride), f"{columns}x{rows}", str(design.multipliers), f"{design.interval:,}",
            f"{design.interval / design.bounds().interval:.3f}", f"{100 * design.utilisation:.1f} %",
            f"{demo.CLOCK_HZ / design.interval:.1f}", "exact",
        ])
    assert found == expected


def test_columns_of_an_exploration_are_documented() -> None:
    page = (ROOT / "docs" / "explore.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", page.partition("\n## Columns\n")[2], re.MULTILINE)
    assert listed == [(name, column.meaning) for name, column in COLUMNS.items()]
