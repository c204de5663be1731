"""Run: shapes and numbers from a recording, and a check that names the first difference."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from windrow import Conv2d, Design
from windrow_sim.runs.run import Hang, Mismatch, Recording, Run
from windrow_sim.streams.stimulus import Stimulus, pack

LAYER = Conv2d(height=7, width=6, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1,
               bias=True)
DESIGN = Design(LAYER, lanes=1, pe=2, taps=3)
Bools = NDArray[np.bool_]
STALLS = np.array([True, False, False])


def perfect_run(frames: int = 2, input_stall: Bools | None = None, output_stall: Bools | None = None) -> Run:
    """What a simulation returns if the hardware does exactly what the models say."""
    x, weights, bias = LAYER.random_input(1, frames), LAYER.random_weights(1), LAYER.random_bias(1)
    timing = DESIGN.timing(frames, input_stall=input_stall, output_stall=output_stall)
    outputs = LAYER.golden(x, weights, bias).reshape(-1, DESIGN.pe)
    recording = Recording(
        beats=pack(outputs, LAYER.accumulator_type.bits),
        cycles=timing.output_cycles.ravel().astype(np.int64),
        first_accepted=0, first_offered=timing.latency,
    )
    return Run.build(recording, engine="model", design=DESIGN, weights=weights, bias=bias, x=x,
                     input_stall=input_stall, output_stall=output_stall)


def test_shapes_and_numbers() -> None:
    run = perfect_run(frames=3)
    timing = DESIGN.timing(3)
    assert run.output.shape == (3, 4, 3, 4)
    assert run.output.dtype == np.int64
    assert run.output_cycles.shape == (3, 4, 3, 2)
    assert run.interval == timing.interval
    assert run.latency == timing.latency
    assert run.cycles == timing.total_cycles
    assert run.engine == "model"


def test_one_frame_has_no_interval() -> None:
    assert perfect_run(frames=1).interval is None


def test_interval_is_that_of_the_last_two_frames() -> None:
    ends = perfect_run(frames=3).output_cycles[:, -1, -1, -1]
    assert perfect_run(frames=3).interval == ends[2] - ends[1]


@pytest.mark.parametrize("stalls", [{}, {"output_stall": STALLS}, {"input_stall": STALLS}])
def test_check_returns_the_run(stalls: dict[str, Bools]) -> None:
    run = perfect_run(**stalls)
    assert run.check() is run


def test_check_names_the_first_wrong_output() -> None:
    run = perfect_run()
    run.output[1, 2, 0, 3] += 5
    run.output[1, 3, 0, 0] += 1
    expected = run.output[1, 2, 0, 3] - 5
    with pytest.raises(Mismatch, match=(
        rf"^output differs first at frame 1, row 2, column 0, channel 3: expected {expected}, "
        rf"got {expected + 5} in cycle {run.output_cycles[1, 2, 0, 1]}; 2 of 96 outputs differ "
        r"\(engine model, Design\(Conv2d\("
    )):
        run.check()


def test_check_names_the_first_wrong_cycle() -> None:
    run = perfect_run()
    run.output_cycles[0, 1, 2, 1] += 1
    got = run.output_cycles[0, 1, 2, 1]
    with pytest.raises(Mismatch, match=(
        rf"^output cycle differs first at frame 0, row 1, column 2, channel 2: expected cycle {got - 1}, "
        rf"got cycle {got}; 1 of 48 beats differ "
    )):
        run.check()


def test_wrong_values_are_reported_before_wrong_cycles() -> None:
    run = perfect_run()
    run.output_cycles[0, 0, 0, 0] += 1
    run.output[1, 3, 2, 3] += 1
    with pytest.raises(Mismatch, match=r"^output differs first at frame 1, row 3, column 2, channel 3"):
        run.check()


def test_check_compares_latency() -> None:
    run = perfect_run()
    wrong = dataclasses.replace(run, latency=run.latency + 1)
    expected = f"^latency differs: expected {run.latency} cycles, got {run.latency + 1} "
    with pytest.raises(Mismatch, match=expected):
        wrong.check()


def test_check_computes_a_repeated_frame_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = perfect_run(frames=1)
    golden = type(LAYER).golden
    lengths: list[int] = []

    def counting(self: Conv2d, x: Any, weights: Any, bias: Any = None) -> Any:
        lengths.append(len(x))
        return golden(self, x, weights, bias)

    monkeypatch.setattr(type(LAYER), "golden", counting)
    repeated = dataclasses.replace(
        run, x=np.broadcast_to(run.x, (3, *LAYER.input_shape)), output=np.repeat(run.output, 3, axis=0),
        output_cycles=DESIGN.timing(3).output_cycles)
    repeated.check()
    assert lengths == [1]


def test_mismatch_is_an_assertion_and_hang_a_runtime_error() -> None:
    assert issubclass(Mismatch, AssertionError)
    assert issubclass(Hang, RuntimeError)


@pytest.mark.parametrize(("accepted", "delivered", "text"), [
    (3, 48, "input stream i is stuck at beat 3 of 168"),
    (168, 4, "output stream o is stuck at beat 4 of 48"),
    (3, 2, "input stream i is stuck at beat 3 of 168, output stream o is stuck at beat 2 of 48"),
])
def test_hang_names_the_streams_that_are_stuck(accepted: int, delivered: int, text: str) -> None:
    stimulus = Stimulus.build(DESIGN, LAYER.random_input(1, 1), 2)
    hang = Hang.at(stimulus, cycle=9999, accepted=accepted, delivered=delivered)
    assert str(hang) == f"no transfer for {stimulus.patience} cycles, up to cycle 9999: {text}"
