"""Pictures, borders and comparisons for filters that must equal OpenCV in every pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import windrow as wr
from windrow.storage.images import photograph

BORDERS = {"constant": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE, "reflect": cv2.BORDER_REFLECT_101,
           "symmetric": cv2.BORDER_REFLECT}
PHOTOGRAPH = photograph(200)[:, :, 0].astype(np.uint8)
RANDOM = 200


@dataclass(frozen=True)
class Sample:
    """A picture (H, W, C) of bytes, how a filter is asked for it, and the same border in OpenCV's words."""

    x: NDArray[np.uint8]
    stride: int
    border: str
    index: int

    @property
    def size(self) -> tuple[int, int]:
        return self.x.shape[0], self.x.shape[1]

    @property
    def words(self) -> dict[str, Any]:
        return {"stride": self.stride, "channels": self.x.shape[2]}

    @property
    def bordered(self) -> dict[str, Any]:
        return {**self.words, "border": self.border}

    @property
    def theirs(self) -> NDArray[np.uint8]:
        """As OpenCV takes it."""
        return np.ascontiguousarray(self.x[:, :, 0]) if self.x.shape[2] == 1 else self.x

    @property
    def border_type(self) -> int:
        return BORDERS[self.border]

    def check(self, net: wr.Network, want: Any) -> None:
        """What comes out is OpenCV's picture at every stride-th row and column, with no difference."""
        full = np.asarray(want).astype(np.int64)
        full = full[:, :, np.newaxis] if full.ndim == 2 else full
        where = f"{net.name}, sample {self.index}: {self.size}, {self.bordered}"
        np.testing.assert_array_equal(net.golden(self.x), full[:: self.stride, :: self.stride], where)


def samples(least: int = 8, channels: tuple[int, ...] = (1, 3), count: int = RANDOM) -> Iterator[Sample]:
    """The photograph, and random pictures of all sizes, strides and borders.

    least: rows and columns
    """
    planes = [np.roll(PHOTOGRAPH, 7 * at, axis=1) for at in range(channels[0])]
    yield Sample(np.stack(planes, axis=-1), 1, "reflect", -1)
    random = np.random.default_rng(0)
    for index in range(count):
        shape = (*random.integers(least, least + 16, 2), random.choice(channels))
        x = random.integers(0, 256, shape, np.uint8)
        if index % 4 == 0:
            x = x // 128 * np.uint8(255)  # black and white: the steepest edges there are
        yield Sample(x, 1 + index // 4 % 4, list(BORDERS)[index // 16 % 4], index)
