"""What a closed form does not say, as jobs: the exact law, the exact buffer, a simulation, a synthesis.

    Job  ──key──▶  known in the store?  ──no──▶  executor: perform(job)  ──▶  store

A job is plain data and follows from its content alone, so it may run in any process on any machine, and its
result may be kept for as long as neither it nor the sources and tools that it depends on change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.operators.table import from_dict
from windrow.stage.design import Design
from windrow.values.numerics import Int, UInt
from windrow_explore.jobs.executors import Executor, Inline
from windrow_explore.jobs.store import Store

__all__ = ["FRAMES", "Job", "Progress", "Session", "perform", "timing_layer"]

FRAMES = 3
"""Frames of a simulation: the first fills the pipeline, the distance of the last two is the interval."""

SEED = 0
"""Of pseudo-random pixels and weights."""

Progress = Callable[[str, int, int], None]
"""Called with a phase in words, what is done, and how much there is to do."""

_COMMIT = 0.25  # seconds between transactions where results come fast
_QUICK = 24  # jobs that are not worth starting processes for
_FLOORS = {
    "timing": ("windrow", "windrow_explore.jobs"),
    "buffer": ("windrow", "windrow_explore.jobs"),
    "simulate": ("windrow", "windrow_hdl", "windrow_sim", "windrow_explore.jobs"),
    "synthesise": ("windrow", "windrow_hdl", "windrow_explore.jobs"),
}
"""What the answer of a job is computed with; this folder says which question a job is."""


@dataclass(frozen=True)
class Job:
    """A question about one design.

    kind: "timing" (interval and latency), "buffer" (rows of the ring), "simulate" or "synthesise"
    subject: what the answer follows from, as JSON: equal subjects have equal answers
    design: (lanes, pe, taps, pixels) of a design of this subject; several have the same buffer
    """

    kind: str
    subject: str
    design: tuple[int, int, int, int]

    @staticmethod
    def of(kind: str, design: Design, **options: Any) -> Job:
        layer = design.layer.to_dict()
        subject: dict[str, Any] = {"layer": {name: layer[name] for name in layer if name not in
                                             ("output_shape", "macs")}}  # fmt: skip
        folding = (design.lanes, design.pe, design.taps, design.pixels)
        if kind == "buffer":
            # Designs of equal fold have equal rings: their readers do the same things in the same cycles.
            subject |= {"lanes": design.lanes, "fold": design.fold, "gathers": design.gathers}
        else:
            subject |= dict(zip(("lanes", "pe", "taps"), folding[:3], strict=True))
        if design.pixels > 1:
            subject["pixels"] = design.pixels
        return Job(kind, json.dumps(subject | options, sort_keys=True), folding)

    @property
    def options(self) -> dict[str, Any]:
        return json.loads(self.subject)


def timing_layer(layer: Operator) -> Operator:
    """A layer of the same timing and, where nothing takes its time by them, the default types.

    Neither rings nor the timing of a convolution depend on bits; the depth of other reductions may.
    """
    if layer.output or not isinstance(layer, Conv2d):
        return layer
    return layer.replace(input_type=UInt(8), padding_value=None, bias=False, bias_type=None,
                         weight_type=Int(8))  # fmt: skip


def content_key(*parts: str | bytes) -> str:
    """As `windrow.storage.cache` makes it; not imported with this file, since it needs more than NumPy."""
    from windrow.storage import cache

    return cache.content_key(*parts)


class MissingTool(RuntimeError):
    """A tool that simulation or synthesis needs; the text says what to install."""


class JobFailed(RuntimeError):
    """A figure that everything else rests on could not be computed; the text names the design and why."""


def perform(job: Job, version: str) -> dict[str, Any]:
    """Do a job. `{"problem": text}` is the answer for a design that failed; what concerns all is raised."""
    ours = job_version(job.kind, job.options.get("target", ""))
    if version != ours:
        raise MissingTool(f"a worker has another windrow or other tools ({ours}) than asked for ({version}): "
                          "install the same on all machines")  # fmt: skip
    fields = job.options
    lanes, pe, taps, pixels = job.design
    design = Design(from_dict(fields["layer"]), lanes=lanes, pe=pe, taps=taps, pixels=pixels)
    if job.kind == "timing":
        return {"interval": design.interval, "latency": design.latency}
    if job.kind == "buffer":
        return {"ring_rows": design.ring_rows}
    return _simulate(design, fields) if job.kind == "simulate" else _synthesise(design, fields)


def _simulate(design: Design, fields: dict[str, Any]) -> dict[str, Any]:
    from windrow_sim import Hang, Mismatch, ToolMissing, simulate

    layer = design.layer
    try:
        run = simulate(design, layer.random_input(SEED, FRAMES), layer.random_weights(SEED),
                       layer.random_bias(SEED), engine=fields["engine"])  # fmt: skip
        run.check()
    except ToolMissing as error:
        raise MissingTool(str(error)) from error
    except (Mismatch, Hang) as error:
        return {"problem": str(error)}
    return {"interval": run.interval, "latency": run.latency, "cycles": run.cycles, "engine": run.engine}


def _synthesise(design: Design, fields: dict[str, Any]) -> dict[str, Any]:
    from windrow_hdl.synthesis.synthesis import SynthesisError, synthesize

    try:
        found = synthesize(design, target=fields["target"], place=fields["place"])
    except SynthesisError as error:
        if error.log is None:
            raise MissingTool(str(error)) from error
        return {"problem": str(error)}
    return {name: getattr(found, name) for name in ("lut", "ff", "bram", "dsp", "fmax_mhz", "device")}


@lru_cache(maxsize=64)
def job_version(kind: str, target: str = "") -> str:
    """What a job depends on besides its subject: our sources, and the tools that it uses."""
    parts = [f"{floor} {_sources(floor)[:12]}" for floor in _FLOORS[kind]]
    if kind == "simulate":
        from windrow_sim.engines.tools import ToolMissing, verilator

        try:
            parts.append(f"verilator {verilator().version}")
        except ToolMissing:
            parts.append("no verilator")
    if kind == "synthesise":
        from windrow_hdl.synthesis import fpga_tools
        from windrow_hdl.synthesis.fpga_devices import DEVICES

        try:
            parts.append(fpga_tools.yosys().identity)
            if next(iter(DEVICES[target].values())).nextpnr:
                parts.append(fpga_tools.nextpnr(target).identity)
        except fpga_tools.SynthesisError as error:
            raise MissingTool(str(error)) from error
    return ", ".join(parts)


@lru_cache(maxsize=8)
def _sources(package: str) -> str:
    """Checksum of what a package computes with."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    files = sorted(path for path in home.rglob("*") if path.suffix in (".py", ".v", ".cpp"))
    parts = ((path.relative_to(home).as_posix(), path.read_bytes()) for path in files)
    return content_key(*(part for pair in parts for part in pair))


