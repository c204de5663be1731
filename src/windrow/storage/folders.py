"""Whole folders: generated together, put in place together, and never over what somebody else put there.

A folder of ours holds a manifest: the name and checksum of every file that was generated into it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import windrow
from windrow.storage.outputs import folder, umask

__all__ = ["MANIFEST", "check_replaceable", "write_folder"]

MANIFEST = "windrow.json"
"""Name of the manifest in its folder."""

_PRODUCTS = ("build", "__pycache__")
"""Folders of what users build from ours; they go with it."""


def check_replaceable(path: str | os.PathLike[str]) -> Path:
    """The folder's full path, if it may be written: it is not there, is empty, or is as we left it.

    Called before the long work. Also proves that the folder around it can be written to.

    Raises
    ------
    ValueError
        for the current folder, and for one with files that would be lost: names one of them
    OSError
        if the folder around it cannot be created or written to, or if something else has its name
    """
    target = Path(path).resolve()
    if target == Path.cwd() or target in Path.cwd().parents:
        raise ValueError(f"{path} must be a folder of its own, not the current one")
    folder(target.parent)
    if target.exists():
        lost = _lost(target)
        if lost is not None:
            raise ValueError(f"{path} holds {lost}, which was not generated, or was changed since: "
                             "name another folder, or take it away")
    return target


def _lost(target: Path) -> str | None:
    """A file that would be lost if `target` were replaced."""
    if not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "something of this name is no folder", str(target))
    there = sorted(path for path in target.rglob("*") if not path.is_dir() or path.is_symlink())
    known = _generated(target)
    for path in there:
        name = path.relative_to(target).as_posix()
        if known and (name == MANIFEST or any(part in _PRODUCTS for part in Path(name).parts[:-1])):
            continue
        if known.get(name) != _checksum(path.read_bytes() if path.is_file() else b""):
            return name
    return None


def _generated(target: Path) -> dict[str, str]:
    """Names and checksums in the manifest; none without a manifest of ours."""
    try:
        files = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}


def write_folder(path: str | os.PathLike[str], files: Mapping[str, str]) -> list[Path]:
    """Write text files by name, as "sim/testbench.v", into a folder: all of them, or (on any failure) none.

    Returns the files' paths below `path`.  Raises as `check_replaceable` does.
    """
    target = check_replaceable(path)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    old = aside.with_name(f"{aside.name}-old")
    try:
        manifest = {"generator": f"windrow {windrow.__version__}",
                    "files": {name: _checksum(text.encode()) for name, text in sorted(files.items())}}
        for name, text in {**files, MANIFEST: json.dumps(manifest, indent=1) + "\n"}.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_text(text, encoding="utf-8", newline="\n")
        aside.chmod(0o777 & ~umask())  # mkdtemp made it private
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(aside, target)
        except OSError:
            if old.exists():
                os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [Path(path) / name for name in files]


def _checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
