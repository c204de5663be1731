"""A board's system in Verilator behind a pseudo-terminal: the host's own code, real bytes, real bits."""

import os
from collections.abc import Iterator

import numpy as np
import pytest

import windrow as wr
from reference_board import Noise
from windrow.host import Host
from windrow.port import PortError, SerialPort
from windrow_sim.board import SimulatedBoard

LAYER = wr.Conv2d(height=16, width=20, kernel_size=3, stride=2, padding=1, out_channels=2)
DESIGN = wr.Design(LAYER, pe=2, taps=3)
WEIGHTS = LAYER.random_weights(0)
FRAMES = np.stack([LAYER.random_input(seed) for seed in range(3)])
GOLDEN = LAYER.golden(FRAMES, WEIGHTS)


class NoisyPort:
    """A port with noise in both directions."""

    def __init__(self, port: SerialPort, there: Noise, back: Noise) -> None:
        self.port, self.there, self.back = port, there, back

    def send(self, data: bytes) -> None:
        self.port.send(self.there(data))

    def receive(self, wait: float) -> bytes:
        return self.back(self.port.receive(wait))


@pytest.fixture(scope="module")
def board() -> SimulatedBoard:
    return SimulatedBoard("icebreaker", DESIGN, WEIGHTS)


@pytest.fixture
def port(board: SimulatedBoard) -> Iterator[SerialPort]:
    with board, SerialPort(board.device, 3_000_000) as port:
        yield port


def outputs(host: Host) -> np.ndarray:
    return np.stack(list(host.run(DESIGN, FRAMES)))


def test_frames_through_the_board(board: SimulatedBoard, port: SerialPort) -> None:
    host = Host(port)
    assert host.identify() == board.system.identity
    assert np.array_equal(outputs(host), GOLDEN)
    assert host.traffic.damaged == host.traffic.board_damaged == host.traffic.restarts == 0
    # Another session, after one that was abandoned within a frame.
    next(host.run(DESIGN, FRAMES))
    assert np.array_equal(outputs(host), GOLDEN)


@pytest.mark.parametrize("seed", range(2))
def test_frames_through_noise(port: SerialPort, seed: int) -> None:
    there, back = Noise(0.0015, seed), Noise(0.0015, seed + 9)
    host = Host(NoisyPort(port, there, back), patience=30)
    host.identify()
    assert np.array_equal(outputs(host), GOLDEN)
    assert there.hits
    assert back.hits
    assert host.traffic.resent > 0
    assert host.traffic.board_damaged > 0
    assert host.traffic.damaged > 0


def test_garbage_before_the_host_comes(port: SerialPort) -> None:
    port.send(bytes(range(256)) * 3)
    host = Host(port)
    host.identify()
    damaged, _ = host.counts()
    assert damaged > 0
    assert np.array_equal(outputs(host), GOLDEN)


def test_unplugged(board: SimulatedBoard, port: SerialPort) -> None:
    host = Host(port)
    host.identify()
    results = host.run(DESIGN, FRAMES)
    assert np.array_equal(next(results), GOLDEN[0])
    board.unplug()
    with pytest.raises(PortError, match=f"^{board.device} has gone away: was the board unplugged, or switched"):
        list(results)


def test_in_use(board: SimulatedBoard, port: SerialPort) -> None:
    with pytest.raises(PortError, match=f"^{board.device} is in use by another program$"):
        SerialPort(board.device, 3_000_000)


@pytest.mark.parametrize(("device", "message"), [
    ("/dev/ttyNOPE7", "no device /dev/ttyNOPE7; there "),
    (os.devnull, f"{os.devnull} is not a serial port: "),
])  # fmt: skip
def test_no_port(device: str, message: str) -> None:
    with pytest.raises(PortError, match=f"^{message}"):
        SerialPort(device, 3_000_000)


def test_permission_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    import serial

    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(13, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(PortError, match=f"^{os.devnull}: permission denied; it belongs to group "):
        SerialPort(os.devnull, 9600)


def test_ecp5_cells() -> None:
    """Memories and multipliers of the other family, and its larger buffers."""
    other = SimulatedBoard("ulx3s-85f", DESIGN, WEIGHTS)
    with other, SerialPort(other.device, 3_000_000) as port:
        host = Host(port)
        assert host.identify() == other.system.identity
        assert np.array_equal(outputs(host), GOLDEN)
