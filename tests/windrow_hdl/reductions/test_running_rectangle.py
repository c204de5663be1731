"""Wide rectangles with few comparisons: rows end and begin in the same cycles, as a reader shifts them."""

import numpy as np
import pytest

import windrow as wr
from reduction_benches import run, unpack
from windrow.reductions.extreme import doubled_runs, extreme_identity
from windrow_hdl.reductions.running_rectangle import RunningRectangle


def test_runs() -> None:
    assert doubled_runs(1) == []
    assert doubled_runs(7) == [(1, 1), (2, 2), (4, 3)]
    assert doubled_runs(15) == [(1, 1), (2, 2), (4, 4), (8, 7)]


Shift = tuple[int | None, bool, int | None]
"""Number of a column (None: no pixels), whether it is the first of its row, the window that is complete."""


def shifts(
    rng: np.random.Generator, width: int, columns: int, left: int, right: int, rows: int
) -> list[Shift]:
    """A reader's shifts: windows at the right edge come with the next row's columns, or with nothing."""
    found: list[Shift] = []
    owed: list[int] = []
    windows = width + left + right - columns + 1
    for row in range(rows):
        if rng.random() < 0.4:
            found += [(None, True, window) for window in owed]
            owed = []
        for x in range(width):
            done = x - (columns - 1 - left)
            window = owed.pop(0) if owed else row * windows + done if 0 <= done < windows else None
            found.append((row * width + x, x == 0, window))
        owed += [row * windows + done for done in range(width - (columns - 1 - left), windows)]
    return found + [(None, True, window) for window in owed]


@pytest.mark.parametrize(
    ("kind", "rows", "columns", "left", "right", "width", "lanes", "number"),
    [
        ("minimum", 3, 7, 3, 3, 12, 1, wr.UInt(8)),
        ("maximum", 1, 15, 7, 7, 14, 1, wr.Int(8)),
        ("minimum", 2, 5, 0, 0, 9, 2, wr.Int(4)),
        ("maximum", 2, 5, 4, 0, 4, 1, wr.UInt(3)),
        ("minimum", 1, 6, 1, 4, 7, 1, wr.Int(6)),
        ("maximum", 4, 3, 1, 1, 2, 1, wr.UInt(8)),
        ("minimum", 3, 2, 1, 0, 5, 1, wr.UInt(8)),
        ("maximum", 3, 1, 0, 0, 3, 1, wr.UInt(8)),
    ],
)
def test_rows(
    kind: str,
    rows: int,
    columns: int,
    left: int,
    right: int,
    width: int,
    lanes: int,
    number: wr.UInt | wr.Int,
) -> None:
    rng, count = np.random.default_rng(9), 6
    component = RunningRectangle(kind, rows, columns, number, width=width, lanes=lanes)
    stream = rng.integers(number.min, number.max + 1, (count, width, rows, lanes))
    flat = stream.reshape(count * width, -1)
    events: list[Shift | None] = []
    for shift in shifts(rng, width, columns, left, right, count):
        events += [None] * int(rng.integers(3) * rng.integers(2)) + [shift]
    windows = width + left + right - columns + 1
    junk = rng.integers(number.min, number.max + 1, (len(events), rows * lanes))

    def drive(ctx, cycle: int) -> None:
        now = events[cycle] if cycle < len(events) else None
        ctx.set(component.shift, now is not None)
        ctx.set(component.step, now is not None and now[2] is not None)
        before = events[cycle - 1] if 0 < cycle <= len(events) else None
        ctx.set(component.first, before is None or before[1])
        mask = (1 << columns) - 1
        if before is not None and before[2] is not None:
            begin = before[2] % windows - left
            mask = sum(1 << x for x in range(columns) if not 0 <= begin + x < width)
        ctx.set(component.clear, mask)
        pixels = junk[cycle % len(junk)] if before is None or before[0] is None else flat[before[0]]
        for port, pixel in zip(component.column, pixels, strict=True):
            ctx.set(port, int(pixel))

    found = run(component, len(events) + component.depth + 3, drive)
    order = [(cycle, each[2]) for cycle, each in enumerate(events) if each and each[2] is not None]
    assert [cycle for cycle, _ in found] == [cycle + component.depth for cycle, _ in order]
    assert [window for _, window in order] == list(range(count * windows))
    padded = np.pad(stream, ((0, 0), (left, right), (0, 0), (0, 0)),
                    constant_values=extreme_identity(kind, number))  # fmt: skip
    reduce = np.min if kind == "minimum" else np.max
    expected = [reduce(padded[row, x : x + columns], axis=(0, 1)).tolist()
                for row in range(count) for x in range(windows)]  # fmt: skip
    assert [unpack(payload, lanes, number) for _, payload in found] == expected


def test_rows_too_narrow() -> None:
    with pytest.raises(ValueError, match="^width must be at least 6, a column less than the window, not 5$"):
        RunningRectangle("minimum", 3, 7, wr.UInt(8), width=5)
    with pytest.raises(ValueError, match="^element must have 1 to 15 rows and columns, not shape"):
        RunningRectangle("minimum", 3, 16, wr.UInt(8), width=32)
