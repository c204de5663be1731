"""Constraints: the clock for each family's tools, and where pins would go."""

from __future__ import annotations

from windrow_hdl.axi.ports import clock_and_reset

__all__ = ["constraints"]

_XDC = """\
# Vivado. The clock that is aimed at; report_timing_summary says whether it is reached.
create_clock -name {clock} -period {period:.3f} [get_ports {clock}]

# Pins, where this module is the top of a chip:
# set_property -dict {{PACKAGE_PIN E3 IOSTANDARD LVCMOS33}} [get_ports {clock}]
# Where its ports come from and go to registers off the chip, say how late they are:
# set_input_delay  -clock {clock} 2.000 [all_inputs]
# set_output_delay -clock {clock} 2.000 [all_outputs]
"""

_LPF = """\
# ECP5, nextpnr and Diamond. The clock that is aimed at.
FREQUENCY PORT "{clock}" {mhz:g} MHZ;

# Pins, where this module is the top of a chip:
# LOCATE COMP "{clock}" SITE "G2";
# IOBUF PORT "{clock}" IO_TYPE=LVCMOS33;
"""

_PCF = """\
# iCE40, nextpnr. The clock that is aimed at.
set_frequency {clock} {mhz:g}

# Pins, where this module is the top of a chip:
# set_io {clock} 35
"""

_FILES = {
    "xdc": (_XDC, ("generic",)),
    "lpf": (_LPF, ("generic", "ecp5")),
    "pcf": (_PCF, ("generic", "ice40")),
}


def constraints(interface: str, technology: str, clock_mhz: float, name: str) -> dict[str, str]:
    """Contents of the files, by their names, for a module `name`: of all families of `technology`."""
    clock, _ = clock_and_reset(interface)
    facts = {"clock": clock.name, "mhz": clock_mhz, "period": 1000 / clock_mhz}
    return {f"constraints/{name}.{suffix}": text.format(**facts)
            for suffix, (text, families) in _FILES.items() if technology in families}
