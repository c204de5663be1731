"""The walks of a design's readers (`windrow.walk`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from windrow.window.walk import Walk

if TYPE_CHECKING:
    from windrow.stage.design import Design


def over_beats(design: Design) -> Walk:
    """Windows over the stored beats of the line buffer."""
    rows, columns, slices = design.rows, design.columns, design.slices
    return Walk(
        rows.lowest,
        rows.highest,
        rows.real,
        columns.lowest * slices,
        columns.highest * slices + slices - 1,
        columns.real,
        design.row_beats,
        rows.stored,
    )


def of_fetches(design: Design) -> Walk:
    """Column fetches over the stored beats: every stored beat of every row of windows, in order."""
    rows, real = design.rows, design.rows.real
    beats = np.arange(design.row_beats)
    return Walk(
        rows.lowest[real],
        rows.highest[real],
        real[real],
        beats,
        beats,
        np.ones(beats.size, bool),
        design.row_beats,
        rows.stored,
    )


def over_columns(design: Design) -> Walk:
    """Windows over the columns of the column store, which sees each row of windows anew."""
    rows, columns = design.rows, design.columns
    real = rows.real if columns.stored else np.zeros(rows.outputs, bool)
    turn = np.cumsum(real) - 1
    return Walk(
        turn,
        turn,
        real,
        columns.lowest,
        columns.highest,
        columns.real,
        columns.stored,
        int(real.sum()),
    )
