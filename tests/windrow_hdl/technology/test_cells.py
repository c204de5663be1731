"""Models of the families' cells: clean under lint, but for what the file itself waives with its reason."""

import subprocess
from pathlib import Path

import pytest

import windrow_hdl.technology
from windrow_sim.engines.tools import ToolMissing, verilator

CELLS = sorted((Path(str(windrow_hdl.technology.__file__)).parent / "cells").glob("*.v"))


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.stem)
def test_lint(path: Path) -> None:
    """Unnamed generate blocks, above all: what is in them has another path in every tool."""
    try:
        tool = verilator()
    except ToolMissing as error:
        pytest.skip(str(error))
    command = [tool.program, "--lint-only", "-Wall", "-Wno-MULTITOP", "--timing", str(path)]
    done = subprocess.run(command, env=tool.env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")


def test_there_are_cells() -> None:
    assert [path.stem for path in CELLS] == ["ecp5", "ice40"]
