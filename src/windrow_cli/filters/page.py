"""The page of `windrow filter`: what went in and what came out, side by side, in one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

import numpy as np
import numpy.typing as npt

from windrow.storage.outputs import whole

__all__ = ["write_page"]

_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def write_page(path: Path, title: str, pictures: Iterable[tuple[str, npt.NDArray[np.uint8]]],
               facts: Iterable[tuple[str, str]], duration: int) -> None:
    """Pictures (N, H, W, C) with their captions, and facts (name, text) below.

    Several frames are shown one after the other, each for `duration` milliseconds.
    """
    figures = "\n".join(
        f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,{_png(frames, duration)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>" for caption, frames in pictures)
    rows = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in facts)
    with whole(path) as aside:
        text = _PAGE.substitute(title=escape(title), figures=figures, facts=rows)
        aside.write_text(text, encoding="utf-8")


def _png(frames: npt.NDArray[np.uint8], duration: int) -> str:
    """Frames as a PNG file, an animated one if there are several, in base 64."""
    from PIL import Image

    first, *others = (Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each) for each in frames)
    data = io.BytesIO()
    if others:
        first.save(data, "PNG", save_all=True, append_images=others, duration=duration, loop=0)
    else:
        first.save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()
