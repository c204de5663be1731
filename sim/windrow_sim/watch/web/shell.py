"""assemble: one HTML file that steps through cycles, with everything it needs inside it.

    page.html   title, sentence, controls, and places for the rest
    page.css    how it looks, light and dark
    moving.js   time: slider, buttons, keys
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

__all__ = ["assemble", "framed"]


def assemble(title: str, record: dict[str, Any], folder: str, scripts: Sequence[str],
             styles: Sequence[str] = ()) -> str:
    """The page of a record.

    folder: the package with `main.html`, `strip.html`, `scripts` and `styles` of this kind of page; the
    scripts after the first come behind `moving.js`
    """
    def own(names: Sequence[str]) -> list[str]:
        return [_read(folder, name) for name in names]

    parts = {
        "title": html.escape(title),
        "style": "\n".join([_read(__package__, "page.css"), *own(styles)]),
        "main": _read(folder, "main.html"),
        "strip": _read(folder, "strip.html"),
        # Inside a script element only "<" could end it early.
        "data": json.dumps(record, separators=(",", ":")).replace("<", "\\u003c"),
        "scripts": "\n".join([*own(scripts[:1]), _read(__package__, "moving.js"), *own(scripts[1:])]),
    }
    text = _read(__package__, "page.html")
    for name, content in parts.items():
        text = text.replace(f"<!-- {name} -->", content)
    return text


def framed(page: str, title: str, height: int) -> str:
    """A page as part of another one: a frame of `height` pixels with everything in it."""
    return (f'<iframe srcdoc="{html.escape(page, quote=True)}" title="{html.escape(title)}" loading="lazy" '
            f'style="width: 100%; height: {height}px; border: 0"></iframe>')


def _read(folder: str | None, name: str) -> str:
    assert folder is not None
    return files(folder).joinpath(name).read_text(encoding="utf-8")
