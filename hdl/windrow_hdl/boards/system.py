"""System: a complete accelerator behind two wires, the same in a bitstream and in a simulator.

    rx ─▶ UartReceiver ─▶ Deframer ─▶ RequestReader
                             │             │ keep, drop
                             └─▶ ValueBuffer ─▶ BytesToBeats ─▶ datapath ─▶ BeatsToBytes ─▶ ResultBuffer
                                                                                                 │
    tx ◀─ UartTransmitter ◀─ Framer ◀─ AnswerWriter ◀────────────────────────────────────────────┘

The datapath is that of a layer or of a whole network. What lies between the buffers, and the buffers
themselves, are reset by the host when it begins a session.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.board.link import PAYLOAD
from windrow.board.wire import Identity
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.stage.pixels import one_pixel
from windrow.values.numerics import as_int, check_kind
from windrow_hdl.boards.answers import AnswerWriter
from windrow_hdl.boards.beats import BeatsToBytes, BytesToBeats
from windrow_hdl.boards.buffers import ResultBuffer, ValueBuffer
from windrow_hdl.boards.cycle_count import CycleCount
from windrow_hdl.boards.framing import Deframer, Framer
from windrow_hdl.boards.requests import RequestReader
from windrow_hdl.boards.uart import LEAST_DIVISOR, UartReceiver, UartTransmitter
from windrow_hdl.network import hardware_of
from windrow_hdl.stage import Stage

_BLINK_BITS = 22  # cycles that a light stays on, log2: some hundredth of a second


def check_held(design: object) -> None:
    """TypeError or ValueError for what no board can hold."""
    check_kind(design, (Design, Pipeline), "design")
    assert isinstance(design, (Design, Pipeline))
    if design.runtime is not None:
        raise ValueError(f"design must have no runtime for a board, whose system programs nothing, "
                         f"not {design.runtime!r}")
    one_pixel(design.pixels, "a board")


class System(wiring.Component):
    """The datapath of `design` with constant `weights` and `bias`, and all between it and a UART.

    rx, tx: the wires, from and to the pins
    activity: a packet has come in;  error: one was dropped, or refused

    weights, bias: of a layer; a pipeline has its own
    divisor: clocks of a bit on the line;  buffer_bits: log2 of the bytes in each of the two buffers
    technology, dsp: as of `hardware_of`
    Raises TypeError or ValueError as that does, and for a divisor or a buffer that is too small.
    """

    def __init__(
        self,
        design: Design | Pipeline,
        weights: npt.ArrayLike | None = None,
        bias: npt.ArrayLike | None = None,
        *,
        divisor: int,
        buffer_bits: int = 11,
        technology: str = "generic",
        dsp: bool = True,
    ) -> None:
        check_held(design)
        self.design = design
        self.divisor = as_int(divisor, "divisor", LEAST_DIVISOR)
        self.buffer_bits = as_int(buffer_bits, "buffer_bits", (2 * PAYLOAD - 1).bit_length())
        options: dict[str, Any] = {"technology": technology, "dsp": dsp, "restarts": True}
        self.datapath = hardware_of(design, weights, bias, **options)
        self.constants = self.datapath.parameters if isinstance(self.datapath, Stage) else (None, None)
        self.identity = Identity.of(design, *self.constants)
        super().__init__({"rx": In(1), "tx": Out(1), "activity": Out(1), "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        design, datapath = self.design, self.datapath
        receiver, transmitter = UartReceiver(self.divisor), UartTransmitter(self.divisor)
        deframer, framer = Deframer(), Framer()
        requests = RequestReader()
        answers = AnswerWriter(self.identity.to_bytes(), self.buffer_bits, self.buffer_bits)
        restart = Signal()
        again = ResetInserter(restart)
        values, results = ValueBuffer(self.buffer_bits), ResultBuffer(self.buffer_bits)
        to_beats = BytesToBeats(design.lanes, design.input_type.bits)
        to_bytes = BeatsToBytes(design.pe, design.output_type.bits)
        m.submodules.uart_receiver, m.submodules.uart_transmitter = receiver, transmitter
        m.submodules.deframer, m.submodules.framer = deframer, framer
        m.submodules.request_reader, m.submodules.answer_writer = requests, answers
        m.submodules.value_buffer, m.submodules.result_buffer = again(values), again(results)
        m.submodules.bytes_to_beats, m.submodules.beats_to_bytes = again(to_beats), again(to_bytes)
        m.submodules.datapath = datapath
        wiring.connect(m, values.o, to_beats.i)
        wiring.connect(m, to_beats.o, datapath.i)
        wiring.connect(m, datapath.o, to_bytes.i)
        wiring.connect(m, to_bytes.o, results.i)
        wiring.connect(m, answers.o, framer.i)
        wiring.connect(m, framer.o, transmitter.i)
        if isinstance(design, Pipeline):
            m.submodules.cycle_count = count = again(CycleCount(design.input_beats, design.output_beats))
            m.d.comb += [
                count.i.eq(datapath.i.valid & datapath.i.ready),
                count.o.eq(datapath.o.valid & datapath.o.ready),
                answers.cycles.eq(count.cycles),
            ]
        m.d.sync += restart.eq(requests.restart)
        m.d.comb += [
            datapath.restart.eq(restart),
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            deframer.i_data.eq(receiver.data),
            deframer.i_strobe.eq(receiver.strobe),
            deframer.i_fault.eq(receiver.fault),
            *_wires(deframer, requests, "data", "strobe", "end", "good"),
            values.data.eq(deframer.data),
            *_wires(requests, values, "value", "keep", "drop", "at"),
            *_wires(values, requests, "whole", "several", "fits", "in_order"),
            *_wires(requests, results, "ack", "acknowledge", "resend"),
            *_wires(requests, answers, "answer", "identify", "status", "session", "damaged", "refused"),
            *_wires(values, answers, "got", "taken"),
            *_wires(answers, results, "align", "advance", "length", "address"),
            *_wires(results, answers, "cursor", "ready", "full", "data"),
        ]
        for name, cause in (("activity", requests.answer), ("error", requests.bad)):
            left = Signal(_BLINK_BITS, name=f"{name}_left")
            with m.If(cause):
                m.d.sync += left.eq(-1)
            with m.Elif(left != 0):
                m.d.sync += left.eq(left - 1)
            m.d.sync += getattr(self, name).eq(left != 0)
        return m


def _wires(source: object, sink: object, *names: str) -> list:
    """Connect ports of the same name."""
    return [getattr(sink, name).eq(getattr(source, name)) for name in names]
