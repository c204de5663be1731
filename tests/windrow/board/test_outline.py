"""What a board says of a network: comes back as it was, fits a packet, and takes the network's frames."""

import random

import numpy as np
import pytest

import windrow as wr
from networks import block, layer
from pipelines import random_pipeline
from windrow.board.link import PAYLOAD
from windrow.board.outline import Outline
from windrow.board.wire import Identity, network_digest, pack, results_of
from windrow.network.graph import Network, Node, Tensor
from windrow.pipeline.lowering import lower

OUTLINE = Outline("a network", (2, 3, 4), 3, wr.Int(8), (1, 1, 6), 5, wr.Int(12), 300, 400)


def test_it_comes_back() -> None:
    assert Outline.loads(OUTLINE.dumps()) == OUTLINE
    assert str(OUTLINE) == "network 'a network', 2 x 3 x 4 -> 1 x 1 x 6"
    identity = Identity(OUTLINE, b"12345678")
    assert Identity.from_bytes(identity.to_bytes()) == identity


def test_of_a_pipeline() -> None:
    pipeline = random_pipeline(block(), random.Random(1))
    outline = Outline.of(pipeline)
    assert (outline.input_shape, outline.inputs) == (pipeline.input_shape, 2)
    assert (outline.output_shape, outline.outputs) == ((1, 1, 5), 5)
    assert (outline.interval, outline.latency) == (pipeline.interval, pipeline.latency)
    identity = Identity.of(pipeline)
    assert identity.design == outline
    assert len(identity.to_bytes()) <= PAYLOAD


def test_a_long_name_is_cut() -> None:
    net = block()
    long = Network("ü" * 300, list(net.tensors.values()), net.nodes, net.input, net.output)
    data = Identity.of(random_pipeline(long, random.Random(1))).to_bytes()
    assert Identity.from_bytes(data).design.name == "ü" * 40  # pyright: ignore[reportAttributeAccessIssue]


def test_frames_get_idle_channels_and_results_lose_them() -> None:
    x = np.arange(36).reshape(2, 2, 3, 3)
    streamed = OUTLINE.check_input(x)
    assert streamed.shape == (2, 2, 3, 4)
    assert np.array_equal(streamed[..., :3], x)
    assert not streamed[..., 3].any()
    assert np.array_equal(OUTLINE.check_input(x.ravel()), streamed)
    y = np.arange(6).reshape(1, 1, 6)
    assert np.array_equal(results_of(OUTLINE, pack(y, wr.Int(12))), y[..., :5])


@pytest.mark.parametrize(("x", "message"), [
    (np.zeros((2, 3)), "x must hold integers, not float64"),
    (np.zeros((2, 3, 4), np.int64), r"x must be frames of 2 x 3 x 3 numbers, not shape \(2, 3, 4\)"),
    (np.zeros((0, 2, 3, 3), np.int64), r"x must be frames of 2 x 3 x 3 numbers, not shape \(0, 2, 3, 3\)"),
    (np.full((2, 3, 3), 128), r"x\[0, 0, 0\] is 128, outside int8 .*"),
])  # fmt: skip
def test_frames_that_are_none(x: np.ndarray, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        OUTLINE.check_input(x)


@pytest.mark.parametrize(("text", "message"), [
    ("[]", "an outline must hold name, input_shape, .*, latency, not '\\[\\]'"),
    (OUTLINE.dumps().replace("int8", "float8"), "input_type must be .*"),
    (OUTLINE.dumps().replace("300", "-1"), "interval must be at least 0, not -1"),
])  # fmt: skip
def test_outlines_that_are_none(text: str, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        Outline.loads(text)


def test_the_digest_is_of_the_values_alone() -> None:
    first, second = (random_pipeline(block(), random.Random(seed)) for seed in (1, 2))
    assert first.designs != second.designs
    assert Identity.of(first).digest == Identity.of(second).digest == network_digest(lower(block()))
    found = set()
    for seed in (1, 2):
        only = layer((2, 2), 1, 1, seed, padding=1)
        tensors = [Tensor(name, (2, 2, 1), wr.Int(8)) for name in ("a", "b")]
        found.add(network_digest(lower(Network("n", tensors, [Node("0", only, ("a",), "b")], "a", "b"))))
    assert len(found) == 2
