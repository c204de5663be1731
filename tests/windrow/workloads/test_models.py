"""The network of our own: small, what the interpreter computes, and right about digits it has not seen."""

import numpy as np
import pytest

import windrow as wr
from installed import needs
from windrow.workloads.drawings import UNSEEN, drawings

needs("tflite", "models")
needs("matplotlib", "explore")


def test_every_tensor_is_the_interpreters() -> None:
    from importlib.resources import files

    from tflite_models import reference

    model = files("windrow.workloads").joinpath("digits.tflite").read_bytes()
    assert len(model) < 8_000
    net = wr.workloads.model("digits")
    x = np.random.default_rng(0).integers(-128, 128, (20, *net.input_shape))
    want, got = reference(model, x), net.golden(x, every=True)
    (last,) = [value for value in want.values() if value.shape == (20, 1, 10)]
    np.testing.assert_array_equal(last[:, 0], got[net.output])
    (both,) = [value for value in want.values() if value.shape == (20, 1, 2, 2, 16)]
    np.testing.assert_array_equal(both[:, 0], got["pool"])


def test_typefaces_it_has_not_seen() -> None:
    x, shows = drawings(200, 5, UNSEEN)
    net = wr.workloads.model("digits")
    read = net.golden(x.astype(np.int64) - 128).argmax(axis=-1)
    assert (read == shows).mean() > 0.9


def test_another_name() -> None:
    with pytest.raises(ValueError, match=r"^name must be one of digits, not 'letters'$"):
        wr.workloads.model("letters")
