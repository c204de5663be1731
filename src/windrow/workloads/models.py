"""Quantised networks that come with Windrow, by name.

    net = wr.workloads.model("digits")     # reads a digit of 16x16 pixels; trained by benchmarks/digits.py

The typefaces that it learned from are those of matplotlib, DejaVu, STIX and Computer Modern.
"""

from __future__ import annotations

from importlib.resources import files

from windrow.network.graph import Network
from windrow.network.readers import tflite

__all__ = ["MODELS", "model"]

MODELS = ("digits",)


def model(name: str) -> Network:
    """The network.  ValueError for another name, ImportError without the package that reads its file."""
    if name not in MODELS:
        raise ValueError(f"name must be one of {', '.join(MODELS)}, not {name!r}")
    return tflite.read(files("windrow.workloads").joinpath(f"{name}.tflite").read_bytes(), name)
