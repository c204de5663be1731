"""The ports and buses of the top with AXI, and X_INTERFACE attributes, by which block designs know them.

They are attributes of Verilog that Vivado reads (UG1118); other tools do not look at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["AXI", "BUSES", "VIDEO", "Port", "attributes"]

VIDEO = "axi-video"
"""The interface whose streams have `tuser` with a frame's first beat, `tlast` with a row's last."""

AXI = ("axi", VIDEO)
"""The interfaces with AXI4-Streams, and registers behind AXI4-Lite."""

BUSES = {"s_axis": "axis", "m_axis": "axis", "s_axi": "aximm"}
"""The bus interfaces of the top, and the kind of each."""


@dataclass(frozen=True)
class Port:
    """A port of the top. `direction` is "input" or "output", seen from the hardware."""

    name: str
    direction: str
    bits: int
    meaning: str


_SIGNALS = {
    "aclk": "xilinx.com:signal:clock:1.0 aclk CLK", "aresetn": "xilinx.com:signal:reset:1.0 aresetn RST",
}
_PARAMETERS = {
    "aclk": f"ASSOCIATED_BUSIF {':'.join(BUSES)}, ASSOCIATED_RESET aresetn",
    "aresetn": "POLARITY ACTIVE_LOW",
}


def attributes(bits: Mapping[str, int]) -> dict[str, str]:
    """The attributes of each port of a top with AXI, by name, from the widths of all ports."""
    found: dict[str, str] = {}
    for name in bits:
        bus = next((bus for bus in BUSES if name.startswith(f"{bus}_")), None)
        if bus is None:
            found[name] = _both(_SIGNALS[name], _PARAMETERS[name])
            continue
        signal = name.removeprefix(f"{bus}_").upper()
        info = f"xilinx.com:interface:{BUSES[bus]}:1.0 {bus} {signal}"
        # Parameters of a bus stand with one of its ports.
        found[name] = _both(info, _parameters(bus, bits)) if signal in ("TDATA", "AWADDR") else _both(info)
    return found


def _parameters(bus: str, bits: Mapping[str, int]) -> str:
    if BUSES[bus] == "aximm":
        return f"PROTOCOL AXI4LITE, DATA_WIDTH 32, ADDR_WIDTH {bits[f'{bus}_awaddr']}"
    user = ", TUSER_WIDTH 1" if f"{bus}_tuser" in bits else ""
    return (f"TDATA_NUM_BYTES {bits[f'{bus}_tdata'] // 8}, HAS_TREADY 1, HAS_TLAST 1, "
            f"HAS_TKEEP {int(f'{bus}_tkeep' in bits)}, HAS_TSTRB 0{user}")


def _both(info: str, parameters: str = "") -> str:
    text = f'X_INTERFACE_INFO = "{info}"'
    return f'{text}, X_INTERFACE_PARAMETER = "{parameters}"' if parameters else text
