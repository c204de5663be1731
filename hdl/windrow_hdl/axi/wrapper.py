"""AxiConvolution: a stage or a whole pipeline between AXI4-Stream ports, with registers behind AXI4-Lite.

    s_axis ─▶ FrameEntry ─▶  datapath   ─▶ FrameExit ─▶ m_axis
                  │  ▲                         │
                  ▼  │ ignore_tlast            ▼
    s_axi ◀──────▶ RegisterBank ◀──── events, one cycle later

With `video` it is VideoEntry and VideoExit. The wrapper adds no cycle: beats move when those of the bare
datapath would.
"""

from __future__ import annotations

from typing import TypeGuard

import numpy.typing as npt
from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.blocks import Blocks
from windrow.stage.design import Design
from windrow.values.numerics import as_flag
from windrow_hdl.axi.bus import axi_lite, axi_stream, data_bits
from windrow_hdl.axi.frame_ends import FrameEnds, RowEnds, RuntimeFrameEnds
from windrow_hdl.axi.frames import FrameEntry, FrameExit
from windrow_hdl.axi.register_bank import RegisterBank
from windrow_hdl.axi.register_map import register_map
from windrow_hdl.axi.settings import FIELD_REGISTERS, Applier, Loader
from windrow_hdl.axi.video_frames import VideoEntry, VideoExit, kept_bytes
from windrow_hdl.network import PipelineHardware, hardware_of
from windrow_hdl.stage import Stage
from windrow_hdl.walking import Programmed

Entry = FrameEntry | VideoEntry
Exit = FrameExit | VideoExit


