"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow.planning.pareto import front as front
from windrow.planning.table import Table as Table
from windrow_explore.charts.plots import write_figures as write_figures
from windrow_explore.constraints import Constraint as Constraint
from windrow_explore.constraints import NothingLeft as NothingLeft
from windrow_explore.explorer import ExplorationFailed as ExplorationFailed
from windrow_explore.explorer import explore as explore
from windrow_explore.jobs.deepen import JobFailed as JobFailed
from windrow_explore.jobs.deepen import MissingTool as MissingTool
from windrow_explore.jobs.executors import ClusterLost as ClusterLost
from windrow_explore.jobs.store import Store as Store
from windrow_explore.jobs.store import StoreError as StoreError
from windrow_explore.questions import answers as answers
from windrow_explore.report import write_report as write_report
from windrow_explore.sweep import Sweep as Sweep

__all__ = [
    "ClusterLost",
    "Constraint",
    "ExplorationFailed",
    "JobFailed",
    "MissingTool",
    "NothingLeft",
    "Store",
    "StoreError",
    "Sweep",
    "Table",
    "answers",
    "explore",
    "front",
    "write_figures",
    "write_report",
]
