"""Settings and weights of run-time hardware, from registers to the datapath's streams.

    SET_* ─▶ apply: do they fit? ─ yes ─▶ wanted ─▶ settings      accepted: active = wanted
                        └─ no ─▶ refused                          refused: active stays
    WEIGHT ─▶ word ─▶ weights
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from windrow.stage.design import Design
from windrow_hdl.window.programmed.geometry import pack_setting, setting_layout

__all__ = ["FIELD_REGISTERS", "Applier", "Loader"]

FIELD_REGISTERS = {
    "height": ("HEIGHT", ""), "width": ("WIDTH", ""),
    "stride_h": ("STRIDE", "ROWS"), "stride_w": ("STRIDE", "COLUMNS"),
    "pad_top": ("PAD_ROWS", "TOP"), "pad_bottom": ("PAD_ROWS", "BOTTOM"),
    "pad_left": ("PAD_COLUMNS", "LEFT"), "pad_right": ("PAD_COLUMNS", "RIGHT"),
}  # fmt: skip
"""Register and field of each part of a setting; what is wanted is in SET_ and the same name."""


class Applier(wiring.Component):
    """Sends a setting to the datapath.

    set_...: the parts of a setting, of any width;  apply: send them
    settings, accepted, denied: to and from the datapath
    pending: sent, and not yet in force;  refused: for a cycle: it is illegal, or another is pending
    active: the setting in force
    """

    def __init__(self, design: Design, widths: dict[str, int]) -> None:
        self.design = design
        self.layout = setting_layout(design)
        super().__init__({
            **{f"set_{name}": In(unsigned(widths[name])) for name in self.layout.members},
            "apply": In(1),
            "settings": Out(stream.Signature(unsigned(self.layout.size))),
            "accepted": In(1),
            "denied": In(1),
            "pending": Out(1),
            "refused": Out(1),
            "active": Out(self.layout),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        given: list[Value] = [getattr(self, f"set_{name}") for name in self.layout.members]
        widths = [self.layout[name].width for name in self.layout.members]
        fits = Cat(~value[width:].any() for value, width in zip(given, widths, strict=True)).all()
        wanted = Signal(self.layout.size)
        active = Signal(self.layout.size, init=pack_setting(self.design.hardware))
        offered = Signal()
        pending = Signal()
        too_large = Signal()
        m.d.comb += [
            self.settings.valid.eq(offered),
            self.settings.payload.eq(wanted),
            self.pending.eq(pending),
            self.refused.eq(too_large | self.denied),
            self.active.eq(active),
        ]
        m.d.sync += too_large.eq(self.apply & (~fits | pending))
        with m.If(self.apply & fits & ~pending):
            m.d.sync += [offered.eq(1), pending.eq(1)]
            m.d.sync += wanted.eq(Cat(value[:width] for value, width in zip(given, widths, strict=True)))
        with m.If(self.settings.valid & self.settings.ready):
            m.d.sync += offered.eq(0)
        with m.If(self.accepted):
            m.d.sync += active.eq(wanted)
        with m.If(self.accepted | self.denied):
            m.d.sync += pending.eq(0)
        return m


class Loader(wiring.Component):
    """Hands word by word to the datapath: `written` with a `word`, no other while `full`.

    written: a `word` is;  word: what is written;  full: none may be written;  weights: to the datapath
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__({
            "written": In(1), "word": In(unsigned(bits)), "full": Out(1),
            "weights": Out(stream.Signature(unsigned(bits))),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid = Signal()
        m.d.comb += [
            self.weights.valid.eq(valid),
            self.weights.payload.eq(self.word),  # stays until the next is written
            self.full.eq(valid | self.written),
        ]
        with m.If(self.written):
            m.d.sync += valid.eq(1)
        with m.Elif(self.weights.ready):
            m.d.sync += valid.eq(0)
        return m
