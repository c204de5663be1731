"""Vectors: what the hand-over's testbench sends and expects, as files for $readmemh.

    x ─┬─▶ stimulus.hex               a line per input beat
       ├─▶ golden model ─▶ expected.hex   a line per output beat
       └─▶ timing model ─▶ cycles.hex     its cycle in free flow, after the first input beat
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from windrow.stage.design import Design
from windrow_hdl.axi import register_map
from windrow_hdl.axi.registers import Kind
from windrow_hdl.handover.ports import payload_bits

__all__ = ["vectors"]

_PATIENCE = 4096  # cycles, beyond a few windows


def vectors(design: Design, weights: npt.NDArray[np.int64] | None, bias: npt.NDArray[np.int64] | None,
            x: npt.NDArray[np.int64], interface: str) -> dict[str, str]:
    """Contents of the files, by name, for the frames `x` (N, H, W, C); weights and bias are checked."""
    layer = design.layer
    i_bits, o_bits = payload_bits(design, interface)
    expected = layer.golden(x, weights, bias).reshape(-1, design.pe)
    cycles = design.timing(len(x)).output_cycles.ravel()
    files = {
        # Bits above the pixels say nothing, and the hardware must not listen to them.
        "stimulus.hex": _lines(x.reshape(-1, design.lanes), layer.input_type.bits, i_bits, above=1),
        "expected.hex": _lines(expected, layer.output_type.bits, o_bits,
                               above=-1 if layer.output_type.signed else 0),
        "cycles.hex": "".join(f"{cycle:08x}\n" for cycle in cycles.tolist()),
        "parameters.vh": _parameters(design, len(x), interface),
    }
    if interface == "axi":
        files["registers.hex"] = _registers(design, len(x))
    return files


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


def _parameters(design: Design, frames: int, interface: str) -> str:
    layer = design.layer
    i_bits, o_bits = payload_bits(design, interface)
    out_rows, out_columns, filters = layer.output_shape
    pixel_out = filters // design.pe
    frame_out = out_rows * out_columns * pixel_out
    patience = _PATIENCE + 64 * (design.fold + design.interval // max(1, out_rows))
    values = [
        ("FRAMES", frames, ""),
        ("IN_BITS", i_bits, "of an input beat"), ("OUT_BITS", o_bits, "of an output beat"),
        ("FRAME_IN", design.input_beats, "input beats of a frame"),
        ("IN_BEATS", frames * design.input_beats, ""),
        ("PE", design.pe, "channels in an output beat"),
        ("PIXEL_OUT", pixel_out, "output beats of a pixel"),
        ("ROW_OUT", out_columns * pixel_out, "of a row"), ("FRAME_OUT", frame_out, "of a frame"),
        ("OUT_BEATS", frames * frame_out, ""),
        ("PATIENCE", patience, "cycles in which something has to move"),
        ("HAS_LAST", int(interface == "axi"), "is there a mark at the end of a frame?"),
    ]
    if interface == "axi":
        registers = register_map(design)
        values += [("ADDRESS_BITS", registers.address_bits, "of AXI4-Lite"),
                   ("REGISTERS", len(_registers(design, frames).splitlines()), "lines of registers.hex")]
    return "".join(f"localparam {name} = {value};{f'  // {doc}' if doc else ''}\n"
                   for name, value, doc in values)


def _registers(design: Design, frames: int) -> str:
    """Address and content of every register that says the same after any good run of so many frames."""
    counted = {"FRAMES_IN": frames, "FRAMES_OUT": frames, "EARLY_TLAST": 0, "LATE_TLAST": 0,
               "PADDED_BEATS": 0, "DROPPED_BEATS": 0, "STATUS": 0, "CONTROL": 0}
    lines = []
    for register in register_map(design).registers:
        if all(field.kind is Kind.CONSTANT for field in register.fields):
            content = sum(field.value << field.at for field in register.fields)
        elif register.name in counted:
            content = counted[register.name]
        else:
            continue
        lines.append(f"{register.offset:08x}{content:08x}\n")
    return "".join(lines)
