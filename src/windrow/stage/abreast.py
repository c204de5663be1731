"""What a design has that takes several pixels a beat: windows abreast, which may share their columns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from windrow.timing.group_schedule import group_outputs

if TYPE_CHECKING:
    from windrow.operators.operator import Operator
    from windrow.reductions.column_plan import ColumnPlan

__all__ = ["Abreast"]


class Abreast:
    """Part of `Design`, whose fields these are."""

    if TYPE_CHECKING:
        layer: Operator
        taps: int
        pixels: int

    @property
    def output_pixels(self) -> int:
        """Neighbours of a row in an output beat; the `pixels` of a stage that takes them."""
        return group_outputs(self.layer.window, self.pixels)

    @cached_property
    def group_plan(self) -> ColumnPlan | None:
        """How the windows of a group share what their columns give; None where they share nothing."""
        whole = self.pixels > 1 and self.taps == self.layer.window.taps
        return self.layer.column_plan if whole else None
