"""Boards by short name: whose pins and scripts they use, how fast they run and talk, what fits them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from windrow.install import pip_install
from windrow.stage.devices import ECP5, Device
from windrow.values.numerics import check_kind

__all__ = ["BOARDS", "Board", "Device", "board"]


Connector = tuple[str, int, str, str, Mapping[str, str]]


_UP5K = Device(5_280, 30, 8)


@dataclass(frozen=True)
class Board:
    """A board of amaranth-boards with what a demo system needs to know beyond it.

    Attributes
    ----------
    name, title : str
    platform : str
        Class in amaranth-boards, "module:Class".
    family : str
        "ecp5" or "ice40", built here; "xilinx" or "gowin", of which only the project is written.
    technology : str
        Of the datapath's memories and multipliers.
    clock_mhz : float or None
        Of the design, made by a PLL; None for the board's own clock.
    baud : int
        The fastest rate that the board's serial bridge is good for.
    device : Device or None
        None where the vendor's tools have to say what fits.
    buffer_bits : int
        log2 of the bytes in each buffer between line and datapath.
    connector : tuple, optional
        (connector, number, rx pin, tx pin, attributes) for an adapter, where a board has no serial bridge.
    lights : tuple
        Resources for activity and error, "name:number" or "name:number.colour"; as many as there are.
    overrides : mapping
        What the board's script is told.
    loader : str
        The command that loads a bitstream, with its path for {}.
    """

    name: str
    title: str
    platform: str
    family: str
    technology: str
    clock_mhz: float | None
    baud: int
    device: Device | None = None
    buffer_bits: int = 11
    connector: Connector | None = None
    lights: tuple[str, ...] = ("led:0", "led:1")
    overrides: Mapping[str, str] = field(default_factory=dict)
    loader: str = ""

    @property
    def built(self) -> bool:
        """Can its bitstream be made with the tools of the extra `fpga`?"""
        return self.device is not None

    def make_platform(self) -> Any:
        """A new platform of amaranth-boards.  Raises RuntimeError, with what to install, without it."""
        module, _, name = self.platform.partition(":")
        try:
            kind = getattr(import_module(f"amaranth_boards.{module}"), name)
        except ModuleNotFoundError as error:
            raise RuntimeError(f"boards need amaranth-boards: {pip_install('fpga')}") from error
        platform = kind(toolchain="Gowin") if self.family == "gowin" else kind()
        if self.connector:
            from amaranth.build import Attrs
            from amaranth_boards.resources import UARTResource

            connector, number, rx, tx, attributes = self.connector
            platform.add_resources(
                [UARTResource(0, rx=rx, tx=tx, conn=(connector, number), attrs=Attrs(**attributes))])
        return platform

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a board."""
        return {"board": self.name, "title": self.title, "family": self.family,
                "clock_mhz": self.design_mhz(), "baud": self.baud, "built": self.built}

    def design_mhz(self) -> float:
        """The design's clock unless something else is asked for."""
        return self.make_platform().default_clk_frequency / 1e6 if self.clock_mhz is None else self.clock_mhz


_LEDS = ("led:0", "led:1")
_FTDI = 3_000_000  # what FT231X and FT2232H, and most adapters, are good for
_ICE40_DSP = {"synth_opts": "-dsp -device u"}


def _ecp5(name: str, title: str, platform: str, size: str, loader: str, *, clock_mhz: float = 100.0,
          lights: tuple[str, ...] = _LEDS, connector: Connector | None = None) -> Board:
    return Board(name, title, platform, "ecp5", "ecp5", clock_mhz, _FTDI, ECP5[size], lights=lights,
                 connector=connector, loader=loader)


def _up5k(name: str, title: str, platform: str, baud: int, loader: str, lights: tuple[str, ...]) -> Board:
    return Board(name, title, platform, "ice40", "ice40", 36.0, baud, _UP5K, buffer_bits=10, lights=lights,
                 overrides=_ICE40_DSP, loader=loader)


