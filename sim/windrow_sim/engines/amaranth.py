"""Engine `amaranth`: Amaranth's own Python simulator. Needs no compiler; slow, fine for small shapes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from os import PathLike
from typing import Any

import numpy as np
from amaranth.hdl import Cat
from amaranth.sim import Simulator

from windrow_sim.runs.run import Hang, Mismatch, Recording
from windrow_sim.streams.stimulus import DRAIN, Stimulus, words

__all__ = ["run"]

PERIOD = 1e-6
"""Clock period in seconds; cycle `c` is [c, c+1) microseconds in the waves, its clock edge in the middle."""


def run(component: Any, stimulus: Stimulus, trace: str | PathLike[str] | None = None,
        observe: Callable[[Any], Coroutine[Any, Any, None]] | None = None) -> Recording:
    """Stream `stimulus` through an Amaranth component with ports `i` and `o`.

    Parameters
    ----------
    component : wiring.Component
        With `i: In(stream.Signature(unsigned(...)))` and `o: Out(...)` likewise.
    stimulus : Stimulus
    trace : path, optional
        VCD file to write.
    observe : async function of a simulator context, optional
        A testbench that only looks. The component is elaborated by the time it is called.

    Raises
    ------
    Hang
        if no beat moves for `stimulus.patience` cycles
    Mismatch
        if an output beat is offered after the last one expected
    """
    simulator = Simulator(component)
    simulator.add_clock(PERIOD)
    streams = _Streams(component, stimulus)
    simulator.add_testbench(streams.drive)
    if observe is not None:
        simulator.add_testbench(observe, background=True)
    if trace is None:
        simulator.run()
    else:
        with simulator.write_vcd(str(trace)):
            simulator.run()
    return streams.recording()


class _Streams:
    """One testbench for both streams: one wake-up and one write per cycle is what makes it fast."""

    def __init__(self, component: Any, stimulus: Stimulus) -> None:
        self.component = component
        self.stimulus = stimulus
        self.payloads: list[int] = []
        self.cycles: list[int] = []
        self.first_accepted = self.first_offered = -1

    async def _program(self, ctx: Any) -> None:
        """Send what comes before cycle 0, each transfer as soon as the one before it is taken."""
        for name, transfers in self.stimulus.program:
            port = getattr(self.component, name)
            ctx.set(port.valid, 1)
            for payload in transfers:
                ctx.set(port.payload, payload)
                for _ in range(self.stimulus.patience):
                    _, _, ready = await ctx.tick().sample(port.ready)
                    if ready:
                        break
                else:
                    raise Hang.at_port(self.stimulus, name)
            ctx.set(port.valid, 0)
        if self.stimulus.program:
            _, _, accepted = await ctx.tick().sample(self.component.accepted)
            if not accepted:
                raise Mismatch.refused()

    async def drive(self, ctx: Any) -> None:
        i, o, stimulus = self.component.i, self.component.o, self.stimulus
        beats = [int.from_bytes(row.tobytes(), "little") for row in stimulus.beats.astype("<u4")]
        in_stall, out_stall = stimulus.input_stalls(), stimulus.output_stalls()
        distinct, last_in, last_out = len(beats), stimulus.input_beats, stimulus.output_beats
        payloads, cycles = self.payloads, self.cycles
        pins = Cat(o.ready, i.valid, i.payload)

        await self._program(ctx)
        accepted = delivered = moved = 0
        offering = not next(in_stall)
        driven = (not next(out_stall)) | offering << 1 | (beats[0] << 2 if offering else 0)
        ctx.set(pins, driven)
        cycle = 0
        async for _, _, in_ready, out_valid, payload in ctx.tick().sample(i.ready, o.valid, o.payload):
            if offering and in_ready:
                if not accepted:
                    self.first_accepted = cycle
                accepted += 1
                offering = False
                moved = cycle + 1
            if out_valid:
                if self.first_offered < 0:
                    self.first_offered = cycle
                if delivered == last_out:
                    raise Mismatch.extra_beat(delivered, cycle)
                if driven & 1:
                    payloads.append(payload)
                    cycles.append(cycle)
                    delivered += 1
                    moved = cycle + 1
            if accepted == last_in and delivered == last_out and cycle >= moved + DRAIN:
                break
            if cycle >= moved + stimulus.patience:
                raise Hang.at(stimulus, cycle=cycle, accepted=accepted, delivered=delivered)
            cycle += 1
            stalled = next(in_stall)
            offering = offering or (accepted < last_in and not stalled)
            wanted = (not next(out_stall)) | (
                2 | beats[accepted % distinct] << 2 if offering else 0)
            if wanted != driven:
                driven = wanted
                ctx.set(pins, driven)

    def recording(self) -> Recording:
        width = words(self.stimulus.output_bits)
        raw = b"".join(payload.to_bytes(4 * width, "little") for payload in self.payloads)
        return Recording(
            beats=np.frombuffer(raw, "<u4").astype(np.uint32).reshape(-1, width),
            cycles=np.array(self.cycles, np.int64),
            first_accepted=self.first_accepted, first_offered=self.first_offered,
        )
