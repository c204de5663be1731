"""The few shapes that drawings are made of, as SVG text that reads well on light and on dark paper."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["MUTED", "Drawing"]

MUTED = "#78818c"
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
_WIDE = 0.56  # width of a letter, in its size


class Drawing:
    """An SVG picture of `width` by `height`; shapes are added from back to front."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        self.width, self.height = width, height
        self._parts = [f"<title>{escape(title)}</title>", f"<desc>{escape(description)}</desc>"]

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A rectangle with round corners and an outline, nearly transparent within."""
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="10" '
            f'fill="{colour}" fill-opacity="0.1" stroke="{colour}" stroke-width="1.5"/>'
        )

    def cells(self, places: Iterable[tuple[float, float]], width: float, height: float, colour: str,
              fill: float) -> None:
        """Equal rectangles side by side, as one path: a drawing has hundreds."""
        path = "".join(f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(height)}h{_n(-width)}z" for x, y in places)
        self._parts.append(f'<path d="{path}" fill="{colour}" fill-opacity="{fill}"/>')

    def text(
        self, x: float, y: float, text: str, *, size: float = 12, colour: str = MUTED, anchor: str = "middle",
        bold: bool = False, most: float | None = None,
    ) -> None:  # fmt: skip
        """A line of text; one that is wider than `most` is set smaller, and never cut."""
        if most is not None:
            size = min(size, most / (_WIDE * max(1, len(text))))
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}" '
                           f'text-anchor="{anchor}"{weight}>{escape(text)}</text>')  # fmt: skip

    def lines(self, x: float, y: float, texts: Iterable[str], *, most: float, step: float = 17) -> None:
        """Lines of text below each other."""
        for number, text in enumerate(texts):
            self.text(x, y + number * step, text, most=most)

    def arrow(self, x: float, y: float, to_x: float, to_y: float, colour: str = MUTED) -> None:
        """A straight arrow to the right or downwards."""
        right = to_y == y
        tip = (f"M{_n(to_x - 9)} {_n(to_y - 5)}l9 5-9 5z" if right
               else f"M{_n(to_x - 5)} {_n(to_y - 9)}l5 9 5-9z")  # fmt: skip
        self._parts.append(f'<path d="M{_n(x)} {_n(y)}L{_n(to_x)} {_n(to_y)}" stroke="{colour}" fill="none" '
                           f'stroke-width="1.8"/><path d="{tip}" fill="{colour}"/>')  # fmt: skip

    def __str__(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'width="100%" style="max-width: {self.width}px; height: auto" font-family="{escape(_FONT)}">'
            f"{''.join(self._parts)}</svg>"
        )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
