"""wr.explore: every figure of every row against `Design`, exact fronts, simulation, and what is left over."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import STRATEGIES, averages, layers, pools, ranks
from windrow.operators.operator import Operator
from windrow.planning.pareto import front
from windrow.planning.plan import designs
from windrow.planning.table import COLUMNS, Table
from windrow.stage.estimates import estimate
from windrow_explore import ExplorationFailed, NothingLeft
from windrow_explore.jobs.store import Store
from windrow_explore.points import expand
from windrow_explore.sweep import Sweep

SMALL = wr.Conv2d(height=9, width=8, in_channels=2, out_channels=4, kernel_size=3, padding=1)


def design_of(row: dict[str, Any], base: wr.Conv2d) -> wr.Design:
    layer = base.replace(
        kernel_size=(row["kernel_h"], row["kernel_w"]), stride=(row["stride_h"], row["stride_w"]),
        dilation=(row["dilation_h"], row["dilation_w"]),
        padding=((row["pad_top"], row["pad_bottom"]), (row["pad_left"], row["pad_right"])),
    )  # fmt: skip
    return wr.Design(layer, lanes=row["lanes"], pe=row["pe"], taps=row["taps"])


WHOLE = sorted(STRATEGIES.keys() - {"conv-transpose2d", "upsample2d"})
"""Operators whose windows advance by whole pixels."""


@settings(max_examples=60)
@given(st.sampled_from(WHOLE).flatmap(lambda kind: STRATEGIES[kind](9)))
@example(wr.Conv2d(height=1, width=1, kernel_size=1, stride=2, padding=((1, 0), (0, 0))))  # all padding
@example(wr.AvgPool2d(height=3, width=1, kernel_size=(3, 1)))  # two ways to take a cycle for each window
def test_every_row_is_its_design(layer: Operator) -> None:
    table = wr.explore(layer, exact="all", workers=1, clock_mhz=[125])
    every = list(designs(layer))
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == len(every)
    for row, design in zip(table.rows(), every, strict=True):
        assert (row["lanes"], row["pe"], row["taps"]) == (design.lanes, design.pe, design.taps)
        for name in ("multipliers", "fold", "interval", "utilisation", "buffer_pixels", "buffer_bits"):
            assert row[name] == getattr(design, name), name
        assert row["bound"] == design.bounds().interval
        assert row["fps"] == pytest.approx(125e6 / design.interval)
        assert row["input_bound"] == (design.input_beats >= design.fold * design.windows)
        assert row["latency"] in (None, design.latency)
        assert (row["timing_from"], row["buffer_from"], row["area_from"]) == ("model", "model", "")
        assert (row["lut"], row["fmax_mhz"], row["verified"], row["target"]) == (None, None, False, "")


@settings(max_examples=25)
@given(st.one_of(layers(), pools(), averages(), ranks()))
def test_bounds_are_bounds(layer: Operator) -> None:
    points = expand(Sweep(layers=[("layer", layer)]))
    for index in range(len(points)):
        design = points.design(index)
        known = points.columns["interval"][index]
        assert known == design.interval if points.timing_exact[index] else known <= design.interval
        assert points.columns["buffer_bits"][index] <= design.buffer_bits


def has_hardware(layer: Operator, **changes: int) -> bool:
    """Not where a window would have to mirror a row that it does not read, or averages no pixel."""
    try:
        layer.replace(**changes).window.check_sources()
    except ValueError:
        return False
    return True


@settings(max_examples=25)
@given(st.one_of(layers(), pools(), averages(), ranks()), st.sampled_from([
    ("multipliers", "interval"), ("multipliers", "interval", "buffer_bits"), ("latency", "multipliers"),
    ("utilisation", "fps", "buffer_pixels"),
]))  # fmt: skip
def test_the_front_is_exact_without_asking_everybody(layer: Operator, objectives: tuple[str, ...]) -> None:
    assume(any(has_hardware(layer, stride=stride) for stride in (1, 2)))
    arguments: dict[str, Any] = {"stride": [1, 2], "objectives": objectives, "workers": 1}
    quick = wr.explore(layer, exact="front", **arguments)
    whole = wr.explore(layer, exact="all", **arguments)
    assert quick.columns["pareto"].tolist() == whole.columns["pareto"].tolist()
    on_front = np.flatnonzero(quick.columns["pareto"])
    for name in objectives:
        assert quick.columns[name][on_front].tolist() == whole.columns[name][on_front].tolist()
    values = np.stack([whole.columns[name] * (-1 if name in ("fps", "utilisation") else 1)
                       for name in objectives], axis=1)  # fmt: skip
    strides = whole.columns["stride_h"]
    assert front(values, strides, ties=False).tolist() == whole.columns["pareto"].tolist()


def test_axes_are_combined() -> None:
    table = wr.explore(SMALL, stride=[1, 2], dilation=[1, 2], pe=[2, 4], clock_mhz=[50, 100], workers=1)
    c = table.columns
    pairs = set(zip(c["stride_h"].tolist(), c["dilation_w"].tolist(), strict=True))
    assert pairs == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert set(c["pe"].tolist()) == {2, 4}
    assert np.array_equal(c["fps"][c["clock_mhz"] == 100], 2 * c["fps"][c["clock_mhz"] == 50])
    assert table.meta["designs"] == len(table) == 2 * 2 * 2 * 2 * 2 * 5


def test_constraints() -> None:
    table = wr.explore(SMALL, constraints=["multipliers <= 8", "buffer_bits<=1k"], stride=[1, 2], workers=1)
    assert 0 < len(table) < table.meta["designs"]
    assert table.columns["multipliers"].max() <= 8
    assert table.columns["buffer_bits"].max() <= 1000
    assert set(table.columns["buffer_from"]) == {"model"}


@pytest.mark.parametrize(("constraints", "said"), [
    (["multipliers<=0"], "multipliers <= 0 leaves none of the designs; the nearest has multipliers 1 "
                         "(layer, stride 1, lanes 1, pe 1, taps 1)"),
    (["multipliers<=2", "interval<=72"], "multipliers <= 2 leaves none of the designs that meet the other "
                                         "constraints; the nearest has multipliers 72 ("),
    (["buffer_bits<=10"], "buffer_bits <= 10 leaves none of the designs; the nearest has buffer_bits "),
    (["fps>=1G", "multipliers<=0"], "fps >= 1000000000 leaves none of the designs that meet "),
])  # fmt: skip
def test_nothing_left(constraints: list[str], said: str) -> None:
    with pytest.raises(NothingLeft, match=f"^{re.escape(said)}"):
        wr.explore(SMALL, constraints=constraints, workers=1)


def test_nothing_left_once_figures_are_exact() -> None:
    """The bound keeps the constraint, the truth does not."""
    layer = wr.Conv2d(height=16, width=24, out_channels=4, kernel_size=(1, 3), stride=(1, 3), dilation=(3, 1),
                      padding=((2, 1), (2, 1)))  # fmt: skip
    assert wr.Design(layer, pe=4, taps=3).interval == 393
    said = r"^interval <= 390 leaves none of the designs; the nearest has interval 393 "
    with pytest.raises(NothingLeft, match=said):
        wr.explore(layer, pe=[4], taps=[3], constraints=["interval <= 390"], exact="front", workers=1)


def test_values_that_are_legal_nowhere() -> None:
    said = "^lanes 3 is legal for no layer of the sweep; nearest legal: 1, 2$"
    with pytest.raises(ValueError, match=said):
        wr.explore(SMALL, lanes=[1, 3])


def test_simulated(tmp_path: Any) -> None:
    layer = wr.Conv2d(height=6, width=5, kernel_size=2)
    table = wr.explore(layer, stride=[1, 2], verify="all", engine="amaranth", workers=1,
                       store=tmp_path / "results.sqlite")  # fmt: skip
    assert table.columns["verified"].all()
    assert set(table.columns["timing_from"]) == {"simulated"}
    for row in table.rows():
        assert row["latency"] == design_of(row, layer).latency
    with Store(tmp_path / "results.sqlite") as store:
        assert store.count("simulate") == len(table)
    few = wr.explore(layer, stride=[1, 2], verify=3, engine="amaranth", workers=1)
    assert few.columns["verified"].sum() == 3
    ahead = wr.explore(layer, stride=[1, 2], verify="pareto", engine="amaranth", workers=1)
    assert np.array_equal(ahead.columns["verified"], ahead.columns["pareto"])


def test_hardware_that_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    from windrow_explore.jobs import deepen

    honest = deepen._simulate
    monkeypatch.setattr(deepen, "_simulate",
                        lambda design, fields: honest(design, fields) | {"interval": 1})  # fmt: skip
    said = (r"^\d designs not confirmed by simulation; first: simulation of layer, stride 1, .*: "
            r"interval 1, the model")  # fmt: skip
    with pytest.raises(ExplorationFailed, match=said) as raised:
        wr.explore(wr.Conv2d(height=6, width=5, kernel_size=2), verify="pareto", engine="amaranth", workers=1)
    assert isinstance(raised.value.table, Table)
    assert not raised.value.table.columns["verified"].any()


def test_synthesised() -> None:
    layer = wr.Conv2d(height=6, width=5, kernel_size=2)
    arguments: dict[str, Any] = {"taps": [1, 4], "target": "ecp5", "synth": "all", "place": False}
    arguments["workers"] = 1
    table = wr.explore(layer, **arguments)
    assert set(table.columns["area_from"]) == {"synthesised"}
    for row in table.rows():
        alone = wr.synthesize(design_of(row, layer), target="ecp5", place=False)
        assert {name: row[name] for name in ("lut", "ff", "bram", "dsp")} == {
            name: getattr(alone, name) for name in ("lut", "ff", "bram", "dsp")}  # fmt: skip
        assert row["fmax_mhz"] is None
        assert row["clock_mhz"] == 100
    least, most = sorted(table.columns["lut"].tolist())
    (left,) = wr.explore(layer, constraints=[f"lut < {most:.0f}"], **arguments).rows()
    assert left["lut"] == least
    said = rf"^lut < {least:.0f} leaves none of the designs that were synthesised$"
    with pytest.raises(NothingLeft, match=said):
        wr.explore(layer, constraints=[f"lut < {least:.0f}"], **{**arguments, "synth": "pareto"})
    cheapest = wr.explore(layer, objectives=["lut"], **arguments)
    assert cheapest.columns["pareto"].tolist() == (table.columns["lut"] == least).tolist()


def test_what_is_known_is_not_computed_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from windrow_explore.jobs import deepen

    arguments: dict[str, Any] = {"stride": [1, 2], "exact": "all", "workers": 1}
    arguments["store"] = tmp_path / "s.sqlite"
    first = wr.explore(SMALL, **arguments)
    with Store(tmp_path / "s.sqlite") as store:
        assert store.count("buffer") > 10

    def fail(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(deepen, "perform", fail)
    again = wr.explore(SMALL, **arguments)
    assert again.rows() == first.rows()


@pytest.mark.parametrize(("arguments", "kind", "said"), [
    ({"exact": "some"}, ValueError, "exact must be one of auto, all, front, not 'some'"),
    ({"verify": "most"}, ValueError, "verify must be pareto, all or a number, not 'most'"),
    ({"verify": "all", "engine": "spice"}, ValueError, "engine must be auto, amaranth, verilator, "),
    ({"verify": 0}, ValueError, "verify must be at least 1, not 0"),
    ({"synth": True}, ValueError, "synth needs a target: ecp5, ice40 or xc7"),
    ({"objectives": ["lut"]}, ValueError,
     "lut is known only after synthesis: ask for it (synth), or leave it out"),
    ({"objectives": ["lut"], "synth": "pareto", "target": "ecp5"}, ValueError,
     "the objective lut needs every design synthesised, not only pareto: 'all'"),
    ({"strides": [1]}, TypeError, "explore takes stride, kernel_size, padding, "),
])  # fmt: skip
def test_arguments(arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"^{re.escape(said)}"):
        wr.explore(SMALL, **arguments)


def test_something_else() -> None:
    with pytest.raises(TypeError, match="^sweep must be a Sweep, an operator such as Conv2d, a workload or "):
        wr.explore(3)  # type: ignore[arg-type]


SIZE = {"height": 20, "width": 18, "kernel_size": 3, "padding": 1}


@pytest.mark.parametrize("layer", [
    wr.Conv2d(**SIZE, in_channels=4, out_channels=4, weight_type=wr.Int(5)),
    wr.Conv2d(**SIZE, in_channels=4, out_channels=4, groups=4),
    wr.MaxPool2d(**SIZE, channels=4),
    wr.AvgPool2d(**SIZE, channels=4, input_type=wr.Int(5)),
], ids=lambda layer: f"{layer.kind}-{layer.groups}")
def test_estimates_are_those_of_single_designs(layer: Operator) -> None:
    """GOPS, microseconds, block RAMs and DSP blocks of every row, for each family that has an estimate."""
    table = wr.explore(layer, stride=[1, 2, 3], exact="all", workers=1, target=["ecp5", "ice40", "xc7"],
                       clock_mhz=[100, 40])  # fmt: skip
    rows = table.rows()
    assert {row["target"] for row in rows} == {"ecp5", "ice40", "xc7"}
    for row in rows:
        design = wr.Design(layer.replace(stride=row["stride_h"]), lanes=row["lanes"], pe=row["pe"],
                           taps=row["taps"])  # fmt: skip
        known = row["target"] != "xc7"
        one = estimate(design, row["target"] if known else "ecp5", row["clock_mhz"])
        assert row["gops"] == pytest.approx(one.gops)
        assert row["latency_us"] == pytest.approx(one.latency_us)
        expected = (one.block_rams, one.dsps) if known else (None, None)
        assert (row["bram_estimate"], row["dsp_estimate"]) == expected
    plain = wr.explore(layer, stride=[3], workers=1)  # no target: ECP5
    at = wr.Design(layer.replace(stride=3), lanes=4, pe=4, taps=9)
    row, = (row for row in plain.rows() if (row["lanes"], row["pe"], row["taps"]) == (4, 4, 9))
    assert row["bram_estimate"] == estimate(at).block_rams
    mapped = wr.explore(layer.replace(output=wr.Requantize(0.01)), stride=[3], workers=1)
    assert {(row["bram_estimate"], row["dsp_estimate"]) for row in mapped.rows()} == {(None, None)}
    with pytest.raises(ValueError, match="constraints must be of a numeric column, not 'gops'"):
        wr.explore(layer, constraints=["gops >= 1"], workers=1)
