"""The AXI top with the marks of video: its ports, what block designs and IP-XACT know, its registers."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import pytest
from amaranth.sim import Simulator

import windrow as wr
from lint import lint
from tests.windrow_hdl.axi.test_axi import paths, top_ports
from tests.windrow_hdl.axi.test_register_exports import SPACE
from windrow_hdl.axi import AxiConvolution, register_map
from windrow_hdl.axi.ports import Face, ports
from windrow_hdl.axi.register_exports import ipxact
from windrow_hdl.axi.register_texts import python_driver
from windrow_hdl.verilog.writer import to_rtlil
from windrow_sim.streams.video import video_stream

LAYER = wr.MaxPool2d(height=4, width=11, kernel_size=2, stride=1, input_type=wr.UInt(5))
DESIGN = wr.Design(LAYER, pixels=3)
FACE = Face("axi-video", tkeep=True)


def test_ports_and_header(tmp_path: Path) -> None:
    text = wr.verilog(DESIGN, interface="axi-video", tkeep=True)
    found = {(name, way, int(high or 0) + 1) for way, high, name in top_ports(text)}
    assert found == {(port.name, port.direction, port.bits) for port in ports(DESIGN, FACE)}
    assert {("s_axis_tuser", "input", 1), ("m_axis_tuser", "output", 1)} <= found
    assert ("m_axis_tkeep", "output", 2) in found
    assert "TDATA_NUM_BYTES 2, HAS_TREADY 1, HAS_TLAST 1, HAS_TKEEP 1, HAS_TSTRB 0, TUSER_WIDTH 1" in text
    assert 'X_INTERFACE_INFO = "xilinx.com:interface:axis:1.0 m_axis TUSER"' in text
    header = text.partition("/* verilator")[0]
    assert "AXI4-Stream of pixels, tuser with the first of 16 beats,\n//" in header
    assert "tlast with the last of 4, a row\n" in header
    assert "in a row's last beat, ones for bytes of pixels" in header
    for register in register_map(DESIGN, video=True).registers:
        assert re.search(rf"^//   0x{register.offset:02x}    {register.name} ", header, re.MULTILINE)
    assert "TUSER" not in wr.verilog(DESIGN, interface="axi")
    lint(text, tmp_path)


def test_no_input_reaches_an_output_but_through_a_register(tmp_path: Path) -> None:
    assert paths(to_rtlil(DESIGN, interface="axi-video"), tmp_path) == set()


def test_ipxact_has_the_marks() -> None:
    root = xml.fromstring(ipxact(register_map(DESIGN, video=True), "edges", ports(DESIGN, FACE)))
    mapped = {(bus.findtext("x:name", namespaces=SPACE),
               one.findtext("x:logicalPort/x:name", namespaces=SPACE),
               one.findtext("x:physicalPort/x:name", namespaces=SPACE))
              for bus in root.iterfind(".//x:busInterface", SPACE)
              for one in bus.iterfind(".//x:portMap", SPACE)}
    for bus in ("s_axis", "m_axis"):
        assert {(bus, name.upper(), f"{bus}_{name}") for name in ("tuser", "tlast", "tkeep")} <= mapped


def test_meanings_of_the_ports() -> None:
    said = {port.name: port.meaning for port in ports(DESIGN, FACE)}
    assert said["s_axis_tuser"] == "in: it is the first of its frame"
    assert said["m_axis_tlast"] == "out: it is the last of its row"
    assert said["m_axis_tkeep"] == (
        "out: a bit for each byte; all are set, in a row's last beat those of pixels")
    plain = {port.name: port.meaning for port in ports(DESIGN, Face("axi"))}
    assert plain["m_axis_tlast"] == "out: it is the last of its frame"


PROGRAMMED = wr.Design(wr.Conv2d(height=4, width=5, kernel_size=2), taps=2,
                       runtime=wr.Runtime(max_height=4, max_width=5))


@pytest.mark.parametrize("design", [DESIGN, PROGRAMMED], ids=str)
def test_registers(design: wr.Design) -> None:
    plain, video = register_map(design), register_map(design, video=True)
    more = [register.name for register in video.registers if register.name not in repr(plain)]
    assert more == ["EARLY_TUSER", "LATE_TUSER", "TORN_FRAMES", "LAST_TORN"]
    assert plain.address_bits == video.address_bits == 8
    flags = [field.name for field in video["STATUS"].fields if field not in plain["STATUS"].fields]
    assert flags[-3:] == ["EARLY_TUSER", "LATE_TUSER", "TORN"]
    (mark,) = (field for field in video["FEATURES"].fields if field.name == "VIDEO")
    assert mark.value == 1
    assert not any(field.name == "VIDEO" for field in plain["FEATURES"].fields)


def test_the_driver_sees_torn_frames() -> None:
    """A start in mid-frame, a torn frame, a right one, and the driver's names for all of it."""
    dut = AxiConvolution(DESIGN, video=True)
    space: dict[str, Any] = {}
    exec(python_driver(register_map(DESIGN, video=True)), space)
    video = video_stream(DESIGN, LAYER.random_input(1, frames=3))
    sent = [*range(9, 16), *range(16, 27), *range(32, 48)]
    read: dict[int, int] = {}

    async def bench(ctx: Any) -> None:
        ctx.set(dut.m_axis.tready, 1)
        for beat in sent:
            ctx.set(dut.s_axis.tdata, int(video.beats[beat, 0]))
            ctx.set(dut.s_axis.tuser, int(video.user[beat]))
            ctx.set(dut.s_axis.tlast, int(video.last[beat]))
            ctx.set(dut.s_axis.tvalid, 1)
            await ctx.tick().until(dut.s_axis.tready)
        ctx.set(dut.s_axis.tvalid, 0)
        await ctx.tick().repeat(60)
        for register in dut.registers.registers:
            ctx.set(dut.s_axi.araddr, register.offset)
            ctx.set(dut.s_axi.arvalid, 1)
            ctx.set(dut.s_axi.rready, 1)
            await ctx.tick().until(dut.s_axi.arready)
            ctx.set(dut.s_axi.arvalid, 0)
            (value,) = await ctx.tick().sample(dut.s_axi.rdata).until(dut.s_axi.rvalid)
            read[register.offset] = value

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()

    class Bus:
        def read(self, address: int) -> int:
            return read[address]

    driver = space["Windrow"](Bus())
    driver.check()
    assert (driver.frames_in, driver.frames_out, driver.torn_frames, driver.last_torn) == (2, 2, 1, 1)
    assert (driver.early_tuser, driver.late_tuser, driver.early_tlast, driver.late_tlast) == (1, 1, 0, 0)
    assert (driver.padded_beats, driver.dropped_beats) == (5, 7)
    assert (driver.status_torn, driver.status_early_tuser, driver.status_late_tuser) == (1, 1, 1)
    assert (driver.status_busy, driver.status_early, driver.status_late) == (0, 0, 0)
    assert driver.features_video == 1
