"""The register map of a design: the same offsets for every design, so that one driver serves them all.

    0x00  what it is, control, status        0x40  folding and time
    0x10  the layer                          0x80  counters
                                             0xc0  settings of run-time hardware
"""

from __future__ import annotations

from dataclasses import replace

from windrow.operators.operator import Operator
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow.values.numerics import IntType
from windrow_hdl.axi.registers import BITS, Field, Kind, Register, RegisterMap
from windrow_hdl.reductions.weights_loaded import load_bits, load_words

__all__ = ["MAGIC", "VERSION", "register_map"]

MAGIC = int.from_bytes(b"WNDR", "big")
"""What register ID reads."""

VERSION = (1, 2)
"""Of the register map. The first number changes when a program written for an older map would go wrong."""


def register_map(design: Design | Pipeline, *, video: bool = False) -> RegisterMap:
    """All registers of the AXI top of `design`; a pipeline has none of a window and its folding.

    `video`: of the top whose streams have the marks of video.

    Raises
    ------
    ValueError
        if a number of the layer or the design does not fit its register
    """
    if isinstance(design, Pipeline):
        parts = [*_control(design, video), *_size(design), *_channels(design), _features(design, video),
                 *_streams(design), *_results(design), *_counters(video)]
        return RegisterMap(f"{design.computes}: {design}", tuple(parts))
    parts = [*_control(design, video), *_layer(design), _features(design, video), *_streams(design),
             *_folding(design), *_counters(video)]
    parts += _results(design) if design.runtime is None else _settings(design)
    return RegisterMap(str(design), tuple(parts))


def _constant(name: str, offset: int, doc: str, value: int) -> Register:
    return Register(name, offset, doc, (_part("", value, doc, name),))


def _pair(
    name: str, offset: int, doc: str, first: tuple[str, int, str], second: tuple[str, int, str]
) -> Register:
    """Two constants of 16 bits, the first in the low half: each a name, a value and what it is."""
    halves = [_part(part, value, what, f"{name}_{part}", 16 * half)
              for half, (part, value, what) in enumerate((first, second))]
    return Register(name, offset, doc, tuple(halves))


def _part(name: str, value: int, doc: str, full_name: str, at: int | None = None) -> Field:
    bits = BITS if at is None else BITS // 2
    if value >= 1 << bits:
        raise ValueError(f"{full_name} must fit its {bits} bits in the register map, not be {value:,}")
    return Field(name, Kind.CONSTANT, doc, at or 0, bits, value)


def _type(name: str, offset: int, doc: str, value: IntType) -> Register:
    return _pair(name, offset, doc, ("BITS", value.bits, "width"),
                 ("SIGNED", int(value.signed), "1: two's complement"))


def _control(design: Design | Pipeline, video: bool) -> tuple[Register, ...]:
    packet, first, until = "frame", "beat", "tlast"
    if video:
        packet, first, until = "row", "beat with tuser", "tlast or tuser"
    control = [
        Field("RESET", Kind.PULSE, f"empty the datapath; the next {first} is the first of a frame", 0, 1),
        Field("CLEAR", Kind.PULSE, "set all counters to 0", 1, 1),
        Field("IGNORE_TLAST", Kind.SETTING, "count beats, do not look at s_axis_tlast", 2, 1),
    ]
    status = [
        Field("BUSY", Kind.STATE, "a frame has begun that has not left", 0, 1),
        Field("PADDING", Kind.STATE, f"a short {packet} is being filled", 1, 1),
        Field("DROPPING", Kind.STATE, f"beats are dropped until one with {until}", 2, 1),
        Field("RESETTING", Kind.STATE, "a reset waits for the beat on offer to be taken", 3, 1),
        Field("EARLY", Kind.FLAG, f"a {packet} was too short", 8, 1),
        Field("LATE", Kind.FLAG, f"a {packet} was too long", 9, 1),
    ]
    if video:
        status += [
            Field("EARLY_TUSER", Kind.FLAG, "a frame was too short: the next began", 11, 1),
            Field("LATE_TUSER", Kind.FLAG, "a frame was too long, or the source began within one", 12, 1),
            Field("TORN", Kind.FLAG, "a frame went in that is not as its source meant it", 13, 1),
        ]
    if design.runtime is not None:
        control.append(Field("APPLY", Kind.PULSE, "put SET_* in force, after the frames under way", 3, 1))
        status += [
            Field("PENDING", Kind.STATE, "a setting waits for the frames under way", 4, 1),
            Field("REFUSED", Kind.FLAG, "a setting was illegal, or came while another was pending", 10, 1),
        ]
        if design.loads_weights:
            doc = "a word written to WEIGHT has not been taken"
            status.append(Field("WEIGHT_FULL", Kind.STATE, doc, 5, 1))
    return (
        _constant("ID", 0x00, 'Tells that this is the right address: "WNDR".', MAGIC),
        _pair("VERSION", 0x04, "Version of the register map.", ("MINOR", VERSION[1], "compatible additions"),
              ("MAJOR", VERSION[0], "incompatible changes")),
        Register("CONTROL", 0x08, "What the hardware is told.", tuple(control)),
        Register("STATUS", 0x0C, "What the hardware is at, and what went wrong.",
                 tuple(sorted(status, key=lambda field: field.at))),
    )


