"""How fast designs are explored, and the same layers in SCALE-Sim, side by side.

    python -m benchmarks.explorer                  # a million designs
    python -m benchmarks.explorer --scalesim       # and SCALE-Sim, in a Python environment of its own

million: the layers of ResNet-18 with other kernels, strides and paddings; every design is timed, filtered by
its multipliers, and the exact front over multipliers and interval is made for every layer. seconds is wall
time of `wr.explore`, CPU that of all its processes, memory the most that the main one ever held.

SCALE-Sim simulates one systolic array on one layer, here 32x32 multipliers, output stationary; its images
come padded. Its time is that of its process, without importing it. Against it stand: exact, the cycle of
every output beat of the fastest design with as many multipliers, of a new `Design`; explored, `wr.explore` of
all designs of the layer, divided by their number. ratio is SCALE-Sim's CPU time over the time of one design
explored: what else runs on the machine makes SCALE-Sim look no slower.
It is another architecture, so the cycles differ; what is compared is the time until they are known.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import windrow as wr
from benchmarks.model_speed import best
from benchmarks.report import machine, parser, publish
from windrow import workloads
from windrow.storage import cache

ROWS = COLUMNS = 32
"""Of the systolic array."""

PACKAGES = ("scalesim==3.0.0", "numpy<2.3")  # it relies on conversions that NumPy 2.4 refuses
LAYERS = ("layer1.3x3", "layer2.3x3_stride2", "layer2.shortcut")

_CONFIGURATION = """\
[general]
run_name = side_by_side
[architecture_presets]
ArrayHeight: {rows}
ArrayWidth: {columns}
IfmapSramSzkB: 64
FilterSramSzkB: 64
OfmapSramSzkB: 64
IfmapOffset: 0
FilterOffset: 10000000
OfmapOffset: 20000000
Dataflow: os
Bandwidth: 10
ReadRequestBuffer: 64
WriteRequestBuffer: 64
[layout]
IfmapCustomLayout: False
IfmapSRAMBankBandwidth: 10
IfmapSRAMBankNum: 10
IfmapSRAMBankPort: 2
FilterCustomLayout: False
FilterSRAMBankBandwidth: 10
FilterSRAMBankNum: 10
FilterSRAMBankPort: 2
[sparsity]
SparsitySupport: false
SparseRep: ellpack_block
OptimizedMapping: false
BlockSize: 8
RandomNumberGeneratorSeed: 40
[run_presets]
InterfaceBandwidth: CALC
UseRamulatorTrace: False
"""


def million(strides: int, kernels: int, clocks: int) -> dict[str, Any]:
    """Wall time and memory of one large exploration; about a million designs with (4, 7, 2)."""
    start, worked = time.perf_counter(), _cpu()
    table = wr.explore(
        "resnet18", stride=range(1, strides + 1), kernel_size=range(1, kernels + 1), padding=[0, 1, 2, 3],
        clock_mhz=[100.0 * (n + 1) for n in range(clocks)], constraints=["multipliers <= 4096"],
        objectives=["multipliers", "interval"], exact="front",
    )  # fmt: skip
    seconds = time.perf_counter() - start
    designs = table.meta["designs"]
    return {
        "designs": designs, "kept": len(table), "front": int(table.columns["pareto"].sum()),
        "seconds": seconds, "cpu_seconds": _cpu() - worked, "designs_per_second": int(designs / seconds),
        "bounds": float((table.columns["timing_from"] == "bound").mean()),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def environment() -> Path:
    """The Python that has SCALE-Sim, in an environment in the cache folder, made at the first call."""
    home = cache.folder() / "environments" / cache.content_key(*PACKAGES, sys.version)
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"installing {' '.join(PACKAGES)} in {home}", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (home / "ready").touch()
    return python


def scalesim(python: Path, layer: wr.Conv2d) -> dict[str, Any]:
    """Cycles and wall time of one layer in SCALE-Sim."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "scale.cfg").write_text(_CONFIGURATION.format(rows=ROWS, columns=COLUMNS))
        (height, width), (kh, kw), (sh, sw) = _padded(layer), layer.kernel_size, layer.stride
        sizes = (height, width, kh, kw, layer.in_channels, layer.out_channels, sh, sw)
        (folder / "topology.csv").write_text(
            "name, height, width, kernel h, kernel w, channels, filters, stride h, stride w, sparsity,\n"
            f"layer, {', '.join(map(str, sizes))}, 1:1,\n"
        )
        (folder / "layout.csv").write_text(f"name,{'x,' * 12}\nlayer,{'1,' * 12}\n")
        importing = _timed([python, "-c", "import scalesim.scale_sim"], folder)
        running = _timed([python, "-m", "scalesim.scale", "-t", "topology.csv", "-l", "layout.csv",
                          "-c", "scale.cfg", "-p", "out", "-s", "N"], folder)  # fmt: skip
        lines = (folder / "out" / "side_by_side" / "COMPUTE_REPORT.csv").read_text().splitlines()
        figures = dict(zip(*([part.strip() for part in line.split(",")] for line in lines[:2]), strict=False))
    cycles = next(value for name, value in figures.items() if name.startswith("Total Cycles"))
    return {"cycles": int(float(cycles)), "wall": running[0] - importing[0], "cpu": running[1] - importing[1]}


