"""The law of pixels that are accumulated, against itself stepped through cycle by cycle, and as events."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from strategies import apart, in_common, mapped, stalls
from windrow.operators.operator import Operator
from windrow.timing.free_cycles import FreeCycles
from windrow.timing.schedule import Schedule
from windrow.timing.settling import settle
from windrow.timing.station import windows

Pattern = tuple[bool, ...] | None


def stepped(schedule: Schedule, frames: int, offered: Pattern, ready: Pattern) -> list[int]:
    """Transfer cycles, from the rules as they are said: one cycle after the other."""
    finishing = set(schedule.finishing_beats.tolist())
    total, cycle, beat, valid = frames * schedule.input_beats, 0, 0, False
    begun: list[int] = []  # when beats will be offered
    sent: list[int] = []
    while len(sent) < frames * len(finishing):
        credits = schedule.credits - len(begun) + sum(at < cycle for at in sent)
        if len(sent) < len(begun) and begun[len(sent)] <= cycle and not (ready and ready[cycle % len(ready)]):
            sent.append(cycle)
        valid = beat < total and (valid or not (offered and offered[cycle % len(offered)]))
        finishes = beat % schedule.input_beats in finishing
        if valid and (credits or not finishes):
            if finishes:
                begun.append(cycle + schedule.pipeline)
            beat, valid = beat + 1, False
        cycle += 1
    return sent


@settings(max_examples=60)
@given(layer=mapped(apart(7) | in_common(7)), frames=st.integers(1, 3), offered=stalls(), ready=stalls(),
       data=st.data())
def test_every_transfer(layer: Operator, frames: int, offered: Pattern, ready: Pattern,
                        data: st.DataObject) -> None:  # fmt: skip
    lanes = data.draw(st.sampled_from([n for n in (1, 2, 3, 4, 5, 8) if layer.in_channels % n == 0]))
    design = wr.Design(layer, lanes=lanes, taps=1)
    assert design.accumulates
    timing = design.timing(frames, input_stall=offered, output_stall=ready)
    assert timing.output_cycles.ravel().tolist() == stepped(design.schedule, frames, offered, ready)
    station = windows("stage", design.memories, frames)
    if offered is not None:
        station.ports[0].events.offers = FreeCycles(wr.Stalls.of(offered))
    if ready is not None:
        station.sends.ready = FreeCycles(wr.Stalls.of(ready))
    assert settle(station.events) == [events.count for events in station.events]
    assert np.array_equal(station.sends.known, timing.output_cycles.ravel())
    assert station.first_offer - int(station.events[0].known[0]) == timing.latency
    if offered is None and ready is None:
        assert (timing.latency, timing.steady_interval if frames > 1 else design.interval) == (
            design.latency, design.input_beats)  # fmt: skip


def test_the_input_sets_the_pace_and_no_window_waits() -> None:
    """Free flow, in numbers that can be counted: a window leaves `pipeline` cycles after its last pixel."""
    layer = wr.MaxPool2d(height=4, width=5, channels=2, kernel_size=2, stride=2)
    design = wr.Design(layer, lanes=1)
    assert (design.schedule.pipeline, design.interval, design.latency) == (4, 40, 16)
    last_pixels = np.array([[6, 8], [16, 18]])
    expected = (2 * last_pixels[..., None] + [0, 1] + 4)[None] + 40 * np.arange(2)[:, None, None, None]
    assert np.array_equal(design.timing(2).output_cycles, expected)
    assert design.bounds().latency == 13
    assert design.utilisation == 32 / 40


def test_a_blocked_output_stops_the_pixel_that_would_finish_a_window_one_too_many() -> None:
    layer = wr.MaxPool2d(height=2, width=64, kernel_size=(1, 2), stride=(1, 2))
    design = wr.Design(layer)
    credits = design.schedule.credits
    first = 100
    timing = design.timing(1, output_stall=wr.Stalls.until(first))
    sent = timing.output_cycles.ravel()
    assert sent[:credits].tolist() == list(range(first, first + credits))
    assert sent[credits] == first + 1 + design.schedule.pipeline
