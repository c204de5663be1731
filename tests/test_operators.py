"""The battery that every operator has to stand: a row in the tables brings all of it.

Outputs and cycles by equality in every reader and folding, in free flow and under stalls; files; planner;
Verilog; the golden model against loops.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import FRAMES, STRATEGIES, Case, cases
from windrow.operators.operator import Operator
from windrow.operators.table import OPERATORS, from_dict, kind_of
from windrow.planning.plan import designs
from windrow_hdl.reductions.table import REDUCTIONS

PARTS = 2  # so that the cores share the sweep
EXAMPLES = 15

PADDED = [name for name in OPERATORS if "padding_mode" in kind_of(name).arguments()]

every_operator = pytest.mark.parametrize("operator", OPERATORS)


def test_every_operator_has_a_row_a_reduction_and_a_strategy() -> None:
    assert STRATEGIES.keys() == OPERATORS.keys()
    for name in OPERATORS:
        kind = kind_of(name)
        assert kind.kind == name
        assert kind.reduction in REDUCTIONS
        assert getattr(wr, kind.__name__) is kind


def test_names_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"^operator must be one of conv2d, max-pool2d, .*, not 'convolve'$"):
        kind_of("convolve")
    with pytest.raises(TypeError, match=r"^operator must be a str, not 3$"):
        kind_of(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^operator must be 'conv2d' here, not 'max-pool2d'$"):
        wr.Conv2d.from_dict({"operator": "max-pool2d", "height": 3, "width": 3, "kernel_size": 1})


@every_operator
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("stalled", [False, True])
def test_values_and_cycles(operator: str, part: int, stalled: bool) -> None:
    @seed(part)
    @settings(max_examples=EXAMPLES)
    @given(cases(largest=7, stalled=stalled, operator=operator))
    def sweep(case: Case) -> None:
        case.check()

    sweep()


@every_operator
@given(data=st.data())
@settings(max_examples=30)
def test_files_and_json(operator: str, data: st.DataObject) -> None:
    layer = data.draw(STRATEGIES[operator](9))
    said = json.loads(json.dumps(layer.to_dict()))
    assert from_dict(said) == layer
    assert eval(repr(layer), {**vars(wr), **{name: getattr(wr, name) for name in wr.__all__}}) == layer


@every_operator
def test_toml(operator: str, tmp_path: Path) -> None:
    design = wr.plan(_plain(operator))
    wr.save(tmp_path / "design.toml", design)
    assert wr.load(tmp_path / "design.toml") == design
    assert (operator in (tmp_path / "design.toml").read_text()) == (operator != "conv2d")


def _plain(operator: str) -> Operator:
    """An operator as a person would write it: window, and nothing else that is not needed."""
    if operator == "upsample2d":
        return wr.Upsample2d(height=6, width=5, factor=2)
    if operator == "conv-transpose2d":
        return wr.ConvTranspose2d(height=6, width=5, kernel_size=3, stride=2, padding=1)
    more = {"rank": 2} if operator == "rank2d" else {}
    return kind_of(operator)(height=12, width=10, kernel_size=3, stride=2, padding=1, **more)  # type: ignore


@every_operator
def test_planned_designs_keep_the_pace(operator: str) -> None:
    layer = _plain(operator)
    for design in designs(layer):
        assert design.interval >= design.bounds().interval
    planned = wr.plan(layer)
    outputs = {"upsample2d": 120, "conv-transpose2d": 11 * 9 * 2}  # more than come in
    assert planned.interval == outputs.get(operator, planned.input_beats)
    assert planned.multipliers == min(d.multipliers for d in designs(layer) if d.interval == planned.interval)


@every_operator
def test_verilog_is_the_same_every_time(operator: str) -> None:
    design = wr.plan(_plain(operator))
    weights = design.layer.random_weights(0)
    text = wr.verilog(design, weights, interface="stream")
    assert text == wr.verilog(design, weights, interface="stream")
    assert "module windrow" in text


@pytest.mark.parametrize("operator", PADDED)
@given(data=st.data())
@settings(max_examples=15)
def test_spare_and_padded_taps_change_nothing(operator: str, data: st.DataObject) -> None:
    """The golden model does not depend on what lies outside: padding by hand, as NumPy does, is none."""
    layer = data.draw(STRATEGIES[operator](6))
    assume(not isinstance(layer, wr.AvgPool2d) or layer.count_include_pad)  # others count what is real
    parameters = layer.random_weights(0), layer.random_bias(0)
    x = layer.random_input(1, FRAMES)
    mode = layer.padding_mode
    value = {"constant_values": layer.fill} if mode == "constant" else {}
    padded = np.pad(x, ((0, 0), *layer.padding, (0, 0)), mode, **value)  # type: ignore[call-overload]
    bare = layer.replace(height=padded.shape[1], width=padded.shape[2], padding=0, output=layer.output)
    assert np.array_equal(layer.golden(x, *parameters), bare.golden(padded, *parameters))


@every_operator
def test_superfluous_and_missing_parameters(operator: str) -> None:
    layer = _plain(operator)
    if layer.weight_shape is None:
        with pytest.raises(ValueError, match=r"^weights must be None for \w+, not "):
            layer.golden(layer.random_input(0), np.zeros((1, 3, 3, 1), int))
    else:
        with pytest.raises(ValueError, match=r"^weights must have shape "):
            layer.golden(layer.random_input(0))
    with pytest.raises(ValueError, match=r"^bias must be None for "):
        layer.golden(layer.random_input(0), layer.random_weights(0), [1])


def test_lanes_and_filters_of_groups() -> None:
    """Whole groups in a beat, or a part of one; the outputs leave in their order."""
    layer = wr.Conv2d(height=5, width=4, in_channels=6, out_channels=12, groups=3, kernel_size=2)
    legal = {(design.lanes, design.pe) for design in designs(layer)}
    assert legal == {*itertools.product((1, 2), (1, 2, 4)), (6, 12)}
    with pytest.raises(ValueError, match=(
        r"^pe must be the 12 filters of the 3 groups that a beat of 6 lanes brings, not 4; nearest legal: 12$"
    )):
        wr.Design(layer, lanes=6, pe=4)
    with pytest.raises(ValueError, match=(
        r"^lanes must divide the 2 input channels of a group, or be the channels of whole groups, not 3; "
    )):
        wr.Design(layer, lanes=3)
    with pytest.raises(ValueError, match=r"^pe must divide the 4 output channels of a group, not 3; "):
        wr.Design(layer, lanes=2, pe=3)


FOUND = [
    # A lane whose channels stay positive beside one whose channels do not.
    wr.Rank2d(height=1, width=1, channels=2, kernel_size=1, rank=0, input_type=wr.Int(5),
              output=(wr.Requantize((1.0, 2.0), zero_point=21, type=wr.UInt(5), rounding="floor"),)),
    # Windows with fewer rows: what a reader fills in is still no pixel.
    wr.AvgPool2d(height=4, width=4, kernel_size=3, padding=1, input_type=wr.Int(7)),
    wr.AvgPool2d(height=4, width=4, kernel_size=3, padding=((0, 1), (0, 0)), input_type=wr.Int(7)),
]  # fmt: skip


@pytest.mark.parametrize("layer", FOUND, ids=str)
def test_what_was_wrong_once(layer: Operator) -> None:
    for design in designs(layer):
        Case(design, 1).check()
        Case(design, 2, (True, False, False), (False, True)).check()