def _padded(layer: wr.Conv2d) -> tuple[int, int]:
    return layer.height + sum(layer.padding[0]), layer.width + sum(layer.padding[1])


def _timed(command: list[Any], folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a command."""
    start, worked = time.perf_counter(), _cpu()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start, _cpu() - worked


def _cpu() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usage)


def side_by_side(python: Path, name: str) -> dict[str, Any]:
    """One layer of ResNet-18 in both."""
    layer = next(item.layer for item in workloads.load("resnet18") if item.name == name)
    table = wr.explore(layer, constraints=[f"multipliers <= {ROWS * COLUMNS}"], exact="front", workers=1,
                       objectives=["interval", "multipliers"])  # fmt: skip
    row = table.sorted("interval", "multipliers")[:1].rows()[0]
    folding = {key: row[key] for key in ("lanes", "pe", "taps")}

    def exact() -> object:
        return wr.Design(layer, **folding).timing(1)

    def explored() -> object:
        return wr.explore(layer, exact="front", workers=1, objectives=["multipliers", "interval"])

    designs = wr.explore(layer, exact="front", workers=1).meta["designs"]
    theirs = scalesim(python, layer)
    each = best(5, explored) / designs
    return {
        "layer": name, "macs": layer.macs, "scalesim_cycles": theirs["cycles"],
        "scalesim_wall": theirs["wall"], "scalesim_cpu": theirs["cpu"], "multipliers": row["multipliers"],
        "interval": row["interval"], "exact_seconds": best(5, exact),
        "designs": designs, "explored_seconds": each, "ratio": theirs["cpu"] / each,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options: argparse.ArgumentParser = parser(__doc__)
    options.add_argument("--strides", type=int, default=4, metavar="N", help="strides 1 to N [4]")
    options.add_argument("--kernels", type=int, default=7, metavar="N", help="kernels 1 to N [7]")
    options.add_argument("--clocks", type=int, default=2, metavar="N", help="clocks [2]")
    options.add_argument("--scalesim", action="store_true", help="compare with SCALE-Sim, too")
    given = options.parse_args(arguments)
    record: dict[str, Any] = {"machine": machine(),
                              "million": million(given.strides, given.kernels, given.clocks),
                              "scalesim": []}  # fmt: skip
    if given.scalesim:
        python = environment()
        record["scalesim"] = [side_by_side(python, name) for name in LAYERS]
    found = record["million"]
    tables: list[tuple[str, list[dict[str, Any]]]] = [
        (f"Exploration ({record['machine']})", [{
            "designs": found["designs"], "kept": found["kept"], "on a front": found["front"],
            "seconds": f"{found['seconds']:.2f}", "CPU, s": f"{found['cpu_seconds']:.2f}",
            "designs a second": found["designs_per_second"],
            "interval a bound": f"{found['bounds']:.1%}", "memory, MB": f"{found['memory_mb']:.0f}"}]),
    ]  # fmt: skip
    if record["scalesim"]:
        tables.append((f"{' '.join(PACKAGES[:1])}, {ROWS}x{COLUMNS}, side by side", [{
            "layer": each["layer"], "MMAC": f"{each['macs'] / 1e6:.0f}",
            "SCALE-Sim cycles": each["scalesim_cycles"], "SCALE-Sim, s": f"{each['scalesim_wall']:.1f}",
            "CPU, s": f"{each['scalesim_cpu']:.1f}",
            "interval": each["interval"], "exact, ms": f"{each['exact_seconds'] * 1e3:.1f}",
            "designs": each["designs"], "explored, us": f"{each['explored_seconds'] * 1e6:.1f}",
            "ratio": int(each["ratio"])} for each in record["scalesim"]]))  # fmt: skip
    publish(given, record, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
