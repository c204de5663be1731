"""Stalls: the pattern that the name promises, as data, and the same for every engine and the timing model."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from tool_marks import ENGINES
from windrow import Stalls

PATTERNS = [
    Stalls.never(),
    Stalls.until(40),
    Stalls.between(30, 45),
    Stalls.periodic(stalled=3, free=1),
    Stalls.periodic(stalled=2, free=3, delay=11),
    Stalls.random(0.3, seed=1),
    Stalls.bursts(8, 5, seed=1),
    Stalls.trace("0011101"),
    Stalls.trace("1011101", repeat=False),
]


def shown(stalls: Stalls, cycles: int = 12) -> str:
    return "".join(str(int(bit)) for bit in stalls.cycles(cycles))


@pytest.mark.parametrize(("stalls", "expected"), [
    (Stalls.never(), "000000000000"),
    (Stalls.until(0), "000000000000"),
    (Stalls.until(5), "111110000000"),
    (Stalls.between(2, 5), "001110000000"),
    (Stalls.between(4, 4), "000000000000"),
    (Stalls.periodic(stalled=3, free=1), "111011101110"),
    (Stalls.periodic(stalled=1, free=2, delay=4), "000010010010"),
    (Stalls.trace("0110"), "011001100110"),
    (Stalls.trace([True, True, False]), "110110110110"),
    (Stalls.trace("11", repeat=False), "110000000000"),
    (Stalls.of(None), "000000000000"),
    (Stalls.of([False, True]), "010101010101"),
    (Stalls.of(np.array([True, False])), "101010101010"),
], ids=repr)
def test_cycles(stalls: Stalls, expected: str) -> None:
    assert shown(stalls) == expected
    assert stalls.any == ("1" in expected)


@given(st.floats(0, 0.95), st.integers(0, 1000))
def test_random_has_the_density(density: float, seed: int) -> None:
    pattern = Stalls.random(density, seed=seed, cycles=20_000).cycles(20_000)
    assert abs(pattern.mean() - density) < 0.03


@settings(max_examples=30)
@given(st.floats(1, 20), st.floats(1, 20), st.integers(0, 1000))
def test_bursts_have_the_means(stalled: float, free: float, seed: int) -> None:
    pattern = Stalls.bursts(stalled, free, seed=seed, cycles=20_000).cycles(20_000)
    assert not pattern[0]
    edges = np.flatnonzero(np.diff(pattern.astype(int)))
    runs = np.diff(edges)  # stalled, free, stalled ...
    assert abs(runs[0::2].mean() - stalled) < 0.3 * stalled
    assert abs(runs[1::2].mean() - free) < 0.3 * free


@pytest.mark.parametrize("cycles", [1, 2, 3])
@pytest.mark.parametrize("make", [
    lambda cycles: Stalls.random(0.999, seed=3, cycles=cycles),
    lambda cycles: Stalls.bursts(1000, 1, seed=3, cycles=cycles),
], ids=["random", "bursts"])
def test_short_random_patterns_leave_a_cycle_free(make: Any, cycles: int) -> None:
    assert not make(cycles).period.all()


@pytest.mark.parametrize("stalls", PATTERNS, ids=repr)
def test_they_are_data(stalls: Stalls) -> None:
    for same in (eval(repr(stalls)), pickle.loads(pickle.dumps(stalls)), Stalls.of(stalls)):
        assert same == stalls
        assert hash(same) == hash(stalls)
        assert repr(same) == repr(stalls)
    assert stalls != Stalls.periodic(stalled=7, free=9)
    assert stalls != "anything else"
    with pytest.raises(ValueError, match="read-only"):
        stalls.period[0] = True
    with pytest.raises(AttributeError):
        stalls.text = "x"  # pyright: ignore[reportAttributeAccessIssue]


def test_seeds_differ() -> None:
    assert Stalls.random(0.5, seed=1) != Stalls.random(0.5, seed=2)
    assert Stalls.bursts(3, 3, seed=1) != Stalls.bursts(3, 3, seed=2)


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: Stalls.until(-1), ValueError, "^cycle must be at least 0, not -1$"),
    (lambda: Stalls.until(1.5), TypeError, "^cycle must be an integer, not 1.5$"),
    (lambda: Stalls.until(True), TypeError, "^cycle must be an integer, not True$"),
    (lambda: Stalls.between(5, 4), ValueError, "^stop must be at least start = 5, not 4$"),
    (lambda: Stalls.periodic(stalled=3, free=0), ValueError, "^free must be at least 1, not 0$"),
    (lambda: Stalls.random(1.0), ValueError, "^density must be at least 0 and below 1, not 1.0$"),
    (lambda: Stalls.random(float("nan")), ValueError, "^density must be at least 0 and below 1, not nan$"),
    (lambda: Stalls.random("much"), TypeError, "^density must be a number, not 'much'$"),
    (lambda: Stalls.random(0.5, seed=-1), ValueError, "^seed must be at least 0, not -1$"),
    (lambda: Stalls.bursts(0, 4), ValueError, "^stalled must be at least 1 cycle on average, not 0$"),
    (lambda: Stalls.bursts(4, float("inf")), ValueError, "^free must be at least 1 cycle .*, not inf$"),
    (lambda: Stalls.trace("01x"), ValueError, "^cycles must be a string of 0 and 1, or booleans, not '01x'$"),
    (lambda: Stalls.trace(""), ValueError, "^cycles must be one row of at least one cycle"),
    (lambda: Stalls.trace("111"), ValueError, "^cycles must leave a cycle free, not stall all 3$"),
    (lambda: Stalls.trace([0, 1]), TypeError, r"^cycles must be booleans per cycle, not int64: \[0, 1\]$"),
    (lambda: Stalls.trace(None), TypeError, "^cycles must be booleans per cycle, not None; for"),
    (lambda: Stalls.trace("01", repeat=1), TypeError, "^repeat must be True or False, not 1$"),
    (lambda: Stalls.of("0011"), TypeError, r'not \'0011\'; for instance Stalls.trace\("0011"\)'),
    (lambda: Stalls.of(0.2), TypeError, r"^pattern must be booleans .*, not 0.2; .* Stalls.random\(0.2\)$"),
    (lambda: Stalls.of(float("nan")), TypeError, r"not nan; .* Stalls.random\(0.3\)$"),
    (lambda: Stalls.of(5, "input_stall"), TypeError, "^input_stall must be booleans .*, not 5; for"),
    (lambda: Stalls.until(10**12), ValueError, "^cycle must be at most 16777216 cycles, not 1000000000000"),
    (lambda: Stalls.between(0, 2**24 + 1), ValueError, "^stop must be at most 16777216 cycles, not 1677721"),
    (lambda: Stalls.periodic(stalled=1, free=10**12), ValueError, "^free must be at most 16777216 cycles"),
    (lambda: Stalls.periodic(stalled=10**12, free=1), ValueError, "^stalled must be at most 16777216 cycles"),
    (lambda: Stalls.periodic(stalled=1, free=1, delay=10**12), ValueError, "^delay must be at most 16777216"),
    (lambda: Stalls.random(0.5, cycles=10**12), ValueError, "^cycles must be at most 16777216 cycles, not 1"),
    (lambda: Stalls.bursts(1e300, 4), ValueError, r"^stalled must be at most 16777216 .*, not 1e\+300$"),
    (lambda: Stalls.bursts(4, 4, cycles=10**12), ValueError, "^cycles must be at most 16777216 cycles"),
    (lambda: Stalls.of(np.arange(2**24 + 1) > 5), ValueError, "^length of pattern must be at most 16777216"),
    (lambda: Stalls.of([], "input_stall"), ValueError, "^input_stall must be one row of at least one cycle"),
])
def test_what_makes_no_sense(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


# ---- engines and the timing model ----

LAYER = wr.Conv2d(height=6, width=7, in_channels=2, out_channels=2, kernel_size=3, stride=2, padding=1)
DESIGN = wr.Design(LAYER, lanes=1, pe=1, taps=3)


def simulate(engine: str, input_stall: Any, output_stall: Any) -> wr.Run:
    return wr.simulate(DESIGN, LAYER.random_input(1, 3), LAYER.random_weights(1), engine=engine,
                       input_stall=input_stall, output_stall=output_stall)


@pytest.mark.parametrize("stalls", PATTERNS, ids=repr)
def test_timing_of_a_pattern_is_that_of_its_cycles(stalls: Stalls) -> None:
    free = DESIGN.timing(3).output_cycles
    for side in ("input_stall", "output_stall"):
        given = DESIGN.timing(3, **{side: stalls}).output_cycles
        long = np.append(stalls.cycles(4000), False)  # longer than the run: repetition does not matter
        assert (given == DESIGN.timing(3, **{side: long}).output_cycles).all()
        assert (given >= free).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stalls", PATTERNS, ids=repr)
def test_engines_follow_every_pattern(engine: str, stalls: Stalls) -> None:
    other = PATTERNS[(PATTERNS.index(stalls) + 4) % len(PATTERNS)]
    run = simulate(engine, stalls, other).check()
    assert run.interval == DESIGN.timing(3, input_stall=stalls, output_stall=other).interval


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_head_is_no_hang(engine: str) -> None:
    run = simulate(engine, Stalls.until(20_000), None).check()
    assert run.output_cycles.min() > 20_000
    assert simulate(engine, None, Stalls.until(20_000)).check().output_cycles.min() == 20_000
