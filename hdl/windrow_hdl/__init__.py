"""Amaranth components of the datapath, one concept per file; Verilog, AXI, synthesis, boards."""

from windrow.face import lazy

_HOMES = {
    "AxiConvolution": "windrow_hdl.axi.wrapper",
    "Convolution": "windrow_hdl.stage",
    "Gates": "windrow_hdl.synthesis.gates",
    "PipelineHardware": "windrow_hdl.network",
    "RuntimeConvolution": "windrow_hdl.stage",
    "c_header": "windrow_hdl.axi.register_texts",
    "gates": "windrow_hdl.synthesis.gates",
    "hardware": "windrow_hdl.stage",
    "ipxact": "windrow_hdl.axi.register_exports",
    "load_sequence": "windrow_hdl.reductions.weights_loaded",
    "markdown": "windrow_hdl.axi.register_texts",
    "pack_setting": "windrow_hdl.window.programmed.geometry",
    "python_driver": "windrow_hdl.axi.register_texts",
    "register_map": "windrow_hdl.axi.register_map",
    "systemrdl": "windrow_hdl.axi.register_exports",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
