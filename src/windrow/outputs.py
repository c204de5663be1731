"""Writing results: a folder that is known to be writable, and files that are whole or absent."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def folder(path: str | os.PathLike[str]) -> Path:
    """Create the folder if need be and prove that a file can be written there.

    Called before the long work, so that nobody simulates for a minute to learn that the disk is read-only.
    Raises `OSError`.
    """
    target = Path(path)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=target):
        pass
    return target


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to; what was written takes its place at `path` only if nothing went wrong.

        with whole("results.json") as aside:
            aside.write_text(...)
    """
    target = Path(path)
    # The suffix stays the same, since picture and array writers choose their format by it.
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        aside.chmod(0o666 & ~_umask())  # mkstemp made it private
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
