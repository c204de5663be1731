"""The store: what was computed once, in one SQLite file, under the content that it follows from.

    results   key, kind, subject (what was asked, JSON), version (of model, hardware, tools), result (JSON)
    sweeps    what was explored, by which command, and how far it came

A key is the checksum of kind, subject and version, so a result is found again exactly when nothing has
changed that it depends on. Every `put` is a transaction of its own: whoever is killed loses what was under
way and nothing else. Any number of processes may share a store.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from windrow.storage.outputs import folder

__all__ = ["Store", "StoreError"]

APPLICATION = 0x57524F57
"""What SQLite calls the application id: "WROW"."""

VERSION = 1
_MAGIC = b"SQLite format 3\0"
_PATIENCE = 60.0  # seconds to wait for another process that writes
_MANY = 500  # keys a query

_SCHEMA = """
CREATE TABLE results (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, version TEXT NOT NULL,
    result TEXT NOT NULL, made REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE sweeps (
    key TEXT PRIMARY KEY, description TEXT NOT NULL, command TEXT NOT NULL, designs INTEGER,
    begun REAL NOT NULL, finished REAL
) WITHOUT ROWID;
"""


class StoreError(RuntimeError):
    """A file is no store of ours, or is damaged, or cannot be written."""


class Store:
    """An open store; a context manager that closes it.

    Parameters
    ----------
    path : path
        The file; it is made if it is not there, and its folder too.

    Raises
    ------
    StoreError
        if the file is something else, was made by another version, or is damaged: it is left as it is
    OSError
        if it cannot be read or made
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if self.path.exists() and not self.path.is_file():
            kind = "a folder" if self.path.is_dir() else "a device or a pipe"
            raise StoreError(f"{self.path} is {kind}: a store must be a file")
        fresh = self._check()
        if fresh:
            folder(self.path.parent)
        try:
            self._connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            if fresh:
                self._make()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _check(self) -> bool:
        """Whether the file has yet to be made; nothing is written here."""
        if not self.path.exists() or not self.path.stat().st_size:
            return True
        with self.path.open("rb") as file:
            header = file.read(100)
        if not header.startswith(_MAGIC):
            raise StoreError(f"{self.path} is not a store of windrow (no SQLite database); "
                             "it was left as it is")  # fmt: skip
        application, version = (int.from_bytes(header[at : at + 4], "big") for at in (68, 60))
        if application not in (0, APPLICATION):
            raise StoreError(f"{self.path} belongs to another program (application id {application:#x}); "
                             "it was left as it is")  # fmt: skip
        if application and version != VERSION:
            raise StoreError(f"{self.path} is a store of version {version}, this windrow reads version "
                             f"{VERSION}; it was left as it is")  # fmt: skip
        try:
            with_tables = self._look(application == APPLICATION)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                return application == 0
            raise StoreError(f"{self.path} is damaged ({error}); it was left as it is") from error
        if application == 0 and with_tables:
            raise StoreError(f"{self.path} is a database of another program; it was left as it is")
        return application == 0

    def _look(self, ours: bool) -> int:
        """Number of tables, after a check of every page if the file is ours. Opened for reading only."""
        # A foreign file is opened as immutable, so that not even a journal appears beside it.
        where = f"{self.path.absolute().as_uri()}?mode=ro" + ("" if ours else "&immutable=1")
        connection = sqlite3.connect(where, uri=True, timeout=_PATIENCE)
        try:
            if ours:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if said != "ok":
                    raise sqlite3.DatabaseError(said.splitlines()[-1])
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        finally:
            connection.close()

    def _make(self) -> None:
        """The tables, unless another process has just made them."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def get(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The results that are known, by key."""
        found: dict[str, dict[str, Any]] = {}
        try:
            for start in range(0, len(keys), _MANY):
                part = keys[start : start + _MANY]
                marks = ", ".join("?" * len(part))
                query = f"SELECT key, result FROM results WHERE key IN ({marks})"
                found.update((key, json.loads(text)) for key, text in self._connection.execute(query, part))
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return found

    def put(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Keep results, all or none: each with key, kind, subject, version and result.

        Raises StoreError if the disk is full, or the file cannot be written; what was kept before stays.
        """
        now = time.time()
        rows = [(each["key"], each["kind"], json.dumps(each["subject"]), each["version"],
                 json.dumps(each["result"]), now) for each in results]  # fmt: skip
        self._write("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", rows)

    def begin(self, key: str, description: Mapping[str, Any], command: str) -> None:
        """Note that a sweep begins, or begins again."""
        statement = """
            INSERT INTO sweeps VALUES (?, ?, ?, NULL, ?, NULL)
            ON CONFLICT (key) DO UPDATE SET finished = NULL, command = excluded.command
        """
        self._write(statement, [(key, json.dumps(description), command, time.time())])

    def finish(self, key: str, designs: int) -> None:
        """Note that a sweep is complete."""
        row = (time.time(), designs, key)
        self._write("UPDATE sweeps SET finished = ?, designs = ? WHERE key = ?", [row])

    def count(self, kind: str | None = None) -> int:
        """Results in the store, of one kind or of all."""
        where, values = ("", ()) if kind is None else (" WHERE kind = ?", (kind,))
        return self._connection.execute(f"SELECT count(*) FROM results{where}", values).fetchone()[0]

    def _write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._failure(error) from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _failure(self, error: sqlite3.Error) -> StoreError:
        text = str(error)
        if "full" in text or "disk I/O" in text:  # a store that could be opened
            return StoreError(f"{self.path}: {text}: the results so far are kept; make room, then run the "
                              "same command again to go on")  # fmt: skip
        return StoreError(f"{self.path}: {text}")
