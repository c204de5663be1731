"""GroupWalk: which beat is shifted in next, and which group of windows that completes.

    arrived ─▶ WalkPlayer ─▶ ready      bank, address, row_mask, row_case: the beat of the shift at hand
    take ─────▶     └──────▶ freed      look: of the group that it completes (`windrow_hdl.window.looks`)

The shifts that trail a row follow its last without a pause; the next row's first come with them or later, and
then one after another.  Where a group takes several steps nothing is shifted until the last of them.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow.timing.group_schedule import GroupSchedule
from windrow_hdl.parts.counters import less_one, modular_sum, select, wrapping
from windrow_hdl.parts.sequencer import BlockSequencer
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.looks import Looks
from windrow_hdl.window.played_windows import bank_turns, tap_records
from windrow_hdl.window.walk_player import WalkPlayer, most_freed

__all__ = ["GroupWalk"]


class GroupWalk(wiring.Component):
    """Shifts of a design with several pixels a beat.

    arrived, freed: the line buffer, the latter less one
    bank, address, row_mask, row_case: of the beat to fetch;  look: at the columns, of the group at hand
    credit: a result has a place
    take: a beat is shifted in;  shift: that, or nothing is;  issue: and a group is complete
    step: of the group at hand, the first when it is complete;  part: which taps it takes
    begin: the step finishes a beat
    """

    def __init__(self, design: Design, looks: Looks) -> None:
        self.design, self.looks = design, looks
        schedule = design.schedule
        assert isinstance(schedule, GroupSchedule)
        self.schedule = schedule
        every = list(range(schedule.rows.outputs))
        turns = bank_turns(design, every)
        rows = [{**taps, **turn} for taps, turn in zip(tap_records(design.window, 0), turns, strict=True)]
        at = np.arange(schedule.period)
        emits, last = schedule.emits[: schedule.period], schedule.period - 1
        brings = (at >= schedule.lead) & (at < schedule.lead + schedule.beats - 1)  # and another follows
        credited = schedule.fold.beat_steps == 1  # then a group's first step finishes a beat
        columns = [
            {"completes": int(emits[x]), "steps": int(brings[x]),
             "open": int(not (credited and (emits[x] or (schedule.trailing > 0 and x == last))))}
            for x in at
        ]  # fmt: skip
        walk = schedule.fetch_walk
        self.player = WalkPlayer(walk, design.memories.ring_beats, None, rows)
        advance = schedule.outputs * schedule.window.stride[1]  # columns from a group to the next
        common = gcd(advance, schedule.pixels)
        self.shifts = BlockSequencer(columns, advance // common)
        self.groups = BlockSequencer([{"look": at} for at in looks.of], schedule.pixels // common)
        super().__init__(
            {
                "arrived": In(1),
                "freed": Out(less_one(most_freed(walk))),
                "credit": In(1),
                "take": Out(1),
                "shift": Out(1),
                "issue": Out(1),
                "step": Out(1),
                "part": Out(range(schedule.fold.steps)),
                "begin": Out(1),
                "look": Out(range(len(looks.every))),
                "row_mask": Out(design.window.kernel_size[0]),
                "row_case": Out(range(len(design.window.sources[0].cases))),
                "bank": Out(range(design.ring_rows)),
                "address": Out(range(max(1, schedule.row_beats))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        schedule, banks = self.schedule, self.design.ring_rows
        m.submodules.player = player = self.player
        m.submodules.groups, m.submodules.shifts = groups, shifts = self.groups, self.shifts
        carry(m, self, player, "arrived")
        carry(m, player, self, "freed")
        bank = Signal(range(banks), name="first_bank", init=schedule.rows.offsets[0] % banks)
        beat = Signal.like(self.address, name="beat")
        trails, completes = self._trailing(m)
        busy = self._steps(m)
        m.d.comb += [
            self.take.eq(player.ready & ~busy & (shifts.open | self.credit)),
            self.shift.eq(self.take | trails),
            self.issue.eq((self.take & shifts.completes) | completes),
            player.enter.eq(self.take),
            player.leave.eq(self.take),
            shifts.advance.eq(self.take),
            groups.advance.eq(self.issue),
            self.look.eq(groups.look),
            self.row_mask.eq(player.row.mask),
            self.row_case.eq(player.row.case),
            self.bank.eq(bank),
            self.address.eq(beat),
        ]
        with m.If(self.take):
            m.d.sync += beat.eq(beat + shifts.steps)
            with m.If(player.row_ends):
                m.d.sync += [beat.eq(0), bank.eq(modular_sum(bank, player.row.turn, banks))]
        return m

    def _steps(self, m: Module) -> Signal:
        """Step through the group at hand; whether its last step is still to come."""
        fold = self.schedule.fold
        busy, beat = Signal(name="busy"), Signal(range(fold.window_beats), name="beat_of_group")
        if fold.cycles == 1:
            m.d.comb += [self.step.eq(self.issue), self.begin.eq(self.issue)]
            return busy
        part = Signal(range(fold.steps), name="part_of_beat")
        ends, credit = Signal(name="ends_beat"), Signal(name="may_end")
        m.d.comb += [
            self.part.eq(part),
            ends.eq(part == fold.steps - 1),
            credit.eq(~ends | self.credit),
            self.step.eq(Mux(busy, credit, self.issue)),
            self.begin.eq(self.step & ends),
        ]
        with m.If(self.step):
            m.d.sync += [wrapping(part, fold.steps), busy.eq(~(ends & (beat == fold.window_beats - 1)))]
        with m.If(self.begin):
            m.d.sync += wrapping(beat, fold.window_beats)
        return busy

    def _trailing(self, m: Module) -> tuple[Signal, Signal]:
        """Whether a shift that trails the row before is due, and whether it completes a group."""
        trails, completes = Signal(name="trails"), Signal(name="trailing_completes")
        emits = self.schedule.emits[self.schedule.period :].tolist()
        if emits:
            left = Signal(range(len(emits) + 1), name="left")
            m.d.comb += trails.eq(left != 0)
            select(m, completes, left, [0, *(int(emit) for emit in reversed(emits))])
            with m.If(trails):
                m.d.sync += left.eq(left - 1)
            with m.If(self.take & self.player.row_ends):
                m.d.sync += left.eq(len(emits))
        return trails, completes
