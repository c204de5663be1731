"""Design: an operator with a folding.  A facade: what people ask of hardware, answered by who knows.

    operator ─┬─▶ Schedule ─▶ Memories ─▶ timing        when, and how much is held (windrow.timing)
    folding ──┘
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from windrow.operators.operands import counted, operands_of
from windrow.operators.operator import Operator
from windrow.reductions.mirror import Mirror, mirror_of
from windrow.stage.abreast import Abreast
from windrow.stage.accumulating import Accumulating
from windrow.stage.ends import Ends
from windrow.stage.pixels import check_pixels, whole_beats
from windrow.stage.programmable import Runtime
from windrow.stage.spread import Spread
from windrow.stage.summary import Summarised
from windrow.timing.bounds import Bounds
from windrow.timing.folding import Fold, check_folding
from windrow.timing.group_law import group_interval, group_latency, group_timing
from windrow.timing.group_memories import GroupMemories
from windrow.timing.group_schedule import GroupSchedule
from windrow.timing.memories import Memories
from windrow.timing.schedule import Schedule
from windrow.timing.stalls import StallsLike
from windrow.timing.timing import Timing, interval, timing
from windrow.values.numerics import check_kind
from windrow.window.window import Window


@dataclass(frozen=True, init=False, repr=False)
class Design(Accumulating, Abreast, Spread, Summarised, Ends):
    """Hardware for one layer: `lanes` channels, `pe` filters and `taps` window positions a cycle.

    `taps=None` takes the whole window at once.  Of pools whose windows are apart, and of global ones, it is
    `taps=1`, which accumulates pixels as they arrive and stores none, as it does where no two windows end
    together.  `pe=None` is the least legal: one filter, or, where a beat brings the channels of several
    groups, all filters of these.  Raises TypeError for a folding that is not an integer and ValueError, with
    the nearest legal values, for one that does not divide; ValueError also for a border of which a window
    lacks a pixel (`windrow.window.borders`).

    With `pixels` above 1 a beat brings so many neighbours of a row, with all their channels, and an output
    beat holds `output_pixels` neighbours with all their filters.  Rows begin with a beat of their own; the
    last beat of a row is filled in part where they do not divide it.

    With a `runtime`, size, stride, padding and maybe weights can be programmed; `layer` is what the
    hardware is set to after power-up, and `configured` gives the same hardware set to another one.
    """

    layer: Operator
    lanes: int
    pe: int
    taps: int
    pixels: int
    runtime: Runtime | None
    power_up: Operator | None

    def __init__(
        self,
        layer: Operator,
        *,
        lanes: int | None = None,
        pe: int | None = None,
        taps: int | None = None,
        pixels: int = 1,
        runtime: Runtime | None = None,
    ) -> None:
        check_kind(layer, Operator, "layer")
        layer.window.check_sources()
        pixels = check_pixels(pixels)
        if pixels > 1:
            lanes, pe, taps = whole_beats(layer, pixels, lanes, pe, taps, runtime)
        elif taps is None and runtime is None and layer.window.disjoint and layer.accumulates(1):
            taps = 1
        lanes, pe, taps = check_folding(
            layer.in_channels, layer.out_channels, layer.groups, layer.window.kernel_size,
            1 if lanes is None else lanes, pe, taps, fixed_taps=layer.fixed_taps,
            gathers=layer.window.fractional,
        )  # fmt: skip
        power_up = None if runtime is None else layer
        self._set(layer=layer, lanes=lanes, pe=pe, taps=taps, pixels=pixels, runtime=runtime,
                  power_up=power_up)  # fmt: skip
        if runtime is not None:
            check_kind(runtime, Runtime, "runtime")
            runtime.check_hardware(layer, self.nest)
            runtime.check_setting(layer, layer, self.schedule.gathers)

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        more = "" if self.runtime is None else f", runtime={self.runtime!r}"
        layer = self.power_up or self.layer
        if self.pixels > 1:
            more = f", pixels={self.pixels}"
        text = f"Design({layer!r}, lanes={self.lanes}, pe={self.pe}, taps={self.taps}{more})"
        return text if layer == self.layer else f"{text}.configured({self.layer!r})"

    def __str__(self) -> str:
        pixels = f"pixels {self.pixels}, " if self.pixels > 1 else ""
        return (
            f"{pixels}lanes {self.lanes}, pe {self.pe}, taps {self.taps}: "
            f"{counted(self.multipliers, operands_of(self.layer))}, fold {self.fold}"
        )

    # Run-time settings -------------------------------------------------------------------------

    def configured(self, layer: Operator) -> Design:
        """The same hardware set to another size, stride and padding; ValueError names what is legal."""
        check_kind(layer, Operator, "layer")
        if self.runtime is None or self.power_up is None:
            raise ValueError(
                "a design without runtime=Runtime(...) cannot be configured; its layer is built in"
            )
        self.runtime.check_setting(self.power_up, layer, self.schedule.gathers)
        return self._set_to(layer)

    @property
    def hardware(self) -> Design:
        """The design as it is generated: of run-time hardware, with the setting after power-up."""
        return self if self.power_up in (None, self.layer) else self._set_to(self.power_up)

    @property
    def largest(self) -> Design:
        """The design with everything at its most: of run-time hardware, the largest image at stride 1."""
        if self.runtime is None or self.power_up is None:
            return self
        return self.configured(self.runtime.largest_setting(self.power_up))

    def _set_to(self, layer: Operator) -> Design:
        """The same hardware, whose checks have been made; nothing that was computed for another layer."""
        design = object.__new__(Design)
        design._set(layer=layer, lanes=self.lanes, pe=self.pe, taps=self.taps, pixels=self.pixels,
                    runtime=self.runtime, power_up=self.power_up)  # fmt: skip
        return design

    # What it is made of -------------------------------------------------------------------------

    @property
    def window(self) -> Window:
        """The geometry of the operator."""
        return self.layer.window

    @cached_property
    def nest(self) -> Fold:
        """The loops of one window."""
        layer = self.layer
        depth = layer.in_channels // layer.groups  # channels of a group
        groups = max(1, layer.in_channels // max(self.lanes, depth))
        return Fold(
            groups=groups,
            beats=layer.out_channels // groups // self.pe,
            slices=max(1, depth // self.lanes),
            steps=1 if self.accumulates else -(-layer.window.taps // self.taps),
            taps=self.taps,
        )

    @cached_property
    def schedule(self) -> Schedule:
        """All that time depends on."""
        delay = self.array_depth + self.layer.chain.delay(self.pe, self.beat_steps)
        if self.pixels > 1:
            return GroupSchedule(self.window, self.nest, delay, pixels=self.pixels)
        return Schedule(self.window, self.nest, delay, self.runtime is not None, self.accumulates)

    @property
    def shares_columns(self) -> bool:
        """Do columns come one by one to a reduction that always shares what they give?"""
        return self.layer.shares_columns and self.column_by_column

    @cached_property
    def column_by_column(self) -> bool:
        """May columns come one by one to the reduction?

        Not with several pixels a beat, and not where dilation or a narrow image make kernel columns mirror
        others in a way that is no `Mirror`.
        """
        if self.pixels > 1 or self.accumulates:
            return False
        if not Schedule(self.window, self.nest, 0, self.runtime is not None).shifts:
            return False
        return self.window.sources[1].plain or self.column_mirror is not None

    @cached_property
    def column_mirror(self) -> Mirror | None:
        """How kernel columns side by side mirror others; None where none does, or in another way."""
        columns, offsets = self.window.sources[1], self.window.axes[1].offsets
        if columns.plain or offsets[-1] - offsets[0] >= len(offsets):  # apart
            return None
        return mirror_of(self.window.mode, columns.cases)

    @property
    def column_places(self) -> list[int]:
        """Of every kernel column, how many stored columns it lies behind the first."""
        offsets = self.schedule.columns.offsets
        return [offset - offsets[0] for offset in offsets]

    @cached_property
    def memories(self) -> Memories:
        """What the hardware holds."""
        if isinstance(self.schedule, GroupSchedule):
            return GroupMemories(self.schedule)
        if self.runtime is None or self.power_up is None:
            return Memories(self.schedule)
        rows = self.runtime.ring_rows(self.power_up, self.nest, self.schedule.depth)
        return Memories(self.schedule, rows)

    @property
    def group_lanes(self) -> int:
        """Channels of a beat that one filter sees."""
        return min(self.lanes, self.layer.in_channels // self.layer.groups)

    @property
    def beat_bits(self) -> int:
        """Bits of an input beat."""
        return self.pixels * self.lanes * self.layer.input_type.bits

    @property
    def output_bits(self) -> int:
        """Bits of an output beat."""
        return self.output_pixels * self.pe * self.layer.output_type.bits

    @property
    def reduction_depth(self) -> int:
        """Cycles from a step at the reduction to the beat that it finishes, fan-out and output maps aside."""
        if self.accumulates and self.layer.partial is not None:
            return self.layer.partial.depth(self.window)
        if self.group_plan is not None:
            return self.group_depth
        return self.layer.depth(self.taps * self.group_lanes, self.shares_columns)

    @property
    def multipliers(self) -> int:
        """Operands that are worked on in one cycle: multipliers, or what pools and ranks reduce."""
        return self.output_pixels * self.pe * self.taps * self.group_lanes

    @property
    def requantisers(self) -> int:
        """Values that output maps scale in one cycle, with multipliers of their own."""
        return self.output_pixels * self.layer.chain.requantisers(self.pe, self.beat_steps)

    @property
    def fold(self) -> int:
        """Cycles per window, `f` of theory.md."""
        return self.nest.cycles

    @property
    def filter_groups(self) -> int:
        """Output beats per window, `NG` of theory.md."""
        return self.nest.window_beats

    @property
    def slices(self) -> int:
        """Input beats per pixel, `S` of theory.md; 1 with several pixels a beat."""
        return self.nest.pixel_beats

    @property
    def steps(self) -> int:
        """Cycles that the taps of one slice take."""
        return self.nest.steps

    @property
    def beat_steps(self) -> int:
        """Cycles per output beat."""
        return self.nest.beat_steps

    @property
    def input_beats(self) -> int:
        """Beats per input frame, `T_in` of theory.md."""
        return self.schedule.input_beats

    @property
    def output_beats(self) -> int:
        """Beats per output frame."""
        return self.windows * self.filter_groups

    @property
    def windows(self) -> int:
        """Windows per frame; with several pixels a beat, groups of windows side by side."""
        return self.schedule.windows

    @property
    def ring_rows(self) -> int:
        """Rows in the ring of the line buffer."""
        return self.memories.ring_rows

    @property
    def buffer_pixels(self) -> int:
        """Pixels that the line buffer holds."""
        if self.pixels > 1:
            return self.memories.ring_rows * self.schedule.row_beats * self.pixels
        return self.memories.ring_rows * self.schedule.columns.stored

    @property
    def buffer_bits(self) -> int:
        """Bits of pixel memory in the hardware: line buffer, and column store where there is one; or what
        windows have so far.
        """
        if self.accumulates:
            return sum(places * bits for places, bits in self.partial_memories)
        row = self.schedule.row_beats
        if self.runtime is not None:
            row = self.runtime.max_width * self.schedule.slices
        return (max(1, self.memories.ring_rows * row) + self.memories.store_beats) * self.beat_bits

    @property
    def loads_weights(self) -> bool:
        """Are weights loaded while the hardware runs?"""
        return self.runtime is not None and self.runtime.weights and self.layer.weight_shape is not None

    # Readers, for who draws or explains ---------------------------------------------------------

    @property
    def gathers(self) -> bool:
        """Does the array read the line buffer itself?"""
        return self.schedule.gathers

    @property
    def shifts(self) -> bool:
        """Is the window a shift register of columns?"""
        return self.schedule.shifts

    @property
    def stores(self) -> bool:
        """Does the array read through a column store?"""
        return self.schedule.stores

    # Time ---------------------------------------------------------------------------------------

    @property
    def pipeline_latency(self) -> int:
        """`L` of theory.md: an ideal design's beats leave at `F_j + L`."""
        return self.schedule.pipeline_latency

    @property
    def ideal(self) -> bool:
        """Does beat `k` of window `j` leave at `F_j + L - (NG-1-k)*f/NG` in free flow?

        theory.md, "When the array is ideal": always for a gather reader, for the others when a row of
        windows takes at least as long as fetching its columns.
        """
        return self.memories.ideal

    @cached_property
    def interval(self) -> int:
        """Cycles between frames in steady state, input and output never stalled."""
        if isinstance(self.memories, GroupMemories):
            return group_interval(self.memories)
        return interval(self.memories)

    @cached_property
    def latency(self) -> int:
        """Cycles from the first input beat accepted to the first output beat offered."""
        if isinstance(self.memories, GroupMemories):
            return group_latency(self.memories)
        return timing(self.memories, 1, windows=1).latency

    @property
    def utilisation(self) -> float:
        """Share of multiplier cycles that do a MAC of the layer in steady state."""
        return self.operations / (self.multipliers * self.interval)

    def timing(
        self, frames: int = 1, *, input_stall: StallsLike = None, output_stall: StallsLike = None
    ) -> Timing:
        """Exact cycle of every output beat of `frames` frames streamed back to back.

        `input_stall`, `output_stall`: `Stalls`, or booleans per cycle, repeated when they run out.
        """
        if isinstance(self.memories, GroupMemories):
            return group_timing(self.memories, frames, input_stall, output_stall)
        return timing(self.memories, frames, input_stall, output_stall)

    def bounds(self) -> Bounds:
        """What no hardware of this size can beat (theory.md, "Lower bounds")."""
        return Bounds.of(self.schedule, self.operations, self.multipliers)

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
            **({"pixels": self.pixels} if self.pixels > 1 else {}),
            **runtime,
        }
