"""Exploring: what stride, kernel and folding cost and give, over as many designs as one likes."""

from windrow.explore.table import Table

__all__ = ["Table"]
