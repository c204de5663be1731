"""Whole networks on boards: real bits on the line, values and cycles as the models say."""

import numpy as np
import pytest

import windrow as wr
from installed import needs
from networks import block, tiny
from windrow.board.host import Host
from windrow.board.outline import Outline
from windrow.board.port import SerialPort
from windrow.pipeline.flow import Flow
from windrow.pipeline.pipeline import Pipeline
from windrow.timing.events import Events
from windrow.timing.settling import settle
from windrow_sim.runs.board import SimulatedBoard

for package in ("amaranth_boards", "serial"):
    needs(package, "fpga")


def answer(pipeline: Pipeline) -> int:
    """Cycles from the last value in to the last result out, by the law of pipeline and line together.

    The buffer gives a byte every three cycles; a beat of one byte waits until the one before it has moved on,
    and results are taken every other cycle.
    """
    assert pipeline.lanes == pipeline.pe == 1
    flow = Flow(pipeline.steps, pipeline.designs, pipeline.fifos, 1)
    values = Events("bytes", flow.input.count, 3)
    values.wait(flow.input, 1, 1)
    flow.input.wait(values, 0, 1)
    flow.output.sends.order = 2
    settle((values, *flow.events))
    return int(flow.output.sends.known[-1] - flow.input.known[-1])


def check(board: SimulatedBoard, pipeline: Pipeline) -> None:
    """Frames one by one, their cycles too, and back to back."""
    x = pipeline.random_input(7, 4)
    golden = pipeline.golden(x)
    with board, SerialPort(board.device, 3_000_000) as port:
        host = Host(port, patience=60)
        held = host.identify()
        assert held == board.system.identity
        assert isinstance(held.design, Outline)
        for frame, expected in zip(x[:2], golden, strict=False):
            (found,) = host.run(held.design, frame)
            assert np.array_equal(found, expected)
            assert host.cycles() == answer(pipeline)
        assert np.array_equal(np.stack(list(host.run(held.design, x))), golden)
        assert host.traffic.damaged == host.traffic.board_damaged == host.traffic.restarts == 0


@pytest.mark.parametrize("interval", [70, 200])
def test_values_and_cycles(interval: int) -> None:
    pipeline = wr.plan(tiny(), interval=interval)
    check(SimulatedBoard("icebreaker", pipeline), pipeline)


def test_forks_and_joins() -> None:
    pipeline = wr.plan(block(), interval=600)
    x = pipeline.random_input(3, 3)
    board = SimulatedBoard("ulx3s-85f", pipeline)
    with board, SerialPort(board.device, 3_000_000) as port:
        host = Host(port, patience=60)
        outline = host.identify().design
        assert isinstance(outline, Outline)
        assert np.array_equal(np.stack(list(host.run(outline, x))), pipeline.golden(x))


@pytest.fixture(params=["icebreaker", "ulx3s-85f"])
def gates(request: pytest.FixtureRequest) -> tuple[SimulatedBoard, Pipeline]:
    needs("pyosys", "fpga")
    pipeline = wr.plan(tiny(), interval=200)
    return SimulatedBoard(request.param, pipeline, gates=True), pipeline


def test_gate_by_gate(gates: tuple[SimulatedBoard, Pipeline]) -> None:
    """The cells that synthesis makes of the whole system, line and network."""
    check(*gates)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_filters_gate_by_gate(stride: int) -> None:
    """A picture through a filter's cells on the board of ECP5, at every stride of the demo."""
    needs("pyosys", "fpga")
    net = wr.filters.gaussian(9, 12, stride=stride)
    pipeline = wr.plan(net, pixels=1)
    x = pipeline.random_input(stride, 2)
    made = SimulatedBoard("ulx3s-85f", pipeline, gates=True)
    with made as board, SerialPort(board.device, 3_000_000) as port:
        host = Host(port, patience=60)
        found = np.stack(list(host.run(host.identify().design, x)))
    assert np.array_equal(found, net.golden(x))


def test_mistakes() -> None:
    pipeline = wr.plan(tiny(), interval=200)
    with pytest.raises(ValueError, match=r"^board must be 'ulx3s-12f' or .*, not 'arty-a7-35'$"):
        SimulatedBoard("arty-a7-35", pipeline, gates=True)
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline: its network has them$"):
        SimulatedBoard("icebreaker", pipeline, np.zeros(3))
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not 3$"):
        SimulatedBoard("icebreaker", 3)  # pyright: ignore[reportArgumentType]
