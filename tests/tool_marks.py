"""Marks of tests that need a tool: skipped where it is missing; in CI none may be."""

from collections.abc import Callable

import pytest

from windrow_sim import ToolMissing
from windrow_sim.engines import cocotb, tools


def present(probe: Callable[[], object]) -> bool:
    """Whether `probe`, which raises ToolMissing for a missing tool, finds it."""
    try:
        probe()
    except ToolMissing:
        return False
    return True


COMPILER = present(tools.compiler)

needs_compiler = pytest.mark.skipif(not COMPILER, reason="no C++ compiler")
needs_fst = pytest.mark.skipif(not present(tools.fst_headers), reason="no lz4.h or zlib.h")
needs_icarus = pytest.mark.skipif(not present(lambda: cocotb.available("icarus")), reason="no iverilog")
needs_cocotb = pytest.mark.skipif(not present(lambda: cocotb.available("verilator-cocotb")),
                                  reason="no Verilator, make, perl or C++ compiler")  # fmt: skip

ENGINES = ["amaranth", pytest.param("verilator", marks=needs_compiler)]
