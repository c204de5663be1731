"""Whole networks in simulated hardware: builds, speed, values beside TFLite's, cycles beside the law.

    python -m benchmarks.networks MODEL.tflite ... [--multipliers 156] [--inputs 100]
    python -m benchmarks.networks MODEL.tflite ... --place [--budget 140dsp] [--device 85k] [--seeds 1]

Each model is planned for so many multipliers, built anew, and sent random inputs back to back; with `--place`
it is planned for what a device has, synthesised, placed and routed instead (`placed_networks`).

Logits are what the reference kernels of the interpreter have where the hardware ends: in front of a softmax,
which is left to the host.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import windrow as wr
from benchmarks import placed_networks
from benchmarks.report import machine, parser, publish
from windrow.pipeline.pipeline import Pipeline

Array = npt.NDArray[np.int64]


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and the seconds that it takes."""
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def processor() -> float:
    """Seconds of processor time so far, finished children's included: on a busy machine, too, a measure."""
    return sum(used.ru_utime + used.ru_stime
               for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def logits(path: Path, pipeline: Pipeline, x: Array) -> Array:
    """(N, values) what the reference kernels have where the hardware ends."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=path.read_bytes(), experimental_preserve_all_tensors=True,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    host = pipeline.steps.host
    name = host[0].inputs[0] if host else pipeline.network.output
    (place,) = (each["index"] for each in interpreter.get_tensor_details() if each["name"] == name)
    found = []
    for frame in x:
        interpreter.set_tensor(source["index"], frame.reshape(source["shape"]).astype(source["dtype"]))
        interpreter.invoke()
        found.append(interpreter.get_tensor(place).astype(np.int64).ravel())
    return np.stack(found)


def measure(path: Path, multipliers: int, inputs: int) -> dict[str, Any]:
    """All figures of one model."""
    network = wr.load(path)
    if not isinstance(network, wr.Network):
        raise ValueError(f"model must be a network, and {path} is not")
    pipeline, plan_s = timed(lambda: wr.plan(network, multipliers=multipliers))
    x = pipeline.input_type.random((inputs, *network.input_shape), 0)
    before = processor()
    # As many frames as later, so that it is the same simulator, whether for short runs or for long ones.
    _, first_s = timed(lambda: wr.simulate(pipeline, x[:1], frames=inputs, engine="verilator"))
    first_processor_s = processor() - before
    one, frame_s = timed(lambda: wr.simulate(pipeline, x[:1], engine="verilator"))
    ran = processor()
    run, run_s = timed(lambda: wr.simulate(pipeline, x, engine="verilator"))
    run_processor_s = processor() - ran
    law, law_s = timed(lambda: pipeline.timing(inputs))
    values = run.output.reshape(inputs, -1)
    want = logits(path, pipeline, x)
    return {
        "model": path.stem, "macs": network.macs, "multipliers": pipeline.multipliers,
        "interval": pipeline.interval, "latency": pipeline.latency, "utilisation": pipeline.utilisation,
        "buffer_bits": pipeline.buffer_bits, "weight_bits": pipeline.weight_bits, "plan_s": plan_s,
        "build_s": first_s - run_s, "build_processor_s": first_processor_s - run_processor_s,
        "frame_s": frame_s, "law_s": law_s, "inputs": inputs,
        "cycles": run.cycles, "cycles_per_s": run.cycles / run_s,
        "cycles_per_processor_s": run.cycles / run_processor_s,
        "differences": int(np.count_nonzero(values[:, : want.shape[1]] != want)), "values": want.size,
        "cycles_equal": bool((run.output_cycles == law.output_cycles).all() and run.latency == law.latency
                             and (one.output_cycles[0] == law.output_cycles[0]).all()),
    }  # fmt: skip


def row(figures: dict[str, Any]) -> dict[str, Any]:
    """A line of the table for people."""
    return {
        "model": figures["model"], "multipliers": figures["multipliers"],
        "cycles a frame": figures["interval"], "latency": figures["latency"],
        "busy": f"{figures['utilisation']:.1%}", "build s": round(figures["build_s"], 1),
        "of processor": round(figures["build_processor_s"], 1), "frame s": round(figures["frame_s"], 2),
        "cycles/s": round(figures["cycles_per_s"]), "inputs": figures["inputs"],
        "differences": figures["differences"], "cycles equal": figures["cycles_equal"],
    }  # fmt: skip


@contextmanager
def empty_cache() -> Iterator[None]:
    """Builds go to a folder that is new, and gone afterwards."""
    kept = os.environ.get("WINDROW_CACHE")
    with tempfile.TemporaryDirectory(prefix="windrow-") as cache:
        os.environ["WINDROW_CACHE"] = cache
        try:
            yield
        finally:
            if kept is None:
                del os.environ["WINDROW_CACHE"]
            else:
                os.environ["WINDROW_CACHE"] = kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("model", nargs="+", type=Path, help="a .tflite file")
    options.add_argument("--multipliers", type=int, default=156, metavar="N", help="at most [156]")
    options.add_argument("--inputs", type=int, default=100, metavar="N", help="random ones [100]")
    options.add_argument("--place", action="store_true", help="place and route instead")
    options.add_argument("--no-route", action="store_true", help="with --place: synthesis alone")
    options.add_argument("--budget", default="156dsp", metavar="TEXT", help="of --place [156dsp]")
    options.add_argument("--device", default="85k", metavar="NAME", help="of --place [85k]")
    options.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="N", help="of --place [1]")
    given = options.parse_args(arguments)
    if given.place:
        placed = [placed_networks.measure(path, given.budget, given.device, given.seeds, not given.no_route)
                  for path in given.model]  # fmt: skip
        tables = [(f"Networks on ECP5 {given.device}", [placed_networks.row(each) for each in placed]),
                  ("Beside others", placed_networks.beside(placed))]
        publish(given, {"networks": placed}, tables)
        return 0
    with empty_cache():
        measured = [measure(path, given.multipliers, given.inputs) for path in given.model]
    table = (f"Networks in simulated hardware ({machine()})", [row(each) for each in measured])
    publish(given, {"machine": machine(), "networks": measured}, [table])
    wrong = any(each["differences"] or not each["cycles_equal"] for each in measured)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
