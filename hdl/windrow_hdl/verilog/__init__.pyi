"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_hdl.verilog.writer import INTERFACES as INTERFACES
from windrow_hdl.verilog.writer import from_rtlil as from_rtlil
from windrow_hdl.verilog.writer import to_rtlil as to_rtlil
from windrow_hdl.verilog.writer import to_verilog as to_verilog
from windrow_hdl.verilog.writer import verilog as verilog
from windrow_hdl.verilog.writer import write_verilog as write_verilog

__all__ = ["INTERFACES", "from_rtlil", "to_rtlil", "to_verilog", "verilog", "write_verilog"]
