"""Digits as the network `digits` knows them: drawn, small, bright on dark, a little turned, on noise.

The typefaces are those that matplotlib ships; of `UNSEEN` the network has learned none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install

__all__ = ["FACES", "SIDE", "UNSEEN", "drawings"]

SIDE = 16
FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono",
         "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSerif", "DejaVuSerif-Italic",
         "DejaVuSerif-BoldItalic", "STIXGeneral", "STIXGeneralBol", "STIXGeneralBolIta", "cmb10", "cmss10",
         "cmtt10")  # fmt: skip
UNSEEN = ("DejaVuSerif-Bold", "STIXGeneralItalic", "cmr10")


def drawings(count: int, seed: int, faces: Sequence[str] = FACES
             ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:  # fmt: skip
    """`count` pictures (N, 16, 16, 1), and what they show.  ValueError where what draws is not installed."""
    try:
        from matplotlib import get_data_path
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise ValueError(f"drawings need Pillow and matplotlib: {pip_install('explore')}") from error

    random = np.random.default_rng(seed)
    folder = Path(get_data_path()) / "fonts" / "ttf"
    shows = random.integers(0, 10, count)
    found = np.empty((count, SIDE, SIDE, 1), np.uint8)
    big = 4 * SIDE
    for at, digit in enumerate(map(str, shows)):
        face = folder / f"{faces[int(random.integers(len(faces)))]}.ttf"
        font = ImageFont.truetype(str(face), int(random.integers(44, 66)))
        picture = Image.new("L", (big, big))
        left, top, right, bottom = font.getbbox(digit)
        place = ((big - left - right) / 2 + random.uniform(-6, 6),
                 (big - top - bottom) / 2 + random.uniform(-6, 6))
        ImageDraw.Draw(picture).text(place, digit, 255, font=font)
        turned = picture.rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR)
        small = np.asarray(turned.resize((SIDE, SIDE), Image.Resampling.BOX), np.float64)
        noise = random.normal(0, 12, small.shape)
        bright = small * random.uniform(0.6, 1) + random.uniform(0, 30) + noise
        found[at, :, :, 0] = np.clip(bright, 0, 255).astype(np.uint8)
    return found, shows.astype(np.int64)
