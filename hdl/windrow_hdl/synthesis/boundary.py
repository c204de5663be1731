"""Boundary: registers around a component, so that place and route measures it and nothing else.

    bit ─▶ shift register ─▶ i ─▶ component ─▶ o ─▶ register ─▶ parity, 4 bits a cycle ─▶ parity
           Entry                                    Exit

Six pins and a clock serve a stream of any width on the smallest package.  Entry and Exit stay modules of
their own until the component's cells are counted.
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

ENTRY, EXIT = "entry", "exit"
"""Names of the two submodules."""


class Entry(wiring.Component):
    """Gives every input of a stream sink a register; the payload comes in bit by bit."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(
            {"valid": In(1), "bit": In(1), "ready": Out(1), "o": Out(stream.Signature(unsigned(bits)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid, ready = Signal(reset_less=True), Signal(reset_less=True)
        payload = Signal(unsigned(self.bits), reset_less=True)
        m.d.sync += [
            valid.eq(self.valid),
            payload.eq(Cat(self.bit, payload)),
            ready.eq(self.o.ready),
        ]
        m.d.comb += [self.o.valid.eq(valid), self.o.payload.eq(payload), self.ready.eq(ready)]
        return m


class Exit(wiring.Component):
    """Gives every output of a stream source a register; the payload leaves as its parity."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(
            {"i": In(stream.Signature(unsigned(bits))), "valid": Out(1), "parity": Out(1), "ready": In(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid, ready = Signal(reset_less=True), Signal(reset_less=True)
        rest = Signal(unsigned(self.bits), name="payload", reset_less=True)
        m.d.sync += [valid.eq(self.i.valid), rest.eq(self.i.payload), ready.eq(self.ready)]
        while len(rest) > 1:
            fours = [rest[at : at + 4] for at in range(0, len(rest), 4)]
            rest = Signal(len(fours), name=f"parity_of_{len(fours)}", reset_less=True)
            m.d.sync += rest.eq(Cat(four.xor() for four in fours))
        m.d.comb += [self.valid.eq(valid), self.parity.eq(rest), self.i.ready.eq(ready)]
        return m


class Boundary(wiring.Component):
    """A component with streams `i` and `o`, both of unsigned payloads, between registers.

    Further streams into it, `settings` and `weights` of run-time hardware, have an entry of their own each;
    single bits out of it are ports.
    """

    def __init__(self, component: Any) -> None:
        self.component = component
        members = component.signature.members
        self.sinks = [name for name in ("settings", "weights") if name in members]
        self.flags = [name for name in ("accepted", "refused") if name in members]
        sinks = {f"{name}_{port}": In(1) for name in self.sinks for port in ("valid", "bit")}
        super().__init__(
            {
                **sinks,
                **{f"{name}_ready": Out(1) for name in self.sinks},
                **{name: Out(1) for name in self.flags},
                "i_valid": In(1),
                "i_bit": In(1),
                "i_ready": Out(1),
                "o_valid": Out(1),
                "o_parity": Out(1),
                "o_ready": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules[ENTRY] = entry = Entry(len(self.component.i.payload))
        m.submodules.dut = self.component
        m.submodules[EXIT] = leave = Exit(len(self.component.o.payload))
        wiring.connect(m, entry.o, self.component.i)
        wiring.connect(m, self.component.o, leave.i)
        m.d.comb += [
            entry.valid.eq(self.i_valid),
            entry.bit.eq(self.i_bit),
            self.i_ready.eq(entry.ready),
            self.o_valid.eq(leave.valid),
            self.o_parity.eq(leave.parity),
            leave.ready.eq(self.o_ready),
        ]
        m.d.comb += [getattr(self, name).eq(getattr(self.component, name)) for name in self.flags]
        for name in self.sinks:
            sink = getattr(self.component, name)
            m.submodules[f"{ENTRY}_{name}"] = entry = Entry(len(sink.payload))
            wiring.connect(m, entry.o, sink)
            m.d.comb += [
                entry.valid.eq(getattr(self, f"{name}_valid")),
                entry.bit.eq(getattr(self, f"{name}_bit")),
                getattr(self, f"{name}_ready").eq(entry.ready),
            ]
        return m
