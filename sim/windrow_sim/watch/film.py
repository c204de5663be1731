"""film: a watched run as an animated GIF, for slides, chats and READMEs, one picture for each cycle.

    write_film(watch(design, x, weights), "run.gif")

The image with what the line buffer holds of it, the window in service, the taps that are multiplied, the
output as it grows, and a strip of all cycles: the events that the page steps through, in the same colours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windrow.install import pip_install
from windrow.storage.outputs import whole
from windrow.values.numerics import as_int, check_kind
from windrow_sim.watch.session import Output, Step, Watch
from windrow_sim.watch.web import work_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["MOST", "write_film"]

MOST = 600
"""Cycles of one film, at most."""

_PAPER, _INK, _MUTED, _LINE = "#ffffff", "#1e2830", "#66717b", "#dcdfe1"
_ARRIVE, _HOLD, _READ, _MUL, _LEAVE = "#23845a", "#2f6fae", "#e08e0b", "#6b43b8", "#b03a68"
_FILL = {"future": "#ffffff", "arriving": "#bfe6d0", "held": "#d5e6f6", "freed": "#eef0f0",
         "unread": "#f8f8f8", "padding": "#f3f1ea", "multiplied": "#e4daf7", "summing": "#e4daf7",
         "queued": "#f0e3ee", "leaving": "#f6d5e1", "done": "#eef0f0"}  # fmt: skip
_EDGE = 16
_STRIP = 42
_READABLE = 7  # the smallest size of a font
_ROOM = 288  # pixels of the larger side of the image


def write_film(
    watch: Watch, path: str | os.PathLike[str], *, first: int = 0, end: int | None = None, per_second: int = 6
) -> Path:
    """Write the cycles `first` to `end` (not included; None: all) of a run as a GIF, whole or not at all.

    per_second: cycles shown in a second, 1 to 50; the last one stays for two seconds

    Raises TypeError and ValueError for numbers that are none or out of range, for more than `MOST` cycles and
    where Pillow is not installed; OSError where the file cannot be written.
    """
    check_kind(watch, Watch, "watch")
    first, per_second = as_int(first, "first", 0), as_int(per_second, "per_second", 1)
    last = watch.cycles if end is None else min(as_int(end, "end", 1), watch.cycles)
    if first >= last:
        raise ValueError(f"first must be below {last}, the end, not {first}")
    if last - first > MOST:
        raise ValueError(f"a film shows at most {MOST} cycles, not {last - first}: say first and end")
    if per_second > 50:
        raise ValueError(f"per_second must be at most 50, which is what browsers show, not {per_second}")
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise ValueError(f"a film needs Pillow: {pip_install('explore')}") from error
    stage = _Stage(watch)
    pictures = [stage.picture(cycle).quantize(64) for cycle in range(first, last)]
    times = [1000 // per_second] * (len(pictures) - 1) + [2000]
    target = Path(path)
    with whole(target) as aside:
        pictures[0].save(aside, format="GIF", save_all=True, append_images=pictures[1:], duration=times,
                         loop=0, optimize=False)  # fmt: skip
    return target


class _Stage:
    """Draws one cycle of a run."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.design = watch, watch.run.design
        self.layer = layer = self.design.layer
        (self.top, bottom), (self.left, right) = layer.padding
        self.rows, self.columns = layer.height + self.top + bottom, layer.width + self.left + right
        self.cell = max(12, min(36, _ROOM // max(self.rows, self.columns)))
        self.out_rows, self.out_columns = layer.output_shape[:2]
        self.out_left = 2 * _EDGE + self.columns * self.cell + 24
        self.width = max(self.out_left + self.out_columns * self.cell + _EDGE, 460)
        self.height = max(self.rows, self.out_rows) * self.cell + 2 * 18 + _STRIP + 4 * _EDGE
        self.accepted = {beat.accepted: at for at, beat in enumerate(watch.beats)}
        self.issued = {step.issued: step for step in watch.steps}
        self.multiplied = {step.multiplied: step for step in watch.steps}
        self.transferred = {output.transferred: output for output in watch.outputs}
        self.pixel_size = self._size(watch.run.x[..., 0].ravel().tolist())
        self.output_size = self._size([output.values[0] for output in watch.outputs if not output.group])

    def _size(self, numbers: list[int]) -> int:
        """Of the font of a map: what the longest number that can be read at all leaves room for."""
        sizes = [int(1.5 * (self.cell - 4) / len(str(number))) for number in numbers]
        return min([13, *(size for size in sizes if size >= _READABLE)])

    def picture(self, cycle: int) -> Image:
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (self.width, self.height), _PAPER)
        draw = ImageDraw.Draw(image)
        reading = self.issued.get(cycle)
        coming = reading or next((s for s in self.watch.steps if s.issued > cycle), self.watch.steps[-1])
        self._image(draw, cycle, coming, self.multiplied.get(cycle))
        if reading is not None:
            self._frame(draw, reading)
        self._output(draw, cycle)
        below = 2 * _EDGE + max(self.rows, self.out_rows) * self.cell
        self._say(draw, _EDGE, below, f"cycle {cycle} of {self.watch.cycles - 1}", _INK, 14)
        self._say(draw, _EDGE, below + 18, self.sentence(cycle), _MUTED, 12)
        self._strip(draw, cycle, below + 44)
        return image

    def sentence(self, cycle: int) -> str:
        """What happens in a cycle, in words."""
        said = []
        if (beat := self.accepted.get(cycle)) is not None:
            pixel = beat % self.design.input_beats // self.design.slices
            said.append(f"pixel {divmod(pixel, self.layer.width)} arrives")
        if (step := self.multiplied.get(cycle)) is not None:
            said.append(f"window ({step.row}, {step.column}) is {work_of(self.layer)[1]}")
        if (output := self.transferred.get(cycle)) is not None:
            said.append(f"output ({output.row}, {output.column}) leaves")
        return "; ".join(said) or "nothing moves"

    def _image(self, draw: ImageDraw, cycle: int, coming: Step, multiplied: Step | None) -> None:
        here = multiplied is not None and multiplied.frame == coming.frame
        taps = self._taps(multiplied) if multiplied is not None and here else set()
        x = self.watch.run.x[coming.frame]
        for row in range(self.rows):
            for column in range(self.columns):
                y, at = row - self.top, column - self.left
                inside = 0 <= y < self.layer.height and 0 <= at < self.layer.width
                state = self.pixel(coming.frame, y, at, cycle) if inside else "padding"
                fill = _FILL["multiplied" if (y, at) in taps and inside else state]
                line = {"arriving": _ARRIVE, "held": _HOLD}.get(state, _LINE)
                text = str(x[y, at, 0]) if inside else ""
                self._cell(draw, _EDGE + column * self.cell, _EDGE + row * self.cell, fill, line, text,
                           _MUTED if state in ("future", "freed", "unread") else _INK, self.pixel_size)

    def pixel(self, frame: int, y: int, x: int, cycle: int) -> str:
        """future, arriving, held, freed, or unread (accepted, never stored); of its beats the busiest."""
        slices = self.design.slices
        start = frame * self.design.input_beats + (y * self.layer.width + x) * slices
        states = set()
        for beat in self.watch.beats[start : start + slices]:
            if beat.accepted >= cycle:
                states.add("arriving" if beat.accepted == cycle else "future")
            elif not beat.stored:
                states.add("unread")
            else:
                states.add("freed" if beat.freed is not None and beat.freed <= cycle else "held")
        return next(each for each in ("arriving", "held", "future", "freed", "unread") if each in states)

    def _taps(self, step: Step) -> set[tuple[int, int]]:
        """Places of the pixels that a step multiplies, padding included."""
        (kh, kw), (sh, sw), (dh, dw) = self.layer.kernel_size, self.layer.stride, self.layer.dilation
        first = step.step * self.design.taps
        return {
            (step.row * sh - self.top + number % kh * dh, step.column * sw - self.left + number // kh * dw)
            for number in range(first, min(first + self.design.taps, kh * kw))
        }

    def _frame(self, draw: ImageDraw, step: Step) -> None:
        """Around the window that is read."""
        (tall, wide), (sh, sw) = self.layer.effective_kernel, self.layer.stride
        x, y = _EDGE + step.column * sw * self.cell, _EDGE + step.row * sh * self.cell
        draw.rectangle((x, y, x + wide * self.cell - 1, y + tall * self.cell - 1), outline=_READ, width=3)

    def output(self, output: Output, at: int, cycle: int) -> str:
        """future, summing, queued, leaving or done."""
        if output.transferred <= cycle:
            return "leaving" if output.transferred == cycle else "done"
        if output.finished <= cycle:
            return "queued"
        first = self.watch.steps[at * self.design.beat_steps]
        return "summing" if first.multiplied <= cycle else "future"

    def _output(self, draw: ImageDraw, cycle: int) -> None:
        sent = sum(output.transferred < cycle for output in self.watch.outputs)
        frame = self.watch.outputs[min(sent, len(self.watch.outputs) - 1)].frame
        lines: Mapping[str, Any] = {"leaving": _LEAVE, "queued": _LEAVE, "summing": _MUL}
        for at, output in enumerate(self.watch.outputs):
            if output.frame != frame or output.group:
                continue
            state = self.output(output, at, cycle)
            text = str(output.values[0]) if state in ("leaving", "done") else ""
            self._cell(draw, self.out_left + output.column * self.cell, _EDGE + output.row * self.cell,
                       _FILL[state], lines.get(state, _LINE), text, _INK, self.output_size)

    def _strip(self, draw: ImageDraw, cycle: int, top: int) -> None:
        wide = (self.width - 2 * _EDGE) / self.watch.cycles
        lanes = ((self.accepted, _ARRIVE), (self.multiplied, _MUL), (self.transferred, _LEAVE))
        for lane, (events, colour) in enumerate(lanes):
            y = top + lane * (_STRIP // 3)
            for at in events:
                x = _EDGE + at * wide
                draw.rectangle((x, y, x + max(0.0, wide - 1), y + _STRIP // 3 - 4), fill=colour)
        x = _EDGE + cycle * wide
        draw.rectangle((x, top - 3, x + max(1.0, wide), top + _STRIP), outline=_INK, width=1)

    def _cell(self, draw: ImageDraw, x: int, y: int, fill: str, line: str, text: str, ink: str,
              size: int) -> None:
        draw.rectangle((x + 1, y + 1, x + self.cell - 2, y + self.cell - 2), fill=fill, outline=line)
        if text and size * len(text) <= 1.5 * (self.cell - 4):
            draw.text((x + self.cell / 2, y + self.cell / 2), text, fill=ink, font=_font(size), anchor="mm")

    def _say(self, draw: ImageDraw, x: int, y: int, text: str, ink: str, size: int) -> None:
        draw.text((x, y), text, fill=ink, font=_font(size))


@lru_cache
def _font(size: int) -> Any:
    """The font of a size: loading it takes longer than drawing a picture."""
    from PIL import ImageFont

    return ImageFont.load_default(size)
