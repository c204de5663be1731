"""Whole networks placed and routed, beside the rows that others have published for the same models.

    python -m benchmarks.networks MODEL.tflite ... --place [--budget 140dsp] [--device 85k] [--seeds 1]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import windrow as wr

__all__ = ["PUBLISHED", "beside", "measure", "row"]

PUBLISHED = {
    "pretrainedResnet_quant": (
        ("fpgaConvNet, ZedBoard: 211 DSP, 47 k LUT, 143 MHz", 411), ("fpgaConvNet, ZC706", 147),
        ("fpgaConvNet, Zybo", 3150), ("GAP9, 370 MHz", 616), ("Snapdragon", 96), ("STM32H7", 40_845)),
    "kws_ref_model": (
        ("fpgaConvNet, ZedBoard", 324), ("fpgaConvNet, Zybo", 2151), ("GAP9, 370 MHz", 476),
        ("Snapdragon", 65), ("STM32H7", 11_318)),
    "vww_96_int8": (
        ("fpgaConvNet, ZedBoard", 9487), ("fpgaConvNet, ZC706", 720), ("GAP9, 370 MHz", 1125),
        ("Snapdragon", 114), ("STM32H7", 23_804)),
    "ad01_int8": (("GAP9, 370 MHz", 176), ("Snapdragon", 68), ("STM32H7", 1226)),
}  # fmt: skip
"""Medians of MLPerf Tiny for the same int8 models, microseconds for a frame, by the model's file."""


def measure(path: Path, budget: str, device: str, seeds: Sequence[int], place: bool = True) -> dict[str, Any]:
    """Cells of a model's pipeline within a budget, without its dead channels, and its clock."""
    network = wr.load(path)
    if not isinstance(network, wr.Network):
        raise ValueError(f"model must be a network, and {path} is not")
    smaller, _ = wr.without_dead_channels(network)
    pipeline = wr.plan(smaller, budget=budget)
    found = wr.synthesize(pipeline, target="ecp5", device=device, seeds=seeds, place=place)
    cycles = int(pipeline.timing(1).output_cycles.max()) + 1
    mhz = found.fmax_mhz
    return {
        "model": path.stem, "budget": budget, "device": device, "seeds": list(found.seeds),
        "interval": pipeline.interval, "last_output": cycles, "multipliers": pipeline.multipliers,
        "estimate": pipeline.area.to_dict(),
        **{name: getattr(found, name) for name in ("lut", "ff", "bram", "dsp", "fmax_mhz")},
        "fps": None if mhz is None else mhz * 1e6 / pipeline.interval,
        "latency_us": None if mhz is None else cycles / mhz,
    }  # fmt: skip


def row(figures: dict[str, Any]) -> dict[str, Any]:
    """A line of the table for people."""
    clock, fps, latency = (figures[name] for name in ("fmax_mhz", "fps", "latency_us"))
    return {
        "model": figures["model"], "LUT": figures["lut"], "LUT estimated": figures["estimate"]["luts"],
        "FF": figures["ff"], "block RAM": figures["bram"], "DSP": figures["dsp"], "MHz": clock,
        "cycles a frame": figures["interval"], "frames/s": None if fps is None else round(fps),
        "latency us": None if latency is None else round(latency),
    }  # fmt: skip


def beside(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A frame's time, published and ours, model by model."""
    rows = []
    for each in figures:
        ours = f"Windrow, ECP5 {each['device']}: {each['dsp']} DSP, {each['fmax_mhz']} MHz"
        for system, latency in (*PUBLISHED.get(each["model"], ()), (ours, each["latency_us"])):
            rows.append({"model": each["model"], "system": system,
                         "latency us": None if latency is None else round(latency)})
    return rows
