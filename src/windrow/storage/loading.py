"""Whatever a file holds: layers and designs of TOML, networks of model files."""

from __future__ import annotations

import os

from windrow.network.graph import Network
from windrow.network.readers import onnx, tflite
from windrow.operators.operator import Operator
from windrow.stage.design import Design
from windrow.storage import files
from windrow.storage.outputs import as_path

__all__ = ["MODELS", "load"]

_READERS = {".tflite": tflite.read, ".onnx": onnx.read}
MODELS = tuple(_READERS)
"""What the names of model files end in."""


def load(path: str | os.PathLike[str]) -> Operator | Design | Network:
    """The layer or design in a TOML file, or the network in a model file (`.tflite`, `.onnx`).

    Raises
    ------
    OSError
        if the file cannot be read
    ImportError
        if the package that reads a model file is missing, with what to install
    TypeError, ValueError
        as `windrow.storage.files.load` does; for a model that is damaged or cannot be mapped, with the path
        in front; for what is no path
    """
    file = as_path(path)
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        return files.load(path)
    data = file.read_bytes()
    try:
        return reader(data, file.stem)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
