"""Whole networks: the optimum against trying everything, totals that add up, errors that name a way out."""

import itertools
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import layers
from windrow import workloads
from windrow.planning.balance import NetworkPlan, balance
from windrow.planning.menu import Menu
from windrow.planning.plan import designs
from windrow.workloads import Workload
from windrow_explore.charts import network_chart

RESNET18 = workloads.load("resnet18")


@st.composite
def networks(draw: st.DrawFn) -> list[Workload]:
    """One to three small layers, some of them twice."""
    found = draw(st.lists(st.tuples(layers(6), st.sampled_from([1, 1, 2])), min_size=1, max_size=3))
    items = [Workload(f"layer{at}", layer, count) for at, (layer, count) in enumerate(found)]
    assume(math.prod(len(list(designs(item.layer))) for item in items) <= 20_000)
    return items


def every_plan(items: list[Workload]) -> np.ndarray:
    """(plans, 3): interval, multipliers and buffer bits of every choice of designs there is."""
    each = [
        [(d.interval, item.count * d.multipliers, item.count * d.buffer_bits) for d in designs(item.layer)]
        for item in items
    ]
    figures = np.array(list(itertools.product(*each)), np.int64)
    return np.column_stack([figures[:, :, 0].max(1), figures[:, :, 1].sum(1), figures[:, :, 2].sum(1)])


def best(plans: np.ndarray) -> tuple[int, ...]:
    return min(map(tuple, plans.tolist()))


def figures(plan: NetworkPlan) -> tuple[int, ...]:
    return (plan.interval, plan.multipliers, plan.buffer_bits)


# A design that is not ideal is the only one that is fast enough: a layer without padding, at fold 1.
BARE = Workload("bare", wr.Conv2d(height=12, width=12, kernel_size=3), 1)


@settings(max_examples=40)
@example([BARE], 1.0, 1.0, 1.0)
@given(networks(), *[st.floats(0, 1)] * 3)
def test_no_plan_is_better(items: list[Workload], spend: float, room: float, pace: float) -> None:
    """Against trying every choice: for a budget of multipliers, of both, and for a frame rate."""
    plans = every_plan(items)
    least, most = plans.min(0), plans.max(0)
    limit, bits = (int(least[k] + part * (most[k] - least[k])) for k, part in ((1, spend), (2, room)))

    able = plans[plans[:, 1] <= limit]
    assert figures(balance(items, multipliers=limit)) == best(able)
    both = able[able[:, 2] <= bits]
    if len(both):
        assert figures(balance(items, multipliers=limit, buffer_bits=bits)) == best(both)
    else:
        with pytest.raises(ValueError, match=rf"^buffer_bits must be at least {able[:, 2].min():,} within "):
            balance(items, multipliers=limit, buffer_bits=bits)
    assert figures(balance(items, buffer_bits=bits)) == best(plans[plans[:, 2] <= bits])

    target = int(least[0] + pace * (most[0] - least[0]))
    found = balance(items, fps=1e8 / target)
    keeping = plans[plans[:, 0] <= target]
    assert (found.multipliers, found.buffer_bits) == best(keeping[:, 1:])
    assert found.interval <= target


def test_a_design_that_is_not_ideal_is_chosen_where_it_pays() -> None:
    plan = balance([BARE], multipliers=9)
    design = plan.layers[0].design
    assert design is not None
    assert not design.ideal
    assert plan.interval == design.interval == min(each.interval for each in designs(BARE.layer))


@settings(max_examples=30)
@given(layers(7), st.floats(0, 1))
def test_a_front_is_all_that_is_not_beaten(layer: wr.Conv2d, part: float) -> None:
    every = [(d.multipliers, d.buffer_bits, d.interval) for d in designs(layer)]
    paces = sorted(interval for *_, interval in every)
    pace = paces[int(part * (len(paces) - 1))]
    able = [(multipliers, bits) for multipliers, bits, interval in every if interval <= pace]
    front = sorted({one for one in able
                    if not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in able)})
    menu = Menu(layer)
    found = menu.front(pace)
    assert [(pick.multipliers, pick.buffer_bits) for pick in found] == front
    assert [menu.design(pick.at).buffer_bits for pick in found] == [bits for _, bits in front]
    assert menu.fewest(pace) == front[0][0]
    assert menu.shortest == paces[0]
    assert menu.fewest(paces[0] - 1) is None


