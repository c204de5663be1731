"""Amaranth components of the datapath, one concept per file, and the Verilog writer."""

from windrow_hdl.convolution import Convolution

__all__ = ["Convolution"]
