"""Random faults of video sources against the AXI top with the marks of video, in Verilator.

    python -m benchmarks.video                  # 10,000 faults, shared by the designs
    python -m benchmarks.video --faults 1000 --seed 7

Lines and frames are dropped, doubled and torn, rows are too short and too long, marks are lost or elsewhere,
the source starts in mid-frame, both streams pause. Every value and mark that leaves is compared with plain
Python's idea of the same beats; and every frame that was sent without a fault leaves as its golden model.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from random import Random
from typing import Any

import windrow as wr
from benchmarks.report import machine, parser, publish
from windrow.pipeline.pipeline import Pipeline
from windrow_sim import simulate_video, video_stream
from windrow_sim.streams.video_faults import FAULTS, faulty

HEIGHT, WIDTH = 12, 21
FAULTS_PER_FRAME = 0.8  # about: half of the frames have some, of them half have more than one


def designs() -> Iterator[tuple[str, wr.Design | Pipeline, list[Any]]]:
    """Names, hardware, and its weights."""
    size: dict[str, Any] = {"height": HEIGHT, "width": WIDTH, "kernel_size": 3, "padding": 1}
    layer = wr.Conv2d(**size, stride=2)
    weights = [layer.random_weights(1)]
    yield "convolution 3x3, stride 2", wr.plan(layer), weights
    yield "convolution 3x3, stride 2, 4 pixels", wr.plan(layer, pixels=4), weights
    yield "convolution 3x3, one multiplier", wr.Design(layer, taps=1), weights
    yield "median 3x3, 8 pixels", wr.plan(wr.Median2d(**size, padding_mode="edge"), pixels=8), []
    edges = wr.filters.gradient_magnitude(HEIGHT, WIDTH)
    yield "Sobel magnitude, a pipeline", wr.plan(edges, interval=HEIGHT * WIDTH), []


def measure(name: str, design: wr.Design | Pipeline, constants: Sequence[Any], faults: int, seed: int
            ) -> dict[str, Any]:  # fmt: skip
    """The figures of one design; raises AssertionError where something is wrong."""
    rows = design.input_shape[0]
    frames = 2 + round(faults / FAULTS_PER_FRAME)
    x = design.input_type.random((frames, *design.input_shape), seed)
    video, names = faulty(video_stream(design, x), rows, design.input_beats // rows, Random(seed))
    start = time.perf_counter()
    done = simulate_video(design, video, *constants, input_stall=wr.Stalls.random(0.1, seed=seed),
                          output_stall=wr.Stalls.random(0.1, seed=seed + 1)).check()  # fmt: skip
    seconds = time.perf_counter() - start
    expected = design.golden(x, *constants)
    right = [frame.tobytes() for frame, said in zip(expected, names, strict=True) if not said]
    left = [frame.tobytes() for frame in done.output]
    at = 0
    for frame in right:
        at = left.index(frame, at) + 1
    counts = done.meant.counts
    return {
        "design": name, "faults": sum(map(len, names)), "kinds": len({*chain.from_iterable(names)}),
        "frames_sent": frames, "frames_without": len(right), "frames_out": len(left),
        "torn": counts.torn_frames, "padded_beats": counts.padded_beats,
        "dropped_beats": counts.dropped_beats, "cycles": int(done.cycles[-1]) + 1,
        "seconds": round(seconds, 1),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the benchmark; returns the exit code."""
    options = parser(__doc__)
    options.add_argument("--faults", type=int, default=10_000, metavar="N", help="in all, about [10000]")
    options.add_argument("--seed", type=int, default=0, help="of faults, pixels and pauses [0]")
    given = options.parse_args(arguments)
    cases = list(designs())
    measured = [measure(*case, -(-given.faults // len(cases)), given.seed + number)
                for number, case in enumerate(cases)]  # fmt: skip
    total = sum(each["faults"] for each in measured)
    columns = {"design": "design", "faults": "faults", "frames_without": "frames without",
               "frames_out": "frames out", "torn": "torn", "cycles": "cycles", "seconds": "s"}  # fmt: skip
    rows = [{title: each[name] for name, title in columns.items()} for each in measured]
    title = f"{total:,} faults of {len(FAULTS)} kinds, every frame without one exact ({machine()})"
    publish(given, {"machine": machine(), "faults": total, "designs": measured}, [(title, rows)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
