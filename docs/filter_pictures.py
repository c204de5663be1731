"""The gallery of filters; `python docs/filter_pictures.py [NAME...]` makes it anew in _static/filters.

Every picture comes out of simulated hardware, checked in every value and every cycle.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windrow.filters import FILTERS
from windrow.network.graph import Network
from windrow.storage.images import photograph_file
from windrow.storage.pictures import Pictures, read_pictures, write_pictures
from windrow_cli.filters.runs import hardware_of, run_filter

STATIC = Path(__file__).parent / "_static" / "filters"
ROWS, COLUMNS = slice(96, 256), slice(160, 320)  # of the photograph: a cap, a face, a piece of the flag

GALLERY: dict[str, tuple[str, dict[str, Any]]] = {
    "gaussian": ("gaussian", {"kernel_size": 7}),
    "gaussian-stride-2": ("gaussian", {"kernel_size": 7, "stride": 2}),
    "box": ("box", {"kernel_size": 7}),
    "median": ("median", {"kernel_size": 7}),
    "bilateral": ("bilateral", {}),
    "sharpen": ("sharpen", {}),
    "filter2d": ("filter2d", {"kernel": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], "offset": 64}),
    "sobel": ("sobel", {"result": "absolute"}),
    "scharr": ("scharr", {"dx": 0, "dy": 1, "result": "absolute"}),
    "laplacian": ("laplacian", {"kernel_size": 3, "result": "absolute"}),
    "gradient-magnitude": ("gradient-magnitude", {"norm": "l2"}),
    "canny": ("canny", {"threshold": 120}),
    "harris": ("harris", {"result": "saturated"}),
    "erode": ("erode", {"kernel_size": 5, "element": "ellipse"}),
    "dilate": ("dilate", {"kernel_size": 5, "element": "ellipse"}),
    "open": ("open", {"kernel_size": 5, "element": "ellipse"}),
    "close": ("close", {"kernel_size": 5, "element": "ellipse"}),
    "threshold": ("threshold", {"level": 110}),
    "adaptive-threshold": ("adaptive-threshold", {"kernel_size": 11}),
    "pyramid-down": ("pyramid-down", {}),
    "resize-area": ("resize-area", {"factor": 4}),
    "grey": ("grey", {"order": "rgb"}),
    "bayer": ("bayer", {"order": "rgb"}),
}
"""Name of the file, the filter, and what it is told beside the size."""


def photograph(grey: bool = False) -> NDArray[np.uint8]:
    """(1, H, W, C) the part of the photograph that is shown."""
    return read_pictures([photograph_file()], grey).frames[:, ROWS, COLUMNS]


def input_of(name: str) -> NDArray[np.uint8]:
    """What goes in for the picture of that name."""
    if GALLERY[name][0] == "bayer":  # what a sensor sees of it: red, green, green, blue in each block
        raw = photograph()
        seen = raw[..., 1:2].copy()
        seen[:, ::2, ::2], seen[:, 1::2, 1::2] = raw[:, ::2, ::2, :1], raw[:, 1::2, 1::2, 2:]
        return seen
    return photograph(grey=GALLERY[name][0] in ("canny", "harris", "bilateral"))


def network(name: str) -> Network:
    """The filter of a picture in the gallery."""
    _, height, width, channels = input_of(name).shape
    which, words = GALLERY[name]
    more = {} if which in ("grey", "canny", "bayer") else {"channels": channels}
    return FILTERS[which](height, width, **more, **words)


def filtered(name: str, engine: str = "auto") -> NDArray[np.uint8]:
    """(1, H, W, C) the picture of that name."""
    net = network(name)
    return run_filter(net, input_of(name), hardware_of(net), engine).output.astype(np.uint8)


def write(folder: Path, names: Sequence[str] = tuple(GALLERY)) -> list[Path]:
    """Make all pictures, or some."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"photograph": photograph(), **{name: filtered(name) for name in names}}
    return [file for name, frames in made.items()
            for file in write_pictures(folder / f"{name}.png", Pictures(frames, ("",)))]


if __name__ == "__main__":
    for file in write(STATIC, sys.argv[1:] or tuple(GALLERY)):
        print(file)
