"""watch_pipeline: what was seen inside is what the laws of all stages say, cycle by cycle."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import windrow as wr
from networks import block
from pipelines import random_pipeline
from random_networks import random_frames
from random_networks import random_pipeline as random_hardware
from windrow.pipeline.flow import Flow
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import INPUT
from windrow.stage.design import Design
from windrow.timing.stalls import Stalls
from windrow_sim.runs.run import Mismatch, Recording
from windrow_sim.watch.pipelines import session
from windrow_sim.watch.pipelines.session import PipelineWatch, _Reading, watch_pipeline
from windrow_sim.watch.watching import watch


def made(seed: int = 1) -> Pipeline:
    return random_pipeline(block(5, 4), random.Random(seed), cycles=300)


def check_laws(seen: PipelineWatch, stalls: tuple[Stalls | None, Stalls | None]) -> None:
    """All transfers of all streams, what was begun, and what queues held, against the model's events."""
    pipeline, frames = seen.run.design, len(seen.run.x)
    flow = Flow(pipeline.steps, pipeline.designs, pipeline.fifos, frames)
    flow.stall(*stalls)
    flow.settle()
    assert np.flatnonzero(seen.input.moved).tolist() == flow.input.known.tolist()
    for stage in seen.stages:
        station, design = flow.stations[stage.step.name], stage.design
        assert np.flatnonzero(stage.output.moved).tolist() == station.sends.known.tolist()
        for port, stream in zip(station.ports, stage.inputs, strict=True):
            reads = port.events.known if port.beats is None else port.events.known[port.beats]
            assert np.flatnonzero(stream.moved).tolist() == reads.tolist()
        assert stage.begin.sum() == frames * design.output_beats
        if isinstance(design, Design) and design.pixels == 1 and not design.accumulates:
            assert stage.work.sum() == frames * design.fold * design.windows
        assert (stage.begin <= stage.credit).all() or design.pixels > 1  # a beat that is due takes no credit
    gives = {INPUT: seen.input, **{stage.step.name: stage.output for stage in seen.stages}}
    for queue in seen.queues:  # a write needs room beside what lies there, whatever is read meanwhile
        writes = queue.fifo.write * gives[queue.fifo.source].moved
        assert (queue.held + writes).max() == flow.held(queue.fifo) <= queue.fifo.elements


@pytest.mark.parametrize("engine", ["amaranth", "verilator"])
def test_a_network_of_every_kind_of_node(engine: str) -> None:
    pipeline = made()
    stalls = Stalls.random(0.3, seed=4), Stalls.bursts(9, 5, seed=2)
    seen = watch_pipeline(pipeline, pipeline.random_input(5, 2), 2, *stalls, engine=engine)
    assert (seen.run.engine, seen.frames_asked, len(seen.stages)) == (engine, 2, len(pipeline.stages))
    check_laws(seen, stalls)
    golden = pipeline.steps.golden(seen.run.x)
    for stage in seen.stages:
        assert (stage.values == golden[stage.step.name]).all()


def test_both_engines_see_the_same() -> None:
    pipeline = made(2)
    x = pipeline.random_input(3)
    one, other = (watch_pipeline(pipeline, x, 2, None, Stalls.trace("0110"), engine=engine)
                  for engine in ("amaranth", "verilator"))
    assert one.cycles == other.cycles
    for a, b in zip(one.stages, other.stages, strict=True):
        for name in ("work", "begin", "credit"):
            assert (getattr(a, name)[: one.cycles] == getattr(b, name)[: one.cycles]).all()


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), pixels=st.sampled_from([1, 1, 2, 3]))
def test_random_networks(seed: int, pixels: int) -> None:
    dice = random.Random(seed)
    pipeline = random_hardware(dice, largest=5, spare=1.0, pixels=pixels)
    stalls = Stalls.random(dice.choice([0.01, 0.4]), seed=seed), Stalls.random(0.2, seed=seed)
    try:
        pipeline.timing(2, input_stall=stalls[0], output_stall=stalls[1])
    except ValueError:  # a deadlock that was foretold
        return
    x = random_frames(pipeline.network, 2, seed)
    check_laws(watch_pipeline(pipeline, x, 2, *stalls, engine="amaranth"), stalls)


def test_watch_takes_designs_and_pipelines() -> None:
    pipeline = made()
    seen = watch(pipeline, pipeline.random_input(0))
    assert isinstance(seen, PipelineWatch)
    assert "<iframe" in seen._repr_html_()
    with pytest.raises(ValueError, match=r"^weights must be left out of a pipeline"):
        watch(pipeline, pipeline.random_input(0), [1])  # pyright: ignore[reportCallIssue, reportArgumentType]
    with pytest.raises(TypeError, match=r"^design must be a Design or a Pipeline, not 3"):
        watch(3, [0])  # pyright: ignore[reportCallIssue, reportArgumentType]
    with pytest.raises(ValueError, match=r"^engine must be 'auto', 'amaranth' or 'verilator' to watch"):
        watch_pipeline(pipeline, pipeline.random_input(0), engine="icarus")


def test_what_is_too_large_is_cut_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = made()
    x = pipeline.random_input(0, 3)
    signals = 2 + sum(5 + 2 * len(step.sources) for step, _ in pipeline.stages)
    monkeypatch.setattr(session, "LARGEST", signals * pipeline.timing(2).total_cycles)
    seen = watch_pipeline(pipeline, x, engine="amaranth")
    assert (seen.frames_asked, len(seen.run.output)) == (3, 2)
    assert (seen.run.x == x[:2]).all()
    one = signals * pipeline.timing(1).total_cycles
    monkeypatch.setattr(session, "LARGEST", one - 1)
    with pytest.raises(ValueError, match=rf"^watch shows at most {one - 1:,} bits, cycles times signals, not "
                                         rf"the {one:,} of one frame; windrow simulate runs any size$"):
        watch_pipeline(pipeline, x, engine="amaranth")


def recorded(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Watch with what was seen changed."""
    def changed(self: _Reading, recording: Recording, run: Any) -> None:
        words = np.array(recording.seen)
        change(words)
        original(self, Recording(recording.beats, recording.cycles, recording.first_accepted,
                                 recording.first_offered, words), run)

    original = _Reading.__init__
    monkeypatch.setattr(_Reading, "__init__", changed)


def test_what_differs_from_the_models_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=9)
    layout = session.Layout.of(pipeline)
    x = pipeline.random_input(0)
    first, _ = layout.payloads["convolution_1"]

    def payload(words: Any) -> None:
        words[:, first] ^= 1

    def handshake(words: Any) -> None:
        at = layout.flags.index(("convolution_1", "o_ready"))
        words[:, at // 32] &= np.uint32(~(1 << at % 32) & 0xFFFFFFFF)

    def queue(words: Any) -> None:
        valid, ready = (layout.flags.index(("add_2", f"i_{what}_1")) for what in ("valid", "ready"))
        words[0, valid // 32] |= np.uint32(1 << valid % 32)
        words[0, ready // 32] |= np.uint32(1 << ready % 32)

    for change, says in (
        (payload, r"^stage 'convolution_1' differs from the golden model first at \(frame, row, column, "
                  r"channel\) \(0, 0, 0, 0\): "),
        (handshake, r"^stage 'convolution_1' gives 0 beats, not \d+$"),
        (queue, r"^the queue from 'convolution_1' to 'add_2' holds -\d+ to \d+ elements and -\d+ in the end, "
                r"with room for \d+$"),
    ):
        with monkeypatch.context() as patched:
            recorded(patched, change)
            with pytest.raises(Mismatch, match=says):
                watch_pipeline(pipeline, x, engine="verilator")
