"""WindowIssue: decides, cycle by cycle, which step of which window the array does next.

It walks the windows on the stride grid only, on its own pointer: a window starts when all that it
needs has arrived, its steps follow back to back, and the last step of an output beat waits for an
output credit.  Trailing windows need no further input to drain.

    steps of a window:  filter group (outer) ─ slice ─ taps (inner)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.window.axis import Axis
from windrow.window.walk import Walk
from windrow_hdl.parts.counters import Credits, count
from windrow_hdl.window.walk_player import WalkPlayer

if TYPE_CHECKING:
    from windrow_hdl.window.programmed.setting_walk import SettingWalk


def real_taps(axis: Axis) -> list[dict[str, int]]:
    """Per window of an axis, `mask`: bit `k` says that tap `k` is a pixel and not padding."""
    return [
        {"mask": ((1 << int(end)) - 1) & ~((1 << int(first)) - 1)}
        for first, end in zip(axis.first_tap, axis.end_tap, strict=True)
    ]


def window_player(
    design: Design, walk: Walk, units: int, rows: Sequence[Mapping[str, int]] | None = None
) -> WalkPlayer:
    """Plays the windows of `walk`, of whose units `units` are held at once, with the masks of their taps.

    `rows`: further fields, one mapping per row of windows.
    """
    row_masks = real_taps(design.rows)
    more = rows or [{}] * len(row_masks)
    extra = [{**mask, **fields} for mask, fields in zip(row_masks, more, strict=True)]
    return WalkPlayer(walk, units, real_taps(design.columns), extra)


class WindowIssue(wiring.Component):
    """Issues `design.fold` steps for every window that `player` plays.

    arrived, started: a unit of the walk, a frame's first pixel is there
    credit: an output beat may be begun;  begin: it is (with the last step of a beat)
    go: a step is issued, and `step`, `slice`, `column_mask`, `row_mask` describe it
    step_ends, slice_ends, group_ends: it is the last of its slice, of its beat, of its window
    row_ends, frame_ends: its window is the last of its row, of its frame
    freed: units given back less one, one cycle after the last step;  start_taken: a frame's first window
    was begun, one cycle ago
    """

    def __init__(self, design: Design, player: WalkPlayer | SettingWalk) -> None:
        self.design = design
        self.player = player
        kh, kw = design.layer.kernel_size
        super().__init__(
            {
                "arrived": In(1),
                "started": In(1),
                "credit": In(1),
                "begin": Out(1),
                "go": Out(1),
                "step": Out(range(design.steps)),
                "slice": Out(range(design.slices)),
                "column_mask": Out(kw),
                "row_mask": Out(kh),
                "step_ends": Out(1),
                "slice_ends": Out(1),
                "group_ends": Out(1),
                "row_ends": Out(1),
                "frame_ends": Out(1),
                "freed": Out(self.player.freed.shape()),
                "start_taken": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design = self.design
        m.submodules.player = player = self.player
        group = Signal(range(design.filter_groups))
        first = Signal(init=1)  # no step of the window at hand has been issued yet
        last_of_beat, last_of_window = Signal(), Signal()
        ready = Signal()
        last_step = count(m, self.step, design.steps, self.go)
        last_slice = count(m, self.slice, design.slices, self.go & last_step)
        last_group = count(m, group, design.filter_groups, self.go & last_of_beat)
        m.d.comb += [
            last_of_beat.eq(last_step & last_slice),
            last_of_window.eq(last_of_beat & last_group),
            self.step_ends.eq(last_step),
            self.slice_ends.eq(last_of_beat),
            self.group_ends.eq(last_of_window),
            self.row_ends.eq(player.row_ends),
            self.frame_ends.eq(player.frame_ends),
            self.column_mask.eq(player.column.mask),
            self.row_mask.eq(player.row.mask),
            self.go.eq((~first | ready) & (~last_of_beat | self.credit)),
            self.begin.eq(self.go & last_of_beat),
            player.arrived.eq(self.arrived),
            player.enter.eq(self.go & first),
            player.leave.eq(self.go & last_of_window),
            self.freed.eq(player.freed),
        ]
        with m.If(self.go):
            m.d.sync += first.eq(last_of_window)
        self._wait_for_frame(m, ready, first)
        return m

    def _wait_for_frame(self, m: Module, ready: Signal, first: Signal) -> None:
        """A frame that begins with windows of padding alone still begins with its first pixel."""
        player = self.player
        if not self.design.starts_in_padding:
            m.d.comb += ready.eq(player.ready)
            return
        m.submodules.frames = frames = Credits(self.design.started_frames, init=0)
        frame_first = Signal(init=1)
        with m.If(player.leave):
            m.d.sync += frame_first.eq(player.frame_ends)
        taken = self.go & first & frame_first
        m.d.comb += [
            ready.eq(player.ready & (~frame_first | frames.some)),
            frames.give.eq(self.started),
            frames.take.eq(taken),
        ]
        m.d.sync += self.start_taken.eq(taken)
