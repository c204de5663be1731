"""From the operators of a quantised network to steps of hardware, with the same integers.

    zero points      into biases, and into what lies in the padding; for transposed convolutions into a table
    mean             sums of all pixels
    pad              into the padding of the convolution behind it, or a window of one pixel with padding
    rescale, ReLU    a table behind the operator before
    reshape          nothing: the stream stays the same; where channels came first, weights behind it turn
    softmax          at the end, on the host
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    """The steps of a network, of all that leads to its output.

    Raises ValueError, with the operator's place and what would help, for what has no hardware.
    """
    used = _used(network)
    state = Lowering(network, list(used.values()))
    host = _on_the_host(list(used.values()))
    for number, node in used.items():
        if node in host:
            continue
        makes = _STEPS.get(type(node.operator))
        try:
            if makes is None:
                raise ValueError("has no hardware yet: end the network before it")
            state.check_order(node)
            makes(state, number, node)
        except ValueError as error:
            raise ValueError(f"node {number}, {node.operator.title} {node.name!r}: {error}") from error
    last = host[0].inputs[0] if host else network.output
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


def _used(network: Network) -> dict[int, Node]:
    """The nodes that lead to the output, by their places."""
    wanted, found = {network.output}, {}
    for number, node in reversed(list(enumerate(network.nodes))):
        if node.output in wanted:
            found[number] = node
            wanted.update(node.inputs)
    return dict(reversed(found.items()))


def _on_the_host(used: Sequence[Node]) -> tuple[Node, ...]:
    """A softmax at the end, and what comes behind it."""
    first = next((at for at, node in enumerate(used) if isinstance(node.operator, Softmax)), len(used))
    rest = tuple(used[first:])
    if any(not isinstance(node.operator, (Softmax, nodes.Reshape)) for node in rest):
        return ()  # the error says which it is
    return rest
