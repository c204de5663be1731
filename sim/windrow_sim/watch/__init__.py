"""Watch: a run, cycle by cycle, as a page."""

from windrow.face import lazy

_HOMES = {
    "Watch": "windrow_sim.watch.session",
    "page": "windrow_sim.watch.web",
    "watch": "windrow_sim.watch.session",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
