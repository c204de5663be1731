"""A tree of registers: copies in step, none merged by synthesis."""

import random

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal, unsigned

from benches import play
from windrow.timing.depths import COLLECT, FEEDS, GATHER, fan_out, leaves
from windrow_hdl.parts.fan_out import FanOut
from windrow_hdl.synthesis.fpga_devices import DEVICES
from windrow_hdl.synthesis.synthesis import map_cells


@pytest.mark.parametrize("count", [2, 3, 4, 5, 7, 8, 9])
def test_every_leaf_shows_what_came_before(count: int) -> None:
    dut, source = FanOut(3, count), random.Random(count)
    given = [{"flag": source.randrange(2), "value": source.randrange(8)} for _ in range(40)]
    seen = play(dut, given, ["flags", "values"])
    depth = dut.depth
    assert depth == fan_out(count * FEEDS) - GATHER - COLLECT == (count - 1).bit_length()
    assert all(shown["flags"] == [0] * count for shown in seen[:depth])  # low after reset
    assert seen[depth:] == [{"flags": [put["flag"]] * count, "values": [put["value"]] * count}
                            for put in given[:-depth]]


def test_as_many_registers_as_the_model_counts_on() -> None:
    for copies in range(1, 300):
        count, depth = leaves(copies), max(0, fan_out(copies) - GATHER - COLLECT)
        assert (count - 1) * FEEDS < copies <= count * FEEDS
        assert count == 1 if depth == 0 else 2 ** (depth - 1) < count <= 2**depth


@pytest.mark.parametrize("target", ["ecp5", "ice40"])
def test_synthesis_leaves_every_copy(target: str) -> None:
    """2 + 4 + 7 nodes of 5 bits and a flag."""
    tree = FanOut(5, 7)
    m = Module()
    m.submodules.tree = tree
    ports = [tree.flag, tree.value]
    m.d.comb += [tree.flag.eq(flag := Signal(name="flag")), tree.value.eq(value := Signal(5, name="value"))]
    for number, (flag_out, value_out) in enumerate(zip(tree.flags, tree.values, strict=True)):
        out = Signal(unsigned(6), name=f"out_{number}")
        m.d.comb += out.eq((value_out << 1) | flag_out)
        ports.append(out)
    ports[:2] = [flag, value]
    text = rtlil.convert(m, name="top", ports=ports, emit_src=False)
    found = map_cells(text, next(iter(DEVICES[target].values())))
    registers = sum(n for name, n in found.cells.items() if name.startswith(("TRELLIS_FF", "SB_DFF")))
    assert registers == 13 * 6


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"^leaves must be at least 1, not 0$"):
        FanOut(3, 0)
