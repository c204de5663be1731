"""ONNX models as networks: see `onnx_reader`."""

from __future__ import annotations

import os
from pathlib import Path

from windrow.network.graph import Network
from windrow.network.readers.onnx_file import decode
from windrow.network.readers.onnx_operators import OPERATORS
from windrow.network.readers.onnx_reader import Reader

__all__ = ["read"]


def read(path: str | os.PathLike[str]) -> Network:
    """The network in the ONNX file `path`.

    Raises
    ------
    OSError
        if the file cannot be read
    ImportError
        without the package `onnx`
    ValueError
        for a damaged file, and for what cannot be mapped, with the path in front
    """
    data = Path(path).read_bytes()
    try:
        return Reader(decode(data), OPERATORS).network(Path(path).stem)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