@pytest.mark.parametrize("layer", [
    wr.Conv2d(height=7, width=7, in_channels=2, out_channels=4, kernel_size=4, padding=1),
    wr.Conv2d(height=9, width=6, in_channels=4, out_channels=6, kernel_size=3, stride=2, padding=1),
    wr.Conv2d(height=6, width=8, in_channels=6, out_channels=4, kernel_size=(2, 3), stride=(1, 2)),
    wr.Conv2d(height=9, width=9, in_channels=4, out_channels=2, kernel_size=2, stride=3, dilation=2),
    # With designs that are not ideal and take longer than the bound.
    wr.Conv2d(height=7, width=7, in_channels=2, out_channels=2, kernel_size=(3, 4), padding=(2, 0)),
    wr.Conv2d(height=5, width=6, out_channels=2, kernel_size=3, stride=(1, 2), padding=(2, 1)),
], ids=str)  # fmt: skip
def test_a_pick_has_the_least_buffer_then_latency(layer: wr.Conv2d) -> None:
    menu, every = Menu(layer), [(d.multipliers, d.interval, d.buffer_bits, d.latency) for d in designs(layer)]
    for multipliers, pace in itertools.product({each[0] for each in every}, {each[1] for each in every}):
        able = [each[2:] for each in every if each[0] == multipliers and each[1] <= pace]
        found = menu.pick(multipliers, pace)
        assert (found and (found.buffer_bits, menu.latency(found.at))) == min(able, default=None)
        if found:
            assert menu.design(found.at).multipliers == found.multipliers == multipliers
            assert menu.design(found.at).buffer_bits == found.buffer_bits
            assert menu.pick(multipliers, pace, below=found.buffer_bits) is None
            assert menu.pick(multipliers, pace, below=found.buffer_bits + 1) == found


def test_resnet18_on_220_multipliers() -> None:
    plan = balance(RESNET18, multipliers=220, clock_mhz=100)
    assert plan.fps == 1e8 / plan.interval == pytest.approx(10.380, abs=5e-4)
    assert plan.multipliers == sum(each.count * each.multipliers for each in plan.layers) == 190
    assert plan.macs == workloads.network("resnet18").macs
    assert plan.utilisation == plan.macs / (190 * plan.interval)
    assert plan.in_turn == sum(each.count * each.interval for each in plan.layers) > plan.interval
    for each, item in zip(plan.layers, RESNET18, strict=True):
        assert (each.name, each.layer, each.count) == (item.name, item.layer, item.count)
        design = each.design
        assert design is not None
        assert (each.interval, each.multipliers, each.buffer_bits, each.fold) == (
            design.interval, design.multipliers, design.buffer_bits, design.fold)  # fmt: skip
        assert (each.interval == plan.interval) == (each.name in plan.slowest)
    assert balance(RESNET18, fps=1e8 / (plan.interval - 1)).multipliers > 220  # nothing faster fits


@pytest.mark.parametrize("name", workloads.names())
def test_every_network(name: str) -> None:
    """Balanced for a rate, and for the multipliers that this takes: the same plan."""
    items = workloads.load(name)
    plan = balance(items, fps=25)
    assert plan.fps >= 25
    again = balance(items, multipliers=plan.multipliers)
    assert again.interval <= plan.interval
    assert again.multipliers <= plan.multipliers
    assert balance(items, fps=again.fps).interval == again.interval
    for each in plan.layers:
        assert each.design.multipliers == each.multipliers
        assert 0 < each.utilisation(plan.interval) <= 1


def test_table() -> None:
    plan = balance(workloads.load("mobilenet_v1"), multipliers=100)
    table = plan.table()
    assert table.rows() == plan.rows()
    assert {**table.meta, "layers": plan.rows()} == plan.to_dict()
    columns = table.columns
    assert (columns["count"] * columns["multipliers"]).sum() == plan.multipliers


