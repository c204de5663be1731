"""simulate_video: any beats with `tuser` and `tlast` through the AXI top of a design or a pipeline.

    VideoStream ─▶ VideoPorts: AxiConvolution(video=True) between two streams ─▶ VideoRun ─▶ check
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.timing.stalls import Stalls, StallsLike
from windrow.values.numerics import check_kind
from windrow_hdl.axi.bus import data_bits
from windrow_hdl.axi.wrapper import AxiConvolution
from windrow_hdl.network import check_none
from windrow_hdl.verilog.writer import to_rtlil
from windrow_sim.engines import amaranth, verilator
from windrow_sim.runs.run import Mismatch, Recording
from windrow_sim.simulation import expected_cycles
from windrow_sim.streams.stimulus import Stimulus, pack, unpack, words
from windrow_sim.streams.video import Mended, VideoStream, mended

__all__ = ["VideoPorts", "VideoRun", "simulate_video"]

ENGINES = ("amaranth", "verilator")
"""Legal values of `engine`."""


class VideoPorts(wiring.Component):
    """The AXI top with the marks of video in the payload of plain streams, above the data.

    i: tdata, tlast, tuser;  o: tdata, tlast, tuser, tkeep
    """

    def __init__(
        self, design: Design | Pipeline, weights: Any = None, bias: Any = None, **options: Any
    ) -> None:
        self.axi: Any = AxiConvolution(design, weights, bias, tkeep=True, video=True, **options)
        sent, got = self.axi.s_axis, self.axi.m_axis
        super().__init__({
            "i": In(stream.Signature(unsigned(len(sent.tdata) + 2))),
            "o": Out(stream.Signature(unsigned(len(got.tdata) + len(got.tkeep) + 2))),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.axi = self.axi
        sent, got = self.axi.s_axis, self.axi.m_axis
        ports: Any = self  # named by the signature, which no checker can know
        m.d.comb += [
            Cat(sent.tdata, sent.tlast, sent.tuser).eq(ports.i.payload),
            sent.tvalid.eq(ports.i.valid),
            ports.i.ready.eq(sent.tready),
            ports.o.payload.eq(Cat(got.tdata, got.tlast, got.tuser, got.tkeep)),
            ports.o.valid.eq(got.tvalid),
            got.tready.eq(ports.o.ready),
        ]
        return m


@dataclass(frozen=True, eq=False)
class VideoRun:
    """What came out of the AXI top, beat by beat.

    output: (N, Ho, Wo, O);  cycles: (beats,) in which each was taken; in cycle 1 the input opens
    user, last: (beats,) the marks;  keep: (beats, bytes)
    meant: the frames that went into the datapath, and what was wrong with them
    """

    design: Design | Pipeline
    constants: tuple[Any, ...]
    stream: VideoStream
    meant: Mended
    output: npt.NDArray[np.int64]
    cycles: npt.NDArray[np.int64]
    user: npt.NDArray[np.bool_]
    last: npt.NDArray[np.bool_]
    keep: npt.NDArray[np.bool_]
    stalls: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]

    def check(self) -> VideoRun:
        """Raise Mismatch for a wrong value or mark and, where the stream was right, for a wrong cycle."""
        design = self.design
        expected = design.golden(self.meant.pixels(self.stream, design), *self.constants)
        wrong = np.argwhere(self.output != expected)
        if len(wrong):
            at = tuple(wrong[0].tolist())
            raise Mismatch(f"output {at} (frame, row, column, channel) is {self.output[at]}, "
                           f"not {expected[at]}; {len(wrong)} differ")
        place = np.arange(len(self.cycles))
        row = design.output_beats // design.output_shape[0]
        self._same("tuser", self.user, place % design.output_beats == 0)
        self._same("tlast", self.last, (place + 1) % row == 0)
        kept = np.full(len(place), self.keep.shape[1])
        pixels = design.output_shape[1] % design.output_pixels
        if pixels:  # a row's last beat is filled in part
            kept[row - 1 :: row] = -(-pixels * design.pe * design.output_type.bits // 8)
        self._same("tkeep", self.keep, np.arange(self.keep.shape[1]) < kept[:, None])
        if not self.meant.counts.torn_frames and not self.meant.counts.late_tuser:
            timing = design.timing(len(expected), input_stall=self.stalls[0], output_stall=self.stalls[1])
            self._same("the cycle", self.cycles - 1, timing.output_cycles.ravel())
        return self

    @staticmethod
    def _same(what: str, found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
        wrong = np.argwhere(found != expected)
        if len(wrong):
            at = tuple(wrong[0].tolist())
            raise Mismatch(f"{what} of output beat {at[0]} is {found[at]}, not {expected[at]}")


def simulate_video(
    design: Design | Pipeline,
    video: VideoStream,
    weights: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    engine: str = "verilator",
    input_stall: StallsLike = None,
    output_stall: StallsLike = None,
    observe: Callable[[Any, VideoPorts], Coroutine[Any, Any, None]] | None = None,
) -> VideoRun:
    """Send the beats of `video`, right or wrong, through the AXI top of `design`.

    Parameters
    ----------
    video : VideoStream
        Its last frame must be whole: one that is not waits for the next.
    engine : str
        "verilator" or "amaranth".
    input_stall, output_stall
        As for `windrow.simulate`, in cycles of the AXI ports.
    observe : async function of a simulator context and the component, optional
        With engine "amaranth", a testbench that only looks.

    Raises
    ------
    TypeError, ValueError
        for another engine, a last frame that is not whole, an `observe` that would see nothing, and as
        `windrow.simulate` does
    Hang, Mismatch
        if the hardware stops moving, or sends more than it should
    """
    check_kind(design, (Design, Pipeline), "design")
    check_kind(video, VideoStream, "video")
    if engine not in ENGINES:
        raise ValueError(f"engine must be {' or '.join(map(repr, ENGINES))}, not {engine!r}")
    if observe is not None and engine != "amaranth":
        raise ValueError(f"observe must be left out with engine {engine!r}, not be {observe!r}")
    rows, row_beats = design.input_shape[0], design.input_beats // design.input_shape[0]
    meant = mended(video, rows, row_beats)
    if meant.waits or not len(meant.frames):
        raise ValueError("the last frame of the video must be whole: another would have to follow")
    constants: tuple[Any, ...] = ()
    if isinstance(design, Pipeline):
        check_none(weights, bias)
    else:
        constants = design.layer.check_parameters(weights, bias)
    stimulus = _stimulus(design, video, len(meant.frames), input_stall, output_stall)
    if engine == "amaranth":
        dut = VideoPorts(design, *constants)

        async def look(ctx: Any) -> None:
            if observe is not None:
                await observe(ctx, dut)

        recorded = amaranth.run(dut, stimulus, observe=look)
    else:
        quick = expected_cycles(design, len(meant.frames)) < verilator.SHORT
        recorded = verilator.run(to_rtlil(design, *constants, component=VideoPorts), stimulus, quick=quick)
    return _run(design, constants, video, meant, stimulus, recorded)


def _stimulus(design: Design | Pipeline, video: VideoStream, frames: int, input_stall: StallsLike,
              output_stall: StallsLike) -> Stimulus:
    in_bits, out_bits = data_bits(design.beat_bits), data_bits(design.output_bits)
    marks = np.stack([video.last, video.user], axis=1)
    stalls = Stalls.of(input_stall, "input_stall"), Stalls.of(output_stall, "output_stall")
    patterns = [np.append(one.head, one.period) for one in stalls]
    return Stimulus(
        beats=_beside(video.beats, in_bits, marks), input_beats=len(video),
        output_beats=frames * design.output_beats,
        input_bits=in_bits + 2, output_bits=out_bits + out_bits // 8 + 2,
        input_stall=patterns[0], output_stall=patterns[1],
        patience=4096 + design.silence + 4 * sum(map(len, patterns)),
        input_head=len(stalls[0].head), output_head=len(stalls[1].head),
    )


def _beside(beats: npt.NDArray[np.uint32], bits: int, marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """Beats with marks from bit `bits` on."""
    wide = np.zeros((len(beats), words(bits + marks.shape[1])), np.uint32)
    wide[:, : beats.shape[1]] = beats
    for number, mark in enumerate(marks.T, bits):
        wide[:, number // 32] |= mark.astype(np.uint32) << np.uint32(number % 32)
    return wide


def _run(design: Design | Pipeline, constants: tuple[Any, ...], video: VideoStream, meant: Mended,
         stimulus: Stimulus, recorded: Recording) -> VideoRun:
    kind, fields = design.output_type, design.output_pixels * design.pe
    bits = unpack(recorded.beats, stimulus.output_bits, 1, signed=False).astype(np.bool_)
    data = data_bits(design.output_bits)
    payload = pack(bits[:, : fields * kind.bits].astype(np.int64), 1)
    values = unpack(payload, fields, kind.bits, kind.signed)
    height, width, channels = design.output_shape
    cycles = int(recorded.cycles.max(initial=0)) + 2
    coming = np.fromiter(islice(stimulus.input_stalls(), cycles), np.bool_)
    leaving = np.fromiter(islice(stimulus.output_stalls(), cycles), np.bool_)
    # In cycle 0 the input is closed: what is offered then is still there in cycle 1.
    coming[1] &= coming[0]
    return VideoRun(
        design, constants, video, meant,
        output=values.reshape(len(meant.frames), height, -1, channels)[:, :, :width],
        cycles=recorded.cycles, last=bits[:, data], user=bits[:, data + 1], keep=bits[:, data + 2 :],
        stalls=(np.append(coming[1:], False), np.append(leaving[1:], False)),
    )


