"""A board's system in Verilator behind a pseudo-terminal: the host's own code, real bytes, real bits."""

import os
import random
import time
from collections.abc import Iterator

import numpy as np
import pytest

import windrow as wr
from installed import needs
from reference_board import Noise, ReferenceBoard
from windrow.board.host import Host
from windrow.board.link import Answer, Deframer, Kind, Request, frame
from windrow.board.port import PortError, SerialPort
from windrow.board.wire import Identity, pack
from windrow_sim.runs.board import SimulatedBoard

for package in ("amaranth_boards", "serial"):
    needs(package, "fpga")

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


def request(kind: Kind, session: int = 5, at: int = 0, ack: int = 0, payload: bytes = b"") -> bytes:
    return frame(Request(kind, session, at, ack, payload).to_bytes())


def answers(port: SerialPort, line: bytes) -> list[Answer]:
    """What the board says to this.  A request for its counts, sent after it, shows where that ends."""
    port.send(line + request(Kind.STATUS))
    deframer, found = Deframer(), []
    until = time.monotonic() + 60
    while not (found and found[-1].kind == Kind.STATUS):
        assert time.monotonic() < until
        found += map(Answer.from_bytes, deframer.feed(port.receive(1)))
    assert deframer.damaged == 0
    return found


def test_a_session(board: SimulatedBoard, port: SerialPort) -> None:
    """Everything that may be right or wrong with a packet, one after the other."""
    values, results = pack(FRAMES[0], LAYER.input_type), pack(GOLDEN[0], LAYER.accumulator_type)
    assert (len(values), len(results)) == (320, 480)
    damaged = bytearray(request(Kind.DATA, 5, 100, 0, values[100:200]))
    damaged[9] ^= 0x10
    rest = request(Kind.DATA, 5, 100, 0, values[100:])
    steps = {
        "no such session yet": (request(Kind.DATA, 5, 0, 0, values), [(0, 0, 0)], (0, 1)),
        "reset": (request(Kind.RESET), [(0, 0, 0)], (0, 1)),
        "a beginning": (request(Kind.DATA, 5, 0, 0, values[:100]), [(100,)], (0, 1)),
        "damaged: not a word": (bytes(damaged), [], (1, 1)),
        "not where the last one ended": (request(Kind.DATA, 5, 150, 0, values[150:]), [(100,)], (1, 2)),
        "too much": (request(Kind.DATA, 5, 100, 0, (values * 4)[:1100]), [(100, 100)], (1, 3)),
        "garbage": (b"garbage \x00\xff\x7d\x7e", [], (2, 3)),
        "two that are too short": (frame(b"short") + frame(b"\0" * 4), [], (4, 3)),
        "cut off, and whole": (rest[:60] + rest, [(320,)], (5, 3)),
        "of no known kind": (frame(bytes([99, 5, 0, 0, 0, 0])), [], (5, 4)),
    }
    received = bytearray()
    for name, (line, expected, counts) in steps.items():
        *said, status = answers(port, line)
        said = [answer for answer in said if not answer.payload or answer.words[0] != 320]
        assert status.words == (*counts, 0), name
        if name != "cut off, and whole":
            pairs = zip(said, expected, strict=True)
            assert [answer.words[:len(words)] for answer, words in pairs] == expected, name
    for _ in range(100):  # the datapath needs a moment for the last of them
        *said, _ = answers(port, request(Kind.RESEND, 5, 320, len(received)))
        for answer in said:
            assert answer.words[:2] == (320, 320)
            if answer.words[2] == len(received):
                received += answer.payload
        if len(received) == len(results):
            break
    assert bytes(received) == results
    again = b"".join(answer.payload for answer in answers(port, request(Kind.RESEND, 5, 320, 480)))
    assert again == b""  # nothing is kept that was acknowledged
    identity, _ = answers(port, request(Kind.IDENTIFY))
    assert Identity.from_bytes(identity.payload) == board.system.identity
    assert identity.words == (10, 10, 0)


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_counted_as_the_reference_counts_it(port: SerialPort, seed: int) -> None:
    reference, noise, chance = ReferenceBoard(DESIGN, WEIGHTS), Noise(0.03, seed), random.Random(seed)
    line = bytearray(request(Kind.RESET))
    for _ in range(40):
        at = chance.choice([0, 20, 40])
        line += noise(request(Kind.DATA, 5, at, 0, bytes(range(at, at + 20))))
    reference.send(bytes(line) + b"\x7e" + request(Kind.STATUS))
    expected = Answer.from_bytes(list(Deframer().feed(reference.receive(0)))[-1])
    assert noise.hits > 9
    assert answers(port, bytes(line) + b"\x7e")[-1] == expected
    assert expected.words[0] > 0
    assert expected.words[1] > 0


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
    with pytest.raises(PortError, match=f"^{board.device} has gone away: was the board unplugged"):
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
