"""Image kernels by name, as weights of a layer: `sobel-x`, `gaussian` and the like.

    weights = kernel("gaussian", layer.weight_shape)

Each filter gets the same kernel over each of its channels. Numbers are whole, and nothing is divided: a 3x3
Gaussian adds up to 16, and the outputs are 16 times as bright.
"""

from __future__ import annotations

import difflib
from math import comb

import numpy as np
import numpy.typing as npt

__all__ = ["KERNELS", "SIZE", "kernel"]

SIZE = (3, 3)
"""Rows and columns of a kernel where nothing else is asked for."""

_FIXED: dict[str, list[list[int]]] = {
    "sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],  # right minus left: vertical edges
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],  # the same, by its direction
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],  # below minus above: horizontal edges
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
KERNELS = ("sobel", "sobel-x", "sobel-y", "laplacian", "gaussian", "sharpen", "box", "identity")
"""The names. `gaussian` (binomial), `box` and `identity` come in any size, the others in 3x3."""


def kernel(name: str, shape: tuple[int, int, int, int]) -> npt.NDArray[np.int64]:
    """The kernel as weights of this shape, (O, kh, kw, I/groups).

    Raises ValueError for a name that there is not, with the nearest, and for a size that the kernel has not.
    """
    rows, columns = shape[1:3]
    if name not in KERNELS:
        near = difflib.get_close_matches(name, KERNELS, n=2) or [each for each in KERNELS if name in each]
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(f"unknown kernel {name!r}: {hint}legal are {', '.join(KERNELS)}")
    if name in _FIXED:
        if (rows, columns) != SIZE:
            raise ValueError(f"kernel {name} must be 3x3, not {rows}x{columns}")
        plane = np.array(_FIXED[name])
    elif name == "gaussian":
        plane = np.outer(_binomial(rows), _binomial(columns))
    elif name == "box":
        plane = np.ones((rows, columns), np.int64)
    else:
        if rows % 2 == 0 or columns % 2 == 0:
            raise ValueError(f"kernel identity must have odd sizes, for its middle, not {rows}x{columns}")
        plane = np.zeros((rows, columns), np.int64)
        plane[rows // 2, columns // 2] = 1
    return np.ascontiguousarray(np.broadcast_to(plane[np.newaxis, :, :, np.newaxis], shape), np.int64)


def _binomial(size: int) -> npt.NDArray[np.int64]:
    """A row of Pascal's triangle. Products of two such rows stay within 64 bits up to 31."""
    if size > 31:
        raise ValueError(f"kernel gaussian must have at most 31 rows and columns, not {size}")
    return np.array([comb(size - 1, at) for at in range(size)], np.int64)
