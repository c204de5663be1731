"""The contract of a design as hardware: a `Convolution` whose streams the solver drives as it likes.

    any valid, one marked pixel ─▶ i ─▶ Convolution ─▶ o ◀─ any ready
                                   │         │         │
                                   ▼         ▼         ▼
                               accepted  ring, credits  payload, hold, order      what is asserted

All pixels are 0 but one, which the solver chooses, and the weights of a filter are the powers of two,
each once.  So every sum spells out at which of its taps the marked pixel was read, and the harness knows
where that is: a ring slot that is overwritten too early, read too early, or read for another one shows as
a wrong bit.  The datapath moves pixels and adds them up, whatever they are; so what holds for each pixel
marked holds for all.  The maximum of a pool says whether the marked pixel is one of its window and channel.

With several pixels a beat the marked one is one of them, or a place of a row's last beat that has none;
what a row's last output beat has no window for is not compared.

The counters of the harness wrap after a few frames, more than the hardware can hold.  They do not grow
with the run, and a solver that can may prove the contract for runs of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from amaranth.hdl import Cat, ClockDomain, Module, Mux, Shape, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

import windrow as wr
from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.ideal import repeat
from windrow_hdl.stage import Convolution

PROPERTIES: dict[str, str] = {
    "hold": "a beat offered on o stays, payload and all, until it is taken",
    "data": "every output beat is made of exactly the pixels of its window, each at its tap",
    "early": "no output beat is offered before its pixels are accepted, and none that is not due",
    "lost": "the input is never a whole run of frames ahead of the output",
    "ring": "the ring, or the way through the reduction where there is none, holds no more beats than it has "
            "room for, and frees none that it does not hold",
    "flight": "no more output beats are under way than there is room for, and none that was not begun",
    "progress": "with o ready, and a beat offered on i or owed on o, something moves before long",
}
"""What is to hold in every cycle, by name: the outputs of `Contract`."""


def powers(layer: wr.Conv2d) -> np.ndarray:
    """(O, kh, kw, I) weights: 1, 2, 4, ... once in each filter, each filter from another one on."""
    size = int(np.prod(layer.weight_shape[1:]))
    order = (np.arange(size) + np.arange(layer.out_channels)[:, None]) % size
    return (1 << order).reshape(layer.weight_shape)


def silence(design: wr.Design) -> int:
    """Cycles in which nothing need move although it may: one output beat, all the way through."""
    column = 0 if design.gathers else STORE + design.schedule.row_beats
    if isinstance(design.schedule, GroupSchedule):
        column = design.schedule.row_cycles + design.schedule.trailing
    return ARRIVE + column + design.beat_steps + design.schedule.pipeline + RETURN


class Watched(Convolution):
    """The hardware, with ghosts that count beside its own counters what it holds."""

    def __init__(self, design: wr.Design, dsp: bool) -> None:
        weights = powers(design.layer) if isinstance(design.layer, wr.Conv2d) else None
        super().__init__(design, weights, dsp=dsp)
        self.ring_holds, self.flight_holds = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        design = self.design
        queue, send = m.submodules.output_queue, self.o.valid & self.o.ready
        ring, credits = design.memories.ring_beats, design.schedule.credits + design.schedule.uncredited
        if design.accumulates:
            ring, arrived, freed = design.schedule.pipeline, queue.begin, queue.put
        else:
            buffer = m.submodules.line_buffer
            arrived, freed = buffer.arrived, buffer.freed + 1  # the port says it less one
        held, flight = (Signal(range(2 * most + 4)) for most in (ring, credits))
        m.d.sync += [held.eq(held + arrived - freed), flight.eq(flight + queue.begin - send)]
        m.d.comb += [
            self.ring_holds.eq((held <= ring) & (held + arrived >= freed)),
            self.flight_holds.eq((flight <= credits) & ((flight != 0) | ~send)),
        ]
        return m


class Contract(wiring.Component):
    """`Convolution(design)` and its environment; one output for each of PROPERTIES, 1 where it is broken.

    `design` is of a layer with pixels of one bit and weights up to the highest power, or of a maximum.

    offer: offer a beat on i, unless one is offered already;  ready: that of o
    mark, lane: the marked pixel, beat and number of the beat; the values of the first cycle count
    """

    def __init__(self, design: wr.Design, dsp: bool = True) -> None:
        assert design.layer.input_type == wr.UInt(1), design.layer
        self.design, self.dsp = design, dsp
        memories = design.memories
        held = memories.ring_beats // max(1, design.schedule.frame_beats) + memories.started_frames
        self.frames = 3 + held
        self.frame_outputs = design.windows * design.filter_groups
        self.inputs = self.frames * design.input_beats
        self.outputs = self.frames * self.frame_outputs
        super().__init__({
            "offer": In(1),
            "ready": In(1),
            "mark": In(range(self.inputs)),
            "lane": In(max(1, (design.pixels * design.lanes - 1).bit_length())),
            **{name: Out(1) for name in PROPERTIES},
        })
        self.clock = ClockDomain("sync")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains += self.clock
        m.d.comb += self.clock.rst.eq(0)  # a run begins with the initial values, once
        m.submodules.dut = dut = Watched(self.design, self.dsp)
        i, o = dut.i, dut.o
        accept, send = Signal(), Signal()
        accepted, sent = Signal(range(self.inputs)), Signal(range(self.outputs))
        first, offered = Signal(init=1), Signal()
        mark, lane = (self._kept(m, first, value) for value in (self.mark, self.lane))
        m.d.sync += [first.eq(0), offered.eq(i.valid & ~i.ready)]
        m.d.comb += [
            i.valid.eq(self.offer | offered),
            i.payload.eq(Mux(accepted == mark, 1 << lane, 0)),
            o.ready.eq(self.ready),
            accept.eq(i.valid & i.ready),
            send.eq(o.valid & o.ready),
            self.ring.eq(~dut.ring_holds),
            self.flight.eq(~dut.flight_holds),
        ]
        for counter, count, length in ((accepted, accept, self.inputs), (sent, send, self.outputs)):
            with m.If(count):
                m.d.sync += counter.eq(Mux(counter == length - 1, 0, counter + 1))
        self._hold(m, o)
        expected, there = self._expected(m, sent, mark, lane)
        m.d.comb += self.data.eq(o.valid & ((o.payload & there) != expected))
        self._order(m, i, o, sent)
        return m

    def _kept(self, m: Module, first: Signal, value: Signal) -> Value:
        """The value of the first cycle."""
        kept = Signal.like(value, name=f"kept_{value.name}")
        with m.If(first):
            m.d.sync += kept.eq(value)
        return Mux(first, value, kept)

    def _hold(self, m: Module, o: wiring.PureInterface) -> None:
        waiting, payload = Signal(), Signal.like(o.payload)
        m.d.sync += [waiting.eq(o.valid & ~o.ready), payload.eq(o.payload)]
        m.d.comb += self.hold.eq(waiting & ~(o.valid & (o.payload == payload)))

    # What an output beat is made of -----------------------------------------------------------------

    def _windows(self, output: int) -> list[tuple[int, int, int]]:
        """Frame, row and column of the windows of an output beat; columns behind a row are of none."""
        design, schedule = self.design, self.design.schedule
        frame, rest = divmod(output, self.frame_outputs)
        groups = schedule.groups if isinstance(schedule, GroupSchedule) else schedule.columns.outputs
        row, group = divmod(rest // design.filter_groups, groups)
        wide = design.output_pixels
        return [(frame, row, group * wide + at) for at in range(wide)]

    def _inputs(self, frame: int, *window: int) -> list[tuple[int, int] | None]:
        """Input beat and place in it of each tap and slice of a window, taps slower; None in padding with a
        value, and for all taps of a window that there is not."""
        design, layer = self.design, self.design.layer
        if window[1] >= design.schedule.columns.outputs:
            return [None] * (layer.window.taps * design.slices)
        beats: list[tuple[int, int] | None] = []
        for tap in np.ndindex(*layer.kernel_size):
            row, column = (
                window[axis] * layer.stride[axis] - layer.padding[axis][0] + tap[axis] * layer.dilation[axis]
                for axis in (0, 1)
            )
            if layer.padding_mode != "constant":  # NumPy says which pixel lies there
                row, column = (
                    int(np.pad(np.arange(size), pads, layer.padding_mode)[at + pads[0]])  # type: ignore
                    for size, pads, at in zip(layer.window.size, layer.padding, (row, column), strict=True)
                )
            real = 0 <= row < layer.height and 0 <= column < layer.width
            beat, place = divmod(column, design.pixels)
            beat += (frame * layer.height + row) * -(-layer.width // design.pixels)
            beats += [(beat * design.slices + s, place) if real else None for s in range(design.slices)]
        return beats

    def _expected(self, m: Module, sent: Signal, mark: Value, lane: Value) -> tuple[Signal, Signal]:
        """Payload of output beat `sent`, and which of its bits are of windows."""
        design, layer = self.design, self.design.layer
        bits = layer.result_type.bits
        expected, there = (Signal(design.output_bits, name=name) for name in ("expected", "there"))
        group = self._table(m, "group", sent, [n % design.filter_groups for n in range(self.outputs)])
        for window in range(design.output_pixels):
            places = [self._windows(output)[window] for output in range(self.outputs)]
            sums = self._sums(m, f"window_{window}", places, sent, mark, lane)
            real = [int(column < design.schedule.columns.outputs) for _, _, column in places]
            exists = self._table(m, f"exists_{window}", sent, real)
            m.d.comb += there.word_select(window, design.pe * bits).eq(exists.replicate(design.pe * bits))
            with m.Switch(group):
                for number in range(design.filter_groups):
                    with m.Case(number):
                        for at, total in enumerate(sums[number * design.pe : (number + 1) * design.pe]):
                            part = expected.word_select(window * design.pe + at, bits)
                            m.d.comb += part.eq(Mux(exists, total, 0))
        return expected, there

    def _sums(self, m: Module, name: str, places: Sequence[tuple[int, int, int]], sent: Signal, mark: Value,
              lane: Value) -> list[Value]:
        """What each filter makes of a window, which is at one of `places` for each output beat."""
        design, layer = self.design, self.design.layer
        inputs = [self._inputs(*place) for place in places]
        pixels: list[Value] = []
        for at in range(len(inputs[0])):
            beats, columns = zip(*((-1, 0) if each[at] is None else each[at] for each in inputs), strict=True)
            beat = self._table(m, f"{name}_beat_{at}", sent, beats)
            column = self._table(m, f"{name}_place_{at}", sent, columns)
            filled = (beat == -1) & layer.fill
            pixels += [((beat == mark) & (lane == column * design.lanes + number)) | filled
                       for number in range(design.lanes)]
        # Taps slower than slices and slices slower than lanes: the order of the weights.
        if not isinstance(layer, wr.Conv2d):
            return [Cat(pixels[channel :: layer.channels]).any() for channel in range(layer.channels)]
        exponents = np.log2(powers(layer)).astype(int).reshape(layer.out_channels, -1)
        return [Cat(*[pixels[tap] for tap in np.argsort(row)]) for row in exponents]

    def _table(self, m: Module, name: str, index: Signal, values: Sequence[int]) -> Signal:
        low, high = min(values), max(values)
        target = Signal(Shape.cast(range(low, high + 1)), name=name)
        with m.Switch(index):
            for number, value in enumerate(values):
                with m.Case(number):
                    m.d.comb += target.eq(value)
        return target

    # When -------------------------------------------------------------------------------------------

    def _needs(self) -> list[int]:
        """Input beats that must be accepted before each output beat of the run, and the one after it."""
        if isinstance(self.design.schedule, GroupSchedule):
            return self._group_needs(self.design.schedule)
        needs: list[int] = []
        for output in range(self.outputs + 1):
            frame = output // self.frame_outputs
            start = frame * self.design.input_beats + self.design.slices
            least = start if self.design.schedule.starts_in_padding else 0
            inputs = self._inputs(*self._windows(output)[0])
            if self.design.accumulates:  # slice by slice
                inputs = inputs[output % self.design.slices :: self.design.slices]
            needs.append(max(needs[-1:] + [each[0] + 1 for each in inputs if each is not None] + [least]))
        return needs

    def _group_needs(self, schedule: GroupSchedule) -> list[int]:
        """Those of the shift that completes each group, or of the last of its row before it: more than its
        pixels, where a row of shifts begins together or a window has none."""
        walk, frames = schedule.fetch_walk, self.frames + 1
        units = repeat(walk.needs, frames, walk.frame_units)
        stored = repeat(schedule.stored_beats, frames, schedule.input_beats)
        latest = np.maximum.accumulate(np.where(units < 0, 0, stored[units] + 1)).reshape(-1, schedule.period)
        whole = latest[:, np.minimum(schedule.completing, schedule.period - 1)]
        needs = np.repeat(whole.ravel(), schedule.fold.window_beats)[: self.outputs + 1].tolist()
        for output, need in enumerate(needs[:-1]):
            every = [each for place in self._windows(output) for each in self._inputs(*place)]
            assert all(each is None or each[0] < need for each in every)
        return needs

    def _order(self, m: Module, i: wiring.PureInterface, o: wiring.PureInterface, sent: Signal) -> None:
        """Compare input and output: `ahead` is what was accepted beyond the need of the next output."""
        accept, send = i.valid & i.ready, o.valid & o.ready
        needs = self._needs()
        steps = [after - before for before, after in pairwise(needs)]
        ahead = Signal(signed(self.inputs.bit_length() + 1), init=-needs[0])
        m.d.sync += ahead.eq(ahead + accept - Mux(send, self._table(m, "need", sent, steps), 0))
        owed = ahead >= 0
        patience = silence(self.design)
        quiet = Signal(range(patience + 2))
        stuck = o.ready & (i.valid | owed) & ~accept & ~send
        m.d.sync += quiet.eq(Mux(stuck, Mux(quiet > patience, quiet, quiet + 1), 0))
        m.d.comb += [
            self.early.eq(o.valid & ~owed),
            self.lost.eq(ahead >= self.inputs - self.design.input_beats),
            self.progress.eq(quiet > patience),
        ]
