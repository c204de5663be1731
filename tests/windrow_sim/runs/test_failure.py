"""What a failed simulation leaves: a reproducer that runs, for whatever was simulated."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import windrow as wr
from windrow.operators.operator import Operator
from windrow_sim.runs.failure import Simulation

SIZE = {"height": 5, "width": 6}
TABLE = wr.Lookup(list(range(255, -1, -1)), type=wr.UInt(8))
LAYERS: list[Operator] = [
    wr.Conv2d(**SIZE, kernel_size=3, bias=True, input_type=wr.Int(4)),
    wr.Conv2d(**SIZE, kernel_size=3, out_channels=2, output=wr.Requantize([0.01, 0.02])),
    wr.Conv2d(**SIZE, kernel_size=3, output=(wr.Requantize(0.01, type=wr.UInt(8)), TABLE)),
    wr.MaxPool2d(**SIZE, channels=2, kernel_size=2, element=[[True, False], [True, True]]),
    wr.AvgPool2d(**SIZE, channels=1, kernel_size=2, stride=2, output=wr.Clamp(3, 90)),
    wr.Median2d(**SIZE, channels=1, kernel_size=3, padding=1, padding_mode="reflect"),
]


def simulation(layer: Operator, tmp_path: Path, **options: object) -> Simulation:
    return Simulation.build(
        wr.plan(layer), None, None, None, expected=None, check=True, seed=3,
        options={"engine": "amaranth", **options}, name="case", folders=lambda name: tmp_path)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: f"{type(layer).__name__}-{len(layer.output)}")
def test_the_reproducer_of_every_operator_runs(layer: Operator, tmp_path: Path) -> None:
    case = simulation(layer, tmp_path, input_stall=wr.Stalls.random(0.2, seed=1))
    run = case.run()
    case.report(waves=False)
    code = (tmp_path / "reproducer.py").read_text()
    done: dict[str, object] = {}
    exec(compile(code, "reproducer.py", "exec"), done)
    assert done["design"] == wr.plan(layer)
    repeated = done["run"]
    assert isinstance(repeated, type(run))
    np.testing.assert_array_equal(repeated.output, run.output)
    np.testing.assert_array_equal(repeated.output_cycles, run.output_cycles)


def test_the_reproducer_is_a_program_of_its_own(tmp_path: Path) -> None:
    case = simulation(LAYERS[3], tmp_path)
    case.run()
    report = case.report(waves=False)
    assert "data[\"x\"]" in report
    assert "weights" not in case._reproducer()
    subprocess.run([sys.executable, tmp_path / "reproducer.py"], check=True, timeout=120)
