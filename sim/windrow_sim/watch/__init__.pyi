"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_sim.watch.film import write_film as write_film
from windrow_sim.watch.session import Watch as Watch
from windrow_sim.watch.session import watch as watch
from windrow_sim.watch.web import page as page

__all__ = ["Watch", "page", "watch", "write_film"]
