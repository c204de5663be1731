"""After synthesis: the cells that yosys made behave as the models say, outputs and cycles by equality."""

import re
from typing import Any

import numpy as np
import pytest

import windrow as wr
from installed import needs
from tool_marks import needs_icarus
from windrow_hdl.synthesis import gates as module
from windrow_hdl.synthesis.gates import gates
from windrow_sim.engines import cocotb
from windrow_sim.runs.run import Run
from windrow_sim.streams.stimulus import Stimulus

needs("pyosys", "fpga")
pytest.importorskip("cocotb", reason="pip install 'windrow-fpga[sim]'")

SMALL = wr.Conv2d(height=5, width=24, kernel_size=3, stride=2, padding=1, bias=True)
WIDE = wr.Conv2d(height=2, width=24, in_channels=2, out_channels=2, kernel_size=(2, 3), stride=(1, 2),
                 padding=(1, 1), input_type=wr.Int(11), weight_type=wr.Int(12))
# Few windows and many weights, which then lie in block RAM; of words of 2 bits for one of them.
DEEP = wr.Conv2d(height=3, width=3, in_channels=64, kernel_size=3)
NARROW = wr.Conv2d(height=3, width=4, in_channels=128, kernel_size=3, weight_type=wr.Int(2))

# target, device, technology, dsp, design, and cells that have to be there
CASES = {
    "ecp5, own blocks, gather": ("ecp5", None, "ecp5", True, wr.Design(SMALL, taps=3),
                                 {"DP16KD", "MULT18X18D", "CCU2C", "TRELLIS_DPR16X4"}),
    "ecp5, found blocks, columns": ("ecp5", "85k", "generic", True, wr.Design(SMALL, taps=5),
                                    {"DP16KD", "MULT18X18D"}),
    "ecp5, logic, window": ("ecp5", None, "ecp5", False, wr.Design(SMALL, taps=9), {"DP16KD", "L6MUX21"}),
    "ecp5, weights in block RAM": ("ecp5", None, "generic", True, wr.Design(DEEP, taps=1), {"DP16KD"}),
    "ecp5, narrow weights in block RAM": ("ecp5", None, "ecp5", True, wr.Design(NARROW, taps=1), {"DP16KD"}),
    "ice40 hx8k, gather": ("ice40", "hx8k", "ice40", True, wr.Design(SMALL, taps=3),
                           {"SB_RAM40_4K", "SB_CARRY"}),
    "ice40 up5k, own blocks, columns, two filters": ("ice40", "up5k", "ice40", True,
                                                     wr.Design(WIDE, lanes=1, pe=2, taps=3), {"SB_MAC16"}),
    "ice40 up5k, found blocks, window": ("ice40", "up5k", "generic", True, wr.Design(SMALL, taps=9),
                                         {"SB_RAM40_4K", "SB_MAC16"}),
    "ice40, weights in block RAM": ("ice40", None, "generic", True, wr.Design(DEEP, taps=1),
                                    {"SB_RAM40_4K"}),
}
DESIGN = CASES["ecp5, own blocks, gather"][4]


def simulate(design: wr.Design, engine: str, **arguments: Any) -> Run:
    layer = design.layer
    return wr.simulate(design, layer.random_input(1, 2), layer.random_weights(1), layer.random_bias(1),
                       engine=engine, **arguments)


@needs_icarus
@pytest.mark.parametrize("name", CASES)
def test_gates_do_what_the_models_say(name: str) -> None:
    target, device, technology, dsp, design, expected = CASES[name]
    layer = design.layer
    options = {"target": target, "device": device, "technology": technology, "dsp": dsp}
    made = gates(design, layer.random_weights(1), layer.random_bias(1), **options)
    assert expected <= set(re.findall(r"^ *cell \\(\S+) ", made.rtlil, re.MULTILINE))
    # One frame in free flow, then stalls.
    stalls = wr.Stalls.random(0.4, seed=1), wr.Stalls.bursts(9, 5, seed=2)
    free = np.zeros(design.latency + design.interval, np.bool_)
    late = [wr.Stalls.trace(np.append(free, one.cycles(999))) for one in stalls]
    simulate(design, "icarus", **options, input_stall=late[0], output_stall=late[1]).check()


def test_in_verilator_too() -> None:
    run = simulate(DESIGN, "auto", target="ecp5", output_stall=[True, False, True]).check()
    assert run.engine == "verilator"


@needs_icarus
def test_a_wrong_gate_is_noticed() -> None:
    layer = DESIGN.layer
    made = gates(DESIGN, layer.random_weights(1), layer.random_bias(1))
    wrong, count = re.subn(r'(parameter \\REG_PIPELINE_CLK) "CLK0"', r'\1 "NONE"', made.rtlil, count=1)
    assert count == 1  # one register of one multiplier is gone
    stimulus = Stimulus.build(DESIGN, layer.random_input(1, 2), 2)
    seen = [cocotb.run("icarus", rtlil, stimulus, cells=made.models) for rtlil in (made.rtlil, wrong)]
    assert (seen[0].cycles == seen[1].cycles).all()
    assert (seen[0].beats != seen[1].beats).any()


def test_instantiated_multipliers_keep_their_registers() -> None:
    # `synth_ice40 -dsp` would take them away (YosysHQ/yosys#2922).
    layer = DESIGN.layer
    made = gates(DESIGN, layer.random_weights(1), layer.random_bias(1), target="ice40", device="up5k")
    blocks = re.findall(r"SB_MAC16 #\((.*?)\) ", made.verilog, re.DOTALL)
    assert len(blocks) == DESIGN.multipliers
    assert all(".A_REG(1)" in block and ".PIPELINE_16x16_MULT_REG2(1)" in block for block in blocks)


def test_models_are_those_of_the_cells_and_no_more() -> None:
    layer = DESIGN.layer
    made = gates(DESIGN, layer.random_weights(1), layer.random_bias(1))
    models = re.findall(r"^module (\w+)", made.models, re.MULTILINE)
    assert len(models) == len(set(models))
    assert {"LUT4", "TRELLIS_FF", "CCU2C", "DP16KD", "MULT18X18D"} <= set(models)
    assert "TRELLIS_IO" not in models
    assert "specify" not in made.models


def test_a_cell_without_a_model_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = DESIGN.layer
    monkeypatch.setattr(module, "cell_models", lambda target: "")
    with pytest.raises(wr.SynthesisError, match=r"^no model of cell (DP16KD|MULT18X18D), which \S*yosys "
                                                r"\S+ put into the design$"):
        gates(DESIGN, layer.random_weights(1), layer.random_bias(1))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"target": "xc7"}, r"^target must be 'ecp5' or 'ice40', not 'xc7'$"),
    ({"target": "ecp5", "device": "up5k"}, r"^device must be '25k' or '45k' or '85k', not 'up5k'$"),
    ({"target": "ecp5", "technology": "ice40"}, r"^technology must be 'ecp5' or 'generic', not 'ice40'$"),
    ({"device": "25k"}, r"^device must be left out without a target, not be '25k'$"),
    ({"target": "ecp5", "engine": "amaranth"},
     r"^engine must be 'auto', 'verilator', 'icarus' or 'verilator-cocotb' for a target, not 'amaranth'$"),
])  # fmt: skip
def test_mistakes(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(DESIGN, **{"engine": "auto", **arguments})