def _layer(design: Design) -> list[Register]:
    """What the layer is; of run-time hardware, what can be set is what is in force."""
    layer, runtime, settable = design.layer, design.runtime, _settable(design.hardware.layer)
    if runtime is not None:
        settable = [_as(register, Kind.STATE) for register in settable]
    return [
        *settable,
        *_channels(design),
        _both("KERNEL", 0x28, "Kernel.", layer.kernel_size),
        _both("DILATION", 0x30, "Dilation.", layer.dilation),
    ]


def _features(design: Design | Pipeline, video: bool) -> Register:
    """What a design can be."""
    marks = Field("VIDEO", Kind.CONSTANT, "1: streams with the marks of video", 3, 1, 1)
    return Register("FEATURES", 0x3C, "What can be programmed; whether it is a network.", (
        Field("SETTINGS", Kind.CONSTANT, "1: size, stride, padding", 0, 1, int(design.runtime is not None)),
        Field("WEIGHTS", Kind.CONSTANT, "1: weights and bias", 1, 1, int(design.loads_weights)),
        Field("NETWORK", Kind.CONSTANT, "1: without registers of a window and its folding", 2, 1,
              int(isinstance(design, Pipeline))),
        *((marks,) if video else ()),
    ))


def _channels(design: Design | Pipeline) -> list[Register]:
    return [_constant("CHANNELS", 0x18, "Input channels.", design.input_shape[2]),
            _constant("FILTERS", 0x24, "Output channels.", design.output_shape[2])]


def _size(design: Operator | Pipeline) -> list[Register]:
    height, width, _ = design.input_shape
    return [_constant("HEIGHT", 0x10, "Rows of an input frame.", height),
            _constant("WIDTH", 0x14, "Columns of an input frame.", width)]


def _settable(layer: Operator) -> list[Register]:
    """What of a layer can be set at run time."""
    (top, bottom), (left, right) = layer.padding
    return [
        *_size(layer),
        _both("STRIDE", 0x2C, "Stride.", layer.stride),
        _pair("PAD_ROWS", 0x34, "Rows of padding around a frame.", ("TOP", top, "above"),
              ("BOTTOM", bottom, "below")),
        _pair("PAD_COLUMNS", 0x38, "Columns of padding around a frame.", ("LEFT", left, "before"),
              ("RIGHT", right, "behind")),
    ]


def _both(name: str, offset: int, doc: str, values: tuple[int, int]) -> Register:
    return _pair(name, offset, doc, ("ROWS", values[0], "in rows"), ("COLUMNS", values[1], "in columns"))


def _as(register: Register, kind: Kind, prefix: str = "", offset: int | None = None) -> Register:
    """The same register with other hardware behind it; only a setting has a value to begin with."""
    fields = tuple(replace(field, kind=kind, value=field.value if kind is Kind.SETTING else 0)
                   for field in register.fields)
    return replace(register, name=prefix + register.name, fields=fields,
                   offset=register.offset if offset is None else offset)


