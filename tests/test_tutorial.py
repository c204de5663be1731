"""The tutorial runs as printed, its text has no number that its code has not, its pictures are current."""

import doctest
import re
from pathlib import Path
from types import ModuleType

import pytest

from docs_scripts import DOCS, script

PAGE = DOCS / "tutorial.md"
TEXT = PAGE.read_text(encoding="utf-8")
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?")


def test_runs_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As `python -m doctest docs/tutorial.md` does, which readers may well try."""
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 50
    assert not failed, capsys.readouterr().out


def numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in NUMBER.findall(text.replace("x", " ").replace("MHz", ""))}


def test_every_number_in_the_text_is_one_of_the_code() -> None:
    """Of two digits and more, or with a point: "three rows" is a word, 8.46 a result."""
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"\]\(.*?\)|ResNet-18", "", prose)
    said = {number for number in numbers(prose) if len(number) > 1}
    assert len(said) > 10
    assert said - numbers("\n".join(CODE.findall(TEXT))) == set()


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    return script("pictures")


def test_pictures_show_what_the_code_says(pictures: ModuleType, tmp_path: Path) -> None:
    """Fonts and line ends may differ between versions of matplotlib; what is written in a picture may not."""
    for file in pictures.write(tmp_path):
        kept = DOCS / "_static" / file.name
        assert f"_static/{file.name}" in TEXT + (DOCS / "networks.md").read_text(encoding="utf-8")
        assert kept.stat().st_size < 100_000
        drawn, committed = (path.read_text(encoding="utf-8") for path in (file, kept))
        labels = re.findall(r"<!-- (.*?) -->", drawn, re.DOTALL)
        assert len(labels) > 3
        problem = f"run python docs/pictures.py: {file.name} is not what it draws"
        assert re.findall(r"<!-- (.*?) -->", committed, re.DOTALL) == labels, problem
        assert committed.count("<use ") == drawn.count("<use "), problem
