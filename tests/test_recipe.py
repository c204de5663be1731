"""The recipe of `docs/operators.md`, followed: the range of a window, in two files of `recipe/` and two rows.

Nothing else of the project knows the operator; all that others have comes with the rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import windrow as wr
from recipe.range_pool import RangePool2d
from strategies import STRATEGIES, Case, cases, mapped, windows
from windrow.operators.table import OPERATORS, from_dict, kind_of
from windrow_hdl.reductions.table import REDUCTIONS

NAME = "range-pool2d"
STALLS = (True, False, False, True, True, False), (False, True, True, True, False, True, False)


@pytest.fixture(autouse=True, scope="module")
def rows() -> Iterator[None]:
    """The rows of the recipe, for these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OPERATORS, NAME, ("recipe.range_pool", "RangePool2d"))
        patch.setitem(REDUCTIONS, "range", "recipe.range")
        patch.setitem(STRATEGIES, NAME, lambda largest: mapped(
            windows(largest).map(lambda said: RangePool2d(channels=2, **said))))  # fmt: skip
        yield


def plain(layer: RangePool2d, frames: np.ndarray) -> np.ndarray:
    """(N, Ho, Wo, C) ranges, window by window."""
    mode = layer.padding_mode
    value: dict[str, Any] = {"constant_values": layer.padding_value} if mode == "constant" else {}
    padded = np.pad(frames, ((0, 0), *layer.padding, (0, 0)), mode, **value)  # type: ignore[call-overload]
    (kh, kw), (sh, sw), (dh, dw) = layer.kernel_size, layer.stride, layer.dilation
    found = np.empty((len(frames), *layer.output_shape), int)
    for i, j in np.ndindex(*layer.output_shape[:2]):
        top, left = i * sh, j * sw
        window = padded[:, top : top + (kh - 1) * dh + 1 : dh, left : left + (kw - 1) * dw + 1 : dw]
        found[:, i, j] = window.max(axis=(1, 2)) - window.min(axis=(1, 2))
    return found


LAYERS: dict[str, dict[str, Any]] = {
    "signed, padding 0": {"kernel_size": 3, "padding": 1, "channels": 2, "input_type": wr.Int(8)},
    "strided, padding 7": {"kernel_size": (2, 3), "stride": 2, "padding": (0, 1), "padding_value": 7},
    "dilated, mirrored": {"kernel_size": 3, "dilation": 2, "padding": 2, "padding_mode": "reflect",
                          "channels": 2, "input_type": wr.Int(4)},
    "bits": {"kernel_size": 2, "input_type": wr.UInt(1)},
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_golden(name: str) -> None:
    layer = RangePool2d(height=9, width=8, **LAYERS[name])
    x = layer.random_input(0, frames=3)
    x[0] = np.where(np.indices(x[0].shape).sum(axis=0) % 2, layer.input_type.min, layer.input_type.max)
    expected = plain(layer, x)
    assert np.array_equal(layer.golden(x), expected)
    if layer.dilation == (1, 1):
        assert expected.max() == layer.result_type.max  # the type is no wider than it must be


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match=r"^kernel_size must be at most 15x15 for RangePool2d, not 16x3$"):
        RangePool2d(height=20, width=20, kernel_size=(16, 3))
    layer = RangePool2d(height=4, width=4, kernel_size=3)
    with pytest.raises(ValueError, match=r"^weights must be None for RangePool2d, not "):
        layer.golden(layer.random_input(0), [[1]])


@pytest.mark.parametrize(("reader", "folding"), [
    ("gathers", {"lanes": 1, "pe": 1, "taps": 2}), ("gathers", {"lanes": 2, "pe": 2, "taps": 3}),
    ("shifts", {"lanes": 2, "pe": 2, "taps": 9}),
    ("stores", {"lanes": 1, "pe": 1, "taps": 5}), ("stores", {"lanes": 2, "pe": 2, "taps": 5}),
    ("stores", {"lanes": 1, "pe": 1, "taps": 9}),
])  # fmt: skip
def test_values_and_cycles(reader: str, folding: dict[str, Any]) -> None:
    """Whole windows and parts of them, with taps to spare and with none, in every reader, under stalls."""
    layer = RangePool2d(height=9, width=8, **LAYERS["signed, padding 0"])
    design = wr.Design(layer, **folding)
    assert [name for name in ("gathers", "shifts", "stores") if getattr(design, name)] == [reader]
    run = Case(design, 1, *STALLS).check()
    assert np.array_equal(run.output, plain(layer, layer.random_input(1, 3)))


@settings(max_examples=4)
@given(cases(largest=6, operator=NAME))
def test_any_layer(case: Case) -> None:
    """The battery of `test_operators.py`, of which these are a few examples: output maps and all borders."""
    case.check()


class TooSoon(RangePool2d):
    """Forgets the cycle of the difference."""

    def depth(self, operands: int, shared: bool = False) -> int:
        return super().depth(operands, shared) - 1


def test_a_wrong_depth_is_found() -> None:
    layer = TooSoon(height=5, width=5, kernel_size=2)
    run = Case(wr.plan(layer)).run()
    assert np.array_equal(run.output, plain(layer, layer.random_input(0, 3)))
    with pytest.raises(wr.Mismatch, match=r"cycle"):
        run.check()


def test_names_and_files(tmp_path: Path) -> None:
    assert kind_of(NAME) is RangePool2d
    layer = RangePool2d(height=12, width=10, stride=2, output=wr.Clamp(maximum=9),
                        **LAYERS["dilated, mirrored"])  # fmt: skip
    design = wr.plan(layer)
    wr.save(tmp_path / "design.toml", design)
    assert 'operator = "range-pool2d"' in (tmp_path / "design.toml").read_text()
    assert wr.load(tmp_path / "design.toml") == design
    assert from_dict(layer.to_dict()) == layer
    assert eval(repr(layer), {**{name: getattr(wr, name) for name in wr.__all__}, **globals()}) == layer


def test_planned_and_as_verilog() -> None:
    layer = RangePool2d(height=12, width=10, **LAYERS["strided, padding 7"])
    design = wr.plan(layer)
    assert design.interval == design.input_beats
    text = wr.verilog(design, interface="stream")
    assert text == wr.verilog(design, interface="stream")
    assert "// windrow: RangePool2d(12x10x1 -> " in text
    for extreme in ("maximum", "minimum"):
        assert f"windrow_range_{extreme} {extreme} (" in text
