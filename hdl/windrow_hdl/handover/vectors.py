"""Vectors: what the hand-over's testbench sends and expects, as files for $readmemh.

    x ─┬─▶ stimulus.hex               a line per input beat
       ├─▶ golden model ─▶ expected.hex   a line per output beat
       └─▶ timing model ─▶ cycles.hex     its cycle in free flow, after the first input beat

Of large frames the testbench makes up the stimulus, these files have the first output beats, and rows.hex has
two checksums for each output row (`generated`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from windrow.pipeline.pipeline import Pipeline
from windrow.stage.beats import given, side_by_side
from windrow.stage.design import Design
from windrow_hdl.axi import register_map
from windrow_hdl.axi.ports import Face, payload_bits
from windrow_hdl.axi.registers import Kind
from windrow_hdl.axi.video_frames import kept_bytes
from windrow_hdl.handover.generated import checksums, pixels, words_of

__all__ = ["FRAMES", "icarus_cycles", "is_large", "vectors"]

FRAMES = 3
"""Frames that are sent where nobody says how many; of large ones a single one."""

_LARGE = 1 << 20  # characters of all files together
_STORED = 1024  # output beats of a large run that are stored
_PATIENCE = 4096  # cycles, beyond a few windows
_CELL_CYCLES = 100_000_000  # that Icarus manages in half a minute, of one multiplication


def is_large(design: Design | Pipeline, frames: int, face: Face) -> bool:
    """Would files with every beat be larger than a megabyte?"""
    i_bits, o_bits = payload_bits(design, face)
    outputs = design.output_beats * (-(-o_bits // 4) + 10)
    return frames * (design.input_beats * (-(-i_bits // 4) + 1) + outputs) > _LARGE


def vectors(design: Design | Pipeline, constants: Sequence[npt.NDArray[np.int64] | None],
            x: npt.NDArray[np.int64] | None, frames: int, face: Face) -> dict[str, str]:
    """Contents of the files, by name; `constants` are checked weights and bias, of a design.

    `x` (frames, H, W, C) is what is sent; None leaves it to this module.
    """
    i_bits, o_bits = payload_bits(design, face)
    large = is_large(design, frames, face)
    made_up = x is None and large
    if x is None:
        x = pixels(design, frames, i_bits) if large else design.random_input(0, frames)
    expected = given(design.golden(x, *constants), design)
    cycles = design.timing(frames).output_cycles.ravel()
    stored = min(len(expected), _STORED) if large else len(expected)
    files = {
        "expected.hex": _lines(expected[:stored], design.output_type.bits, o_bits,
                               above=-1 if design.output_type.signed else 0),
        "cycles.hex": "".join(f"{cycle:08x}\n" for cycle in cycles[:stored].tolist()),
        "parameters.vh": _parameters(design, frames, face, stored=stored, made_up=made_up),
    }
    if not made_up:
        # Bits above the pixels say nothing, and the hardware must not listen to them.
        files["stimulus.hex"] = _lines(side_by_side(x, design), design.input_type.bits, i_bits, above=1)
    if stored < len(expected):
        files["rows.hex"] = _rows(design, expected, cycles, o_bits)
    if face.axi:
        files["registers.hex"] = _registers(design, frames, face)
    return files


def icarus_cycles(design: Design | Pipeline, frames: int, face: Face) -> int:
    """After how many cycles Icarus may stop for today; 0: it goes to the end."""
    if not is_large(design, frames, face):
        return 0
    return max(1000, _CELL_CYCLES // (200 + 24 * design.multipliers) // 1000 * 1000)


def _rows(design: Design | Pipeline, expected: npt.NDArray[np.int64], cycles: npt.NDArray[np.int64],
          width: int) -> str:
    """Two checksums for each output row: of its values, of its cycles."""
    bits, row = design.output_type.bits, design.output_beats // design.output_shape[0]
    # The bits of all at a time would take gigabytes.
    words = np.concatenate([words_of(expected[at : at + row], bits, width)
                            for at in range(0, len(expected), row)])
    values = checksums(words.reshape(len(expected) // row, -1)).tolist()
    times = checksums(cycles.astype(np.uint32).reshape(-1, row)).tolist()
    return "".join(f"{value:08x}{time:08x}\n" for value, time in zip(values, times, strict=True))


def _lines(values: npt.NDArray[np.int64], bits: int, width: int, above: int) -> str:
    """Rows of numbers of `bits` bits as hexadecimal beats of `width` bits, the first in the low bits.

    The bits above them are all ones (`above` 1), all zeros (0), or the sign of the last number (-1).
    """
    mask, used = (1 << bits) - 1, bits * values.shape[1]
    rest = (1 << width) - (1 << used)
    digits = -(-width // 4)

    def beat(row: Iterable[int]) -> int:
        word, last = 0, 0
        for at, last in enumerate(row):
            word |= (last & mask) << (bits * at)
        return word | (rest if above == 1 or (above == -1 and last < 0) else 0)

    return "".join(f"{beat(row):0{digits}x}\n" for row in values.tolist())


def _parameters(design: Design | Pipeline, frames: int, face: Face, *, stored: int, made_up: bool) -> str:
    i_bits, o_bits = payload_bits(design, face)
    rows, columns, filters = design.output_shape
    wide = design.output_pixels
    last = columns % wide * design.pe * design.output_type.bits  # bits of a row's last beats that are pixels
    values = [
        ("FRAMES", frames, ""),
        ("IN_BITS", i_bits, "of an input beat"), ("OUT_BITS", o_bits, "of an output beat"),
        ("IN_USED", design.beat_bits, "of which are pixels"),
        ("GENERATED", int(made_up), "does the testbench make up what goes in?"),
        ("STORED", stored, "output beats that are stored, of"),
        ("FRAME_IN", design.input_beats, "input beats of a frame"),
        ("IN_BEATS", frames * design.input_beats, ""),
        ("PE", design.pe, "channels in an output beat"), ("OUT_PIXELS", wide, "neighbours of a row in it"),
        ("PIXEL_OUT", filters // design.pe, "output beats of a pixel, or of these neighbours"),
        ("ROW_OUT", design.output_beats // rows, "of a row"),
        ("LAST_BITS", last or o_bits, "of a row's last beats that mean something"),
        ("FRAME_OUT", design.output_beats, "of a frame"), ("OUT_BEATS", frames * design.output_beats, ""),
        ("PATIENCE", _patience(design), "cycles in which something has to move"),
        ("HAS_LAST", int(face.axi), "is there a mark at the end of a frame, or of a row?"),
        ("LAST_IN", design.input_beats // (design.input_shape[0] if face.video else 1), "beats up to it"),
        ("LAST_OUT", design.output_beats // (rows if face.video else 1), "output beats up to it"),
        ("KEEP_LAST", kept_bytes(design, o_bits) if face.video else o_bits // 8, "bytes of that beat"),
    ]
    if face.axi:
        registers = register_map(design, video=face.video)
        count = len(_registers(design, frames, face).splitlines())
        values += [("ADDRESS_BITS", registers.address_bits, "of AXI4-Lite"),
                   ("REGISTERS", count, "lines of registers.hex")]
    return "".join(f"localparam {name} = {value};{f'  // {doc}' if doc else ''}\n"
                   for name, value, doc in values)


def _patience(design: Design | Pipeline) -> int:
    if isinstance(design, Pipeline):
        return _PATIENCE + 8 * design.silence  # both streams may pause in 7 of 8 cycles
    return _PATIENCE + 64 * (design.fold + design.interval // max(1, design.output_shape[0]))


def _registers(design: Design | Pipeline, frames: int, face: Face) -> str:
    """Address and content of every register that says the same after any good run of so many frames."""
    counted = {"FRAMES_IN": frames, "FRAMES_OUT": frames}
    never = {"EARLY_TLAST", "LATE_TLAST", "PADDED_BEATS", "DROPPED_BEATS", "EARLY_TUSER", "LATE_TUSER",
             "TORN_FRAMES", "LAST_TORN", "STATUS", "CONTROL"}
    lines = []
    for register in register_map(design, video=face.video).registers:
        if all(field.kind is Kind.CONSTANT for field in register.fields):
            content = sum(field.value << field.at for field in register.fields)
        elif register.name in counted or register.name in never:
            content = counted.get(register.name, 0)
        else:
            continue
        lines.append(f"{register.offset:08x}{content:08x}\n")
    return "".join(lines)
