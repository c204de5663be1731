"""RegisterBank: the hardware of a register map, behind AXI4-Lite.

    aw ─▶ slice ─┐                              ar ─▶ slice ─▶ look up ─▶ fetch ─▶ r
    w  ─▶ slice ─┴─▶ settings, pulses, flags ─▶ b              constants  settings, state, counters

A read and a write every cycle, if the master manages that; no input reaches an output but through a register.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow_hdl.axi.bus import OKAY, SLVERR, RegisterSlice, axi_lite
from windrow_hdl.axi.registers import BITS, Field, Kind, RegisterMap

# What the hardware behind a field gives, or takes.
_PORTS = {Kind.STATE: In, Kind.COUNTER: In, Kind.FLAG: In, Kind.SETTING: Out, Kind.PULSE: Out, Kind.PORT: Out}
_READ = (Kind.STATE, Kind.COUNTER, Kind.FLAG, Kind.SETTING)
_LOW = (BITS // 8 - 1).bit_length()  # bits of an address within a register


class RegisterBank(wiring.Component):
    """Registers of `registers`; reading or writing where nothing can be is answered by SLVERR.

    Next to `s_axi` and `clear` (all counters become 0) there is a port for each field but constants, named
    after it in small letters, `status_busy` for instance:

    s_axi: the bus;  clear: all counters become 0;  others: of the register, or its field, of that name

    state: what is read;  counter: high in each cycle to count;  flag: high sets it
    setting: its value;  pulse: high for one cycle;  port: the word that is there in the cycle of
    `..._written`; while `..._full` is high a write is answered by SLVERR and does nothing
    """

    def __init__(self, registers: RegisterMap) -> None:
        self.registers = registers
        ports = {}
        for register, field in registers.fields():
            if field.kind is not Kind.CONSTANT:
                bits = field.bits if field.kind in (Kind.STATE, Kind.SETTING, Kind.PORT) else 1
                port = wiring.Member(_PORTS[field.kind], unsigned(bits), init=field.value or None)  # pyright: ignore[reportCallIssue]
                name = register.full_name(field).lower()
                ports[name] = port
                if field.kind is Kind.PORT:
                    ports |= {f"{name}_written": Out(1), f"{name}_full": In(1)}
        super().__init__({"s_axi": In(axi_lite(registers.address_bits)), "clear": In(1), **ports})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._reads(m, self._writes(m))
        return m

    def _writes(self, m: Module) -> dict[int, Value]:
        """The hardware of all registers, and by offset what is read where that is not the same for ever."""
        bus = self.s_axi
        bits = self.registers.address_bits - _LOW
        m.submodules.write_address = address = RegisterSlice(bits)
        m.submodules.write_data = data = RegisterSlice(BITS + BITS // 8)
        act = Signal()
        m.d.comb += [
            address.i.valid.eq(bus.awvalid),
            address.i.payload.eq(bus.awaddr[_LOW:]),
            bus.awready.eq(address.i.ready),
            data.i.valid.eq(bus.wvalid),
            data.i.payload.eq(Cat(bus.wdata, bus.wstrb)),
            bus.wready.eq(data.i.ready),
            act.eq(address.o.valid & data.o.valid & (~bus.bvalid | bus.bready)),
            address.o.ready.eq(act),
            data.o.ready.eq(act),
        ]
        with m.If(~bus.bvalid | bus.bready):
            m.d.sync += bus.bvalid.eq(act)
        with m.If(act):
            m.d.sync += bus.bresp.eq(SLVERR)
        written, strobes = data.o.payload[:BITS], data.o.payload[BITS:]
        lanes = Cat(strobe.replicate(8) for strobe in strobes)
        words: dict[int, Value] = {}
        for register in self.registers.registers:
            chosen = Signal(name=f"write_{register.name.lower()}")
            m.d.comb += chosen.eq(act & (address.o.payload == register.offset >> _LOW))
            if register.writable:
                with m.If(chosen):
                    m.d.sync += bus.bresp.eq(OKAY)
            parts: list[Value] = []
            for field in sorted(register.fields, key=lambda one: one.at):
                if field.kind is Kind.CONSTANT:
                    continue
                bits_of = slice(field.at, field.at + field.bits)
                value = self._field(m, field, register.full_name(field).lower(), chosen, written[bits_of],
                                    lanes[bits_of])
                parts += [Const(0, field.at - len(Cat(parts))), value]
            if any(field.kind in _READ for field in register.fields):
                words[register.offset] = Cat(*parts, Const(0, BITS - len(Cat(parts))))
        return words

    def _field(
        self, m: Module, field: Field, name: str, chosen: Signal, written: Value, lanes: Value
    ) -> Value:
        """The hardware of one field; returns what is read."""
        port = getattr(self, name)
        if field.kind is Kind.COUNTER:
            counter = Signal(field.bits, name=name)
            with m.If(self.clear):
                m.d.sync += counter.eq(0)
            with m.Elif(port):
                m.d.sync += counter.eq(counter + 1)
            return counter
        if field.kind is Kind.FLAG:
            flag = Signal(name=name)
            with m.If(port):  # an event in the cycle in which it is cleared is not lost
                m.d.sync += flag.eq(1)
            with m.Elif(chosen & (written & lanes).any()):
                m.d.sync += flag.eq(0)
            return flag
        if field.kind is Kind.PORT:
            full = getattr(self, f"{name}_full")
            m.d.sync += getattr(self, f"{name}_written").eq(chosen & ~full)
            with m.If(chosen & ~full):  # the word that waits there stays
                m.d.sync += port.eq(written & lanes)
            with m.If(chosen & full):
                m.d.sync += self.s_axi.bresp.eq(SLVERR)
            return Const(0, field.bits)
        if field.kind is Kind.PULSE:
            m.d.sync += port.eq(chosen & (written & lanes).any())
            return Const(0, 1)
        if field.kind is Kind.SETTING:
            with m.If(chosen):
                m.d.sync += port.eq((written & lanes) | (port & ~lanes))
        return port

    def _reads(self, m: Module, moving: dict[int, Value]) -> None:
        """Two steps: look up the constants and which of the moving words is asked for; then fetch that."""
        bus = self.s_axi
        m.submodules.read_address = address = RegisterSlice(self.registers.address_bits - _LOW)
        looked = Signal()
        look = Signal()
        fetch = Signal()
        m.d.comb += [
            address.i.valid.eq(bus.arvalid),
            address.i.payload.eq(bus.araddr[_LOW:]),
            bus.arready.eq(address.i.ready),
            fetch.eq(~bus.rvalid | bus.rready),
            look.eq(~looked | fetch),
            address.o.ready.eq(look),
        ]
        # The word after the last moving one is 0: it stands for all others.
        constant = Signal(BITS, reset_less=True)
        found = Signal(reset_less=True)
        number = Signal(range(len(moving) + 1), reset_less=True)
        with m.If(look):
            m.d.sync += [looked.eq(address.o.valid), constant.eq(0), found.eq(0), number.eq(len(moving))]
            with m.Switch(address.o.payload):
                for register in self.registers.registers:
                    fixed = [field for field in register.fields if field.kind is Kind.CONSTANT]
                    with m.Case(register.offset >> _LOW):
                        m.d.sync += [found.eq(1), constant.eq(sum(one.value << one.at for one in fixed))]
                        if register.offset in moving:
                            m.d.sync += number.eq(list(moving).index(register.offset))
        word = Cat(*moving.values(), Const(0, BITS)).word_select(number, BITS)
        with m.If(fetch):
            m.d.sync += bus.rvalid.eq(looked)
            with m.If(looked):
                m.d.sync += [bus.rdata.eq(constant | word), bus.rresp.eq(Mux(found, OKAY, SLVERR))]
