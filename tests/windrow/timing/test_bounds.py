"""Lower bounds: the latency against windows gone through one by one, and large layers in little memory."""

import tracemalloc

from hypothesis import given, settings

import windrow as wr
from strategies import Case, cases


@settings(max_examples=200)
@given(cases(stalled=False))
def test_latency_is_the_arrival_of_what_the_first_window_needs(case: Case) -> None:
    design, schedule = case.design, case.design.schedule
    need = int(schedule.window_walk.needs[0, 0])
    arrival = int(schedule.stored_beats[need]) if need >= 0 else schedule.slices - 1
    assert design.bounds().latency == arrival + design.beat_steps


def test_bounds_of_a_large_layer_lay_out_no_windows() -> None:
    layer = wr.Conv2d(height=1024, width=1024, in_channels=64, out_channels=64, kernel_size=3, padding=1)
    design = wr.Design(layer, lanes=1, pe=1, taps=3)
    tracemalloc.start()
    try:
        assert design.bounds().latency == 1025 * 64 + 63 + design.beat_steps
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
