"""watch and page: one call for a layer and for a whole network."""

from __future__ import annotations

from typing import overload

import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.timing.stalls import StallsLike
from windrow.values.numerics import check_kind
from windrow_hdl.network import check_none
from windrow_sim.watch import web
from windrow_sim.watch.pipelines import page as pipeline_page
from windrow_sim.watch.pipelines.session import PipelineWatch, watch_pipeline
from windrow_sim.watch.session import Watch, watch_layer

__all__ = ["page", "watch"]


@overload
def watch(design: Design, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
          bias: npt.ArrayLike | None = None, frames: int = 1, input_stall: StallsLike = None,
          output_stall: StallsLike = None) -> Watch: ...  # fmt: skip


@overload
def watch(design: Pipeline, x: npt.ArrayLike, *, frames: int = 1, input_stall: StallsLike = None,
          output_stall: StallsLike = None) -> PipelineWatch: ...  # fmt: skip


def watch(design: Design | Pipeline, x: npt.ArrayLike, weights: npt.ArrayLike | None = None,
          bias: npt.ArrayLike | None = None, frames: int = 1, input_stall: StallsLike = None,
          output_stall: StallsLike = None) -> Watch | PipelineWatch:
    """Simulate, look inside in every cycle, and check: a layer (`watch_layer`) or a pipeline
    (`watch_pipeline`), which has its own constants.

    Arguments and errors as of those two.
    """
    check_kind(design, (Design, Pipeline), "design")
    if isinstance(design, Pipeline):
        check_none(weights, bias)
        return watch_pipeline(design, x, frames, input_stall, output_stall)
    return watch_layer(design, x, weights, bias, frames, input_stall, output_stall)


def page(watch: Watch | PipelineWatch, source: str = "") -> str:
    """One HTML file that steps through what was watched; `source` says where the data comes from."""
    check_kind(watch, (Watch, PipelineWatch), "watch")
    return (pipeline_page.page if isinstance(watch, PipelineWatch) else web.page)(watch, source)
