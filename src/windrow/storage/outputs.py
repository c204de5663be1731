"""Writing results: a folder that is known to be writable, and files that are whole or absent."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def folder(path: str | os.PathLike[str]) -> Path:
    """Create the folder if need be and prove that a file can be written there.

    Called before the long work, so that nobody simulates for a minute to learn that the disk is read-only.
    Raises `OSError`, which names the folder and says what is wrong with it.
    """
    target = Path(path)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "something of this name is no folder", str(path))
    what = "the folder cannot be made"
    try:
        target.mkdir(parents=True, exist_ok=True)
        what = "nothing can be written to this folder"
        with tempfile.TemporaryFile(dir=target):
            pass
    except OSError as error:
        raise type(error)(error.errno, f"{what} ({error.strerror})", str(path)) from error
    return target


def place(path: str | os.PathLike[str]) -> Path:
    """Prove, as `folder` does for its folder, that the file can be written, and is none that must stay.

    A device, a pipe or a folder of that name would be replaced by the file. Raises `OSError`, which names it.
    """
    target = Path(path)
    _check_ordinary(target)
    folder(target.parent)
    return target


def _check_ordinary(target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder, not a file: nothing was written", str(target))
    if target.exists() and not target.is_file():
        what = "a device or a pipe, not a file: nothing was written"
        raise FileExistsError(errno.EEXIST, what, str(target))


def as_path(path: str | os.PathLike[str], name: str = "path") -> Path:
    """`path` as a path. Raises TypeError for what is none, ValueError for an empty one; `name` is in both."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {path!r}")
    if not os.fspath(path):
        raise ValueError(f"{name} must not be empty")
    return Path(path)


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to; what was written takes its place at `path` only if nothing went wrong.

        with whole("results.json") as aside:
            aside.write_text(...)

    Raises TypeError for what is no path, and OSError, which names `path`, if nothing can be written there, or
    if a folder, a device or a pipe is there.
    """
    target = as_path(path)
    _check_ordinary(target)
    try:
        # The suffix stays the same, since picture and array writers choose their format by it.
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        where = f"nothing can be written to {target.parent} ({error.strerror})"
        raise type(error)(error.errno, where, os.fspath(path)) from error
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        aside.chmod(0o666 & ~umask())  # mkstemp made it private
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def umask() -> int:
    """The permissions that new files of this process do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
