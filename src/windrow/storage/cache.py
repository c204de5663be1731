"""Cache of builds: folders named by what is in them, whole or absent, shared by any number of processes.

    <user cache>/windrow/            or the folder that WINDROW_CACHE names
        <kind>/<key>/                one build: its files, and entry.json with their sizes and checksums
        <kind>/<key>.<random>/       a build under way; only one that was killed stays behind
        locks/<kind>-<key>.lock      held while <key> is being built
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

__all__ = ["content_key", "entry", "folder", "found"]

_MANIFEST = "entry.json"
_KEEP = 60 * 24 * 3600.0  # seconds; builds not used for so long are removed when another one is made


def folder() -> Path:
    """The cache folder: the environment variable WINDROW_CACHE, else the user's cache."""
    named = os.environ.get("WINDROW_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("windrow", appauthor=False)


def content_key(*parts: str | bytes) -> str:
    """A name for what is made of these parts: 32 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()[:32]


def found(kind: str, key: str) -> Path | None:
    """The folder of a build if it is there, whole; else None."""
    target = folder() / kind / key
    return target if _intact(target) else None


def entry(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The folder of a build, made by `build(folder)` unless it is there already.

    Safe with several processes at once: one builds, the others wait for it. An entry that is damaged (a
    file missing, or with other contents than were written) is built anew; a build that fails or is killed
    leaves no entry.
    """
    home = folder() / kind
    target = home / key
    if _intact(target):
        return target
    locks = folder() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{kind}-{key}.lock"):
        if _intact(target):  # another process was faster
            return target
        home.mkdir(parents=True, exist_ok=True)
        # The lock is ours, so a folder of this build that is under way belongs to a process that died.
        for leftover in [*home.glob(f"{key}.*"), target]:
            shutil.rmtree(leftover, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=home))
        try:
            build(aside)
            _seal(aside)
            os.replace(aside, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _prune(home)
    return target


def _checksum(path: Path) -> list[int]:
    data = path.read_bytes()
    return [len(data), zlib.crc32(data)]


def _seal(built: Path) -> None:
    files = {path.name: _checksum(path) for path in sorted(built.iterdir())}
    (built / _MANIFEST).write_text(json.dumps(files), encoding="utf-8")


def _intact(built: Path) -> bool:
    """Whether an entry is there, with the files that were put into it. Marks it as used."""
    try:
        files = json.loads((built / _MANIFEST).read_text(encoding="utf-8"))
        whole = all(_checksum(built / name) == expected for name, expected in files.items())
        os.utime(built)
    except (OSError, ValueError, AttributeError):
        return False
    return whole


def _prune(home: Path) -> None:
    oldest = time.time() - _KEEP
    for path in home.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path)
        except OSError:  # removed by somebody else, or not ours to remove
            continue
