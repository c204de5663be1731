"""Programming: what is sent to run-time hardware before the streams begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from windrow.stage.design import Design
from windrow_sim.streams.stimulus import Stimulus, pack, words

__all__ = ["built_in", "programmed"]


def built_in(design: Design, weights: np.ndarray | None, bias: np.ndarray | None) -> tuple[
        Design, np.ndarray | None, np.ndarray | None]:  # fmt: skip
    """The design, weights and bias to build for a run: all that is programmed is left out.

    So one build serves every setting, and every weight where these can be loaded.
    """
    if not design.loads_weights:
        return design.hardware, weights, bias
    return design.hardware, _blank(weights), _blank(bias)


def _blank(values: np.ndarray | None) -> np.ndarray | None:
    return None if values is None else np.zeros_like(values)


def programmed(stimulus: Stimulus, design: Design, weights: np.ndarray | None,
               bias: np.ndarray | None) -> Stimulus:
    """The stimulus with what sets run-time hardware to `design.layer`, its weights and its bias."""
    if design.runtime is None:
        return stimulus
    from windrow_hdl.window.programmed.geometry import pack_setting, setting_layout

    setting = pack_setting(design)
    size = words(setting_layout(design).size)
    row = np.frombuffer(setting.to_bytes(4 * size, "little"), "<u4").astype(np.uint32)
    loads = stimulus.weights
    if design.loads_weights:
        from windrow_hdl.reductions.weights_loaded import load_bits, load_sequence

        loads = pack(load_sequence(design, weights, bias)[:, np.newaxis], load_bits(design))
    return replace(stimulus, settings=row[np.newaxis], weights=loads)
