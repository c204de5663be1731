"""Exploring: what stride, kernel and folding cost and give, over as many designs as one likes.

    table = wr.explore(layer, stride=[1, 2, 3, 4], constraints=["multipliers <= 64"])
    table[table.columns["pareto"]].to_pandas()

    sweep ─▶ points ─▶ constraints ─▶ refine ─▶ deepen ─▶ table ─▶ questions, report
             figures                  pareto    executors
                                                store
"""

from windrow.explore.constraints import Constraint, NothingLeft
from windrow.explore.deepen import JobFailed, MissingTool
from windrow.explore.executors import ClusterLost
from windrow.explore.explorer import ExplorationFailed, explore
from windrow.explore.store import StoreError
from windrow.explore.sweep import Sweep
from windrow.explore.table import Table

__all__ = ["ClusterLost", "Constraint", "ExplorationFailed", "JobFailed", "MissingTool", "NothingLeft",
           "StoreError", "Sweep", "Table", "explore"]  # fmt: skip
