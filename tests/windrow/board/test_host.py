"""The host against a board in plain Python: every fault of the line costs time and nothing else."""

import random
import time

import numpy as np
import pytest

import windrow as wr
from reference_board import Noise, ReferenceBoard
from windrow.board.host import Host, LinkError
from windrow.board.link import Answer, Deframer, Kind, frame

LAYER = wr.Conv2d(height=20, width=30, kernel_size=3, stride=2, out_channels=2)
DESIGN = wr.plan(LAYER)
WEIGHTS = LAYER.random_weights(1)
FRAMES = np.stack([LAYER.random_input(seed) for seed in range(4)])
GOLDEN = LAYER.golden(FRAMES, WEIGHTS)


def run(board: ReferenceBoard, **options: float) -> Host:
    host = Host(board, **options)
    assert host.identify().design == DESIGN
    assert np.array_equal(np.stack(list(host.run(DESIGN, FRAMES))), GOLDEN)
    return host


def test_a_clean_line_sends_nothing_twice() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = run(board)
    assert host.traffic.resent == host.traffic.damaged == host.traffic.restarts == 0
    assert host.traffic.board_damaged == host.traffic.board_refused == 0
    assert host.traffic.seconds > 0


def test_a_second_run_begins_anew() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = run(board)
    results = host.run(DESIGN, FRAMES)
    assert np.array_equal(next(results), GOLDEN[0])  # and the rest is abandoned
    assert np.array_equal(np.stack(list(host.run(DESIGN, FRAMES))), GOLDEN)


def test_progress_never_goes_back() -> None:
    host, seen = Host(ReferenceBoard(DESIGN, WEIGHTS)), []
    host.identify()
    assert len(list(host.run(DESIGN, FRAMES, seen.append))) == 4
    assert seen == sorted(seen)
    assert seen[-1] == 4


@pytest.mark.parametrize("direction", ["to_board", "to_host"])
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_recovered_from(direction: str, seed: int) -> None:
    noise = Noise(0.001, seed)
    host = run(ReferenceBoard(DESIGN, WEIGHTS, **{direction: noise}))
    assert noise.hits
    counted = host.traffic.board_damaged if direction == "to_board" else host.traffic.damaged
    assert counted > 0
    assert host.traffic.resent > 0


def test_lost_and_repeated_packets() -> None:
    """Whole packets vanish, or come twice, in both directions."""
    chance = random.Random(7)

    def fault(data: bytes) -> bytes:
        return data * chance.choice([0, 1, 1, 1, 1, 1, 1, 2])

    host = run(ReferenceBoard(DESIGN, WEIGHTS, to_board=fault, to_host=fault))
    assert host.traffic.resent > 0
    assert host.traffic.damaged == 0


def test_a_board_that_was_switched_off_and_on() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = Host(board)
    host.identify()
    results = []
    for result in host.run(DESIGN, FRAMES):
        results.append(result)
        if len(results) == 2:
            board.switch_on()
    assert np.array_equal(np.stack(results), GOLDEN)
    assert host.traffic.restarts == 1


def test_a_board_that_always_starts_anew() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = Host(board)
    host.identify()
    act = board.act

    def forgets(packet: bytes) -> None:
        if packet[0] == Kind.DATA:
            board.switch_on()
        act(packet)

    board.act = forgets  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(LinkError, match="^the board has started anew 4 times$"):
        list(host.run(DESIGN, FRAMES))


class Silent:
    """A line with nobody at the other end; `echo` sends all back, `babble` comes without end."""

    def __init__(self, echo: bool = False, babble: bytes = b"") -> None:
        self.echo, self.babble, self.line = echo, babble, b""

    def send(self, data: bytes) -> None:
        self.line += data if self.echo else b""

    def receive(self, wait: float) -> bytes:
        time.sleep(min(wait, 0.01))
        data, self.line = self.line + self.babble, b""
        return data


@pytest.mark.parametrize("port", [Silent(), Silent(echo=True), Silent(babble=b"login: \x7e\x7d")])
def test_nobody_answers(port: Silent) -> None:
    with pytest.raises(LinkError, match="^no answer for [01] seconds: is the bitstream loaded, the rate "):
        Host(port, patience=0.3).identify()


def test_another_version() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    board.identity = b"\x02" + board.identity[1:]
    with pytest.raises(LinkError, match="^the board speaks version 2 of the link"):
        Host(board).identify()


def test_a_board_that_goes_silent_in_between() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = Host(board, patience=0.3)
    host.identify()
    results = host.run(DESIGN, FRAMES)
    next(results)
    board.to_host = lambda data: b""
    with pytest.raises(LinkError, match="^no answer for"):
        list(results)


def test_a_board_that_stands_still() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    host = Host(board, patience=0.1)
    host.identify()
    board.compute = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(LinkError, match="^the board answers, but nothing has moved for"):
        list(host.run(DESIGN, FRAMES))


def test_an_unknown_kind_of_answer_is_ignored() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    board.line += frame(bytes([77]) + Answer(Kind.DATA, 0, (0, 0, 0)).to_bytes()[1:])
    assert Host(board).identify().design == DESIGN


def test_the_reference_counts_short_packets() -> None:
    board = ReferenceBoard(DESIGN, WEIGHTS)
    board.send(frame(b"short"))
    board.send(frame(bytes([9, 0, 0, 0, 0, 0])))
    assert Host(board).counts() == (1, 1)
    assert list(Deframer().feed(board.receive(0))) == []
