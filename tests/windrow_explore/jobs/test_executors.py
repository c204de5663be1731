"""Executors: every job is done, in whatever way its workers die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from windrow_explore.jobs import executors
from windrow_explore.jobs.executors import ATTEMPTS, ClusterLost, WorkerDied, executor


def square(job: int) -> int:
    if job < 0:
        raise ValueError(f"{job} is negative")
    return job * job


def die_once(job: tuple[int, str]) -> int:
    """Kills its worker the first time that job 3 is done."""
    number, mark = job
    if number == 3 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_die(job: int) -> int:
    if job == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def slow_pid(job: int) -> int:
    time.sleep(0.2)
    return os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_and_exceptions(workers: int) -> None:
    with executor(workers=workers) as pool:
        found = dict(pool.run(square, [3, -1, 4]))
        assert (found[0], found[2]) == (9, 16)
        assert isinstance(found[1], ValueError)
        assert str(found[1]) == "-1 is negative"
        assert list(pool.run(square, [])) == []
        assert dict(pool.run(square, range(20))) == {n: n * n for n in range(20)}


def test_a_worker_that_dies_takes_no_job_with_it(tmp_path: Path) -> None:
    with executor(workers=2) as pool:
        jobs = [(number, str(tmp_path / "mark")) for number in range(9)]
        assert dict(pool.run(die_once, jobs)) == {number: number for number in range(9)}
        assert (tmp_path / "mark").exists()


def test_a_job_that_kills_its_workers_is_given_up() -> None:
    with executor(workers=2) as pool:
        found = dict(pool.run(always_die, range(6)))
    assert {number for number in found if found[number] == number} == {0, 1, 3, 4, 5}
    assert isinstance(found[2], WorkerDied)
    assert str(found[2]) == f"its worker process died {ATTEMPTS} times"


@pytest.mark.parametrize("address", ["", "cluster", "localhost:8786", "tcp://"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    said = f"^dask must be 'local' or an address such as 'tcp://HOST:PORT', not {address!r}$"
    with pytest.raises(ValueError, match=said):
        executor(address)
    with pytest.raises(TypeError, match="^dask must be a text, not 3$"):
        executor(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^workers must be an int, not 1\.5$"):
        executor(workers=1.5)  # type: ignore[arg-type]


def test_dask_with_a_killed_worker() -> None:
    killed = 0
    with executor("local", workers=2) as pool:
        assert pool.workers == 2
        found = {}
        for index, outcome in pool.run(slow_pid, range(12)):
            found[index] = outcome
            if not killed:
                killed = outcome
                os.kill(killed, signal.SIGKILL)
    assert sorted(found) == list(range(12))
    assert all(isinstance(outcome, int) for outcome in found.values())


def test_no_such_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_CONNECT", 0.5)
    said = r"^no Dask scheduler answers at 'tcp://127\.0\.0\.1:9', legal is 'local' or 'tcp://HOST:PORT': "
    with pytest.raises(ClusterLost, match=said), executor("tcp://127.0.0.1:9"):
        pass


def test_scripts_need_no_guard(tmp_path: Path) -> None:
    """A script that explores at its top level does so once, not again in every worker."""
    script = tmp_path / "script.py"
    script.write_text("""
from operator import neg
from windrow_explore.jobs.executors import executor
print("begin")
with executor(workers=2) as pool:
    print(sorted(outcome for _, outcome in pool.run(neg, range(4))))
""")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "begin\n[-3, -2, -1, 0]\n"


def test_no_workers() -> None:
    with pytest.raises(ValueError, match=r"^workers must be at least 1, not 0$"):
        executor(workers=0)
