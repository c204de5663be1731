"""Borders: what taps in the padding read, under the names of `numpy.pad`.

    constant     one value             v v | a b c d | v v
    edge         the nearest pixel     a a | a b c d | d d
    reflect      mirrored at the edge  c b | a b c d | c b
    symmetric    mirrored behind it    b a | a b c d | d c

With padding of less than half the kernel, the pixel that a tap in the padding reads is that of another tap of
the same window.  The hardware then stores and reads what it would anyway, and only delivers some pixels to
two taps: no cycle and no row more.  Which tap delivers is the same for most windows of an axis, and different
for a few at its two ends: these are its *cases*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from windrow.window.axis import Axis

__all__ = ["MODES", "Sources", "check_mode", "sources"]

MODES = ("constant", "edge", "reflect", "symmetric")
"""Legal values of `padding_mode`."""

_SIDES = (("top", "bottom"), ("left", "right"))


def check_mode(mode: object, size: tuple[int, int], padding: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """`mode` for an image of `size` (h, w) with this padding.

    Raises TypeError for what is no string, ValueError for another name and for padding that is wider than
    what the image has to mirror.
    """
    if not isinstance(mode, str):
        raise TypeError(f"padding_mode must be a str, not {mode!r}")
    if mode not in MODES:
        raise ValueError(f"padding_mode must be one of {', '.join(MODES)}, not {mode!r}")
    if mode in ("reflect", "symmetric"):
        for axis, name in enumerate(("height", "width")):
            most = size[axis] - (mode == "reflect")
            for side, pad in zip(_SIDES[axis], padding[axis], strict=True):
                if pad > most:
                    raise ValueError(f"{side} padding must be in 0..{most} for padding_mode {mode!r} and "
                                     f"{name}={size[axis]}, not {pad}")  # fmt: skip
    return mode


@dataclass(frozen=True, eq=False)
class Sources:
    """Which of a window's own taps each tap delivers, along one axis.

    cases: the different answers, each with the delivering tap for every tap
    of: (outputs,) which of the cases each window is
    """

    cases: tuple[tuple[int, ...], ...]
    of: npt.NDArray[np.int64]

    @property
    def plain(self) -> bool:
        """Does every tap deliver itself?"""
        return all(case == tuple(range(len(case))) for case in self.cases)


def sources(axis: Axis, mode: str, name: str) -> Sources:
    """The sources of all windows of an axis that is called `name`.

    Under "constant" every tap delivers itself, in the padding too.  Raises ValueError, with the first tap at
    fault, where a window lacks the pixel that one of its taps in the padding reads.
    """
    taps = np.arange(axis.kernel)
    if mode == "constant":
        return Sources((tuple(taps.tolist()),), np.zeros(axis.outputs, np.int64))
    at = np.arange(axis.outputs)[:, None] * axis.stride - axis.before + taps * axis.dilation
    pixel = _mirrored(at, axis.size, mode)
    steps, rest = np.divmod(pixel - at, axis.dilation)
    delivering = taps + steps
    lacking = np.argwhere((rest != 0) | (delivering < 0) | (delivering >= axis.kernel))
    if lacking.size:
        window, tap = lacking[0].tolist()
        raise ValueError(
            f"padding_mode must be 'constant' for hardware with this padding, not {mode!r}: {name} {window} "
            f"of windows has a tap at {name} {at[window, tap]}, and none at {name} {pixel[window, tap]}, "
            f"which that one would read; without dilation, padding of at most {(axis.kernel - 1) // 2} has "
            f"hardware"
        )
    cases, of = np.unique(delivering, axis=0, return_inverse=True)
    return Sources(tuple(map(tuple, cases.tolist())), of.reshape(-1))


def _mirrored(position: npt.NDArray[np.int64], size: int, mode: str) -> npt.NDArray[np.int64]:
    """The pixel that is read at `position`, which lies at most an image's size outside."""
    inside = position.clip(0, size - 1)
    if mode == "edge":
        return inside
    beyond = position - inside  # negative before the image
    mirrored = inside - beyond
    return mirrored + np.sign(beyond) if mode == "symmetric" else mirrored
