"""Where jobs run: in this process, in processes of this machine, or on a Dask cluster, through one interface.

    with executor("local", workers=4) as pool:
        for index, outcome in pool.run(function, jobs):     # as they get ready, in any order
            ...                                             # a result, or the exception it ended in

A worker that dies takes no job with it: its jobs are done again elsewhere. A job that kills its worker
`ATTEMPTS` times ends in `WorkerDied`, and the others go on.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from windrow.install import pip_install
from windrow.values.numerics import as_int

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

__all__ = ["ATTEMPTS", "ClusterLost", "Executor", "Inline", "WorkerDied", "executor"]

ATTEMPTS = 3
"""How often a job may lose its worker."""

_CONNECT = 15  # seconds


class WorkerDied(RuntimeError):
    """A job lost its worker again and again, so it is likely to be the job's fault."""


class ClusterLost(RuntimeError):
    """A cluster is not there, or not any more."""


class Executor(Protocol):
    """Something that does jobs. `name` is for people; `workers` is how many jobs run at once."""

    name: str
    workers: int

    def run(
        self, function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Iterator[tuple[int, Any | Exception]]:
        """`function(job)` of every job, with the job's number, as they get ready.

        The function and the jobs travel between processes: a function of a module, jobs of plain values.
        """
        ...


class _Context(AbstractContextManager["Executor"]):
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what was held."""


def executor(dask: str | None = None, workers: int | None = None) -> _Context:
    """Local processes, as many as there are cores or `workers`; or with `dask` a cluster.

    dask: "tcp://host:port" of a scheduler, or "local" for a cluster of its own on this machine

    Raises ClusterLost if there is no such cluster, ValueError for no worker at all and for no address,
    TypeError for what is neither a number nor a text.
    """
    count = _cores() if workers is None else as_int(workers, "workers", 1)
    if dask is not None:
        if not isinstance(dask, str):
            raise TypeError(f"dask must be a text, not {dask!r}")
        if dask != "local" and not re.fullmatch(r"[a-z]+://\S+", dask):
            raise ValueError(f"dask must be 'local' or an address such as 'tcp://HOST:PORT', not {dask!r}")
        return Dask(dask, count)
    return Inline() if count == 1 else Processes(count)


class Inline(_Context):
    """In this process, one after the other."""

    name, workers = "this process", 1

    def __enter__(self) -> Inline:
        return self

    def run(
        self, function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Iterator[tuple[int, Any | Exception]]:
        for index, job in enumerate(jobs):
            yield index, _outcome(function, job)


class Processes(_Context):
    """In processes of this machine, started when they are first needed."""

    def __init__(self, workers: int) -> None:
        self.workers, self.name = workers, f"{workers} processes"
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def run(
        self, function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Iterator[tuple[int, Any | Exception]]:
        # Imported late: multiprocessing changes what is loaded with every windrow.
        from concurrent.futures import FIRST_COMPLETED, wait
        from concurrent.futures.process import BrokenProcessPool

        waiting = deque(range(len(jobs)))
        suspects: deque[int] = deque()  # were under way when a worker died: done one at a time
        deaths = [0] * len(jobs)
        running: dict[Future[Any], int] = {}
        barren = 0  # pools that broke since a job was done
        while waiting or suspects or running:
            alone = bool(suspects) and not running
            room = 1 if alone else 0 if suspects else 2 * self.workers - len(running)
            source = suspects if suspects else waiting
            for _ in range(min(room, len(source))):
                index = source.popleft()
                try:
                    running[self._started().submit(_outcome, function, jobs[index])] = index
                except BrokenProcessPool as error:  # noticed only now; this job was not even begun
                    source.appendleft(index)
                    self._drop()
                    barren += 1
                    if barren > 2 * ATTEMPTS:
                        raise ClusterLost("worker processes do not start, or die at once") from error
                    break
            done, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            lost = []
            for future in done:
                index = running.pop(future)
                try:
                    yield index, future.result()
                    barren = 0
                except BrokenProcessPool:
                    lost.append(index)
            if lost:
                lost += running.values()
                running.clear()
                self._drop()
                for index in sorted(lost):
                    deaths[index] += alone or len(lost) == 1
                    if deaths[index] >= ATTEMPTS:
                        yield index, WorkerDied(f"its worker process died {ATTEMPTS} times")
                    else:
                        suspects.append(index)

    def _started(self) -> ProcessPoolExecutor:
        from concurrent.futures import ProcessPoolExecutor

        from windrow_explore.jobs.workers import CONTEXT, end_with_parent

        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.workers, CONTEXT, end_with_parent)
        return self._pool

    def _drop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


class Dask(_Context):
    """On a Dask cluster: one that is there, or one of its own."""

    def __init__(self, address: str, workers: int) -> None:
        self.address, self.workers = address, workers
        self.name = f"Dask cluster {address}"

    def __enter__(self) -> Dask:
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise ClusterLost(f"a Dask cluster needs distributed: {pip_install('explore')}") from error
        self._cluster = None
        where: Any = self.address
        if self.address == "local":
            self._cluster = where = LocalCluster(n_workers=self.workers, threads_per_worker=1,
                                                 dashboard_address=":0", silence_logs=50)  # fmt: skip
        try:
            self._client = Client(where, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterLost(f"no Dask scheduler answers at {self.address!r}, legal is 'local' or "
                              f"'tcp://HOST:PORT': {error}") from error  # fmt: skip
        self.workers = max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))
        self.name = f"Dask cluster {self.address}, {self.workers} workers"
        return self

    def close(self) -> None:
        self._client.close(timeout=_CONNECT)
        if self._cluster is not None:
            self._cluster.close(timeout=_CONNECT)

    def run(
        self, function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Iterator[tuple[int, Any | Exception]]:
        from distributed import CancelledError, KilledWorker, as_completed

        futures = self._client.map(_outcome, [function] * len(jobs), list(jobs), pure=False, retries=0)
        place = {future.key: index for index, future in enumerate(futures)}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                index = place[future.key]
                try:
                    yield index, future.result(timeout=_CONNECT)
                except KilledWorker as error:
                    yield index, WorkerDied(f"its Dask workers died: {error}")
                except (CancelledError, TimeoutError, OSError) as error:
                    raise ClusterLost(f"the {self.name} is gone: {error}") from error
        finally:
            self._client.cancel(futures)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(function: Callable[[Any], Any], job: Any) -> Any | Exception:
    """The result, or the exception: what a job does wrong is for the caller to judge, not for the pool."""
    try:
        return function(job)
    except Exception as error:
        return error
