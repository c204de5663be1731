"""Simulation of Windrow designs: engines, stimulus, and runs that are checked against the models.

    run = windrow_sim.simulate(design, x, weights, bias)    # also as windrow.simulate
    run.check()
"""

from windrow_sim.run import Hang, Mismatch, Run
from windrow_sim.simulate import simulate
from windrow_sim.tools import ToolMissing

__all__ = ["Hang", "Mismatch", "Run", "ToolMissing", "simulate"]
