"""Results are whole or absent."""

import stat
from pathlib import Path

import pytest

from windrow import outputs


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
