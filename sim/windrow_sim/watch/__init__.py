"""Watch: a run, cycle by cycle, as a page or as a film."""

from windrow.face import lazy

_HOMES = {
    "PipelineWatch": "windrow_sim.watch.pipelines.session",
    "Watch": "windrow_sim.watch.session",
    "page": "windrow_sim.watch.watching",
    "watch": "windrow_sim.watch.watching",
    "write_film": "windrow_sim.watch.film",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