def _vendor(name: str, title: str, platform: str, family: str) -> Board:
    # The rate is one that the boards' own clocks, 12, 27 and 100 MHz, divide to.
    return Board(name, title, platform, family, "generic", None, 1_500_000, lights=_LEDS)


def _orangecrab(size: str) -> Board:
    # Its USB is wired to the FPGA itself.
    return _ecp5(f"orangecrab-r0.2-{size.lower()}", f"OrangeCrab r0.2 {size}, adapter at pins 0, 1",
                 f"orangecrab_r0_2:OrangeCrabR0_2_{size}Platform", size, "dfu-util -a 0 -D {}",
                 clock_mhz=96.0, lights=("rgb_led:0.g", "rgb_led:0.r"),
                 connector=("io", 0, "0", "1", {"IO_TYPE": "LVCMOS33", "PULLMODE": "UP"}))


_ALL = (
    *(_ecp5(f"ulx3s-{size.lower()}", f"Radiona ULX3S {size}", f"ulx3s:ULX3S_{size}_Platform", size,
            "openFPGALoader -b ulx3s {}")
      for size in ECP5),
    _orangecrab("25F"), _orangecrab("85F"),
    _ecp5("colorlight-5a-75b-r7.0", "ColorLight 5A-75B r7.0, adapter at J19",
          "colorlight_5a75b_r7_0:Colorlight_5A75B_R70Platform", "25F", "openFPGALoader -c ft232 {}",
          lights=()),  # the pin of its light is the one that sends
    _ecp5("icepi-zero", "Icepi Zero v1.3", "icepi_zero:IcepiZero1_3Platform", "25F",
          "openFPGALoader -b icepi-zero {}"),
    *(_ecp5(f"ecpix5-{size}f", f"LambdaConcept ECPIX-5 {size}F", f"ecpix5:ECPIX5{size}Platform", f"{size}F",
            "openFPGALoader -b ecpix5 {}", lights=("rgb_led:0.g", "rgb_led:1.r"))
      for size in (45, 85)),
    _up5k("icebreaker", "1BitSquared iCEBreaker", "icebreaker:ICEBreakerPlatform", _FTDI, "iceprog {}",
          ("led_g:0", "led_r:0")),
    _up5k("icesugar", "MuseLab iCESugar", "icesugar:ICESugarPlatform", 1_000_000, "icesprog {}", _LEDS),
    _vendor("arty-a7-35", "Digilent Arty A7-35T", "arty_a7:ArtyA7_35Platform", "xilinx"),
    _vendor("arty-a7-100", "Digilent Arty A7-100T", "arty_a7:ArtyA7_100Platform", "xilinx"),
    _vendor("arty-s7-25", "Digilent Arty S7-25", "arty_s7:ArtyS7_25Platform", "xilinx"),
    _vendor("arty-s7-50", "Digilent Arty S7-50", "arty_s7:ArtyS7_50Platform", "xilinx"),
    _vendor("cmod-a7-35", "Digilent Cmod A7-35T", "cmod_a7:CmodA7_35Platform", "xilinx"),
    _vendor("nexys4ddr", "Digilent Nexys 4 DDR", "nexys4ddr:Nexys4DDRPlatform", "xilinx"),
    _vendor("tang-nano-9k", "Sipeed Tang Nano 9K", "tang_nano_9k:TangNano9kPlatform", "gowin"),
    _vendor("tang-primer-20k", "Sipeed Tang Primer 20K, dock", "tang_primer_20k:TangPrimer20kDockPlatform",
            "gowin"),
)

BOARDS: dict[str, Board] = {one.name: one for one in _ALL}
"""Every board, by its short name."""


def board(name: str) -> Board:
    """The board of a name.  Raises TypeError, or ValueError with the nearest names."""
    check_kind(name, str, "board")
    if name in BOARDS:
        return BOARDS[name]
    near = difflib.get_close_matches(name.lower(), BOARDS, n=3, cutoff=0.4)
    raise ValueError(f"board must be one of `windrow boards`, not {name!r}; "
                     f"{'nearest' if near else 'there are'}: {', '.join(near or BOARDS)}")
