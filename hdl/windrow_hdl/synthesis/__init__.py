"""Synthesis: what a design costs on a device, and its gates."""

from windrow.face import lazy

_HOMES = {
    "Synthesis": "windrow_hdl.synthesis.synthesis",
    "SynthesisError": "windrow_hdl.synthesis.fpga_tools",
    "synthesize": "windrow_hdl.synthesis.synthesis",
}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
