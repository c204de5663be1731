"""FPGA devices: how the tools are told about each, and which of their cells count as what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from windrow.stage import devices

__all__ = ["DEVICES", "LARGE", "Device", "check_name", "lacks", "overflow", "resources"]

_NAMES = {"lut": "look-up tables", "bram": "block RAMs", "dsp": "DSP blocks"}
"""Resources of a device, as people call them."""

LARGE = 15_000
"""Cells up to which a netlist is placed and routed by nextpnr's defaults."""


@dataclass(frozen=True)
class Device:
    """How yosys (a command) and nextpnr (options) are told about a device, and nextpnr's aim.

    `dsp`, `no_dsp`: what the command has to be told to use DSP blocks for multipliers, and not to; `dsp` is
    None for a device without DSP blocks.
    A device without options for nextpnr is never placed; of the others, `has` is what there is of each.
    `large`, `large_aim_mhz`: further options for netlists of more than `LARGE` cells, and the aim of these:
    of those the placer by default leaves longer wires, and its router does not get to an end.
    """

    yosys: str
    nextpnr: tuple[str, ...] = ()
    aim_mhz: int = 0
    dsp: str | None = ""
    no_dsp: str = ""
    large: tuple[str, ...] = ()
    large_aim_mhz: int = 0
    has: devices.Device | None = None

    def synthesis(self, dsp: bool, technology: str) -> str:
        """The command that synthesises for this device, with DSP blocks or without.

        A pass of Yosys that looks for DSP blocks of iCE40 takes the registers out of those that are there
        already, and the design is wrong (YosysHQ/yosys#2922): with its own technology it is left out.
        """
        find = dsp and technology != "ice40"
        return f"{self.yosys} {(self.dsp if find else self.no_dsp) or ''}".rstrip()

    def place(self, cells: int) -> list[str]:
        """Options of nextpnr for a netlist of so many cells."""
        if self.large and cells > LARGE:
            return [*self.nextpnr, *self.large, "--freq", str(self.large_aim_mhz)]
        return [*self.nextpnr, "--freq", str(self.aim_mhz)]


DEVICES: dict[str, dict[str, Device]] = {
    "ecp5": {
        size: Device("synth_ecp5 -top top", (f"--{size}", "--package", "CABGA381"), 250, no_dsp="-nodsp",
                     large=("--placer", "static", "--router", "router2"), large_aim_mhz=105,
                     has=devices.ECP5[f"{size[:-1]}F"])
        for size in ("25k", "45k", "85k")
    },
    "ice40": {
        "hx8k": Device("synth_ice40 -device hx -top top", ("--hx8k", "--package", "ct256"), 200, dsp=None,
                       has=devices.Device(7_680, 32, 0)),
        "up5k": Device("synth_ice40 -device u -top top", ("--up5k", "--package", "sg48"), 70, dsp="-dsp",
                       has=devices.Device(5_280, 30, 8)),
    },
    "xc7": {"xc7": Device("synth_xilinx -family xc7 -noiopad -noclkbuf -top top", no_dsp="-nodsp")},
}
"""Devices of each target; the first is the default."""

# What counts as how many of which resource.
_WORTH: dict[str, dict[str, dict[str, int]]] = {
    "ecp5": {
        "lut": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
        "ff": {"TRELLIS_FF": 1},
        "bram": {"DP16KD": 1, "PDPW16KD": 1},
        "dsp": {"MULT18X18D": 1},
    },
    "ice40": {
        "lut": {"SB_LUT4": 1},
        "ff": {f"SB_DFF{edge}{kind}": 1 for edge in ("", "N")
               for kind in ("", "E", "SR", "R", "SS", "S", "ESR", "ER", "ESS", "ES")},
        "bram": {f"SB_RAM40_4K{edges}": 1 for edges in ("", "NR", "NW", "NRNW")},
        "dsp": {"SB_MAC16": 1},
    },
    "xc7": {
        "lut": {
            **{f"LUT{inputs}": 1 for inputs in range(1, 7)},
            "RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "RAM256X1S": 4,
            "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM32M": 4, "RAM64M": 4,
            "SRL16": 1, "SRL16E": 1, "SRLC16": 1, "SRLC16E": 1, "SRLC32E": 1,
        },
        "ff": {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1},
        "bram": {"RAMB18E1": 1, "RAMB36E1": 2},
        "dsp": {"DSP48E1": 1},
    },
}


def resources(cells: Mapping[str, int], target: str) -> dict[str, int]:
    """`lut`, `ff`, `bram` and `dsp` of cells by name, counted as `windrow_hdl.synthesis.Synthesis` says."""
    return {
        resource: sum(amount * cells.get(name, 0) for name, amount in worth.items())
        for resource, worth in _WORTH[check_name("target", target, _WORTH)].items()
    }


def overflow(has: devices.Device, used: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """What of `used` (lut, bram, dsp) a device lacks: needed and there, by resource."""
    there = {name: getattr(has, name) for name in _NAMES}
    return {name: (used[name], there[name]) for name in _NAMES if used.get(name, 0) > there[name]}


def lacks(over: Mapping[str, tuple[int, int]]) -> str:
    """An overflow in words."""
    return " and ".join(f"{needed:,} {_NAMES[name]} of {there:,} ({needed - there:,} too many)"
                        for name, (needed, there) in over.items())


def check_name(name: str, value: str, legal: Collection[str]) -> str:
    """`value` if it is one of `legal`.  Raises TypeError or ValueError with the legal ones otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {value!r}")
    if value not in legal:
        raise ValueError(f"{name} must be {' or '.join(map(repr, legal))}, not {value!r}")
    return value
