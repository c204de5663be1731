"""RuntimeGatherReader: the gather reader with its start and its steps in registers."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.window.gather_reader import GatherReader
from windrow_hdl.window.programmed.geometry import geometry_layout, geometry_values
from windrow_hdl.window.programmed.line_buffer import oldest_shape
from windrow_hdl.window.programmed.setting_walk import SettingWalk
from windrow_hdl.window.reader_ports import reader_ports


def runtime_ports(
    design: Design, walk: SettingWalk, *, addresses: int, turns: int
) -> dict[str, wiring.Member]:
    """Ports of a reader of the run-time line buffer; see there, and `reader_ports`."""
    return {
        **reader_ports(design, design.window_walk, addresses=addresses, turns=turns),
        "freed": Out(walk.freed.shape()),
        "oldest": Out(oldest_shape(design)),
        "filled": In(walk.filled.shape()),
        "geometry": In(geometry_layout(design)),
        "restart": In(1),
    }


def follow_banks(m: Module, windows: SettingWalk, first: Signal) -> None:
    """Let `first` be the bank of a window's first row: a stride further in each row, or the next frame's."""
    geometry = windows.geometry
    of_frame = Signal.like(first, name="bank_of_frame", init=0)  # where the frame's first row lies
    following = Signal.like(first, name="bank_of_next_frame", init=0)
    m.d.comb += following.eq(of_frame + geometry.last_row + 1)
    with m.If(windows.leave & windows.row_ends):
        m.d.sync += first.eq(first + geometry.stride_h)
        with m.If(windows.frame_ends):
            m.d.sync += [of_frame.eq(following), first.eq(following - geometry.top)]
    with m.If(windows.restart):
        m.d.sync += first.eq(of_frame - geometry.top)


class RuntimeGatherReader(GatherReader):
    """Feeds the array from the line buffer; ports: `runtime_ports`.

    `design` is the hardware at its largest setting.
    """

    def _player(self) -> SettingWalk:
        self.windows = SettingWalk(self.design)
        return self.windows

    def _ports(self) -> dict[str, wiring.Member]:
        return runtime_ports(self.design, self.windows, addresses=self.addresses, turns=len(self.turns))

    def _may_turn_weights(self) -> bool:
        """Not those that are loaded: each would have to be written once per turn."""
        assert self.design.runtime is not None
        return not self.design.runtime.weights and super()._may_turn_weights()

    def _walk_columns(self, m: Module) -> None:
        """`_base` is the column of the *last* tap here: never negative, and what the window waits for."""
        design, player = self.design, self.windows
        slices, kw = design.slices, design.layer.kernel_size[1]
        geometry = self.geometry
        start = geometry_values(design.hardware)["start"]
        most = (design.layer.width + kw - 1) * slices - 1
        self._base = base = Signal(range(most + 1), init=start, name="base")
        self._step_base(m, geometry.start, geometry.to_window)
        with m.If(self.restart):
            m.d.sync += base.eq(geometry.start)
        m.d.comb += [
            player.geometry.eq(geometry),
            player.restart.eq(self.restart),
            player.filled.eq(self.filled),
            player.needed.eq(base),
        ]
        left = Signal()
        m.d.sync += left.eq(player.leave | self.restart)
        with m.If(left):
            m.d.sync += self.oldest.eq(Mux(player.progressive, base - (kw - 1) * slices, -1))

    def _columns_ahead(self, column: int) -> int:
        return (column - (self.design.layer.kernel_size[1] - 1)) * self.design.slices

    def _walk_rows(self, m: Module) -> None:
        follow_banks(m, self.windows, self._first_bank)
