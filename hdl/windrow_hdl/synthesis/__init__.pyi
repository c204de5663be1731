"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_hdl.synthesis.fpga_tools import SynthesisError as SynthesisError
from windrow_hdl.synthesis.synthesis import Synthesis as Synthesis
from windrow_hdl.synthesis.synthesis import synthesize as synthesize

__all__ = ["Synthesis", "SynthesisError", "synthesize"]
