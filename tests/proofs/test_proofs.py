"""The contract of small designs holds whatever the streams do, and a broken design does not keep it."""

import functools
from typing import Any

import pytest

from installed import needs
from tests.proofs.cases import DESIGNS, in_dsp
from tests.proofs.solver import prove
from windrow_hdl.parts.counters import Credits
from windrow_hdl.window.walk_player import WalkPlayer

needs("pyosys", "fpga")

DEPTH = 22  # cycles: into the second frame of most designs, seconds a design; `make prove` looks further
GATHER = DESIGNS["gather, a kernel column a cycle, stride 2"]
STORE = DESIGNS["store, two filter groups"]
PIXELS = DESIGNS["shift, two pixels a beat, groups that trail a row"]


def broken(design: Any, depth: int = DEPTH) -> list[str]:
    return [verdict.name for verdict in prove(design, depth) if verdict.broken is not None]


@pytest.mark.parametrize("name", DESIGNS)
def test_contract_holds_in_every_short_run(name: str) -> None:
    verdicts = prove(DESIGNS[name], DEPTH, dsp=in_dsp(name))
    assert [str(verdict) for verdict in verdicts if verdict.broken is not None] == []


@pytest.mark.parametrize("name", [
    "gather, a kernel column a cycle, stride 2",
    "shift, padding and stride 2",
    "store, two steps, padding and stride 2",
    "shift, two pixels a beat",
])
def test_ring_holds_for_good(name: str) -> None:
    """The ring neither overflows nor underflows, in runs of any length."""
    assert [verdict.proved for verdict in prove(DESIGNS[name], 4, 100, ["ring"])] == [True]


@pytest.mark.parametrize("name", DESIGNS)
def test_designs_have_the_reader_that_they_stand_for(name: str) -> None:
    design, reader = DESIGNS[name], name.split(",")[0]
    assert (design.gathers, design.shifts, design.stores, design.accumulates) == tuple(
        reader == kind for kind in ("gather", "shift", "store", "grows")
    )


def more_credits(amount: int, *arguments: Any, extra: int, **named: Any) -> Credits:
    return Credits(amount + extra, *arguments, **named)


def test_ring_with_a_credit_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windrow_hdl.window.line_buffer.Credits", functools.partial(more_credits, extra=1))
    assert broken(DESIGNS["gather, a tap a cycle"], 30) == ["ring"]


def test_ring_with_too_few_credits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windrow_hdl.window.line_buffer.Credits", functools.partial(more_credits, extra=-2))
    assert broken(GATHER, 30) == ["progress"]


def test_queue_with_a_credit_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windrow_hdl.parts.output_queue.Credits", functools.partial(more_credits, extra=1))
    assert broken(DESIGNS["gather, a tap a cycle"], 30) == ["flight"]


def test_windows_that_forget_what_they_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windrow_hdl.window.open_places.joined", lambda kind, base, more: more)
    assert broken(DESIGNS["grows, pixels in common"]) == ["data"]


@pytest.mark.parametrize("design", [GATHER, STORE, PIXELS], ids=["gather", "store", "pixels"])
def test_windows_that_start_too_early(design: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = WalkPlayer.__init__

    def early(self: WalkPlayer, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        self.lead_init += 1

    monkeypatch.setattr(WalkPlayer, "__init__", early)
    assert broken(design)
