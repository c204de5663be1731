"""Pictures in and out: photographs as feature maps, feature maps as grey pictures. Needs Pillow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windrow.install import pip_install
from windrow.storage.outputs import whole
from windrow.values.numerics import Int

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEEDS_PILLOW = f"pictures need Pillow and matplotlib: {pip_install('explore')}"


def photograph_file() -> Path:
    """The photograph of Grace Hopper that ships in matplotlib, in colour. Raises ValueError without it."""
    try:
        from matplotlib import get_data_path
    except ImportError as error:
        raise ValueError(_NEEDS_PILLOW) from error
    return Path(get_data_path()) / "sample_data" / "grace_hopper.jpg"


def photograph(width: int = 512) -> "NDArray[np.int64]":
    """The same photograph in grey, as `(H, W, 1)` values 0 to 255."""
    file = photograph_file()
    try:
        from PIL import Image
    except ImportError as error:
        raise ValueError(_NEEDS_PILLOW) from error

    with Image.open(file) as picture:
        grey = picture.convert("L")
    if grey.width != width:
        grey = grey.resize((width, round(grey.height * width / grey.width)))
    return np.asarray(grey, dtype=np.int64)[:, :, np.newaxis]


def read(
    path: Path, channels: int | None = None, size: tuple[int, int] | None = None
) -> "NDArray[np.int64]":
    """A picture as `(H, W, C)`, or an `.npy` file of `(H, W)`, `(H, W, C)` or `(N, H, W, C)`.

    `channels` 1 asks for grey and 3 for colour; `None` takes a picture as it is. Grey pictures of more than
    8 bits keep their values. `size` (rows, columns) scales a picture; arrays are never scaled. Raises
    `ValueError` for anything that is not such a file.
    """
    if path.suffix.lower() == ".npy":
        array = read_array(path, dimensions=(2, 3, 4))
        return array[:, :, np.newaxis] if array.ndim == 2 else array
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ValueError(_NEEDS_PILLOW) from error

    if channels not in (None, 1, 3):
        raise ValueError(f"{path} has 1 or 3 channels, the layer {channels}; give an .npy file instead")
    try:
        with Image.open(path) as opened:
            picture = opened if size is None else opened.resize((size[1], size[0]))
            if picture.mode == "F":
                raise ValueError(f"{path} holds real numbers, not whole ones; give an .npy file instead")
            if picture.mode.startswith("I"):  # Pillow would clip 16 and 32 bits to 255
                deep = np.asarray(picture, dtype=np.int64)
                return np.repeat(deep[:, :, np.newaxis], channels or 1, axis=2)
            if channels is None:
                channels = 1 if picture.mode in ("1", "L", "LA") else 3
            pixels = picture.convert("L" if channels == 1 else "RGB")
    except UnidentifiedImageError as error:
        raise ValueError(f"{path} is not a picture that Pillow can read") from error
    except (OSError, SyntaxError) as error:  # Pillow reports some broken files as a SyntaxError
        raise ValueError(f"{path} cannot be read: {_reason(error)}") from error
    return np.asarray(pixels, dtype=np.int64).reshape(pixels.height, pixels.width, channels)


def check_size(path: Path, x: "NDArray[np.int64]", size: tuple[int, int], remedy: str) -> None:
    """Raise ValueError, with what helps, for a picture that is not of this size (rows, columns)."""
    rows, columns = x.shape[-3:-1]
    if path.suffix.lower() != ".npy" and (rows, columns) != size:
        raise ValueError(f"{path} is {rows}x{columns} (height x width), the layer takes {size[0]}x{size[1]}: "
                         f"{remedy}")


def read_array(path: Path, dimensions: tuple[int, ...]) -> "NDArray[np.int64]":
    """Whole numbers from an `.npy` file. Raises `ValueError` for anything that is not such a file.

    Booleans are no numbers here, as they are none to a layer.
    """
    return Int(64).check(load_array(path, "iu", "whole numbers", dimensions), str(path))


def load_array(path: Path, kinds: str, what: str, dimensions: tuple[int, ...]) -> "NDArray[Any]":
    """An array from an `.npy` file, of certain kinds (letters of NumPy's `dtype.kind`) and dimensions.

    what: what errors call its elements. Raises `ValueError` for anything that is not such a file.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {_reason(error)}") from error
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not an .npy file of numbers") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in kinds:
        raise ValueError(f"{path} must hold {what}, not {getattr(array, 'dtype', 'an archive')}")
    if array.ndim not in dimensions:
        legal = " or ".join(map(str, dimensions))
        raise ValueError(f"{path} must have {legal} dimensions, not the shape {array.shape}")
    return array


def write_edges(path: Path, plane: "NDArray[np.int64]") -> None:
    """One channel of signed values as a picture: the magnitude, white on black.

    The brightest half per cent is cut off, for the frame that zero padding draws around a picture would
    otherwise darken everything else.
    """
    magnitude = np.abs(plane)
    top = max(float(np.percentile(magnitude, 99.5)), 1.0)
    write_grey(path, np.minimum(magnitude * (255.0 / top), 255.0))


def write_grey(path: Path, plane: "NDArray[np.float64]") -> None:
    """Values 0 to 255 as a grey picture."""
    from PIL import Image

    with whole(path) as aside:
        Image.fromarray(np.rint(plane).astype(np.uint8)).save(aside)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
