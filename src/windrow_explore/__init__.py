"""Exploring: what stride, kernel and folding cost and give, over as many designs as one likes.

    table = wr.explore(layer, stride=[1, 2, 3, 4], constraints=["multipliers <= 64"])
    table[table.columns["pareto"]].to_pandas()

    sweep ─▶ points ─▶ constraints ─▶ refine ─▶ deepen ─▶ table ─▶ questions, report
             figures                  pareto    executors
                                                store
"""

from windrow.face import lazy

_HOMES = {
    "ClusterLost": "windrow_explore.jobs.executors",
    "Constraint": "windrow_explore.constraints",
    "ExplorationFailed": "windrow_explore.explorer",
    "JobFailed": "windrow_explore.jobs.deepen",
    "MissingTool": "windrow_explore.jobs.deepen",
    "NothingLeft": "windrow_explore.constraints",
    "Store": "windrow_explore.jobs.store",
    "StoreError": "windrow_explore.jobs.store",
    "Sweep": "windrow_explore.sweep",
    "Table": "windrow.planning.table",
    "answers": "windrow_explore.questions",
    "explore": "windrow_explore.explorer",
    "front": "windrow.planning.pareto",
    "write_figures": "windrow_explore.charts.plots",
    "write_report": "windrow_explore.report",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
