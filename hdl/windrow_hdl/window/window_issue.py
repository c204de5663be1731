"""WindowIssue: decides, cycle by cycle, which step of which window the reduction does next.

A window begins when the walk says that all it needs has arrived, its steps follow back to back, and the last
step of an output beat waits for an output credit.  Trailing windows need no further input to drain.

    steps of a window:  channel group ─ output beat ─ slice ─ taps (inner)
"""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.timing.schedule import Schedule
from windrow_hdl.parts.counters import count

FLAGS = ("go", "step_ends", "beat_ends", "again", "window_ends")
"""Ports that say of a step what follows it."""


class WindowIssue(wiring.Component):
    """Issues the steps of `schedule.fold` for every window.

    ready: the next window has all it needs;  enter: it begins;  leave: its last step is issued
    credit: an output beat may be begun;  begin: it is (with the last step of a beat)
    go: a step is issued;  step, slice: which one of its window, of which slice of channels
    step_ends, beat_ends, window_ends: it is the last of its slice, of its beat, of its window
    again: it is the last of its beat, and the next beat reads the same channels
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        super().__init__(
            {
                "ready": In(1),
                "enter": Out(1),
                "leave": Out(1),
                "credit": In(1),
                "begin": Out(1),
                "step": Out(range(schedule.fold.steps)),
                "slice": Out(range(schedule.slices)),
                **{flag: Out(1) for flag in FLAGS},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fold = self.schedule.fold
        beat, group = Signal(range(fold.beats)), Signal(range(fold.groups))
        first = Signal(init=1)  # no step of the window at hand has been issued yet
        last_step = count(m, self.step, fold.steps, self.go)
        last_slice = self._slices(m, last_step)
        last_beat = count(m, beat, fold.beats, self.begin)
        last_group = count(m, group, fold.groups, self.begin & last_beat)
        m.d.comb += [
            self.step_ends.eq(last_step),
            self.beat_ends.eq(last_step & last_slice),
            self.again.eq(self.beat_ends & ~last_beat),
            self.window_ends.eq(self.beat_ends & last_beat & last_group),
            self.go.eq((~first | self.ready) & (~self.beat_ends | self.credit)),
            self.begin.eq(self.go & self.beat_ends),
            self.enter.eq(self.go & first),
            self.leave.eq(self.go & self.window_ends),
        ]
        with m.If(self.go):
            m.d.sync += first.eq(self.window_ends)
        return m

    def _slices(self, m: Module, last_step: Value) -> Value:
        """Step `slice` through the channels of a pixel, those of a group once for each of its beats."""
        fold, moves = self.schedule.fold, self.go & last_step
        if fold.groups == 1:
            return count(m, self.slice, fold.slices, moves)
        of_group = Signal(range(fold.slices))
        with m.If(moves):
            back = Mux(self.again, self.slice - (fold.slices - 1), self.slice + 1)
            m.d.sync += self.slice.eq(Mux(self.window_ends, 0, back))
        return count(m, of_group, fold.slices, moves)
