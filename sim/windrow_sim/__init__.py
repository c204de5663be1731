"""Simulation of Windrow designs: engines, stimulus, and runs that are checked against the models.

    run = windrow_sim.simulate(design, x, weights, bias)    # also as windrow.simulate
    run.check()

Importing this package loads nothing: the pytest plugin in it is part of test runs that never simulate.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windrow_sim.run import Hang as Hang
    from windrow_sim.run import Mismatch as Mismatch
    from windrow_sim.run import Run as Run
    from windrow_sim.simulation import ENGINES as ENGINES
    from windrow_sim.simulation import simulate as simulate
    from windrow_sim.tools import ToolMissing as ToolMissing

__all__ = ["ENGINES", "Hang", "Mismatch", "Run", "ToolMissing", "simulate"]

_HOMES = {"ENGINES": "simulation", "Hang": "run", "Mismatch": "run", "Run": "run", "ToolMissing": "tools",
          "simulate": "simulation"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'windrow_sim' has no attribute {name!r}")
    value = getattr(import_module(f"windrow_sim.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
