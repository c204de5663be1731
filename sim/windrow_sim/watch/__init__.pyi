"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_sim.watch.session import Watch as Watch
from windrow_sim.watch.session import watch as watch
from windrow_sim.watch.web import page as page

__all__ = ["Watch", "page", "watch"]