def _settings(design: Design) -> list[Register]:
    """What run-time hardware is told to be, and what is the most of it."""
    runtime = design.runtime
    assert runtime is not None
    registers = [_as(register, Kind.SETTING, "SET_", 0xC0 + 4 * at)
                 for at, register in enumerate(_settable(design.hardware.layer))]
    registers += [
        _constant("MAX_HEIGHT", 0x60, "Most rows of an input frame.", runtime.max_height),
        _constant("MAX_WIDTH", 0x64, "Most columns of an input frame.", runtime.max_width),
        _pair("MAX_STRIDE", 0x68, "Largest stride.", ("ROWS", runtime.max_stride[0], "in rows"),
              ("COLUMNS", runtime.max_stride[1], "in columns")),
    ]
    if design.loads_weights:
        bits = load_bits(design)
        if bits > BITS:
            raise ValueError(f"bias_type must have at most {BITS} bits to be loaded through a register, "
                             f"not be {design.layer.bias_type}")
        doc = "The next weight or bias, in the order of the hardware."
        registers.append(Register("WEIGHT", 0xD4, doc, (Field("", Kind.PORT, doc, 0, bits),)))
        registers.append(_constant("WEIGHT_WORDS", 0x6C, "Words that are a whole set of weights and biases.",
                                   load_words(design)))
    return registers


def _streams(design: Design | Pipeline) -> tuple[Register, ...]:
    return (
        _type("INPUT_TYPE", 0x40, "Type of a pixel.", design.input_type),
        _type("OUTPUT_TYPE", 0x44, "Type of a result.", design.output_type),
        _constant("LANES", 0x48, "Channels in an input beat.", design.lanes),
        _constant("PE", 0x4C, "Filters in an output beat.", design.pe),
    )


def _folding(design: Design) -> tuple[Register, ...]:
    several = (
        _constant("PIXELS", 0x70, "Neighbouring pixels in an input beat.", design.pixels),
        _constant("OUT_PIXELS", 0x74, "Neighbouring pixels in an output beat.", design.output_pixels),
    )
    return (
        _constant("TAPS", 0x50, "Window positions multiplied in a cycle.", design.taps),
        _constant("FOLD", 0x54, "Cycles per window.", design.fold),
        *(several if design.pixels > 1 else ()),
    )


def _results(design: Design | Pipeline) -> tuple[Register, ...]:
    """What follows from the layer; of run-time hardware it follows from the setting, and is not computed."""
    out_height, out_width, _ = design.output_shape
    return (
        _constant("OUT_HEIGHT", 0x1C, "Rows of an output frame.", out_height),
        _constant("OUT_WIDTH", 0x20, "Columns of an output frame.", out_width),
        _constant("INTERVAL", 0x58, "Cycles between frames, neither stream paused.", design.interval),
        _constant("LATENCY", 0x5C, "Cycles from the first input beat taken to the first output beat offered.",
                  design.latency),
    )


def _count(name: str, offset: int, doc: str) -> Register:
    return Register(name, offset, doc, (Field("", Kind.COUNTER, doc),))


def _state(name: str, offset: int, doc: str) -> Register:
    return Register(name, offset, doc, (Field("", Kind.STATE, doc),))


def _counters(video: bool) -> tuple[Register, ...]:
    packets, both = ("Rows", "rows and frames") if video else ("Frames", "frames")
    marks = (
        _count("EARLY_TUSER", 0xA8, "Frames that were cut off by the next."),
        _count("LATE_TUSER", 0xAC, "Times that beats were dropped until one with tuser."),
        _count("TORN_FRAMES", 0xB0, "Frames that went in with beats that are not their source's."),
        _state("LAST_TORN", 0xB4, "FRAMES_IN once the last of these was in; 0: none was."),
    )
    return (
        _count("FRAMES_IN", 0x80, "Frames that went in whole; short ones too, once they are filled."),
        _count("FRAMES_OUT", 0x84, "Frames that left."),
        _count("EARLY_TLAST", 0x88, f"{packets} that were too short."),
        _count("LATE_TLAST", 0x8C, f"{packets} that were too long."),
        _count("PADDED_BEATS", 0x90, f"Beats that filled short {both}."),
        _count("DROPPED_BEATS", 0x94, f"Surplus beats of long {both}."),
        _count("CYCLES", 0x98, "Cycles since reset or clear."),
        _count("INPUT_STALLS", 0x9C, "Cycles in which an input beat was offered and had to wait."),
        _count("OUTPUT_STALLS", 0xA0, "Cycles in which an output beat was offered and had to wait."),
        _state("LAST_INTERVAL", 0xA4, "Cycles between the last beats of the last two frames that left."),
        *(marks if video else ()),
    )
