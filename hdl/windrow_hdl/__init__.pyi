"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_hdl.axi.register_exports import ipxact as ipxact
from windrow_hdl.axi.register_exports import systemrdl as systemrdl
from windrow_hdl.axi.register_map import register_map as register_map
from windrow_hdl.axi.register_texts import c_header as c_header
from windrow_hdl.axi.register_texts import markdown as markdown
from windrow_hdl.axi.register_texts import python_driver as python_driver
from windrow_hdl.axi.wrapper import AxiConvolution as AxiConvolution
from windrow_hdl.network import PipelineHardware as PipelineHardware
from windrow_hdl.reductions.weights_loaded import load_sequence as load_sequence
from windrow_hdl.stage import Convolution as Convolution
from windrow_hdl.stage import RuntimeConvolution as RuntimeConvolution
from windrow_hdl.stage import hardware as hardware
from windrow_hdl.synthesis.gates import Gates as Gates
from windrow_hdl.synthesis.gates import gates as gates
from windrow_hdl.window.programmed.geometry import pack_setting as pack_setting

__all__ = [
    "AxiConvolution",
    "Convolution",
    "Gates",
    "PipelineHardware",
    "RuntimeConvolution",
    "c_header",
    "gates",
    "hardware",
    "ipxact",
    "load_sequence",
    "markdown",
    "pack_setting",
    "python_driver",
    "register_map",
    "systemrdl",
]
