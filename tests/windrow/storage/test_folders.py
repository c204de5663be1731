"""Folders take their place whole, and never over what somebody else put there."""

import os
import stat
from pathlib import Path

import pytest

from windrow.storage import folders
from windrow.storage.folders import MANIFEST, check_replaceable, write_folder

FILES = {"top.txt": "one\n", "sub/below.txt": "two\n"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "parent" / "folder"


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*")
            if path.is_file() and path.name != MANIFEST}


def test_written_and_written_again(target: Path) -> None:
    assert write_folder(target, FILES) == [target / "top.txt", target / "sub/below.txt"]
    assert contents(target) == FILES
    assert write_folder(target, {"other.txt": "three\n"}) == [target / "other.txt"]
    assert contents(target) == {"other.txt": "three\n"}
    assert list(target.parent.iterdir()) == [target]


def test_an_empty_folder_is_taken(target: Path) -> None:
    target.mkdir(parents=True)
    write_folder(target, FILES)
    assert contents(target) == FILES


def test_it_is_as_readable_as_any_other(target: Path) -> None:
    write_folder(target, FILES)
    plain = target.parent / "plain"
    plain.mkdir()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def refusal(target: Path) -> str:
    before = contents(target)
    with pytest.raises(ValueError, match=r"which was not generated, or was changed since: name another "
                                         r"folder, or take it away$") as caught:
        write_folder(target, FILES)
    assert contents(target) == before
    return str(caught.value)


def test_a_foreign_folder_is_refused(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "thesis.txt").write_text("years of work")
    assert refusal(target).startswith(f"{target} holds thesis.txt, ")
    (target / "thesis.txt").unlink()
    (target / "build").mkdir()
    (target / "build/thesis.txt").write_text("years of work")
    assert refusal(target).startswith(f"{target} holds build/thesis.txt, ")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": 3}', '{"files": []}'])
def test_a_manifest_of_somebody_else_is_refused(target: Path, text: str) -> None:
    target.mkdir(parents=True)
    (target / MANIFEST).write_text(text)
    assert refusal(target).startswith(f"{target} holds {MANIFEST}, ")


def test_a_file_that_was_changed_or_added_is_refused(target: Path) -> None:
    write_folder(target, FILES)
    (target / "sub/below.txt").write_text("mine\n")
    assert refusal(target).startswith(f"{target} holds sub/below.txt, ")
    (target / "sub/below.txt").write_text("two\n")
    (target / "sub/notes.txt").write_text("mine\n")
    assert refusal(target).startswith(f"{target} holds sub/notes.txt, ")
    (target / "sub/notes.txt").unlink()
    (target / "link").symlink_to(target.parent)
    assert refusal(target).startswith(f"{target} holds link, ")


def test_what_was_built_from_it_goes_with_it(target: Path) -> None:
    write_folder(target, FILES)
    (target / "sub/build/deep").mkdir(parents=True)
    (target / "sub/build/deep/program").write_bytes(b"\0")
    write_folder(target, FILES)
    assert contents(target) == FILES


def test_a_file_in_its_place_is_refused(target: Path) -> None:
    target.parent.mkdir()
    target.write_text("a file")
    with pytest.raises(NotADirectoryError):
        write_folder(target, FILES)
    assert target.read_text() == "a file"


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_not_the_current_folder(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"must be a folder of its own, not the current one$"):
        check_replaceable(name)


def test_a_failure_in_the_middle_leaves_the_old_one(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(target, FILES)
    rename = os.rename

    def fails(source: Path, to: Path) -> None:
        if to == target and "-old" not in Path(source).name:
            raise OSError("disk on fire")
        rename(source, to)

    monkeypatch.setattr(folders.os, "rename", fails)
    with pytest.raises(OSError, match="disk on fire"):
        write_folder(target, {"new.txt": "new\n"})
    assert contents(target) == FILES
    assert list(target.parent.iterdir()) == [target]