def test_infeasible_budgets_say_what_is_enough() -> None:
    for demand, message in (
        ({"multipliers": 19}, "multipliers must be at least 20 at any frame rate, not 19: "
                              "layer 'layer1.3x3' (4 copies) takes 4 of them"),
        ({"multipliers": 200, "fps": 30},
         "multipliers must be at least 567 for 30 frames/s at 100 MHz, not 200: "
         "layer 'layer1.3x3' (4 copies) takes 144 of them"),
        ({"fps": 2000}, "fps must be at most 1,992.98 at 100 MHz, not 2000: "
                        "layer 'conv1' takes 50,176 cycles a frame in its fastest design"),
        ({"multipliers": 20, "buffer_bits": 1000},
         "buffer_bits must be at least 1,548,288 within 20 multipliers at any frame rate, not 1,000: "
         "layer 'layer1.3x3' (4 copies) takes 344,064 of them"),
    ):  # fmt: skip
        with pytest.raises(ValueError) as raised:  # noqa: PT011
            balance(RESNET18, **demand)
        assert str(raised.value) == message
    # What the messages name is enough.
    assert balance(RESNET18, multipliers=20).multipliers == 20
    assert balance(RESNET18, fps=1992.98).interval == 50_176
    assert balance(RESNET18, multipliers=567, fps=30).multipliers == 567
    assert balance(RESNET18, multipliers=20, buffer_bits=1_548_288).buffer_bits == 1_548_288


@pytest.mark.parametrize(("demand", "kind", "message"), [
    ({}, ValueError, "say what to balance for: multipliers, buffer_bits or fps"),
    ({"multipliers": 0}, ValueError, "multipliers must be at least 1, not 0"),
    ({"multipliers": "220dsp"}, TypeError, "multipliers must be an int, not '220dsp'"),
    ({"multipliers": 220, "buffer_bits": 0}, ValueError, "buffer_bits must be at least 1, not 0"),
    ({"fps": 0}, ValueError, "fps must be above 0 and finite, not 0"),
    ({"fps": float("nan")}, ValueError, "fps must be above 0 and finite, not nan"),
    ({"fps": "30"}, TypeError, "fps must be a number, not '30'"),
    ({"fps": 30, "clock_mhz": -1}, ValueError, "clock_mhz must be above 0 and finite, not -1"),
    ({"fps": 30, "clock_mhz": True}, TypeError, "clock_mhz must be a number, not True"),
])  # fmt: skip
def test_demands_that_are_none(demand: dict[str, object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as raised:
        balance(RESNET18, **demand)  # type: ignore[arg-type]
    assert str(raised.value) == message


def test_layers_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"^a network must have at least one layer$"):
        balance([], fps=30)
    with pytest.raises(TypeError, match=r"^layer must be a Workload, not "):
        balance([RESNET18[0].layer], fps=30)  # type: ignore[list-item]


def test_a_picture_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = balance(workloads.load("mobilenet_v1"), multipliers=220)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    says = r"^a picture of a plan needs matplotlib: pip install 'windrow-fpga\[explore\]'$"
    with pytest.raises(ValueError, match=says):
        network_chart.draw(tmp_path / "one.svg", plan, "MobileNetV1")
    assert not list(tmp_path.iterdir())


def test_picture(tmp_path: Path) -> None:
    """Every layer's name and figures are in it, and the same plan gives the same file."""
    plan = balance(workloads.load("mobilenet_v1"), multipliers=220)
    texts = []
    for name in ("one.svg", "two.svg"):
        network_chart.draw(tmp_path / name, plan, "MobileNetV1")
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    said = re.findall(r"<!-- (.*?) -->", texts[0])  # matplotlib notes each text beside its outlines
    assert "MobileNetV1: 31.1 frames/s at 100 MHz with 187 multipliers and 3,003 kb of buffer" in said
    assert "5 × 16" in said
    assert "orange: these layers set the pace" in said
    for each in plan.layers:
        assert each.name in said
