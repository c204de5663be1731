"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_sim.engines.tools import ToolMissing as ToolMissing
from windrow_sim.runs.board import SimulatedBoard as SimulatedBoard
from windrow_sim.runs.run import Hang as Hang
from windrow_sim.runs.run import Mismatch as Mismatch
from windrow_sim.runs.run import Run as Run
from windrow_sim.simulation import ENGINES as ENGINES
from windrow_sim.simulation import simulate as simulate

__all__ = ["ENGINES", "Hang", "Mismatch", "Run", "SimulatedBoard", "ToolMissing", "simulate"]
