"""Stall patterns in words."""

import pytest

from windrow.timing.stalls import LEVELS, Stalls, level
from windrow_cli.console import UserMistake
from windrow_cli.stalls import read_stalls


@pytest.mark.parametrize(("text", "pattern"), [
    ("none", Stalls.never()), ("0011", Stalls.trace("0011")),
    ("until:40", Stalls.until(40)), ("between:5,9", Stalls.between(5, 9)),
    ("periodic:3,1", Stalls.periodic(stalled=3, free=1)), (" Until:7 ", Stalls.until(7)),
])
def test_patterns_without_chance(text: str, pattern: Stalls) -> None:
    assert read_stalls(text, text, 3) == (pattern, pattern)


@pytest.mark.parametrize("text", ["0.3", "bursts:8,20"])
def test_random_patterns_follow_the_seed_and_differ(text: str) -> None:
    one, other = read_stalls(text, text, 3)
    assert one != other
    assert (one, other) == read_stalls(text, text, 3)
    assert (one, other) != read_stalls(text, text, 4)
    assert one in (Stalls.random(0.3, seed=6), Stalls.bursts(8, 20, seed=6))


@pytest.mark.parametrize("name", LEVELS)
def test_levels_are_those_of_the_pytest_plugin(name: str) -> None:
    assert read_stalls(name, name, 2) == level(name, 4)


def test_another_level() -> None:
    with pytest.raises(ValueError, match=r"^level must be none or light or heavy, not 'much'$"):
        level("much", 0)


@pytest.mark.parametrize(("text", "reason"), [
    ("1", "density must be"), ("111", "cycles must"), ("much", "could not convert"),
    ("nan", "density must be"), ("until:", "invalid literal"), ("between:3", "between takes 2 numbers"),
    ("until:1,2", "until takes 1 number$"),
])
def test_what_is_no_pattern(text: str, reason: str) -> None:
    error = rf"^--output-stall must be none, light, heavy, .*, not '{text}': .*{reason}"
    with pytest.raises(UserMistake, match=error):
        read_stalls("none", text, 0)
