"""PlayedFetches and ShiftWalk: which column is fetched next, and which windows that completes.

    arrived ─▶ WalkPlayer ─▶ ready, row_mask        address, bank: where the column lies in the line buffer
    take ─────▶     └──────▶ freed
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.parts.counters import modular_sum, wrapping
from windrow_hdl.parts.sequencer import Sequencer
from windrow_hdl.parts.wires import carry
from windrow_hdl.window.played_windows import ARRIVALS, RETURNS, bank_turns, progress_ports, tap_records
from windrow_hdl.window.walk_player import WalkPlayer

FETCHES = ("ready", "row_ends", "frame_ends", "row_mask", "row_case", "bank", "address")
"""Ports that describe the next fetch."""


def fetch_ports(design: Design) -> dict[str, wiring.Member]:
    """Ports of a walk of column fetches.

    take: the fetch at hand is issued;  ready: its beats have arrived
    row_ends, frame_ends: it is the last of its row of windows, of its frame
    row_mask: which kernel rows have pixels to deliver;  row_case: whose, as in `window_ports`
    bank: that of the first kernel row;  address: beat of the row
    """
    return {
        "take": In(1),
        "ready": Out(1),
        "row_ends": Out(1),
        "frame_ends": Out(1),
        "row_mask": Out(design.window.kernel_size[0]),
        "row_case": Out(range(len(design.window.sources[0].cases))),
        "bank": Out(range(design.ring_rows)),
        "address": Out(range(max(1, design.schedule.row_beats))),
    }


def shift_ports(design: Design) -> dict[str, wiring.Member]:
    """Ports of a walk of fetches that complete windows, besides `fetch_ports`.

    shift: the shift register moves, by the fetch at hand or to drain;  issue: and that completes a window
    completes: the next shift completes one;  draining: one that the row before still owes
    column_mask: which kernel columns of that window have pixels to deliver
    column_case: whose, as in `window_ports`
    """
    return {"shift": In(1), "issue": In(1), "completes": Out(1), "draining": Out(1),
            "column_mask": Out(design.window.kernel_size[1]),
            "column_case": Out(range(len(design.window.sources[1].cases)))}  # fmt: skip


class PlayedFetches(wiring.Component):
    """Every stored column of every row of windows; ports: `fetch_ports`, `progress_ports`."""

    def __init__(self, design: Design) -> None:
        self.design = design
        schedule = design.schedule
        self.visited = np.flatnonzero(schedule.rows.real).tolist()
        taps = tap_records(design.window, 0)
        turns = bank_turns(design, self.visited)
        rows = [{**taps[y], **turn} for y, turn in zip(self.visited, turns, strict=True)]
        self.player = WalkPlayer(schedule.fetch_walk, design.memories.ring_beats, None, rows)
        super().__init__({**fetch_ports(design), **progress_ports(schedule.fetch_walk)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        schedule, banks = self.design.schedule, self.design.ring_rows
        m.submodules.player = player = self.player
        carry(m, self, player, "arrived")
        carry(m, player, self, "ready", "row_ends", "frame_ends", "freed")
        start = self.visited[0] * schedule.rows.advance + schedule.rows.offsets[0]
        bank = Signal(range(banks), name="first_bank", init=start % banks)
        address = Signal.like(self.address, name="beat")
        m.d.comb += [
            player.enter.eq(self.take),
            player.leave.eq(self.take),
            self.row_mask.eq(player.row.mask),
            self.row_case.eq(player.row.case),
            self.bank.eq(bank),
            self.address.eq(address),
        ]
        with m.If(self.take):
            m.d.sync += wrapping(address, schedule.row_beats)
            with m.If(player.row_ends):
                m.d.sync += bank.eq(modular_sum(bank, player.row.turn, banks))
        return m


class ShiftWalk(wiring.Component):
    """Fetches of a shift register of columns; ports: `fetch_ports`, `shift_ports`, `progress_ports`."""

    arrivals, returns = ARRIVALS, RETURNS

    def __init__(self, design: Design) -> None:
        self.schedule = design.schedule
        self.fetches = PlayedFetches(design)
        super().__init__(
            {**fetch_ports(design), **shift_ports(design), **progress_ports(self.schedule.fetch_walk)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        axis, last = self.schedule.columns, self.schedule.columns.offsets[-1]
        m.submodules.fetches = fetches = self.fetches
        m.submodules.windows = windows = Sequencer(tap_records(self.schedule.window, 1))
        carry(m, self, fetches, "take", *ARRIVALS)
        carry(m, fetches, self, *FETCHES, *RETURNS)
        m.d.comb += [windows.advance.eq(self.issue), self.column_mask.eq(windows.mask)]
        m.d.comb += self.column_case.eq(windows.case)
        # Columns still to come before the one that completes a window, less one: the sign says "none".
        due = Signal(signed(max(last, axis.advance).bit_length() + 1), init=last - 1)
        with m.If(self.take):
            m.d.sync += due.eq(due - 1)
            with m.If(due[-1]):
                m.d.sync += due.eq(axis.advance - 2)
            with m.If(self.row_ends):
                m.d.sync += due.eq(last - 1)
        draining = Signal(name="owed")
        if self.schedule.trailing_shifts:
            with m.If(self.shift):
                m.d.sync += draining.eq(self.take & self.row_ends)
        m.d.comb += [self.draining.eq(draining), self.completes.eq(draining | due[-1])]
        return m
