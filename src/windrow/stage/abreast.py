"""What a design has that takes several pixels a beat: windows abreast, which may share their columns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from windrow.timing.group_schedule import GroupSchedule, group_outputs

if TYPE_CHECKING:
    from windrow.operators.operator import Operator
    from windrow.reductions.column_plan import ColumnPlan
    from windrow.timing.folding import Fold

__all__ = ["Abreast"]


class Abreast:
    """Part of `Design`, whose fields these are."""

    if TYPE_CHECKING:
        layer: Operator
        taps: int
        pixels: int

        @cached_property
        def nest(self) -> Fold: ...

    @property
    def output_pixels(self) -> int:
        """Neighbours of a row in an output beat; the `pixels` of a stage that takes them."""
        return group_outputs(self.layer.window, self.pixels)

    @cached_property
    def group_plan(self) -> ColumnPlan | None:
        """How the windows of a group share what their columns give; None where they share nothing."""
        whole = self.pixels > 1 and self.taps == self.layer.window.taps
        return self.layer.column_plan if whole else None

    @property
    def group_depth(self) -> int:
        """Cycles from a step to the beat that it finishes, of windows that share their columns."""
        plan = self.group_plan
        assert plan is not None
        return 2 + (plan.depth if self.beat_by_beat else plan.whole().depth)

    @cached_property
    def beat_by_beat(self) -> bool:
        """Does a beat bring fewer columns than a group's windows read, so that what these give is kept?"""
        if self.pixels == 1 or self.nest.cycles > 1:
            return False
        places = GroupSchedule(self.layer.window, self.nest, 0, pixels=self.pixels).places
        return self.pixels < len(places)
