"""Weights in files: the order of their axes, and whole numbers out of real ones.

Windrow's order is (O, kh, kw, I/groups), as in TFLite; PyTorch's is (O, I/groups, kh, kw). Shapes often tell
which one a file has; where they do not, its owner has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.storage.images import load_array
from windrow.values.numerics import Int, IntType

__all__ = ["ORDERS", "Quantised", "Sizes", "in_order", "order_of", "quantise", "read_weights"]

ORDERS = ("ohwi", "oihw")
"""Orders of axes: Windrow's and TFLite's, and PyTorch's."""

_WORDS = {"ohwi": "(O, kh, kw, I)", "oihw": "PyTorch's (O, I, kh, kw)"}


@dataclass(frozen=True)
class Sizes:
    """Sizes of weights: filters, kernel (kh, kw), depth (channels of a group). None: nothing is known."""

    filters: int | None = None
    kernel: tuple[int, int] | None = None
    depth: int | None = None

    @staticmethod
    def of(shape: tuple[int, ...], order: str) -> Sizes:
        """The sizes of a file of this shape, were it in this order."""
        if order == "oihw":
            return Sizes(shape[0], (shape[2], shape[3]), shape[1])
        return Sizes(shape[0], (shape[1], shape[2]), shape[3])

    def allow(self, other: Sizes) -> bool:
        """Is `other` what is known?"""
        pairs = ((self.filters, other.filters), (self.kernel, other.kernel), (self.depth, other.depth))
        return all(mine is None or mine == others for mine, others in pairs)

    def __str__(self) -> str:
        said = []
        if self.filters is not None:
            said.append(f"{self.filters} filter{'s' * (self.filters != 1)}")
        if self.kernel is not None:
            said.append(f"kernel {self.kernel[0]}x{self.kernel[1]}")
        if self.depth is not None:
            said.append(f"{self.depth} channel{'s' * (self.depth != 1)}")
        return ", ".join(said)


def order_of(shape: tuple[int, ...], known: Sizes, name: str) -> str:
    """The order of weights of this shape, of which some sizes are known.

    Where both orders fit what is known, it is Windrow's own.

    Raises ValueError, with what either order would mean, where neither fits, or where both do and only
    PyTorch's has a square kernel.
    """
    readings = {order: Sizes.of(shape, order) for order in ORDERS}
    fitting = [order for order, sizes in readings.items() if known.allow(sizes)]
    if len(fitting) == 1:
        return fitting[0]
    meanings = " or ".join(f"{_WORDS[order]} with {sizes}" for order, sizes in readings.items())
    if not fitting:
        raise ValueError(f"{name} has the shape {shape}: {meanings}, but the layer has {known}")
    ours, theirs = (sizes.kernel for sizes in readings.values())
    assert ours is not None
    assert theirs is not None
    if ours[0] != ours[1] and theirs[0] == theirs[1]:
        raise ValueError(f"{name} has the shape {shape}: is it {meanings}? say --weights-order ohwi or oihw")
    return "ohwi"


def in_order(weights: npt.NDArray[Any], order: str) -> npt.NDArray[Any]:
    """`weights` in Windrow's order. Raises ValueError for an order that there is not."""
    if order not in ORDERS:
        raise ValueError(f"weights order must be {' or '.join(ORDERS)}, not {order!r}")
    return weights.transpose(0, 2, 3, 1) if order == "oihw" else weights


def read_weights(path: Path) -> npt.NDArray[Any]:
    """(O, ., ., .) whole or real numbers from an `.npy` file, in the file's own order.

    Two dimensions are one filter of one channel. Raises ValueError for anything that is not such a file: for
    booleans, for no numbers at all, and for numbers that are infinite or none.
    """
    array = load_array(path, "iuf", "numbers", dimensions=(2, 4))
    if not array.size:
        raise ValueError(f"{path} must hold at least one number, not the shape {array.shape}")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ValueError(f"{path} must hold finite numbers, not {array[~np.isfinite(array)].ravel()[0]}")
        array = array.astype(np.float64)
    return array.reshape(1, *array.shape, 1) if array.ndim == 2 else array


@dataclass(frozen=True, eq=False)
class Quantised:
    """Real weights as whole numbers.

    values: (O, kh, kw, I/groups) int64, within `kind`
    scales: (O,) `scales[o] * values[o]` is what filter `o` has become
    kind: their type
    rms: root of the mean squared error, over that of the weights themselves
    largest: the largest error of one weight
    """

    values: npt.NDArray[np.int64]
    scales: npt.NDArray[np.float64]
    kind: IntType
    rms: float
    largest: float

    def __str__(self) -> str:
        return (f"{self.kind}, a scale for each filter, error {self.rms:.2%} of the weights' rms, "
                f"{self.largest:.2g} at most")  # fmt: skip


def quantise(weights: npt.NDArray[np.float64], kind: IntType) -> Quantised:
    """Symmetric quantisation, a scale for each filter: its largest magnitude becomes the largest of `kind`.

    weights: (O, kh, kw, I/groups), finite. The most negative number of `kind` is not used, so that zero stays
    in the middle. Raises ValueError for a type without negative numbers, or of one bit.
    """
    if not kind.signed or kind.max < 1:
        raise ValueError(f"quantised weights must have a type of int2 or more, not {kind}")
    peaks = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    scales = np.where(peaks > 0, peaks / kind.max, 1.0)
    wide = scales.reshape(-1, 1, 1, 1)
    values = np.rint(weights / wide).astype(np.int64)
    error = values * wide - weights
    power = float(np.sqrt(np.mean(weights**2)))
    rms = float(np.sqrt(np.mean(error**2))) / power if power else 0.0
    return Quantised(Int(kind.bits).check(values, "weights"), scales, kind, rms, float(np.abs(error).max()))