class AxiConvolution(wiring.Component):
    """Hardware of `design` with `weights` (O, kh, kw, I) and `bias` (O,), or of a pipeline, behind AXI.

    s_axis: pixels, a beat as the datapath has it in the low bits of tdata, tlast with a frame's last beat
    m_axis: results, likewise; the bits above repeat the highest result's sign
    s_axi: registers, see `register_map`

    tdata: "bytes" or "power-of-two", what `tdata` is padded to
    tkeep: whether the streams have it; that of s_axis is not looked at, that of m_axis is all ones
    video: tuser with a frame's first beat and tlast with a row's last, on both streams; with tkeep, the last
    beat of a row says which of its bytes hold pixels

    `technology`, `dsp` and errors as for `Convolution`.
    """

    def __init__(
        self,
        design: Design | Pipeline,
        weights: npt.ArrayLike | None = None,
        bias: npt.ArrayLike | None = None,
        *,
        technology: str = "generic",
        dsp: bool | Blocks = True,
        tdata: str = "bytes",
        tkeep: bool = False,
        video: bool = False,
    ) -> None:
        self.tkeep, self.video = as_flag(tkeep, "tkeep"), as_flag(video, "video")
        self.core = hardware_of(design, weights, bias, technology=technology, dsp=dsp, restarts=True)
        self.design = design
        self.registers = register_map(design, video=video)
        marks = {"tkeep": tkeep, "tuser": video}
        super().__init__({
            "s_axis": In(axi_stream(data_bits(len(self.core.i.payload), tdata), **marks)),
            "m_axis": Out(axi_stream(data_bits(len(self.core.o.payload), tdata), **marks)),
            "s_axi": In(axi_lite(self.registers.address_bits)),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        entry, leave = self._gates()
        m.submodules.registers = bank = RegisterBank(self.registers)
        reset = Signal()
        m.submodules.core = core
        m.submodules.entry = ResetInserter(reset)(entry)
        m.submodules.exit = ResetInserter(reset)(leave)
        wiring.connect(m, wiring.flipped(self.s_axis), entry.s)
        wiring.connect(m, entry.o, core.i)
        wiring.connect(m, core.o, leave.i)
        wiring.connect(m, leave.m, wiring.flipped(self.m_axis))
        wiring.connect(m, wiring.flipped(self.s_axi), bank.s_axi)
        m.d.comb += core.restart.eq(reset)
        self._ends(m, entry, leave, reset)
        if _programmed(core):
            self._program(m, core, bank, reset)
        m.d.comb += [entry.ignore_tlast.eq(bank.control_ignore_tlast), bank.clear.eq(bank.control_clear)]
        self._restart(m, entry, leave, bank, reset)
        self._busy(m, entry, leave, bank, reset)
        self._measure(m, entry, leave, bank)
        return m

    def _gates(self) -> tuple[Entry, Exit]:
        """Where frames come in, and where they leave."""
        design = self.design
        widths = [(len(self.core.i.payload), len(self.s_axis.tdata)),
                  (len(self.core.o.payload), len(self.m_axis.tdata))]
        signed = design.output_type.signed
        if not self.video:
            fill = design.zero_beat if isinstance(design, Pipeline) else 0
            return (FrameEntry(*widths[0], fill=fill, tkeep=self.tkeep),
                    FrameExit(*widths[1], signed=signed, tkeep=self.tkeep))
        return (VideoEntry(*widths[0], tkeep=self.tkeep),
                VideoExit(*widths[1], signed=signed, kept=kept_bytes(design, widths[1][1]), tkeep=self.tkeep))

    def _ends(self, m: Module, entry: Entry, leave: Exit, reset: Signal) -> None:
        """Which beats are the last of their rows and frames."""
        design, core = self.design, self.core
        for output, side in enumerate((entry, leave)):
            if _programmed(core):
                ends = RuntimeFrameEnds(core.design, output=bool(output))
                control = core.walking.control
                m.d.comb += [ends.geometry.eq(control.geometry), ends.restart.eq(control.restart)]
            else:
                beats = design.output_beats if output else design.input_beats
                rows = (design.output_shape if output else design.input_shape)[0]
                ends = RowEnds(beats // rows, rows) if self.video else FrameEnds(beats)
            m.submodules[("entry_ends", "exit_ends")[output]] = ResetInserter(reset)(ends)
            m.d.comb += [ends.advance.eq(side.moves), side.last.eq(ends.last)]
            if not isinstance(ends, FrameEnds) and not isinstance(side, (FrameEntry, FrameExit)):
                m.d.comb += side.row.eq(ends.row)

    def _program(self, m: Module, core: Stage, bank: RegisterBank, reset: Signal) -> None:
        """Settings and weights, from registers to the datapath."""
        names = {part: "_".join(filter(None, names)).lower() for part, names in FIELD_REGISTERS.items()}
        wanted = {part: getattr(bank, f"set_{name}") for part, name in names.items()}
        applier = Applier(core.design, {part: len(value) for part, value in wanted.items()})
        m.submodules.applier = applier
        wiring.connect(m, applier.settings, core.settings)
        m.d.comb += [
            *[getattr(applier, f"set_{part}").eq(value) for part, value in wanted.items()],
            *[getattr(bank, name).eq(applier.active[part]) for part, name in names.items()],
            applier.apply.eq(bank.control_apply),
            applier.accepted.eq(core.accepted),
            applier.denied.eq(core.refused),
            bank.status_pending.eq(applier.pending),
            bank.status_refused.eq(applier.refused),
        ]
        if "weights" in core.signature.members:
            loader = Loader(len(bank.weight))
            m.submodules.loader = ResetInserter(reset)(loader)
            wiring.connect(m, loader.weights, core.weights)
            m.d.comb += [
                loader.word.eq(bank.weight),
                loader.written.eq(bank.weight_written),
                bank.weight_full.eq(loader.full),
                bank.status_weight_full.eq(loader.full),
            ]

    def _restart(self, m: Module, entry: Entry, leave: Exit, bank: RegisterBank, reset: Signal) -> None:
        """Empty the datapath on demand, but never take back a beat that is on offer.

        After any reset the input opens a cycle later: until then nothing is taken.
        """
        resetting = Signal()
        m.d.comb += [
            entry.stop.eq(bank.control_reset | resetting),
            leave.hide.eq(reset),
            bank.status_resetting.eq(resetting),
        ]
        m.d.sync += reset.eq(0)
        with m.If(bank.control_reset):
            m.d.sync += resetting.eq(1)
        with m.Elif(resetting & (~self.m_axis.tvalid | self.m_axis.tready)):
            m.d.sync += [resetting.eq(0), reset.eq(1)]

    def _busy(self, m: Module, entry: Entry, leave: Exit, bank: RegisterBank, reset: Signal) -> None:
        """Count the frames that have begun and not left."""
        frames = Signal(range(_most_frames(self.design) + 1))
        with m.If(reset):
            m.d.sync += frames.eq(0)
        with m.Else():
            m.d.sync += frames.eq(frames + entry.first - leave.frame)
        m.d.sync += bank.status_busy.eq(frames.any() | entry.inside)

    def _measure(self, m: Module, entry: Entry, leave: Exit, bank: RegisterBank) -> None:
        """Events reach counters and flags through a register each: the datapath's clock owes them nothing."""
        source, sink = self.s_axis, self.m_axis
        m.d.comb += bank.cycles.eq(1)
        m.d.sync += [
            bank.frames_in.eq(entry.frame),
            bank.frames_out.eq(leave.frame),
            bank.early_tlast.eq(entry.early),
            bank.late_tlast.eq(entry.late),
            bank.padded_beats.eq(entry.padded),
            bank.dropped_beats.eq(entry.dropped),
            bank.input_stalls.eq(source.tvalid & ~source.tready),
            bank.output_stalls.eq(sink.tvalid & ~sink.tready),
        ]
        m.d.comb += [
            bank.status_early.eq(bank.early_tlast),
            bank.status_late.eq(bank.late_tlast),
            bank.status_padding.eq(entry.padding),
            bank.status_dropping.eq(entry.dropping),
        ]
        if isinstance(entry, VideoEntry):
            self._measure_video(m, entry, bank)
        since = Signal.like(bank.last_interval, name="since")
        m.d.sync += since.eq(since + 1)
        with m.If(leave.frame):
            m.d.sync += [since.eq(1), bank.last_interval.eq(since)]

    @staticmethod
    def _measure_video(m: Module, entry: VideoEntry, bank: RegisterBank) -> None:
        """What only video has: frames cut off, beats between frames, and which frame was torn last."""
        m.d.sync += [
            bank.early_tuser.eq(entry.cut),
            bank.late_tuser.eq(entry.astray),
            bank.torn_frames.eq(entry.torn),
        ]
        m.d.comb += [
            bank.status_early_tuser.eq(bank.early_tuser),
            bank.status_late_tuser.eq(bank.late_tuser),
            bank.status_torn.eq(bank.torn_frames),
        ]
        frames = Signal.like(bank.last_torn, name="frames")  # as FRAMES_IN
        with m.If(bank.clear):
            m.d.sync += [frames.eq(0), bank.last_torn.eq(0)]
        with m.Elif(bank.frames_in):
            m.d.sync += frames.eq(frames + 1)
            with m.If(bank.torn_frames):
                m.d.sync += bank.last_torn.eq(frames + 1)


def _programmed(core: Stage | PipelineHardware) -> TypeGuard[Stage]:
    return isinstance(core, Stage) and isinstance(core.walking, Programmed)


def _most_frames(design: Design | JoinDesign | Pipeline) -> int:
    """Frames that have begun and not left: of each something is held until its last window is done."""
    if isinstance(design, Pipeline):
        stages = sum(_most_frames(each) for _, each in design.stages)
        return stages + sum(fifo.elements for fifo in design.fifos)
    if isinstance(design, JoinDesign):
        return design.credits
    return design.memories.frames_held + design.schedule.pipeline + 2 * design.schedule.credits + 8
