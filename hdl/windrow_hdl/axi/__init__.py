"""AXI around the datapath: AXI4-Stream in and out, AXI4-Lite registers, one top with plain port names."""

from windrow_hdl.axi.register_map import register_map
from windrow_hdl.axi.wrapper import AxiConvolution

__all__ = ["AxiConvolution", "register_map"]
