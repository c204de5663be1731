"""Amaranth components of the datapath, one concept per file, and the Verilog writer."""

from windrow_hdl.convolution import Convolution
from windrow_hdl.hardware import hardware
from windrow_hdl.runtime.convolution import RuntimeConvolution

__all__ = ["Convolution", "RuntimeConvolution", "hardware"]
