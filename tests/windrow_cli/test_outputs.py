"""Results are whole or absent."""

import os
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow.storage import outputs
from windrow.storage.files import load, save
from windrow_cli import main
from windrow_cli.console import UserMistake, user_input

LAYER = wr.Conv2d(height=4, width=4, kernel_size=2)


def test_a_file_takes_its_place_when_it_is_done(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old")
    with outputs.whole(target) as aside:
        aside.write_text("new")
        assert aside.suffix == ".json"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) & stat.S_IRUSR
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old")

    def interrupted() -> None:
        with outputs.whole(target) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    with outputs.whole(tmp_path / "result") as aside:
        aside.touch()
    assert (tmp_path / "result").stat().st_mode == plain.stat().st_mode


def test_folder_is_created_and_left_empty(tmp_path: Path) -> None:
    assert list(outputs.folder(tmp_path / "a" / "b").iterdir()) == []


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        outputs.folder(tmp_path / "file" / "results")


@pytest.mark.parametrize("write", [
    lambda path: save(path, LAYER), lambda path: load(path),
    lambda path: wr.verilog(wr.Design(LAYER), LAYER.random_weights(0), path=path),
], ids=["save", "load", "verilog"])
def test_what_is_no_path(write: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"^path must be a path, not 5$"):
        write(5)
    with pytest.raises(ValueError, match=r"^path must not be empty$"):
        write("")


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "result.json"
    with pytest.raises(FileNotFoundError) as caught, outputs.whole(target):
        pass
    assert caught.value.filename == str(target)


def test_nothing_but_a_file_is_replaced(tmp_path: Path) -> None:
    """A rename would put a file in the place of a device: of /dev/null, for instance."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for target, said in ((pipe, "a device or a pipe, not a file"), (tmp_path, "a folder, not a file")):
        with pytest.raises(OSError, match=f"{said}: nothing was written") as caught, outputs.whole(target):
            pytest.fail("written")
        assert caught.value.filename == str(target)
        with pytest.raises(OSError, match=said):
            outputs.place(target)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody can make a file")
@pytest.mark.parametrize(("path", "said"), [
    ("/proc/x", "/proc/x: the folder cannot be made (No such file or directory)"),
    ("/proc", "/proc: nothing can be written to this folder (No such file or directory)"),
])  # fmt: skip
def test_a_folder_where_nothing_can_be(path: str, said: str) -> None:
    with pytest.raises(UserMistake) as caught, user_input():
        outputs.folder(path)
    assert str(caught.value) == said


LAYER_FLAGS = "--height 8 --width 8 --kernel-size 3 --taps 3"
NOWHERE = "nothing can be written to"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody can make a file")
@pytest.mark.parametrize(("command", "said"), [
    (f"explore {LAYER_FLAGS} --store PIPE", "PIPE is a device or a pipe: a store must be a file"),
    (f"explore {LAYER_FLAGS} --store .", ". is a folder: a store must be a file"),
    (f"explore {LAYER_FLAGS} --store /proc/x", f"/proc: {NOWHERE} this folder (No such file or directory)"),
    (f"explore {LAYER_FLAGS} --store ''", "Invalid value for '--store': a path must not be empty"),
    (f"explore {LAYER_FLAGS} --export /proc/x.csv", f"/proc: {NOWHERE} this folder (No such file or dir"),
    (f"explore {LAYER_FLAGS} --export PIPE", "PIPE: a device or a pipe, not a file: nothing was written"),
    (f"explore {LAYER_FLAGS} --export ''", "Invalid value for '--export': a path must not be empty"),
    (f"explore {LAYER_FLAGS} --out ''", "Invalid value for '--out': a path must not be empty"),
    (f"explore {LAYER_FLAGS} --out PIPE", "PIPE: something of this name is no folder"),
    (f"verilog {LAYER_FLAGS} --out /proc/x", f"/proc: {NOWHERE} this folder"),
    (f"verilog {LAYER_FLAGS} --out PIPE", "PIPE: something of this name is no folder"),
    (f"simulate {LAYER_FLAGS} --out PIPE", "PIPE: something of this name is no folder"),
    (f"simulate {LAYER_FLAGS} --engine amaranth --waves /proc/x.vcd", f"/proc/x.vcd: {NOWHERE} /proc (No su"),
    ("watch --out /proc/x.html", f"/proc: {NOWHERE} this folder"),
    ("demo --out /proc/x", "/proc/x: the folder cannot be made (No such file or directory)"),
    ("workloads alexnet --export PIPE", "PIPE: a device or a pipe, not a file: nothing was written"),
    ("run --simulate --out ''", "Invalid value for '--out': a path must not be empty"),
])  # fmt: skip
def test_places_where_nothing_can_be_written(
    command: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert main(shlex.split(command.replace("PIPE", str(pipe)))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(f"windrow: error: {said.replace('PIPE', str(pipe))}")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
