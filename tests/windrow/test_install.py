"""The hints what to install: they come from one place and name our distribution, nobody else's."""

import re
import tomllib
from pathlib import Path

import pytest

from windrow.install import EXTRAS, pip_install
from windrow.version import DISTRIBUTION, __version__

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLACES = ("src", "hdl", "sim", "tests", "benchmarks", "docs")
TEXTS = {".py", ".pyi", ".md", ".toml", ".v", ".html", ".js", ".txt", ".tcl", ".ipynb", ".cfg", ".j2"}
FILES = sorted(path for place in PLACES for path in (ROOT / place).rglob("*")
               if path.suffix in TEXTS and path != Path(__file__))  # fmt: skip
FILES += [ROOT / name for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")]
# `windrow` as a requirement: with extras, or as what is installed. What follows must not go on with the name.
STRANGER = re.compile(r"\bwindrow(?!-fpga)\\?\[(?:\w+(?:,\w+)*)\\?\]|install[^\n]*[\s'\"]windrow(?![-\w./])")


def strangers(text: str) -> list[str]:
    return [match[0] for match in STRANGER.finditer(text)]


def test_the_name_of_the_distribution() -> None:
    assert PROJECT["name"] == DISTRIBUTION == "windrow-fpga"
    assert PROJECT["version"] == __version__
    assert PROJECT["scripts"] == {"windrow": "windrow_cli:main"}
    assert set(PROJECT["optional-dependencies"]) == set(EXTRAS)


def test_hints() -> None:
    assert pip_install() == "pip install windrow-fpga"
    assert pip_install("sim") == "pip install 'windrow-fpga[sim]'"
    legal = "sim, explore, models, fpga, dev, all"
    with pytest.raises(ValueError, match=f"^extra must be one of {legal}, not 'simulation'$"):
        pip_install("simulation")


@pytest.mark.parametrize("text", ["pip install 'windrow[sim]'", "pip install windrow", r"'windrow\[sim\]'",
                                  "uv pip install \"windrow[a,b]\"", "all = ['windrow[a]']"])  # fmt: skip
def test_what_a_stranger_looks_like(text: str) -> None:
    assert strangers(text)


@pytest.mark.parametrize("text", ["pip install 'windrow-fpga[sim]'", "pip install windrow-fpga"])
def test_what_is_ours(text: str) -> None:
    assert not strangers(text)


def test_no_text_names_a_stranger() -> None:
    assert len(FILES) > 200
    found = {path.relative_to(ROOT).as_posix(): strangers(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_one_place_makes_the_hint() -> None:
    code = [path for path in FILES if path.suffix == ".py"
            and path.relative_to(ROOT).parts[0] in ("src", "hdl", "sim")]  # fmt: skip
    makers = [path.name for path in code if f"install {DISTRIBUTION}" in path.read_text(encoding="utf-8")
              or "install '" + DISTRIBUTION in path.read_text(encoding="utf-8")
              or "{DISTRIBUTION}" in path.read_text(encoding="utf-8")]  # fmt: skip
    assert makers == ["install.py"]
