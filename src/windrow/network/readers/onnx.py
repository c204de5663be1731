"""ONNX models as networks: see `onnx_reader`."""

from __future__ import annotations

from windrow.network.graph import Network
from windrow.network.readers.onnx_file import decode
from windrow.network.readers.onnx_operators import OPERATORS
from windrow.network.readers.onnx_reader import Reader

__all__ = ["read"]


def read(data: bytes, name: str) -> Network:
    """The network in the bytes of an ONNX file.

    Raises ImportError without the package `onnx`, ValueError for a damaged file and what cannot be mapped.
    """
    return Reader(decode(data), OPERATORS).network(name)
