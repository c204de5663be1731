"""watch: events seen inside the hardware, against the golden model, the timing law and plain sense."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import windrow as wr
from strategies import FRAMES, Case, cases
from windrow.timing.depths import ARRIVE
from windrow_cli.demo_cases import TEXTBOOK_FILTER, TEXTBOOK_IMAGE
from windrow_sim.runs.run import Mismatch
from windrow_sim.watch.session import LARGEST, Step, Watch, _Reading, check_small
from windrow_sim.watch.watching import page, watch
from windrow_sim.watch.web import record


def textbook(stride: int = 2, frames: int = 1, **design: int) -> Watch:
    layer = wr.Conv2d(height=6, width=6, kernel_size=3, stride=stride)
    chosen = wr.Design(layer, **design) if design else wr.plan(layer)
    return watch(chosen, TEXTBOOK_IMAGE, TEXTBOOK_FILTER, frames=frames)


def random(case: Case) -> Watch:
    layer, seed = case.design.layer, case.seed
    stalls = [None if s is None else np.array(s, bool) for s in (case.input_stall, case.output_stall)]
    return watch(case.design, layer.random_input(seed, FRAMES), layer.random_weights(seed),
                 layer.random_bias(seed), input_stall=stalls[0], output_stall=stalls[1])


def pixels(seen: Watch, step: Step) -> Iterator[tuple[int, int]]:
    """Places of all real taps of a step's window."""
    layer = seen.run.design.layer
    kh, kw = layer.kernel_size
    for ky in range(kh):
        for kx in range(kw):
            if step.row_mask >> ky & step.column_mask >> kx & 1:
                yield (step.row * layer.stride[0] - layer.padding[0][0] + ky * layer.dilation[0],
                       step.column * layer.stride[1] - layer.padding[1][0] + kx * layer.dilation[1])


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_textbook(stride: int) -> None:
    seen = textbook(stride)
    layer = seen.run.design.layer
    golden = layer.golden(TEXTBOOK_IMAGE, TEXTBOOK_FILTER)
    assert [output.values[0] for output in seen.outputs] == golden.ravel().tolist()
    assert [beat.accepted for beat in seen.beats] == list(range(36))
    assert seen.i_valid == "1" * 36 + "0" * (seen.cycles - 36)
    # What lies outside every window is accepted and not kept.
    read = {place for step in seen.steps for place in pixels(seen, step)}
    assert {divmod(at, 6) for at, beat in enumerate(seen.beats) if beat.stored} >= read


def test_the_last_cycle_is_the_last_transfer_on_either_stream() -> None:
    late, early = textbook(2), textbook(4)  # at stride 4 the output is done before the image is
    assert late.cycles == late.run.cycles == late.outputs[-1].transferred + 1
    assert early.run.cycles < early.cycles == early.beats[-1].accepted + 1


def test_stalls_are_seen() -> None:
    layer = wr.Conv2d(height=6, width=6, kernel_size=3, stride=2)
    seen = watch(wr.Design(layer, taps=3), TEXTBOOK_IMAGE, TEXTBOOK_FILTER,
                 input_stall=wr.Stalls.trace("001"), output_stall=wr.Stalls.until(50))
    assert seen.i_valid[:6] == "110110"
    assert seen.o_ready[:51] == "0" * 50 + "1"
    assert seen.outputs[0].transferred == 50
    assert "1" in seen.o_valid[:50]


def small(case: Case) -> bool:
    try:
        check_small(case.design, FRAMES)
    except ValueError:
        return False
    return True


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(cases().filter(small))
def test_events_are_those_of_the_timing_model(case: Case) -> None:
    seen = random(case)
    design, run = case.design, seen.run
    layer = design.layer
    timing = design.timing(FRAMES, input_stall=run.input_stall, output_stall=run.output_stall)
    golden = layer.golden(run.x, run.weights, run.bias)
    assert [output.transferred for output in seen.outputs] == timing.output_cycles.ravel().tolist()
    assert [list(output.values) for output in seen.outputs] == golden.reshape(-1, design.pe).tolist()
    assert all(output.finished < output.transferred for output in seen.outputs)
    places = [(o.frame, o.row, o.column, o.group) for o in seen.outputs]
    assert places == list(np.ndindex(timing.output_cycles.shape))

    assert len(seen.beats) == FRAMES * design.input_beats
    kept = [at for at, beat in enumerate(seen.beats[: design.input_beats]) if beat.stored]
    assert kept == design.schedule.stored_beats.tolist()
    # When all is over, everything has been given back.
    assert all(beat.freed is not None for beat in seen.beats if beat.stored)
    assert all(fetch.freed is not None for fetch in seen.fetches if fetch.put is not None)
    assert len(seen.steps) == FRAMES * design.windows * design.fold
    fetched = {(f.frame, f.row, f.column, f.slice): f for f in seen.fetches}
    for step in seen.steps:
        for y, x in pixels(seen, step):
            at = ((step.frame * layer.height + y) * layer.width + x) * design.slices + step.slice
            reader = fetched[step.frame, step.row, x, step.slice] if fetched else step
            # Read once it is there, and before it is given back.
            assert seen.beats[at].accepted + ARRIVE <= reader.issued
            freed = seen.beats[at].freed
            assert freed is None or reader.issued < freed
            assert reader.issued <= step.issued < step.multiplied


