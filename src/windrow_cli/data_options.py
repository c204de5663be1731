"""The options that give a layer its weights and bias: files, kernels by name, or pseudo-random numbers."""

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from typer import Option

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.storage.images import load_array
from windrow.storage.weights import ORDERS, Quantised, in_order, order_of, quantise, read_weights
from windrow.values.numerics import Int
from windrow.workloads.kernels import KERNELS, SIZE, kernel
from windrow_cli.console import UserMistake, user_input
from windrow_cli.options import LayerOptions

PICTURE = "leave out --height and --width, and a picture gives them"
"""What helps where a picture and the flags disagree."""

_DATA = "Data"


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """Weights and bias from files, weights by name, or reproducible pseudo-random ones."""

    weights: Annotated[str | None, Option(metavar="FILE.npy|NAME", rich_help_panel=_DATA,
        help="Weights, (filters, kernel rows, kernel columns, channels / groups), or the kernel "
        f"{', '.join(KERNELS[:-1])} or {KERNELS[-1]}.")] = None
    weights_order: Annotated[str | None, Option(metavar="|".join(ORDERS), rich_help_panel=_DATA,
        help="Order of axes of the file; oihw is PyTorch's. [dim]\\[default: what fits the layer][/]")] = None
    quantise: Annotated[bool, Option(rich_help_panel=_DATA,
        help="Make real weights whole: symmetric, a scale for each filter.")] = False
    bias: Annotated[Path | None, Option(metavar="FILE.npy", rich_help_panel=_DATA,
        help="One number for each filter; the layer then has a bias.")] = None
    seed: Annotated[int, Option(metavar="N", rich_help_panel=_DATA,
        help="Pseudo-random data where no file is given.")] = 0

    def read(self, layer: LayerOptions) -> "Data":
        """The files' content, before the layer is complete: it implies part of it."""
        with user_input():
            name = self.weights if self.weights is not None and _is_name(self.weights) else None
            if self.weights_order is not None and (self.weights is None or name is not None):
                raise UserMistake("--weights-order is the order of a file: it needs --weights FILE.npy")
            if self.quantise and (self.weights is None or name is not None):
                raise UserMistake("--quantise makes weights of a file whole: it needs --weights FILE.npy")
            if self.weights is not None and not layer.weighted():
                raise UserMistake(f"--weights must be left out: the layer of {layer.layer} has none")
            if name is not None:
                rows, columns = layer.known().kernel or SIZE
                kernel(name, (1, rows, columns, 1))  # complains before any wait
                return Data(None, self._bias(None), self.seed, kernel=name, source=f"kernel {name}")
            if self.weights is None:
                return Data(None, self._bias(None), self.seed)
            return self._of_file(Path(self.weights), layer)

    def _of_file(self, path: Path, layer: LayerOptions) -> "Data":
        weights, source = read_weights(path), "weights from files"
        order = self.weights_order or order_of(weights.shape, layer.known(), str(path))
        weights, groups = in_order(weights, order), layer.groups or 1
        if order != ORDERS[0]:
            source += ", in PyTorch's order"
        if weights.dtype.kind != "f":
            if self.quantise:
                raise UserMistake(f"--quantise is for real weights: {path} holds {weights.dtype}")
            return Data(Int(64).check(weights, str(path)), self._bias(None), self.seed, groups, source=source)
        made = quantise(weights, layer.weight_kind())
        if not self.quantise:
            raise UserMistake(f"{path} must hold whole numbers, not real ones: --quantise makes them {made}")
        return Data(made.values, self._bias(made), self.seed, groups, source=f"{source}, quantised to {made}")

    def _bias(self, made: Quantised | None) -> NDArray[np.int64] | None:
        """The bias of its file. A real one is counted in steps of the filters' scales, as their sums are."""
        if self.bias is None:
            return None
        bias = load_array(self.bias, "iu" if made is None else "iuf", "whole numbers", dimensions=(1,))
        if made is None or bias.dtype.kind != "f":
            return Int(64).check(bias, str(self.bias))
        if bias.shape != made.scales.shape or not np.isfinite(bias).all():
            raise UserMistake(f"{self.bias} must hold {len(made.scales)} finite numbers, one for each filter")
        return np.rint(bias / made.scales).astype(np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class Data:
    """Weights and bias as given; what is missing is pseudo-random.

    groups: of the layer, whose channels are so many times those of the weights
    kernel: the name of a kernel that weights are made of; they are none then
    source: where given weights come from
    """

    weights: NDArray[np.int64] | None
    bias: NDArray[np.int64] | None
    seed: int
    groups: int = 1
    kernel: str = ""
    source: str = ""

    @property
    def given(self) -> bool:
        """Are there weights of a file or by name?"""
        return self.weights is not None or bool(self.kernel)

    def implied(self) -> dict[str, Any]:
        """What these arrays say about the layer, unless it says otherwise itself."""
        said: dict[str, Any] = {}
        if self.weights is not None:
            filters, rows, columns, depth = (int(size) for size in self.weights.shape)
            said.update(out_channels=filters, kernel_size=(rows, columns), in_channels=depth * self.groups)
        if self.kernel:
            said["kernel_size"] = SIZE
        if self.bias is not None:
            said["bias"] = True
        return said

    def channels(self, layer: LayerOptions) -> int | None:
        """Channels that a picture should have: as flags, file and weights say, one for a kernel by name."""
        if layer.layer is not None:
            return layer.build(**self.implied())[0].in_channels
        if layer.in_channels is not None:
            return layer.in_channels
        return self.implied().get("in_channels", 1 if self.kernel else None)

    def complete(self, layer: Operator) -> tuple[NDArray[Any] | None, NDArray[Any] | None, str]:
        """Weights and bias for the layer, checked, and a phrase that says where they come from."""
        if not isinstance(layer, Conv2d) and self.given:
            raise UserMistake(f"--weights must be left out: {layer} has none")
        with user_input():
            weights = self.weights
            if self.kernel and isinstance(layer, Conv2d):
                weights = kernel(self.kernel, layer.weight_shape)
            elif weights is None:
                weights = layer.random_weights(self.seed)
            bias = layer.random_bias(self.seed) if self.bias is None else self.bias
            weights, bias = layer.check_parameters(weights, bias)
        if weights is None:
            return weights, bias, "no weights"
        invented = [] if self.given else ["weights"]
        if self.bias is None and bias is not None:
            invented.append("bias")
        said = [self.source] if self.given else []
        if invented:
            said.append(f"pseudo-random {' and '.join(invented)} from seed {self.seed}")
        return weights, bias, ", ".join(said)


def _is_name(text: str) -> bool:
    """Is it the name of a kernel, and not of a file?"""
    return re.fullmatch(r"[\w-]+", text) is not None and not Path(text).is_file()
