"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_sim.watch.film import write_film as write_film
from windrow_sim.watch.pipelines.session import PipelineWatch as PipelineWatch
from windrow_sim.watch.session import Watch as Watch
from windrow_sim.watch.watching import page as page
from windrow_sim.watch.watching import watch as watch

__all__ = ["PipelineWatch", "Watch", "page", "watch", "write_film"]
