"""A board in plain Python: what the hardware in `windrow_hdl.boards` should do, without its clocks."""

import random
import time
from collections.abc import Callable

import numpy as np

import windrow as wr
from windrow.board.link import CRC_BYTES, MASK, PAYLOAD, Answer, Deframer, Kind, Request, distance, frame
from windrow.board.wire import Identity, pack, unpack, value_bytes

Fault = Callable[[bytes], bytes]


def clean(data: bytes) -> bytes:
    return data


class ReferenceBoard:
    """A `windrow.port.Port` with a board behind it; `to_board` and `to_host` may damage what passes."""

    def __init__(self, design: wr.Design, weights: np.ndarray, *, bits: int = 10, to_board: Fault = clean,
                 to_host: Fault = clean) -> None:
        self.design, self.weights, self.bits = design, weights, bits
        self.to_board, self.to_host = to_board, to_host
        self.identity = Identity.of(design, design.layer.check_weights(weights), None).to_bytes()
        self.refused, self.sent = 0, 0
        self.switch_on()

    def switch_on(self) -> None:
        self.deframer, self.session, self.line = Deframer(), 0, bytearray()
        self.restart()

    def restart(self) -> None:
        self.values, self.results = bytearray(), bytearray()
        self.taken = self.base = self.cursor = 0
        self.align = False

    # The port -----------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        for packet in self.deframer.feed(self.to_board(data)):
            self.sent += 1
            if len(packet) < 6:
                self.deframer.damaged += 1
            else:
                self.act(packet)
            self.compute()
            while self.kept() - self.cursor >= PAYLOAD:
                self.answer()

    def receive(self, wait: float) -> bytes:
        if not self.line:
            time.sleep(min(wait, 0.002))
        data, self.line = bytes(self.line), bytearray()
        return data

    # The board ----------------------------------------------------------------------------------

    def act(self, packet: bytes) -> None:
        if packet[0] not in set(Kind):
            self.refused += 1
            return
        request = Request.from_bytes(packet)
        if request.kind == Kind.IDENTIFY:
            self.put(Answer(Kind.IDENTIFY, self.session, (self.bits, self.bits, 0), self.identity))
        elif request.kind == Kind.STATUS:
            self.put(Answer(Kind.STATUS, self.session, (self.deframer.damaged, self.refused, 0)))
        elif request.kind == Kind.RESET:
            self.session = request.session
            self.restart()
            self.answer()
        else:
            self.data(request)
            self.answer()

    def data(self, request: Request) -> None:
        if request.session != self.session:
            self.refused += 1
            return
        if distance(request.ack, self.base & MASK) <= self.kept() - self.base:
            self.base += distance(request.ack, self.base & MASK)
        if request.kind == Kind.RESEND or self.cursor < self.base:
            self.cursor = self.base
        room = (1 << self.bits) - CRC_BYTES - (len(self.values) - self.taken)
        if request.payload and (request.at != len(self.values) & MASK or len(request.payload) > room):
            self.refused += 1
        else:
            self.values += request.payload

    def kept(self) -> int:
        """Results that had a place in the buffer."""
        return min(len(self.results), self.base + (1 << self.bits) - 4)

    def compute(self) -> None:
        """Whole frames only; the last one is taken byte by byte, as far as there is room for its results."""
        layer = self.design.layer
        size = int(np.prod(layer.input_shape)) * value_bytes(layer.input_type)
        room = self.kept() == len(self.results)
        done = len(self.results) // (int(np.prod(layer.output_shape)) * value_bytes(layer.accumulator_type))
        while room and len(self.values) >= (done + 1) * size:
            x = unpack(bytes(self.values[done * size:(done + 1) * size]), layer.input_type)
            y = layer.golden(x.reshape(layer.input_shape), self.weights)
            self.results += pack(y, layer.accumulator_type)
            done += 1
            room = self.kept() == len(self.results)
        if room:
            self.taken = len(self.values)

    def answer(self) -> None:
        self.compute()
        ready = bytes(self.results[self.cursor:min(self.kept(), self.cursor + PAYLOAD)])
        words = (len(self.values) & MASK, self.taken & MASK, self.cursor & MASK)
        self.cursor += len(ready)
        self.put(Answer(Kind.DATA, self.session, words, ready))

    def put(self, answer: Answer) -> None:
        self.line += self.to_host(frame(answer.to_bytes()))


class Noise:
    """Damages a stream: each byte may be changed, dropped, or followed by another, with this probability."""

    def __init__(self, rate: float, seed: int) -> None:
        self.rate, self.random, self.hits = rate, random.Random(seed), 0

    def __call__(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self.random.random() >= self.rate:
                out.append(byte)
                continue
            self.hits += 1
            what = self.random.randrange(3)
            if what == 0:
                out.append(byte ^ 1 << self.random.randrange(8))
            elif what == 1:
                out += bytes([byte, self.random.choice((0x7E, 0x7D, self.random.randrange(256)))])
        return bytes(out)
