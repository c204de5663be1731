"""The host's side of a board: sends frames, receives results, repeats what is lost.

    frames ─▶ values ─▶ packets ─▶ port ─▶ board
    results ◀─ bytes ◀─ packets ◀─ port ◀─

Both streams go on at once, with as many values under way as the board has room for. What goes wrong on the
line costs time and nothing else: the board drops damaged packets, and whatever it has not accepted within the
usual time is sent again, as is what has not arrived here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.board.link import CRC_BYTES, MASK, PAYLOAD, Answer, Deframer, Kind, Request, distance, frame
from windrow.board.port import Port
from windrow.board.wire import Held, Identity, pack, results_of, value_bytes

__all__ = ["Host", "LinkError", "Traffic"]

_FIRST_WAIT, _LEAST_WAIT, _LONGEST_WAIT = 0.25, 0.03, 1.0  # seconds until something counts as lost
_STUCK = 4  # times the patience without progress, though there are answers
_RESTARTS = 3  # of a board, after which it is given up


class LinkError(RuntimeError):
    """The board does not answer, or not as it should."""


class _Restarted(Exception):
    """The board has lost the session: it was switched off and on, or somebody else talks to it."""


@dataclass
class Traffic:
    """What happened on the line.

    Attributes
    ----------
    seconds : float
    resent : int
        Times that values were sent again, or results asked for again.
    restarts : int
        Times that the board had lost the session, and the frame under way began anew.
    damaged : int
        What arrived here and was no packet.
    board_damaged, board_refused : int
        Packets that the board dropped: no packets, or out of place.
    """

    seconds: float = 0.0
    resent: int = 0
    restarts: int = 0
    damaged: int = 0
    board_damaged: int = 0
    board_refused: int = 0


class Host:
    """Talks to a board.

    Parameters
    ----------
    port : Port
    patience : float
        Seconds without one good answer after which the board is given up.
    """

    def __init__(self, port: Port, *, patience: float = 5.0) -> None:
        self.traffic = Traffic()
        self._port, self._patience = port, patience
        self._deframer = Deframer()
        self._session, self._room = 0, 0
        self._heard = time.monotonic()

    def identify(self) -> Identity:
        """What the board says of itself.  Raises `LinkError` if it does not answer, or not as it should."""
        answer = self._ask(Kind.IDENTIFY)
        try:
            found = Identity.from_bytes(answer.payload)
        except (TypeError, ValueError) as error:
            raise LinkError(str(error)) from error
        # Bytes past the payload, the checksum, need a place in the board's buffer too.
        self._room = (1 << answer.words[0]) - CRC_BYTES
        if self._room < PAYLOAD:
            raise LinkError(f"the board's buffer must hold {PAYLOAD} bytes, not 2**{answer.words[0]}")
        self._session = answer.session
        return found

    def counts(self) -> tuple[int, int]:
        """Packets that the board has dropped since it was switched on, modulo 2**16: damaged, refused."""
        damaged, refused, _ = self._ask(Kind.STATUS).words
        return damaged, refused

    def cycles(self) -> int:
        """Cycles from the last value in to the last result out, of the first frame of the last `run`.

        0 where results do not wait for it, 65,535 for that and more.  Of a network only; 0 for a layer.
        """
        return self._ask(Kind.STATUS).words[2]

    def run(self, design: Held, x: npt.ArrayLike,
            progress: Callable[[float], None] | None = None) -> Iterator[npt.NDArray[np.int64]]:
        """Send frames and yield the results of each, as they arrive.

        Parameters
        ----------
        design : Design or Outline
            What the board holds, as `identify` says.
        x : (N, H, W, C) or (H, W, C) integers
        progress : callable, optional
            Called with the number of frames whose results have arrived, with fractions.

        Yields
        ------
        (Ho, Wo, O) int64, N times

        Raises
        ------
        TypeError, ValueError
            for frames that are none of the layer, or of the network
        LinkError
            if the board does not answer
        PortError
            if the port goes away
        """
        frames = design.check_input(x)
        size = value_bytes(design.output_type) * int(np.prod(design.output_shape))
        before, start = self.counts(), time.monotonic()
        done = 0
        while done < len(frames):
            self._begin()
            first, results = done, bytearray()
            try:
                values = pack(frames[first:], design.input_type)
                for _ in self._transfer(values, results, (len(frames) - first) * size):
                    if progress:
                        progress(first + len(results) / size)
                    for number in range(done - first, len(results) // size):
                        done += 1
                        yield results_of(design, bytes(results[number * size:(number + 1) * size]))
            except _Restarted:
                self.traffic.restarts += 1
                if self.traffic.restarts > _RESTARTS:
                    raise LinkError(f"the board has started anew {self.traffic.restarts} times") from None
        self.traffic.seconds += time.monotonic() - start
        late = self.counts()
        self.traffic.board_damaged += distance(late[0], before[0])
        self.traffic.board_refused += distance(late[1], before[1])
        self.traffic.damaged = self._deframer.damaged

    # Packets ------------------------------------------------------------------------------------

    def _send(self, request: Request) -> None:
        self._port.send(frame(request.to_bytes()))

    def _answers(self, wait: float) -> Iterator[Answer]:
        """Good answers that have arrived, or arrive within `wait` seconds."""
        for packet in self._deframer.feed(self._port.receive(wait)):
            try:
                answer = Answer.from_bytes(packet)
            except ValueError:  # our own packet, from a line that echoes; a later version
                self._deframer.damaged += 1
                continue
            self._heard = time.monotonic()
            yield answer

    def _check_patience(self) -> None:
        silence = time.monotonic() - self._heard
        if silence > self._patience:
            raise LinkError(f"no answer for {silence:.0f} seconds: is the bitstream loaded, the rate right, "
                            "and nothing between board and port?")

    def _ask(self, kind: Kind) -> Answer:
        """Send a request until an answer of its kind comes."""
        self._heard = time.monotonic()
        while True:
            self._send(Request(kind, self._session))
            until = time.monotonic() + _FIRST_WAIT
            while (left := until - time.monotonic()) > 0:
                for answer in self._answers(left):
                    if answer.kind == kind:
                        return answer
            self._check_patience()

    def _begin(self) -> None:
        """Begin a session: both streams and the datapath are empty afterwards."""
        self._heard = time.monotonic()
        while True:
            # A new one each time: a RESET that is only late must not empty the streams once more.
            self._session = self._session % 255 + 1
            self._send(Request(Kind.RESET, self._session))
            until = time.monotonic() + _FIRST_WAIT
            while (left := until - time.monotonic()) > 0:
                for answer in self._answers(left):
                    if answer.kind == Kind.DATA and answer.session == self._session:
                        return
            self._check_patience()

    # Streams ------------------------------------------------------------------------------------

    def _transfer(self, values: bytes, results: bytearray, expected: int) -> Iterator[None]:
        """Send `values` while `results` grows to `expected` bytes; yields whenever it has grown."""
        accepted = taken = following = acknowledged = 0  # positions: last said by the board, next to send
        under_way: deque[tuple[int, float]] = deque()  # where packets end, and when they were sent
        longest = min(_LONGEST_WAIT, self._patience / 4)
        wait, asked = longest, -1
        self._heard = last = advanced = time.monotonic()
        while len(results) < expected:
            while following < len(values):
                piece = values[following:following + PAYLOAD]
                if following + len(piece) - taken > self._room:
                    break
                self._send(Request(Kind.DATA, self._session, following, len(results), piece))
                following += len(piece)
                acknowledged = len(results)
                under_way.append((following, time.monotonic()))
            if len(results) - acknowledged >= PAYLOAD:
                self._send(Request(Kind.DATA, self._session, following, len(results)))
                acknowledged = len(results)

            grown = moved = False
            for answer in self._answers(wait / 4):
                if answer.session != self._session:
                    raise _Restarted  # nothing from before this session can come after its first answer
                if answer.kind != Kind.DATA:
                    continue
                got, consumed, at = answer.words
                step = distance(got, accepted)
                if step <= following - accepted:
                    moved |= step > 0
                    accepted += step
                step = distance(consumed, taken)
                if step <= accepted - taken:
                    moved |= step > 0
                    taken += step
                known = distance(len(results), at)
                if known <= len(answer.payload):
                    fresh = answer.payload[known:known + expected - len(results)]
                    results += fresh
                    grown |= len(fresh) > 0
                elif known > MASK // 2 and asked != len(results):
                    asked = len(results)  # something before it is missing; once is enough to say so
                    self.traffic.resent += 1
                    self._send(Request(Kind.RESEND, self._session, following, asked))
            now = time.monotonic()
            while under_way and under_way[0][0] <= accepted:
                # As TCP does: twice the usual time, of packets that were sent once.
                wait = min(longest, max(_LEAST_WAIT, wait / 2, 2 * (now - under_way.popleft()[1])))
            if grown or moved:
                last = advanced = now
                if grown:
                    yield
            elif now - last > wait:
                self._check_patience()
                if now - advanced > _STUCK * self._patience:
                    raise LinkError("the board answers, but nothing has moved for "
                                    f"{now - advanced:.0f} seconds")
                # Values were lost, or results, or the answer that would say so: send values again, and ask.
                # Values that did arrive are refused; the answer's position shows whether results are missing.
                self.traffic.resent += following > accepted
                following, asked = accepted, -1
                under_way.clear()
                self._send(Request(Kind.DATA, self._session, following, len(results)))
                last, wait = now, min(longest, 2 * wait)
