"""Budgets as people write them, and what they are told when it is something else."""

import pytest

from windrow_explore.budget import read_budget
from windrow_explore.constraints import Constraint

FORMS = "multipliers such as 220dsp or 220, buffer bits such as 4Mb, or both as in 220dsp,4Mb"


@pytest.mark.parametrize(("text", "meaning"), [
    ("220dsp", (220, None)),
    ("220", (220, None)),
    (" 220 DSPs ", (220, None)),
    ("1 multiplier", (1, None)),
    ("220dsp,4Mb", (220, 4_000_000)),
    ("4Mib", (None, 4 * 1024 * 1024)),
    ("1gb", (None, 10**9)),
    ("18kb, 220", (220, 18_000)),
    ("18Kib", (None, 18_432)),
    ("18 kib", (None, 18_432)),
    ("0.5kb", (None, 500)),
    ("1000b", (None, 1000)),
])  # fmt: skip
def test_budgets(text: str, meaning: tuple[int | None, int | None]) -> None:
    assert read_budget(text) == meaning


@pytest.mark.parametrize(("text", "message"), [
    ("", f"budget must be {FORMS}, not ''"),
    ("220luts", f"budget must be {FORMS}, not '220luts'"),
    ("-5", f"budget must be {FORMS}, not '-5'"),
    ("1.5dsp", f"budget must be {FORMS}, not '1.5dsp'"),
    ("220dsp,", f"budget must be {FORMS}, not '220dsp,'"),
    ("4MB", f"budget must be {FORMS}, not '4MB': memory is counted in bits, 32Mb for 4MB"),
    ("220,1.5KB", f"budget must be {FORMS}, not '220,1.5KB': memory is counted in bits, 12Kb for 1.5KB"),
    ("220,300", "budget must name multipliers once, not twice as in '220,300'"),
    ("4Mb,18kb", "budget must name buffer bits once, not twice as in '4Mb,18kb'"),
    ("0dsp", "budget must leave at least one multiplier and one bit, not '0dsp'"),
    ("220,0b", "budget must leave at least one multiplier and one bit, not '220,0b'"),
])  # fmt: skip
def test_budgets_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        read_budget(text)
    assert str(raised.value) == message


@pytest.mark.parametrize("text", ["18kb", "18Kib", "4Mb", "1.5Mib", "1000b", "2gb", "64Kb"])
def test_a_budget_and_a_constraint_mean_the_same(text: str) -> None:
    assert Constraint.parse(f"buffer_bits <= {text}").value == read_budget(text)[1]
    assert Constraint.parse(f"buffer_bits <= {text.removesuffix('b')}").value == read_budget(text)[1]


def test_only_bits_are_counted_in_b() -> None:
    with pytest.raises(ValueError, match=r"^constraints of multipliers must be without b for bits, not 'mul"):
        Constraint.parse("multipliers <= 18kb")
