"""No warning of Verilator about any operator in any folding, with any weights and ports, in any file."""

import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from lint import lint
from random_networks import random_pipeline
from strategies import Case, cases
from windrow.operators.table import OPERATORS
from windrow_hdl.verilog.components import converted
from windrow_hdl.verilog.writer import INTERFACES, from_rtlil

SHARES = [1, 1, 0.5, 0]  # of weights that are not 0


@pytest.mark.parametrize("operator", OPERATORS)
def test_any_design(operator: str) -> None:
    @settings(max_examples=4)
    @given(cases(largest=6, stalled=False, operator=operator), st.sampled_from(INTERFACES),
           st.sampled_from(SHARES))
    def sweep(case: Case, interface: str, share: float) -> None:
        layer = case.design.layer
        weights = layer.random_weights(case.seed)
        if weights is not None:
            weights = weights * (np.random.default_rng(case.seed).random(weights.shape) <= share)
        text = wr.verilog(case.design, weights, layer.random_bias(case.seed), interface=interface)
        with tempfile.TemporaryDirectory() as folder:
            lint(text, Path(folder))

    sweep()


@pytest.mark.parametrize("taps", [1, 9])
@pytest.mark.parametrize("channel", [0, 1])
def test_a_channel_without_weights(taps: int, channel: int, tmp_path: Path) -> None:
    """Part of every word of memory is read by nothing: what is at its end is not there."""
    layer = wr.Conv2d(height=6, width=6, in_channels=2, kernel_size=3)
    weights = layer.random_weights(1)
    weights[..., channel] = 0
    text = wr.verilog(wr.Design(layer, lanes=2, taps=taps), weights, interface="stream")
    lint(text, tmp_path)
    rows = {1: 5, 9: 3}[taps]
    assert f"  reg [{rows * 16 - 1 - 8 * channel}:0] memory [0:5];\n" in text


@pytest.mark.parametrize("seed", range(4))
def test_any_pipeline(seed: int, tmp_path: Path) -> None:
    pipeline = random_pipeline(random.Random(seed), largest=6, pixels=1 + seed % 2)
    lint(wr.verilog(pipeline, interface=INTERFACES[seed % 3], name="net"), tmp_path, "net")


class Words(wiring.Component):
    """A memory of whose words one port gives two bits, one four of eight; and a quotient without its top."""

    address: In(2)
    data: In(8)
    few: Out(2)
    more: Out(4)
    quotient: Out(3)
    rest: Out(1)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=unsigned(8), depth=4, init=[0x5A, 0xFF])
        write, one, other = memory.write_port(), memory.read_port(), memory.read_port(domain="comb")
        m.d.comb += [write.addr.eq(self.address), write.data.eq(self.data), write.en.eq(1),
                     one.addr.eq(self.address), other.addr.eq(self.address), one.en.eq(1),
                     self.few.eq(one.data), self.more.eq(other.data),
                     self.quotient.eq(self.data // 5), self.rest.eq(self.data % 6)]
        return m


def test_memories_and_quotients_of_which_less_is_used(tmp_path: Path) -> None:
    text = from_rtlil(converted(Words(), "words")[0])
    lint(text, tmp_path, "words")
    assert "  reg [3:0] memory [0:3];\n" in text
    assert "    memory[0] = 4'ha;\n    memory[1] = 4'hf;\n" in text
