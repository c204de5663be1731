"""All warnings of Verilator, of text in a file of its module's name and in one of another."""

import subprocess
from pathlib import Path

import pytest

from windrow_sim.engines import tools


def lint(text: str, folder: Path, name: str = "windrow") -> None:
    """No message about this text, whose first module is `name`."""
    try:
        tool = tools.verilator()
    except tools.ToolMissing as missing:
        pytest.skip(str(missing))
    for file in (f"{name}.v", "any_name.v"):
        (folder / file).write_text(text, encoding="utf-8")
        done = subprocess.run([tool.program, "--lint-only", "-Wall", file], cwd=folder, env=tool.env,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "%" not in done.stderr
