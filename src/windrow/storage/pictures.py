"""Pictures of 8 bits as frames, and frames as pictures without loss.  Needs Pillow.

    read       grey and colour as they are; a palette as the colours that it stands for; each frame of an
               animation, and each of several files, as a frame of its own; turned as a camera says
    refused    more than 8 bits, floats, transparency without a background; frames of different sizes
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from windrow.install import pip_install
from windrow.storage.outputs import place, whole

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ANIMATED", "LOSSLESS", "Pictures", "check_place", "read_pictures", "write_pictures"]

Array = npt.NDArray[np.uint8]

LOSSLESS = (".png", ".bmp", ".tif", ".tiff", ".pgm", ".ppm")
"""Ends of files that keep every pixel."""

ANIMATED = (".gif", ".apng")
"""Ends of files that hold several frames; GIF keeps grey ones, and has 256 colours for others."""

_DURATION = 100  # milliseconds of a frame where nothing is said


@dataclass(frozen=True, eq=False)
class Pictures:
    """Frames of one size, (N, H, W, C) with C 1 or 3 (red, green, blue).

    names: what each frame is called in errors
    duration: milliseconds of a frame
    """

    frames: Array
    names: tuple[str, ...]
    duration: int = _DURATION

    @property
    def words(self) -> str:
        """Their number, size and kind, for people."""
        count, height, width, channels = self.frames.shape
        several = f"{count} frames of " if count > 1 else ""
        return f"{several}{width}x{height}, {'grey' if channels == 1 else 'colour'}"


def read_pictures(paths: Sequence[Path], grey: bool = False, background: str | None = None) -> Pictures:
    """All frames of all files, in their order; a name with `*` that is no file stands for those it matches.

    grey: make them grey
    background: the colour behind what is transparent, as "white" or "#204060"

    Raises ValueError for what is refused, empty or broken, naming the file.
    """
    files = [file for path in paths for file in _matching(path)]
    frames: list[Array] = []
    names: list[str] = []
    duration = _DURATION
    for file in files:
        found = list(_frames(file, grey, background))
        for number, (array, milliseconds) in enumerate(found):
            name = str(file) if len(found) == 1 else f"{file}, frame {number}"
            if frames and array.shape[:2] != frames[0].shape[:2]:
                sizes = [f"{each.shape[1]}x{each.shape[0]}" for each in (frames[0], array)]
                raise ValueError(f"all pictures must have one size: {names[0]} is {sizes[0]}, {name} is "
                                 f"{sizes[1]} (width x height)")
            frames.append(array)
            names.append(name)
            duration = milliseconds or duration
    channels = max(each.shape[2] for each in frames)
    alike = [np.repeat(each, channels // each.shape[2], axis=2) for each in frames]
    return Pictures(np.stack(alike), tuple(names), duration)


def _matching(path: Path) -> list[Path]:
    """The file, or those that a pattern stands for, by name."""
    text = str(path)
    if path.exists() or not any(mark in text for mark in "*?["):
        return [path]
    found = sorted(map(Path, glob.glob(text)))
    if not found:
        raise ValueError(f"no file is called {text}")
    return found


def _frames(path: Path, grey: bool, background: str | None) -> Iterator[tuple[Array, int]]:
    """Each frame of a file, and how long it is shown; 0: not said."""
    try:
        from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
    except ImportError as error:
        raise ValueError(f"pictures need Pillow: {pip_install('explore')}") from error

    try:
        with Image.open(path) as opened:
            _check_depth(path, opened)
            for frame in ImageSequence.Iterator(opened):
                plain = _plain(path, ImageOps.exif_transpose(frame), background)
                shown = plain.convert("L") if grey or plain.mode in ("1", "L") else plain.convert("RGB")
                array = np.asarray(shown, np.uint8).reshape(shown.height, shown.width, -1)
                yield array, round(frame.info.get("duration", 0))
    except UnidentifiedImageError as error:
        what = "is empty" if not path.stat().st_size else "is not a picture that Pillow can read"
        raise ValueError(f"{path} {what}") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path} is larger than Pillow reads: {error}") from error
    except (OSError, SyntaxError, EOFError) as error:  # Pillow reports some broken files as a SyntaxError
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _check_depth(path: Path, picture: Image) -> None:
    """Refuse more than 8 bits a channel, which Pillow shortens without a word where there are colours."""
    tiles = getattr(picture, "tile", None)
    raw = tiles[0][3] if tiles else ()
    deep = any((isinstance(each, int) and each > 255) or ";16" in str(each)
               for each in (raw if isinstance(raw, tuple) else (raw,)))
    if picture.mode[0] in "IF" or deep:
        kind = "floats" if picture.mode == "F" else "more than 8 bits a channel"
        raise ValueError(f"{path} holds {kind}: make it a picture of 8 bits first")


def _plain(path: Path, picture: Image, background: str | None) -> Image:
    """The picture without transparency."""
    from PIL import Image, ImageColor

    if not picture.has_transparency_data:
        return picture
    seen = picture.convert("RGBA")
    if seen.getchannel("A").getextrema() == (255, 255):  # it could be transparent, and is not
        return picture.convert("L" if picture.mode == "LA" else "RGB")
    if background is None:
        raise ValueError(f"{path} is transparent in places: say what is behind it, --background white")
    try:
        colour = ImageColor.getcolor(background, "RGBA")
    except ValueError as error:
        raise ValueError(f"background must be a colour such as white or #204060, "
                         f"not {background!r}") from error
    behind = Image.alpha_composite(Image.new("RGBA", seen.size, colour), seen)
    neutral = picture.mode == "LA" and len(set(ImageColor.getrgb(background)[:3])) == 1
    return behind.convert("L" if neutral else "RGB")


def check_place(path: Path, inputs: Sequence[Path]) -> Path:
    """A file for pictures, which is none of `inputs`.  Raises ValueError, OSError."""
    suffix = path.suffix.lower()
    if suffix not in (*LOSSLESS, *ANIMATED):
        legal = ", ".join((*LOSSLESS, *ANIMATED))
        raise ValueError(f"{path} must end in {legal}, which keep every pixel, not "
                         f"{path.suffix or 'nothing'!r}")
    for each in inputs:
        if path.exists() and each.exists() and path.samefile(each):
            raise ValueError(f"{path} is an input, which is never overwritten: name another file")
    return place(path)


def write_pictures(path: Path, pictures: Pictures, inputs: Sequence[Path] = ()) -> list[Path]:
    """Write frames: all into one file where it can hold several, else one file each, numbered.

    Each file is whole or absent.  Raises as `check_place` does.
    """
    from PIL import Image

    images = [Image.fromarray(frame[:, :, 0] if frame.shape[2] == 1 else frame) for frame in pictures.frames]
    suffix = path.suffix.lower()
    more: dict[str, Any] = {"format": "PNG"} if suffix == ".apng" else {}
    if suffix in ANIMATED:
        if len(images) > 1:
            more |= {"save_all": True, "append_images": images[1:], "duration": pictures.duration, "loop": 0}
        files = [check_place(path, inputs)]
        with whole(files[0]) as aside:
            images[0].save(aside, **more)
        return files
    digits = len(str(len(images) - 1))
    files = [path] if len(images) == 1 else [
        path.with_name(f"{path.stem}-{number:0{digits}}{path.suffix}") for number in range(len(images))]
    for file, image in zip([check_place(file, inputs) for file in files], images, strict=True):
        with whole(file) as aside:
            image.save(aside)
    return files
