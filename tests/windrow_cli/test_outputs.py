"""Results are whole or absent."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from windrow.storage import outputs
from windrow.storage.files import load, save

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
