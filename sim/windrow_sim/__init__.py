"""Simulation of Windrow designs: engines, stimulus, and runs that are checked against the models.

    run = windrow_sim.simulate(design, x, weights, bias)    # also as windrow.simulate
    run.check()

Importing this package loads nothing: the pytest plugin in it is part of test runs that never simulate.
"""

from windrow.face import lazy

_HOMES = {
    "ENGINES": "windrow_sim.simulation",
    "Hang": "windrow_sim.runs.run",
    "Mismatch": "windrow_sim.runs.run",
    "Run": "windrow_sim.runs.run",
    "SimulatedBoard": "windrow_sim.runs.board",
    "ToolMissing": "windrow_sim.engines.tools",
    "VideoStream": "windrow_sim.streams.video",
    "simulate": "windrow_sim.simulation",
    "simulate_video": "windrow_sim.runs.video",
    "video_stream": "windrow_sim.streams.video",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
