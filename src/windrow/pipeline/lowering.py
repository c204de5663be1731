"""From the operators of a quantised network to steps of hardware, with the same integers.

    zero points      into biases, and into what lies in the padding; for transposed convolutions into a table
    mean             sums of all pixels
    pad              into the padding of the convolution behind it, or a window of one pixel with padding
    rescale, ReLU    a table behind the operator before
    reshape          nothing: the stream stays the same; where channels came first, weights behind it turn
    softmax          at the end, on the host
"""

from __future__ import annotations

from collections.abc import Callable

from windrow.network import exact, nodes
from windrow.network.graph import Network, Node
from windrow.network.softmax import Softmax
from windrow.network.upsampling import Nearest, TransposedConvolution
from windrow.pipeline.lowerings.joins import lower_add, lower_concat, lower_exact_sum
from windrow.pipeline.lowerings.layers import lower_layer, lower_multiply, lower_transposed
from windrow.pipeline.lowerings.pools import lower_exact_average, lower_mean, lower_nearest, lower_pool
from windrow.pipeline.lowerings.shapes import lower_flatten, lower_pads, lower_rescale, lower_reshape
from windrow.pipeline.lowerings.state import Lowering, image
from windrow.pipeline.steps import INPUT, Steps

__all__ = ["lower"]

_STEPS: dict[type, Callable[[Lowering, int, Node], None]] = {
    exact.Average: lower_exact_average,
    exact.Flatten: lower_flatten,
    exact.Sum: lower_exact_sum,
    nodes.Add: lower_add,
    nodes.AveragePool: lower_pool,
    nodes.Concat: lower_concat,
    nodes.Layer: lower_layer,
    nodes.MaxPool: lower_pool,
    nodes.Mean: lower_mean,
    nodes.Multiply: lower_multiply,
    nodes.Pad: lower_pads,
    nodes.Rescale: lower_rescale,
    nodes.Reshape: lower_reshape,
    Nearest: lower_nearest,
    TransposedConvolution: lower_transposed,
}
"""What makes steps of each operator: the one table from networks to hardware."""


def lower(network: Network) -> Steps:
    """The steps of a network.

    Raises ValueError, with the operator's place and what would help, for what has no hardware.
    """
    state = Lowering(network)
    kept, host = _on_the_host(network)
    for number, node in enumerate(kept):
        makes = _STEPS.get(type(node.operator))
        try:
            if makes is None:
                raise ValueError("has no hardware yet: end the network before it")
            state.check_order(node)
            makes(state, number, node)
        except ValueError as error:
            raise ValueError(f"node {number}, {node.operator.title} {node.name!r}: {error}") from error
    last = kept[-1].output if kept else network.input
    if last in state.orders:
        raise ValueError(f"network {network.name!r} must not end in a flatten of an image, whose features "
                         "are in another order than its stream: end it before")
    out = state.step_of(last)
    if out == INPUT:
        raise ValueError(f"network {network.name!r} must compute something in hardware, and only changes "
                         "shapes")
    ordered = [step for step in state.found.values() if step.name != out]
    first = network.tensors[network.input]
    return Steps(image(first.shape), first.type, (*ordered, state.found[out]), host)


def _on_the_host(network: Network) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The nodes in front of a softmax at the end, and what is left of the network behind them."""
    every = network.nodes
    first = next((at for at, node in enumerate(every) if isinstance(node.operator, Softmax)), len(every))
    rest = every[first:]
    if any(not isinstance(node.operator, (Softmax, nodes.Reshape)) for node in rest):
        return every, ()  # the error says which it is
    return every[:first], rest
