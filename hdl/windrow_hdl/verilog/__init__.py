"""Verilog: the hardware as text, with a header that says what it is."""

from windrow.face import lazy

_WRITER = "windrow_hdl.verilog.writer"
_HOMES = {name: _WRITER for name in
          ("INTERFACES", "from_rtlil", "to_rtlil", "to_verilog", "verilog", "write_verilog")}

__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)
