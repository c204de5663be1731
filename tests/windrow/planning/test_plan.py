"""The planner against brute force over all designs, the utilisation it promises, and its errors."""

import itertools
import re
from math import ceil
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import in_common
from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.planning.plan import OBJECTIVES, designs, plan
from windrow.stage.costs import multiplier_luts
from windrow.stage.design import Design
from windrow.timing.folding import divisors, legal_taps

# The cost that each objective saves first, second and third.
COSTS = {
    "multipliers": lambda d: (d.multipliers, d.buffer_bits, d.latency),
    "buffer": lambda d: (d.buffer_bits, d.multipliers, d.latency),
    "latency": lambda d: (d.latency, d.multipliers, d.buffer_bits),
    "luts": lambda d: (multiplier_luts(d), d.buffer_bits, d.latency),
}
# The layers whose utilisation the product promises.
STEM = Conv2d(height=224, width=224, in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3)
MIDDLE = Conv2d(height=56, width=56, in_channels=64, out_channels=128, kernel_size=3, stride=2, padding=1)
WIDE = Conv2d(height=32, width=32, in_channels=16, out_channels=16, kernel_size=5, stride=4, padding=2)
UNPADDED = Conv2d(height=9, width=9, kernel_size=3)  # no ideal design keeps the pace of its input