def test_the_line_buffer_never_holds_more_than_it_has() -> None:
    seen = textbook(1, frames=3, taps=1)
    for cycle in range(seen.cycles):
        held = [beat for beat in seen.beats if beat.stored and beat.accepted < cycle
                and (beat.freed is None or beat.freed > cycle)]
        assert len(held) <= seen.run.design.memories.ring_beats
    assert "0" in seen.i_ready  # one multiplier at stride 1 is too slow, so the input does wait


def test_pixels_that_the_array_does_not_have_are_noticed() -> None:
    seen = textbook(2)
    signals = {"operand_0": [0] * seen.cycles, "clear_0": [0] * seen.cycles}
    with pytest.raises(Mismatch, match=r"^the array multiplies \[0\] in cycle \d+, not \[3\] of Step\("):
        _Reading(signals, seen.run)._check_operands(seen.steps)


@pytest.mark.parametrize(("arguments", "says"), [
    ({"height": 60}, "watch shows at most 24 rows with padding, not 60; windrow simulate runs any size"),
    ({"width": 23, "padding": 1}, "watch shows at most 24 columns with padding, not 25"),
    ({"in_channels": 6}, "watch shows at most 4 input channels, not 6"),
    ({"out_channels": 9}, "watch shows at most 8 filters, not 9"),
])
def test_large_shapes_are_refused(arguments: dict[str, int], says: str) -> None:
    layer = wr.Conv2d(**{"height": 6, "width": 6, "kernel_size": 3, **arguments})
    with pytest.raises(ValueError, match=f"^{says}"):
        watch(wr.Design(layer), layer.random_input(0), layer.random_weights(0))


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(ValueError, match=rf"^watch shows at most {LARGEST['frames']} frames, not 7;"):
        textbook(frames=7)


def test_frames_that_contradict_the_images() -> None:
    layer = wr.Conv2d(height=3, width=3, kernel_size=3)
    with pytest.raises(ValueError, match=r"^frames must be left out or be 2 for x with as many, not 3$"):
        watch(wr.Design(layer), layer.random_input(0, 2), layer.random_weights(0), frames=3)


def test_the_page_is_one_file_that_needs_nothing_else() -> None:
    text = page(textbook(), "</script> is harmless")
    assert text.count("</script>") == 2
    assert "http://www.w3.org/2000/svg" in text  # a name, not an address
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "<!-- " not in text


SIZE = {"height": 5, "width": 6, "kernel_size": 3, "padding": 1}


@pytest.mark.parametrize("chosen", [
    wr.Design(wr.MaxPool2d(**SIZE, channels=2, input_type=wr.Int(8), stride=2), taps=3),
    wr.plan(wr.MinPool2d(**SIZE, channels=1)),  # columns shared
    wr.Design(wr.AvgPool2d(**SIZE, channels=2, stride=2, output=wr.Clamp(9, 200)), taps=3),
    wr.plan(wr.Median2d(**SIZE, channels=1)),  # columns shared
    wr.plan(wr.Conv2d(**SIZE, in_channels=4, out_channels=4, groups=2, padding_value=7, stride=2)),
], ids=lambda chosen: chosen.layer.kind)
def test_every_operator_can_be_watched(chosen: wr.Design) -> None:
    layer = chosen.layer
    seen = watch(chosen, layer.random_input(1, 2), layer.random_weights(1), layer.random_bias(1))
    told = record(seen)
    assert (told["weights"] is None) == (layer.weight_shape is None)
    assert told["layer"]["fill"] == layer.fill
    assert told["layer"]["depth"] == layer.in_channels // layer.groups
    assert told["design"]["beat_steps"] * len(seen.outputs) == len(seen.steps)


def test_designs_that_share_columns_are_among_them() -> None:
    assert wr.plan(wr.Median2d(**SIZE, channels=1)).shares_columns


def test_the_record_counts_what_happened() -> None:
    seen = textbook(2, frames=2)
    told = record(seen)
    assert told["frames"] == 2
    assert len(told["images"]) == 1
    assert len(told["beats"]["accepted"]) == 72
    assert len(told["steps"]["issued"]) == 2 * 4 * 9
    assert all(len(line) == seen.cycles for line in told["streams"].values())


def test_a_pool_without_a_line_buffer_has_no_picture() -> None:
    layer = wr.MaxPool2d(height=4, width=4, kernel_size=2, stride=2)
    error = r"^watch shows a line buffer and what is read from it, .*: taps must be more than 1$"
    with pytest.raises(ValueError, match=error):
        watch(wr.Design(layer), layer.random_input(0), None)
    assert watch(wr.Design(layer, taps=2), layer.random_input(0), None).outputs