class Session:
    """Answers jobs: from the store what is known, the rest by the executor; what comes is kept at once."""

    def __init__(self, store: Store | None, executor: Executor, progress: Progress | None = None) -> None:
        self.store, self.executor = store, executor
        self.progress = progress or (lambda phase, done, total: None)

    def answers(self, jobs: Sequence[Job], phase: str) -> list[dict[str, Any]]:
        """The answer of every job, in order. `phase` is what progress calls them.

        Raises
        ------
        MissingTool, ClusterLost, StoreError
            where going on makes no sense; what was answered by then is kept
        """
        if not jobs:
            return []
        targets = {job: str(job.options.get("target", "")) if job.kind == "synthesise" else ""
                   for job in dict.fromkeys(jobs)}  # fmt: skip
        versions = {job: job_version(job.kind, target) for job, target in targets.items()}
        keys = {job: content_key(job.kind, job.subject, version) for job, version in versions.items()}
        known = {} if self.store is None else self.store.get(list(dict.fromkeys(keys.values())))
        missing = list({keys[job]: job for job in keys if keys[job] not in known}.values())
        self.progress(phase, len(keys) - len(missing), len(keys))
        pool = self.executor
        if len(missing) <= _QUICK and missing and missing[0].kind in ("timing", "buffer"):
            pool = Inline()
        fresh: list[dict[str, Any]] = []
        last = time.monotonic()
        quick = missing and missing[0].kind in ("timing", "buffer")
        try:
            work = [(job, versions[job]) for job in missing]
            for count, (index, outcome) in enumerate(pool.run(_perform, work), 1):
                job = missing[index]
                if isinstance(outcome, Exception):
                    if isinstance(outcome, MissingTool):
                        raise outcome
                    outcome = {"problem": f"{type(outcome).__name__}: {outcome}"}
                known[keys[job]] = outcome
                if "problem" not in outcome:
                    fresh.append({"key": keys[job], "kind": job.kind, "subject": job.options,
                                  "version": versions[job], "result": outcome})  # fmt: skip
                if not quick or time.monotonic() - last > _COMMIT:
                    self._keep(fresh)
                    last = time.monotonic()
                self.progress(phase, len(keys) - len(missing) + count, len(keys))
        finally:
            self._keep(fresh)
        return [known[keys[job]] for job in jobs]

    def _keep(self, fresh: list[dict[str, Any]]) -> None:
        rows = fresh.copy()
        fresh.clear()  # also if this fails: a second attempt would hide why
        if rows and self.store is not None:
            self.store.put(rows)


def _perform(work: tuple[Job, str]) -> dict[str, Any]:
    return perform(*work)
