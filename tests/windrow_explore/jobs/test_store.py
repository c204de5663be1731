"""The store: what is kept stays, and what is not ours is left as it is, byte for byte."""

import os
import sqlite3
from pathlib import Path

import pytest

from windrow_explore.jobs.store import APPLICATION, Store, StoreError


def result(number: int, size: int = 1) -> dict[str, object]:
    return {"key": f"key{number}", "kind": "buffer", "subject": {"lanes": number}, "version": "1",
            "result": {"ring_rows": number, "text": "x" * size}}  # fmt: skip


def test_put_and_get(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "results.sqlite"
    with Store(path) as store:
        store.put([result(1), result(2)])
        assert store.get(["key2", "key3"]) == {"key2": {"ring_rows": 2, "text": "x"}}
    with Store(path) as store:
        assert store.count() == store.count("buffer") == 2
        assert store.count("simulate") == 0
        assert len(store.get([f"key{n}" for n in range(3000)])) == 2


def test_two_at_once(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    with Store(path) as one, Store(path) as two:
        one.put([result(1)])
        two.put([result(2), result(1)])
        assert one.count() == two.count() == 2


def test_sweeps_are_noted(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        for _ in range(2):
            store.begin("sweep", {"layers": []}, "windrow explore")
            store.finish("sweep", 20)
    rows = sqlite3.connect(tmp_path / "results.sqlite").execute(
        "SELECT key, designs, command, finished >= begun FROM sweeps").fetchall()  # fmt: skip
    assert rows == [("sweep", 20, "windrow explore", 1)]


def foreign_text(path: Path) -> None:
    path.write_text("stride,multipliers\n1,9\n", encoding="utf-8")


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photographs (name)")
    connection.close()


def foreign_application(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 252006674")
        connection.execute("CREATE TABLE results (key)")
    connection.close()


def other_version(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def damaged(path: Path) -> None:
    with Store(path) as store:
        store.put(result(number, 2000) for number in range(200))
    content = bytearray(path.read_bytes())
    content[5000:90000] = os.urandom(85000)
    path.write_bytes(content)


@pytest.mark.parametrize(("make", "said"), [
    (foreign_text, r"is not a store of windrow \(no SQLite database\); it was left as it is$"),
    (foreign_database, "is a database of another program; it was left as it is$"),
    (foreign_application, r"belongs to another program \(application id 0xf055112\); it was left as it is$"),
    (other_version, "is a store of version 2, this windrow reads version 1; it was left as it is$"),
    (damaged, r"is damaged \(.+\); it was left as it is$"),
])  # fmt: skip
def test_what_is_not_ours(make, said: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "file"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=said):
        Store(path)
    assert path.read_bytes() == before


def test_a_foreign_file_gets_no_neighbours(tmp_path: Path) -> None:
    foreign_database(tmp_path / "theirs.db")
    with pytest.raises(StoreError):
        Store(tmp_path / "theirs.db")
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.db"]


def test_empty_files_are_begun(tmp_path: Path) -> None:
    """What is left of a process that was killed before it could make the tables."""
    (tmp_path / "empty").touch()
    sqlite3.connect(tmp_path / "bare").execute("PRAGMA journal_mode = WAL").connection.close()
    for name in ("empty", "bare"):
        with Store(tmp_path / name) as store:
            store.put([result(1)])
        connection = sqlite3.connect(tmp_path / name)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        connection.close()


def test_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    with Store(path) as store:
        store.put([result(1)])
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match=r"results\.sqlite: database or disk is full: the results so far "
                                             r"are kept; make room, then run the same command again"):
            store.put([result(2), result(3, 100_000)])
        assert store.count() == 1, "all of a put or nothing"
    with Store(path) as store:
        store.put([result(2), result(3, 100_000)])
        assert store.count() == 3
