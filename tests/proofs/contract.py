"""The contract of a design as hardware: a `Convolution` whose streams the solver drives as it likes.

    any valid, one marked pixel ─▶ i ─▶ Convolution ─▶ o ◀─ any ready
                                   │         │         │
                                   ▼         ▼         ▼
                               accepted  ring, credits  payload, hold, order      what is asserted

All pixels are 0 but one, which the solver chooses, and the weights of a filter are the powers of two,
each once.  So every sum spells out at which of its taps the marked pixel was read, and the harness knows
where that is: a ring slot that is overwritten too early, read too early, or read for another one shows as
a wrong bit.  The datapath moves pixels and adds them up, whatever they are; so what holds for each pixel
marked holds for all.

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
from windrow_hdl.stage import Convolution

PROPERTIES: dict[str, str] = {
    "hold": "a beat offered on o stays, payload and all, until it is taken",
    "data": "every output beat is made of exactly the pixels of its window, each at its tap",
    "early": "no output beat is offered before its pixels are accepted, and none that is not due",
    "lost": "the input is never a whole run of frames ahead of the output",
    "ring": "the ring holds no more beats than it has room for, and frees none that it does not hold",
    "flight": "no more output beats are under way than there are credits, and none that was not begun",
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
    return ARRIVE + column + design.beat_steps + design.schedule.pipeline + RETURN


class Watched(Convolution):
    """The hardware, with ghosts that count beside its own counters what it holds."""

    def __init__(self, design: wr.Design) -> None:
        super().__init__(design, powers(design.layer))
        self.ring_holds, self.flight_holds = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        design = self.design
        buffer, queue = m.submodules.line_buffer, m.submodules.output_queue
        send = self.o.valid & self.o.ready
        ring, credits = design.memories.ring_beats, design.schedule.credits
        held, flight = (Signal(range(2 * most + 4)) for most in (ring, credits))
        freed = buffer.freed + 1  # the port says it less one
        m.d.sync += [held.eq(held + buffer.arrived - freed), flight.eq(flight + queue.begin - send)]
        m.d.comb += [
            self.ring_holds.eq((held <= ring) & (held + buffer.arrived >= freed)),
            self.flight_holds.eq((flight <= credits) & ((flight != 0) | ~send)),
        ]
        return m


class Contract(wiring.Component):
    """`Convolution(design)` and its environment; one output for each of PROPERTIES, 1 where it is broken.

    `design` is of a layer with pixels of one bit and weights up to the highest power.

    offer: offer a beat on i, unless one is offered already;  ready: that of o
    mark, lane: the marked pixel, beat and lane of it; the values of the first cycle count
    """

    def __init__(self, design: wr.Design) -> None:
        assert design.layer.input_type == wr.UInt(1), design.layer
        self.design = design
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
            "lane": In(max(1, (design.lanes - 1).bit_length())),
            **{name: Out(1) for name in PROPERTIES},
        })
        self.clock = ClockDomain("sync")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains += self.clock
        m.d.comb += self.clock.rst.eq(0)  # a run begins with the initial values, once
        m.submodules.dut = dut = Watched(self.design)
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
        m.d.comb += self.data.eq(o.valid & (o.payload != self._expected(m, sent, mark, lane)))
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

    def _inputs(self, output: int) -> list[int | None]:
        """Input beat of each tap and slice of an output beat, taps slower; None in padding with a value."""
        design, layer = self.design, self.design.layer
        frame, rest = divmod(output, self.frame_outputs)
        window = divmod(rest // design.filter_groups, design.schedule.columns.outputs)
        beats: list[int | None] = []
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
            pixel = (frame * layer.height + row) * layer.width + column
            beats += [pixel * design.slices + s if real else None for s in range(design.slices)]
        return beats

    def _expected(self, m: Module, sent: Signal, mark: Value, lane: Value) -> Signal:
        """Payload of output beat `sent`."""
        design, layer = self.design, self.design.layer
        inputs = [self._inputs(output) for output in range(self.outputs)]
        pixels: list[Value] = []
        for at in range(len(inputs[0])):
            beats = [-1 if beat is None else beat for beat in (row[at] for row in inputs)]
            beat = self._table(m, f"beat_{at}", sent, beats)
            filled = (beat == -1) & layer.fill
            pixels += [((beat == mark) & (lane == number)) | filled for number in range(design.lanes)]
        # Taps slower than slices and slices slower than lanes: the order of the weights.
        exponents = np.log2(powers(layer)).astype(int).reshape(layer.out_channels, -1)
        sums = [Cat(*[pixels[tap] for tap in np.argsort(row)]) for row in exponents]
        expected = Signal(design.pe * layer.accumulator_type.bits)
        group = self._table(m, "group", sent, [n % design.filter_groups for n in range(self.outputs)])
        with m.Switch(group):
            for number in range(design.filter_groups):
                with m.Case(number):
                    for at, total in enumerate(sums[number * design.pe : (number + 1) * design.pe]):
                        part = expected.word_select(at, layer.accumulator_type.bits)
                        m.d.comb += part.eq(total)
        return expected

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
        needs: list[int] = []
        for output in range(self.outputs + 1):
            frame = output // self.frame_outputs
            start = frame * self.design.input_beats + self.design.slices
            least = start if self.design.schedule.starts_in_padding else 0
            inputs = [beat + 1 for beat in self._inputs(output) if beat is not None]
            needs.append(max(needs[-1:] + inputs + [least]))
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
