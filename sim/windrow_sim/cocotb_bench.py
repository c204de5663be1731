"""The cocotb testbench: drives a generated Verilog module through its ports, as a stranger would.

It knows the names of the ports, which the header of the Verilog tells, and nothing else about the design.
The environment names its files (`exchange`): WINDROW_STIMULUS is read, WINDROW_RECORDING written.

    clk  __/~~\\__/~~\\__     inputs change after the rising edge, handshakes are looked at at the falling
    i__  ==X=====X=====      edge, and a beat moves at the next rising one
"""

from __future__ import annotations

import faulthandler
import os
from typing import Any

import cocotb
from cocotb import simtime
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer

from windrow_sim.streams.exchange import (
    DONE,
    EXTRA,
    HANG,
    RESET,
    load_recording,
    load_stimulus,
    save_recording,
)
from windrow_sim.streams.stimulus import DRAIN, Stimulus, words

__all__ = ["stream"]

_STUCK = 300.0  # seconds without progress of simulated time: a loop in the simulator, which is then ended
_PROGRESS = 1024  # cycles between two proofs of life


@cocotb.test()
async def stream(dut: Any) -> None:
    """Send every input beat, receive every output beat, and write down in which cycle."""
    stimulus = load_stimulus(os.environ["WINDROW_STIMULUS"])
    recording = os.environ["WINDROW_RECORDING"]
    bench = _Bench(dut, stimulus)
    await bench.reset()
    status, cycle = await bench.drive()
    faulthandler.cancel_dump_traceback_later()
    save_recording(recording, status=status, cycle=cycle, accepted=bench.accepted, cycles=bench.cycles,
                   first_accepted=bench.first_accepted, first_offered=bench.first_offered,
                   payloads=bench.payloads, words=words(stimulus.output_bits))
    load_recording(recording, stimulus)  # fails the cocotb test where the simulation ended in an error


class _Bench:
    """Both streams in one loop: crossing from the simulator into Python is what takes the time."""

    def __init__(self, dut: Any, stimulus: Stimulus) -> None:
        self.stimulus = stimulus
        self.clk, self.rst = dut.clk, dut.rst
        self.i_valid, self.i_ready, self.i_payload = dut.i__valid, dut.i__ready, dut.i__payload
        self.o_valid, self.o_ready, self.o_payload = dut.o__valid, dut.o__ready, dut.o__payload
        self.accepted = 0
        self.first_accepted = self.first_offered = -1
        self.cycles: list[int] = []
        self.payloads: list[int] = []

    async def reset(self) -> None:
        """Start the clock; return just after the rising edge that ends the reset."""
        stimulus = self.stimulus
        for port, bits in ((self.i_payload, stimulus.input_bits), (self.o_payload, stimulus.output_bits)):
            if len(port) != bits:
                raise ValueError(f"{port._name} has {len(port)} bits, the stimulus is for {bits}")
        self.rst.value = 1
        self.i_valid.value = 0
        self.i_payload.value = 0
        self.o_ready.value = 0
        # A microsecond per cycle, where the simulator was told to measure time that finely. The clock begins
        # half a cycle late, so that cycles begin at whole microseconds.
        period, unit = (1000, "ns") if simtime.time_precision <= -9 else (2, "step")
        self.clk.value = 0
        await Timer(period // 2, unit)
        Clock(self.clk, period, unit).start(start_high=False)
        for _ in range(RESET):
            await RisingEdge(self.clk)
        self.rst.value = 0

    async def drive(self) -> tuple[str, int]:
        """Returns how it ended, and in which cycle."""
        stimulus = self.stimulus
        beats = [int.from_bytes(row.tobytes(), "little") for row in stimulus.beats.astype("<u4")]
        in_stalls, out_stalls = stimulus.input_stalls(), stimulus.output_stalls()
        rising, falling = RisingEdge(self.clk), FallingEdge(self.clk)
        offering = ready = False
        moved = cycle = 0
        while True:
            if cycle % _PROGRESS == 0:
                faulthandler.dump_traceback_later(_STUCK, exit=True)
            stalled = next(in_stalls)
            if not offering and not stalled and self.accepted < stimulus.input_beats:
                offering = True
                self.i_payload.value = beats[self.accepted % len(beats)]
                self.i_valid.value = 1
            if ready == next(out_stalls):
                ready = not ready
                self.o_ready.value = int(ready)

            await falling
            taken = offering and bool(self.i_ready.value)
            if taken:
                if not self.accepted:
                    self.first_accepted = cycle
                self.accepted += 1
                offering = False
                moved = cycle + 1
            if self.o_valid.value:
                if self.first_offered < 0:
                    self.first_offered = cycle
                if len(self.cycles) == stimulus.output_beats:
                    return EXTRA, cycle
                if ready:
                    self.payloads.append(self._payload(cycle))
                    self.cycles.append(cycle)
                    moved = cycle + 1
            done = self.accepted == stimulus.input_beats and len(self.cycles) == stimulus.output_beats
            if done and cycle >= moved + DRAIN:
                return DONE, cycle
            if not done and cycle >= moved + stimulus.patience:
                return HANG, cycle

            await rising
            if taken:
                self.i_valid.value = 0
            cycle += 1

    def _payload(self, cycle: int) -> int:
        value = self.o_payload.value
        if not value.is_resolvable:
            raise ValueError(f"o__payload is unknown ({value}) in cycle {cycle}, in which o__valid is high")
        return int(value)
