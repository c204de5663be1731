"""A design: how much hardware serves a layer, and every size that follows from it.

`lanes`, `pe` and `taps` say how many channels of a beat, filters and window positions are
multiplied in one cycle.  All else is derived here: the fold, the reader, the memories, the depth
of the pipeline.  Hardware, timing model and planner read these numbers and compute none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np

from windrow.operators.conv2d import Conv2d
from windrow.stage import programmable as setting
from windrow.stage.programmable import Runtime
from windrow.stage.summary import Summarised
from windrow.timing import memories as capacity
from windrow.timing.bounds import Bounds
from windrow.timing.depths import ARRIVE, GATHER_DEPTH, RETURN, STORE, STORE_DEPTH
from windrow.timing.folding import check_choice, divisors, legal_taps
from windrow.timing.stalls import StallsLike
from windrow.timing.timing import Timing, timing
from windrow.window import walks
from windrow.window.axis import Axis
from windrow.window.walk import Walk


@dataclass(frozen=True, init=False, repr=False)
class Design(Summarised):
    """Hardware for one layer: `lanes` channels, `pe` filters and `taps` window positions a cycle.

    `taps=None` multiplies the whole window at once.  Raises TypeError for a folding that is not an
    integer and ValueError, with the nearest legal values, for one that does not divide.

    With a `runtime`, size, stride, padding and maybe weights can be programmed; `layer` is what the
    hardware is set to after power-up, and `configured` gives the same hardware set to another one.
    """

    layer: Conv2d
    lanes: int
    pe: int
    taps: int
    runtime: Runtime | None
    power_up: Conv2d | None

    def __init__(
        self,
        layer: Conv2d,
        *,
        lanes: int = 1,
        pe: int = 1,
        taps: int | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        if not isinstance(layer, Conv2d):
            raise TypeError(f"layer must be a Conv2d, not {layer!r}")
        if layer.groups != 1:
            raise ValueError(
                f"groups={layer.groups} has no hardware yet; legal for a design: groups=1 "
                "(the golden model computes all)"
            )
        kh, kw = layer.kernel_size
        if taps is None:
            taps = kh * kw
        channels, filters = layer.in_channels, layer.out_channels
        lanes = check_choice("lanes", lanes, divisors(channels), f"divide the {channels} input channels")
        pe = check_choice("pe", pe, divisors(filters), f"divide the {filters} output channels")
        taps = check_choice(
            "taps",
            taps,
            legal_taps(layer.kernel_size),
            f"be in 1..{kh} or the least for its number of steps over the {kh}x{kw} window",
        )
        power_up = None if runtime is None else layer
        for name, value in (
            ("layer", layer), ("lanes", lanes), ("pe", pe), ("taps", taps), ("runtime", runtime),
            ("power_up", power_up),
        ):  # fmt: skip
            object.__setattr__(self, name, value)
        if runtime is not None:
            setting.check_hardware(self)
            setting.check_setting(self, layer)

    def __repr__(self) -> str:
        more = "" if self.runtime is None else f", runtime={self.runtime!r}"
        layer = self.power_up or self.layer
        text = f"Design({layer!r}, lanes={self.lanes}, pe={self.pe}, taps={self.taps}{more})"
        return text if layer == self.layer else f"{text}.configured({self.layer!r})"

    def __str__(self) -> str:
        return (
            f"lanes {self.lanes}, pe {self.pe}, taps {self.taps}: "
            f"{self.multipliers} multipliers, fold {self.fold}"
        )

    # Run-time settings -------------------------------------------------------------------------

    def configured(self, layer: Conv2d) -> Design:
        """The same hardware set to another size, stride and padding; ValueError names what is legal."""
        if not isinstance(layer, Conv2d):
            raise TypeError(f"layer must be a Conv2d, not {layer!r}")
        setting.check_setting(self, layer)
        design = self._fresh()
        object.__setattr__(design, "layer", layer)
        return design

    @property
    def hardware(self) -> Design:
        """The design as it is generated: of run-time hardware, with the setting after power-up."""
        return self if self.power_up in (None, self.layer) else self._fresh()

    def _fresh(self) -> Design:
        layer = self.power_up or self.layer
        return Design(layer, lanes=self.lanes, pe=self.pe, taps=self.taps, runtime=self.runtime)

    # Folding ------------------------------------------------------------------------------------

    @property
    def slices(self) -> int:
        """Beats per pixel, `S` of theory.md."""
        return self.layer.in_channels // self.lanes

    @property
    def filter_groups(self) -> int:
        """Output beats per window, `NG` of theory.md."""
        return self.layer.out_channels // self.pe

    @property
    def steps(self) -> int:
        """Cycles that the taps of one slice take."""
        kh, kw = self.layer.kernel_size
        return ceil(kh * kw / self.taps)

    @property
    def beat_steps(self) -> int:
        """Cycles per output beat."""
        return self.slices * self.steps

    @property
    def fold(self) -> int:
        """Cycles per window, `f` of theory.md."""
        return self.filter_groups * self.beat_steps

    @property
    def multipliers(self) -> int:
        return self.pe * self.taps * self.lanes

    # Geometry -----------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> Axis:
        return self._axis(0)

    @cached_property
    def columns(self) -> Axis:
        return self._axis(1)

    def _axis(self, axis: int) -> Axis:
        layer = self.layer
        return Axis(
            (layer.height, layer.width)[axis],
            layer.kernel_size[axis],
            layer.stride[axis],
            layer.dilation[axis],
            *layer.padding[axis],
            dense=self.runtime is not None,
        )

    @property
    def input_beats(self) -> int:
        """Beats per input frame, `T_in` of theory.md."""
        return self.layer.height * self.layer.width * self.slices

    @property
    def windows(self) -> int:
        """Windows per frame."""
        return self.rows.outputs * self.columns.outputs

    @property
    def row_beats(self) -> int:
        """Beats stored of one stored row; 0 where no window reads anything."""
        return self.columns.stored * self.slices if self.rows.stored else 0

    @property
    def frame_beats(self) -> int:
        """Beats stored of one frame."""
        return self.rows.stored * self.row_beats

    @cached_property
    def stored_beats(self) -> np.ndarray:
        """(frame_beats,) the input beat at which each stored beat arrives."""
        if not self.frame_beats:
            return np.zeros(0, np.int64)
        pixels = self.rows.positions[:, None] * self.layer.width + self.columns.positions
        beats = pixels[..., None] * self.slices + np.arange(self.slices)
        return beats.ravel()

    @property
    def starts_in_padding(self) -> bool:
        """Is the first window of a frame all padding?  It then waits for the frame's first pixel."""
        return not (self.rows.real[0] and self.columns.real[0])

    # Readers ------------------------------------------------------------------------------------

    @property
    def gathers(self) -> bool:
        """Does the array read the line buffer itself?"""
        return self.taps <= self.layer.kernel_size[0]

    @cached_property
    def shifts(self) -> bool:
        """Is the window a shift register of columns?  Where every cycle serves one, at most.

        Its columns must be evenly spaced, every window must have a pixel, and only the last window of
        a row may reach into padding, by a column: with two, a column of the next row could come
        between the shifts that complete them.
        """
        if self.runtime is not None:
            return not self.gathers  # nothing else is legal
        columns = self.columns
        last, beyond = columns.offsets[-1], columns.outputs * columns.advance
        return (
            self.fold == 1
            and not self.gathers
            and bool(self.rows.real.all() and columns.real.all())
            and len(columns.phases) == 1
            and self.trailing_shifts <= min(1, last, columns.stored - 1)
            and last + beyond >= columns.stored  # nothing is stored behind the last window
        )

    @property
    def stores(self) -> bool:
        """Does the array read through a column store?"""
        return not (self.gathers or self.shifts)

    @property
    def trailing_shifts(self) -> int:
        """Columns by which the last window of a row reaches into padding, as a shift register sees it."""
        axis = self.columns
        return max(0, (axis.outputs - 1) * axis.advance + axis.offsets[-1] - (axis.stored - 1))

    @cached_property
    def window_walk(self) -> Walk:
        """Windows over the stored beats of the line buffer."""
        return walks.over_beats(self)

    @cached_property
    def fetch_walk(self) -> Walk:
        """Column fetches over the stored beats: every stored beat of every row of windows, in order."""
        return walks.of_fetches(self)

    @cached_property
    def store_walk(self) -> Walk:
        """Windows over the columns of the column store, which sees each row of windows anew."""
        return walks.over_columns(self)

    # Memories -----------------------------------------------------------------------------------

    @cached_property
    def ring_rows(self) -> int:
        """Rows in the ring of the line buffer."""
        if self.runtime is not None:
            return setting.ring_rows(self.hardware)
        return capacity.ring_rows(self)

    @property
    def ring_beats(self) -> int:
        return self.ring_rows * self.row_beats

    @property
    def buffer_pixels(self) -> int:
        """Pixels that the line buffer holds."""
        return self.ring_rows * self.columns.stored

    @property
    def beat_bits(self) -> int:
        return self.lanes * self.layer.input_type.bits

    @cached_property
    def store_banks(self) -> int:
        """Banks of the column store: the fewest that hold every column of a window apart."""
        offsets = self.columns.offsets
        banks = len(offsets)
        while len({offset % banks for offset in offsets}) < len(offsets):
            banks += 1
        return banks

    @cached_property
    def store_depth(self) -> int:
        """Columns per bank, a power of two: two windows and the turn-around of its credits."""
        offsets = self.columns.offsets
        span = offsets[-1] - offsets[0] + 1
        turn = ceil((STORE + RETURN) / self.slices) * max(1, self.columns.advance)
        return 1 << (ceil((2 * span + turn) / self.store_banks) - 1).bit_length()

    @property
    def store_columns(self) -> int:
        """Columns that the column store holds."""
        return self.store_banks * self.store_depth

    @property
    def store_slice_bits(self) -> int:
        return (self.slices - 1).bit_length()

    @property
    def buffer_bits(self) -> int:
        """Bits of pixel memory in the hardware: line buffer, and column store where there is one."""
        if self.runtime is not None:
            return self.ring_rows * self.runtime.max_width * self.slices * self.beat_bits
        return max(1, self.ring_beats) * self.beat_bits + capacity.store_bits(self)

    @cached_property
    def started_frames(self) -> int:
        """Frames that may start ahead of their first window, where that is all padding."""
        return capacity.started_frames(self)

    # Time ---------------------------------------------------------------------------------------

    @property
    def tree_depth(self) -> int:
        """Levels of the adder tree."""
        return (self.taps * self.lanes - 1).bit_length()

    @property
    def pipeline(self) -> int:
        """Cycles from a window's last step for an output beat to that beat, `P` of theory.md."""
        return (STORE_DEPTH if self.stores else GATHER_DEPTH) + self.tree_depth

    @property
    def pipeline_latency(self) -> int:
        """`L` of theory.md: an ideal design's beats leave at `F_j + L`."""
        return self.pipeline + ARRIVE - 1 + (STORE if self.stores else 0)

    @property
    def credits(self) -> int:
        """Output beats that may be under way: enough that the loop never limits the rate."""
        return self.pipeline // self.beat_steps + 1

    @cached_property
    def ideal(self) -> bool:
        """Does beat `k` of window `j` leave at `F_j + L - (NG-1-k)*f/NG` in free flow?

        theory.md, "When the array is ideal": always for a gather reader, for the others when a row of
        windows takes at least as long as fetching its columns.
        """
        if self.runtime is not None and capacity.ring_rows(self) > self.ring_rows:
            return False
        return self.gathers or capacity.store_keeps_up(self)

    @cached_property
    def interval(self) -> int:
        """Cycles between frames in steady state, input and output never stalled."""
        if self.ideal:
            return max(self.input_beats, self.fold * self.windows)
        return timing(self, 4).steady_interval

    @cached_property
    def latency(self) -> int:
        """Cycles from the first input beat accepted to the first output beat offered."""
        return timing(self, 1, windows=1).latency

    @property
    def utilisation(self) -> float:
        """Share of multiplier cycles that do a MAC of the layer in steady state."""
        return self.layer.macs / (self.multipliers * self.interval)

    def timing(
        self, frames: int = 1, *, input_stall: StallsLike = None, output_stall: StallsLike = None
    ) -> Timing:
        """Exact cycle of every output beat of `frames` frames streamed back to back.

        `input_stall`, `output_stall`: `Stalls`, or booleans per cycle, repeated when they run out.
        """
        return timing(self, frames, input_stall, output_stall)

    def bounds(self) -> Bounds:
        """What no hardware of this size can beat (theory.md, "Lower bounds")."""
        return Bounds.of(self)

    def to_dict(self) -> dict[str, object]:
        """The promised JSON keys of a design."""
        runtime = {} if self.runtime is None else {"runtime": self.runtime.to_dict()}
        return {
            "lanes": self.lanes,
            "pe": self.pe,
            "taps": self.taps,
            "multipliers": self.multipliers,
            "fold": self.fold,
            "interval": self.interval,
            "latency": self.latency,
            "buffer_pixels": self.buffer_pixels,
            "buffer_bits": self.buffer_bits,
            "utilisation": self.utilisation,
            **runtime,
        }
