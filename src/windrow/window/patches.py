"""Patches: the windows of an image laid side by side, for golden models.

    x ─▶ padding filled in ─▶ (Ho, Wo, C, kh, kw) view: windows on the stride grid, taps on the dilation grid
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from windrow.window.window import Window

__all__ = ["patches"]


def patches(image: npt.NDArray[Any], window: Window, fill: int) -> npt.NDArray[Any]:
    """(Ho, Wo, C, kh, kw) the windows of `image` (H, W, C), taps in the padding as `window.mode` says.

    fill: what they read under "constant"

    A view where nothing has to be padded, and at most one padded copy of the image otherwise: whoever needs
    windows as a matrix copies blocks of rows, so that memory stays bounded however large the image.
    """
    (sh, sw), (dh, dw) = window.stride, window.dilation
    padded = image
    if window.padded_size != window.size:
        widths, mode = (*window.padding, (0, 0)), window.mode
        value: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
        padded = np.pad(image, widths, mode, **value)  # type: ignore[call-overload]
    view = np.lib.stride_tricks.sliding_window_view(padded, window.effective_kernel, axis=(0, 1))
    return view[::sh, ::sw, :, ::dh, ::dw]