@st.composite
def layers(draw: st.DrawFn) -> Conv2d:
    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, dilation, padding = pair(1, 3), pair(1, 2), (pair(0, 2), pair(0, 2))
    least = [max(1, d * (k - 1) + 1 - sum(p)) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    height, width = (draw(st.integers(n, n + 7)) for n in least)
    return Conv2d(height=height, width=width, in_channels=draw(st.sampled_from([1, 2, 4])),
                  out_channels=draw(st.sampled_from([1, 2, 4])), kernel_size=kernel, stride=pair(1, 4),
                  padding=padding, dilation=dilation)  # fmt: skip


def reference(
    layer: Conv2d, lanes: int | None, interval: int | None, pace: str | None, multipliers: int | None,
    objective: str,
) -> tuple[int, ...] | None:  # fmt: skip
    """The figures of the best design, by trying every one; None where none will do."""
    if lanes is None and interval is None and pace != "pixel":
        lanes = 1
    able = [d for d in designs(layer, lanes) if multipliers is None or d.multipliers <= multipliers]
    cost = COSTS[objective]
    if interval is None and pace is None and multipliers is not None:
        key = min(((d.interval, not d.ideal, *cost(d), d.lanes) for d in able), default=None)
        return None if key is None else key
    pixels = layer.height * layer.width
    if interval is None:
        interval = pixels if pace == "pixel" else pixels * layer.in_channels // (lanes or 1)
    free = objective == "luts"  # a design that is not ideal will do
    return min(((not d.ideal and not free, *cost(d), d.lanes) for d in able if d.interval <= interval),
               default=None)


def figures(design: Design, fastest: bool, objective: str) -> tuple[int, ...]:
    key = (not design.ideal and (fastest or objective != "luts"), *COSTS[objective](design),
           design.lanes)
    return (design.interval, *key) if fastest else key


@given(layers(), st.data())
@example(UNPADDED, None)
@settings(max_examples=150)
def test_optimal(layer: Conv2d, data: st.DataObject | None) -> None:
    lanes, interval, pace, multipliers, objective = None, None, None, None, "multipliers"
    if data is not None:
        lanes = data.draw(st.sampled_from([None, *divisors(layer.in_channels)]))
        some = data.draw(st.sampled_from(list(designs(layer, lanes))))
        slack = data.draw(st.sampled_from([None, None, -1, 0, 9]))
        interval = None if slack is None else some.interval + slack or None
        pace = None if interval is not None else data.draw(st.sampled_from([None, None, "beat", "pixel"]))
        multipliers = data.draw(st.sampled_from([None, None, max(some.multipliers, lanes or 1)]))
        objective = data.draw(st.sampled_from(sorted(COSTS)))
    best = reference(layer, lanes, interval, pace, multipliers, objective)
    demand = {"lanes": lanes, "interval": interval, "pace": pace, "multipliers": multipliers,
              "objective": objective}  # fmt: skip
    if best is None:
        with pytest.raises(ValueError, match="^interval must be at least ") as raised:
            plan(layer, **demand)
        said = re.search(r"lanes that would do: ([\d, ]+)$", str(raised.value))
        would = [] if said is None else [int(each) for each in said[1].split(", ")]
        if lanes is not None and (interval is not None or pace == "pixel"):
            assert would == [n for n in divisors(layer.in_channels)
                             if reference(layer, n, interval, pace, multipliers, objective) is not None]
        else:
            assert not would
        return
    found = plan(layer, **demand)
    assert found in list(designs(layer, lanes))
    assert figures(found, interval is None and pace is None and multipliers is not None, objective) == best


def four(design: Design) -> tuple[int, ...]:
    return (design.multipliers, design.buffer_bits, design.interval, design.latency)


@given(layers(), st.data())
@settings(max_examples=100)
def test_front(layer: Conv2d, data: st.DataObject) -> None:
    some = data.draw(st.sampled_from(list(designs(layer, 1))))
    interval = data.draw(st.sampled_from([None, some.interval, some.interval // 2 or 1]))
    every = list(designs(layer, 1 if interval is None else None))
    multipliers = data.draw(st.sampled_from([None, max(some.multipliers, every[0].multipliers)]))
    able = {
        four(d) for d in every
        if (interval is None or d.interval <= interval)
        and (multipliers is None or d.multipliers <= multipliers)
    }  # fmt: skip

    def beats(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    expected = sorted(f for f in able if not any(beats(other, f) for other in able))
    if not able:
        with pytest.raises(ValueError, match="^interval must be at least "):
            plan(layer, interval=interval, multipliers=multipliers, all=True)
        return
    front = plan(layer, interval=interval, multipliers=multipliers, all=True)
    assert [four(d) for d in front] == expected
    for design in front:  # of equals the one with the fewest lanes
        assert design.lanes == min(d.lanes for d in every if four(d) == four(design)
                                   and (d.ideal or not design.ideal))


@pytest.mark.parametrize("layer", [STEM, MIDDLE, WIDE], ids=str)
def test_no_idle_multiplier(layer: Conv2d) -> None:
    design = plan(layer)
    assert design.ideal
    assert design.interval == design.bounds().interval == design.input_beats
    assert design.utilisation >= 0.99


def test_every_layer_of_the_networks() -> None:
    """At the input's pace, and the interval is the bound, tap rounding aside (alexnet's 11x11)."""
    for name in wr.workloads.names():
        for item in wr.workloads.load(name):
            if item.layer.groups == 1:
                design = plan(item.layer)
                assert design.ideal
                assert design.interval == design.bounds().interval == design.input_beats, (name, item.name)
                assert design.utilisation > 0.96, (name, item.name)


def test_ideal_preferred_and_others_taken() -> None:
    # One window a pixel leaves no slack: what keeps the pace is over-provisioned.
    design = plan(UNPADDED)
    assert not design.ideal
    assert (design.multipliers, design.interval) == (9, 81)
    assert plan(UNPADDED.replace(padding=1)).ideal


@pytest.mark.parametrize("kernel", list(itertools.product(range(1, 8), repeat=2)), ids=str)
def test_taps_are_enough(kernel: tuple[int, int]) -> None:
    """The legal taps cost at most 5 % more multipliers than all of 1..kh*kw would, at any pace."""
    kh, kw = kernel
    legal, every = legal_taps(kernel), range(1, kh * kw + 1)
    assert set(range(1, kh + 1)) | {kh * kw} <= set(legal) <= set(every)
    assert legal == sorted(set(legal))
    for filters in (1, 3, 16, 60):
        for fold in {*range(1, 3 * kh * kw), 64, 100, 500, 1000, filters * kh * kw}:
            def cheapest(taps: list[int] | range, fold: int = fold, filters: int = filters) -> int | None:
                """Fewest multipliers (per lane) that serve a window in `fold` cycles (per slice)."""
                return min((pe * t for pe in divisors(filters) for t in taps
                            if filters // pe * ceil(kh * kw / t) <= fold), default=None)  # fmt: skip

            best, ours = cheapest(every), cheapest(legal)
            assert (best is None) == (ours is None)
            if best is not None and ours is not None:
                assert ours <= 1.05 * best, (fold, filters)


@given(layers())
@settings(max_examples=50)
def test_taps_are_enough_for_layers(layer: Conv2d) -> None:
    kh, kw = layer.kernel_size
    windows = layer.output_shape[0] * layer.output_shape[1]
    beats = layer.height * layer.width * layer.in_channels

    def cheapest(taps: list[int] | range) -> int | None:
        return min((pe * t for pe in divisors(layer.out_channels) for t in taps if windows * layer.in_channels
                    * (layer.out_channels // pe) * ceil(kh * kw / t) <= beats), default=None)  # fmt: skip

    best, ours = cheapest(range(1, kh * kw + 1)), cheapest(legal_taps(layer.kernel_size))
    assert (best is None) == (ours is None)
    assert best is None or ours is None or ours <= 1.05 * best


LAYER = Conv2d(height=8, width=8, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1)


@pytest.mark.parametrize(("demand", "message"), [
    ({"interval": 60},
     "interval must be at least 64 with any lanes, not 60 "
     "(closest: lanes=2, pe=1, taps=9, 18 multipliers; the input alone takes 64 beats)"),
    ({"interval": 100, "lanes": 1},
     "interval must be at least 128 with lanes=1, not 100 "
     "(closest: pe=1, taps=9, 9 multipliers; the input alone takes 128 beats); lanes that would do: 2"),
    ({"interval": 60, "lanes": 1},
     "interval must be at least 128 with lanes=1, not 60 "
     "(closest: pe=1, taps=9, 9 multipliers; the input alone takes 128 beats); no other lanes would do"),
    ({"pace": "pixel", "lanes": 1},
     "interval must be at least 128 with lanes=1, not 64, one pixel a cycle; relax it with interval=128 "
     "(closest: pe=1, taps=9, 9 multipliers; the input alone takes 128 beats); lanes that would do: 2"),
    ({"pace": "pixel", "multipliers": 5},
     "interval must be at least 256 within 5 multipliers with any lanes, not 64, one pixel a cycle; relax it "
     "with interval=256 (closest: lanes=1, pe=1, taps=5, 5 multipliers; the input alone takes 128 beats)"),
    ({"interval": 100, "multipliers": 4},
     "interval must be at least 288 within 4 multipliers with any lanes, not 100 "
     "(closest: lanes=2, pe=2, taps=1, 4 multipliers)"),
    ({"interval": 150, "multipliers": 4, "lanes": 1},
     "interval must be at least 288 within 4 multipliers with lanes=1, not 150 "
     "(closest: pe=4, taps=1, 4 multipliers); no other lanes would do"),
    ({"interval": 100, "multipliers": 1},
     "interval must be at least 1152 within 1 multiplier with any lanes, not 100 "
     "(closest: lanes=1, pe=1, taps=1, 1 multiplier; the input alone takes 128 beats)"),
    ({"lanes": 2, "multipliers": 1},
     "multipliers must be at least 2 with lanes=2, not 1; lanes that would do: 1"),
    ({"interval": 0}, "interval must be at least 1, not 0"),
    ({"multipliers": -3}, "multipliers must be at least 1, not -3"),
    ({"lanes": 3}, "lanes must divide the 2 input channels, not 3; nearest legal: 1, 2"),
    ({"objective": "area"}, "objective must be one of multipliers, buffer, latency, luts, not 'area'"),
    ({"pace": "frame"}, "pace must be one of beat, pixel, not 'frame'"),
    ({"pace": "pixel", "interval": 64},
     "pace='pixel' is an interval: leave out interval=64, or the pace"),
])  # fmt: skip
@pytest.mark.parametrize("every", [False, True])
def test_impossible_demands(demand: dict[str, Any], message: str, every: bool) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message[:24])}") as raised:
        plan(LAYER, **demand, all=every)
    assert str(raised.value) == message


@pytest.mark.parametrize("demand", [{"interval": 100.0}, {"multipliers": True}])
def test_demands_of_the_wrong_kind(demand: dict[str, int]) -> None:
    (name, value), = demand.items()
    with pytest.raises(TypeError, match=re.escape(f"{name} must be an integer, not {value!r}")):
        plan(LAYER, **demand)


def test_groups_are_folds() -> None:
    layer = Conv2d(height=8, width=8, in_channels=4, out_channels=8, groups=2, kernel_size=3)
    found = {(design.lanes, design.pe) for design in designs(layer)}
    assert found == {(lanes, pe) for lanes in (1, 2) for pe in (1, 2, 4)} | {(4, 8)}
    assert [(design.lanes, design.multipliers) for design in designs(layer) if design.fold == 1] == [(4, 144)]
    assert plan(layer).interval == 4 * 64


def test_the_default_pace_can_be_relaxed() -> None:
    layer = Conv2d(height=4, width=4, kernel_size=1, padding=2)  # more windows than pixels
    message = (r"^interval must be at least 64 with lanes=1, not 16, one beat a cycle, which is the "
               r"default; relax it with interval=64 \(closest: pe=1, taps=1, 1 multiplier\)$")  # fmt: skip
    with pytest.raises(ValueError, match=message):
        plan(layer)
    assert plan(layer, interval=64).interval == 64


def test_what_needs_more_lanes_gets_them() -> None:
    """The default takes one channel a cycle; a pixel a cycle takes as many lanes as there are channels."""
    default, pixel = plan(STEM), plan(STEM, pace="pixel")
    assert (default.lanes, default.interval) == (1, 3 * 224 * 224)
    assert default == plan(STEM, pace="beat") == plan(STEM, lanes=1)
    assert (pixel.lanes, pixel.interval) == (3, 224 * 224)
    assert pixel == plan(STEM, interval=224 * 224) == plan(STEM, lanes=3)
    assert {design.lanes for design in plan(STEM, pace="pixel", all=True)} == {3}
    within = plan(STEM, pace="beat", multipliers=10_000)  # a pace and a budget: both
    assert within == default
    # What one lane can do, more lanes may do with fewer multipliers, or with no more.
    relaxed = plan(STEM, interval=3 * 224 * 224)
    assert relaxed.multipliers <= default.multipliers


def test_objectives() -> None:
    assert set(OBJECTIVES) == set(COSTS)


def test_constant_multipliers_in_tables_are_smaller() -> None:
    """Without DSP blocks nine constants cost less than three that change, and are slower by nothing."""
    layer = Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
    few, small = plan(layer), plan(layer, objective="luts")
    assert (few.multipliers, small.multipliers) == (3, 9)
    assert small.interval == few.interval == few.input_beats
    assert multiplier_luts(small) < multiplier_luts(few) / 2


@settings(max_examples=40)
@given(layer=in_common(8), data=st.data())
def test_partial_results_where_they_are_fewer_bits(layer: Operator, data: st.DataObject) -> None:
    """Of the best design that holds pixels and the best that holds partial results, by brute force."""
    objective = data.draw(st.sampled_from(sorted(OBJECTIVES)))
    every = list(designs(layer, 1))
    chosen = plan(layer, objective=objective)
    best = []
    for grows in (False, True):
        able = [d for d in every if d.accumulates == grows and d.interval <= d.input_beats]
        ideal = [d for d in able if d.ideal] if objective != "luts" else []
        best += sorted(ideal or able, key=COSTS[objective])[:1]
    if len(best) == 2 and not layer.window.disjoint:
        pixels, partials = best
        late = objective == "latency" and partials.latency != pixels.latency
        first = partials.latency < pixels.latency if late else partials.buffer_bits < pixels.buffer_bits
        assert COSTS[objective](chosen) == COSTS[objective](partials if first else pixels)
        assert chosen.accumulates == first
    else:
        assert chosen.accumulates


def test_partial_results_of_a_pool() -> None:
    layer = wr.MaxPool2d(height=112, width=112, channels=64, kernel_size=3, stride=2, padding=1)
    chosen = plan(layer)
    assert (chosen.accumulates, chosen.interval) == (True, 802_816)
    assert (chosen.buffer_bits, Design(layer, taps=3).buffer_bits) == (29_184, 172_032)
    assert plan(layer, multipliers=9) == plan(layer, interval=10**7) == plan(layer, lanes=1) == chosen
    assert plan(layer, pace="pixel") == Design(layer, lanes=64, taps=1)
    assert {d.accumulates for d in plan(layer, all=True)} == {True}  # it is better in everything
    sums = wr.AvgPool2d(height=20, width=20, kernel_size=5)  # wide sums, and a row of pixels more
    assert plan(sums) == Design(sums, taps=25)
    assert (plan(sums).buffer_bits, Design(sums, taps=1).buffer_bits) == (800, 805)
    assert plan(sums, multipliers=1) == Design(sums, taps=1)


def test_layers_and_designs_are_not_mixed_up() -> None:
    layer, x, weights = LAYER, LAYER.random_input(0), LAYER.random_weights(0)
    with pytest.raises(TypeError, match=r"^layer must be an Operator, not 'x'$"):
        plan("x")  # pyright: ignore[reportArgumentType, reportCallIssue]
    with pytest.raises(TypeError, match=rf"^layer must be an Operator, not {re.escape(repr(plan(layer)))}$"):
        list(designs(plan(layer)))  # pyright: ignore[reportArgumentType]
    found = rf"^design must be a Design or a Pipeline, not {re.escape(repr(layer))}$"
    with pytest.raises(TypeError, match=found):
        wr.simulate(layer, x, weights)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=found):
        wr.verilog(layer, weights)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not None$"):
        wr.simulate(None, x, weights)  # pyright: ignore[reportArgumentType]
