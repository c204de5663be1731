"""Both engines: the same recording for the same stimulus, errors instead of hangs, equal to both models."""

import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tool_marks import ENGINES, needs_compiler
from windrow import Conv2d, Design, Int, UInt
from windrow_sim import Hang, Mismatch, Run, ToolMissing, simulate
from windrow_sim.engines import amaranth, verilator
from windrow_sim.runs.run import Recording
from windrow_sim.streams.stimulus import Stimulus, words


class Toy(wiring.Component):
    """One register between `i` and `o`, passing every beat on `copies` times; `deaf` never takes beat 3."""

    def __init__(self, bits: int, copies: int = 1, deaf: bool = False) -> None:
        self.copies, self.deaf = copies, deaf
        super().__init__({
            "i": In(stream.Signature(unsigned(bits))),
            "o": Out(stream.Signature(unsigned(bits))),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left = Signal(range(self.copies + 1))
        taken = Signal(range(4))
        last = self.o.ready & (left == 1)
        m.d.comb += [
            self.o.valid.eq(left != 0),
            self.i.ready.eq((left == 0) | last),
        ]
        if self.deaf:
            with m.If(taken == 3):
                m.d.comb += self.i.ready.eq(0)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += left.eq(left - 1)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [left.eq(self.copies), self.o.payload.eq(self.i.payload)]
            with m.If(taken != 3):
                m.d.sync += taken.eq(taken + 1)
        return m


def stimulus_for(bits: int, beats: int = 9, outputs: int | None = None, input_stall: Any = (False,),
                 output_stall: Any = (False,)) -> Stimulus:
    generator = np.random.default_rng(bits)
    payloads = [generator.bytes(4 * words(bits)) for _ in range(beats)]
    values = [int.from_bytes(payload, "little") & ((1 << bits) - 1) for payload in payloads]
    raw = b"".join(value.to_bytes(4 * words(bits), "little") for value in values)
    return Stimulus(
        beats=np.frombuffer(raw, np.uint32).reshape(beats, -1), input_beats=beats,
        output_beats=beats if outputs is None else outputs, input_bits=bits, output_bits=bits,
        input_stall=np.array(input_stall), output_stall=np.array(output_stall), patience=50,
    )


def record(engine: str, component: Toy, stimulus: Stimulus, trace: Path | None = None) -> Recording:
    if engine == "amaranth":
        return amaranth.run(component, stimulus, trace)
    return verilator.run(rtlil.convert(component, name="windrow", emit_src=False), stimulus, trace,
                         quick=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("bits", [1, 8, 9, 17, 32, 33, 64, 65, 200])
def test_payload_of_any_width_comes_through(engine: str, bits: int) -> None:
    stimulus = stimulus_for(bits)
    recording = record(engine, Toy(bits), stimulus)
    assert recording.beats.dtype == np.uint32
    assert (recording.beats == stimulus.beats).all()
    assert recording.cycles.tolist() == list(range(1, 10))
    assert (recording.first_accepted, recording.first_offered) == (0, 1)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("pattern", "accepted", "offered", "cycles"), [
    ({"input_stall": [True, False]}, 1, 2, [2, 4, 6, 8]),
    ({"input_stall": [False, True, True]}, 0, 1, [1, 4, 7, 10]),
    ({"output_stall": [True, True, False]}, 0, 1, [2, 5, 8, 11]),
    # Beat 1 is offered in cycle 1 and stays in cycle 2, which would not have offered a new one.
    ({"input_stall": [False, False, True], "output_stall": [True, True, False]}, 0, 1, [2, 5, 8, 11]),
    ({"input_stall": [False, True, False], "output_stall": [False, True]}, 0, 1, [2, 4, 6, 8]),
], ids=str)
def test_stalls(engine: str, pattern: dict[str, list[bool]], accepted: int, offered: int,
                cycles: list[int]) -> None:
    stimulus = stimulus_for(8, beats=4, **pattern)
    recording = record(engine, Toy(8), stimulus)
    assert recording.cycles.tolist() == cycles
    assert (recording.beats == stimulus.beats).all()
    assert (recording.first_accepted, recording.first_offered) == (accepted, offered)


@pytest.mark.parametrize("engine", ENGINES)
def test_beats_are_repeated_until_all_are_sent(engine: str) -> None:
    once = stimulus_for(8, beats=3)
    stimulus = Stimulus(**{**vars(once), "input_beats": 8, "output_beats": 8})
    assert record(engine, Toy(8), stimulus).beats.ravel().tolist() == [
        once.beats[at % 3, 0] for at in range(8)]


@pytest.mark.parametrize("engine", ENGINES)
def test_hang_of_the_input(engine: str) -> None:
    with pytest.raises(Hang, match=(
        "^no transfer for 50 cycles, up to cycle 54: input stream i is stuck at beat 3 of 9, "
        "output stream o is stuck at beat 3 of 9$"
    )):
        record(engine, Toy(8, deaf=True), stimulus_for(8))


@pytest.mark.parametrize("engine", ENGINES)
def test_hang_of_the_output(engine: str) -> None:
    with pytest.raises(Hang, match=(
        "^no transfer for 50 cycles, up to cycle 60: output stream o is stuck at beat 9 of 10$"
    )):
        record(engine, Toy(8), stimulus_for(8, outputs=10))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_beat_too_many_is_an_error(engine: str) -> None:
    with pytest.raises(Mismatch, match="^output beat 8 is offered in cycle 9, but there are only 8$"):
        record(engine, Toy(8, copies=2), stimulus_for(8, beats=9, outputs=8))


@pytest.mark.parametrize("engine", ENGINES)
def test_waves_begin_with_cycle_0_at_time_0(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "waves.vcd"
    record(engine, Toy(8), stimulus_for(8), path)
    text = path.read_text()
    unit = 1000 if "1ns" in text.replace(" ", "") else 10**9  # of a microsecond
    assert re.search(r"\$var \S+ +8 +\S+ +(i__)?payload", text)
    assert f"#{unit // 2}\n" in text  # the clock edge of cycle 0
    assert f"#{unit}\n" in text


# ---- designs ----

LAYER = Conv2d(height=7, width=6, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1,
               bias=True)
DESIGN = Design(LAYER, lanes=2, pe=2, taps=3)
STALLS: list[tuple[Any, Any]] = [
    (None, None),
    ([True, False, True], None),
    (None, [True, True, False, True]),
    ([False, True], [True, False, False]),
]


def data(layer: Conv2d, frames: int | None = None) -> tuple[Any, Any, Any]:
    return layer.random_input(5, frames), layer.random_weights(5), layer.random_bias(5)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("input_stall", "output_stall"), STALLS, ids=str)
def test_every_value_and_every_cycle(engine: str, input_stall: Any, output_stall: Any) -> None:
    run = simulate(DESIGN, *data(LAYER, 3), engine=engine, input_stall=input_stall, output_stall=output_stall)
    assert isinstance(run, Run)
    assert run.engine == engine
    assert run.output.shape == (3, 4, 3, 4)
    assert run.check() is run


@needs_compiler
@pytest.mark.parametrize(("input_stall", "output_stall"), STALLS, ids=str)
def test_engines_agree(input_stall: Any, output_stall: Any) -> None:
    one, two = (
        simulate(DESIGN, *data(LAYER, 2), engine=engine, input_stall=input_stall, output_stall=output_stall)
        for engine in ("amaranth", "verilator")
    )
    assert (one.output == two.output).all()
    assert (one.output_cycles == two.output_cycles).all()
    assert (one.interval, one.latency, one.cycles) == (two.interval, two.latency, two.cycles)


@pytest.mark.parametrize("engine", ENGINES)
def test_wide_payloads_and_signed_input(engine: str) -> None:
    layer = Conv2d(height=4, width=5, in_channels=12, out_channels=6, kernel_size=2, stride=2,
                   input_type=Int(7), weight_type=UInt(5))
    simulate(Design(layer, lanes=12, pe=6, taps=4), *data(layer, 2), engine=engine).check()


@pytest.mark.parametrize("engine", ENGINES)
def test_one_frame_repeated_is_that_frame_several_times(engine: str) -> None:
    x, weights, bias = data(LAYER)
    repeated = simulate(DESIGN, x, weights, bias, engine=engine, frames=3).check()
    given = simulate(DESIGN, np.stack([x] * 3), weights, bias, engine=engine)
    assert repeated.x.shape == (3, *LAYER.input_shape)
    assert (repeated.output == given.output).all()
    assert (repeated.output_cycles == given.output_cycles).all()


def test_auto_takes_amaranth_for_a_tiny_run() -> None:
    assert simulate(DESIGN, *data(LAYER)).engine == "amaranth"


@needs_compiler
def test_auto_takes_verilator_for_a_long_run() -> None:
    assert simulate(DESIGN, *data(LAYER), frames=1000).engine == "verilator"


def test_auto_without_a_compiler_warns_and_takes_amaranth(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ToolMissing("engine 'verilator' needs a thing: apt install it")

    module = importlib.import_module("windrow_sim.simulation")
    monkeypatch.setattr(module, "compiler", missing)
    monkeypatch.setattr(module, "_WORTH_BUILDING", 0.0)
    with pytest.warns(UserWarning, match=(
        r"^simulating \d+ cycles in Python, which is slow: engine 'verilator' needs a thing: apt install it$"
    )) as warned:
        assert simulate(DESIGN, *data(LAYER)).engine == "amaranth"
    assert warned[0].filename == __file__


# ---- what simulate refuses ----

def test_unknown_engine() -> None:
    with pytest.raises(ValueError, match=(
        "^engine must be 'auto', 'amaranth', 'verilator', 'icarus' or 'verilator-cocotb', not 'icy'$"
    )):
        simulate(DESIGN, *data(LAYER), engine="icy")


def test_frames_that_contradict_x() -> None:
    with pytest.raises(ValueError, match="^frames must be left out or be 2 for x with 2 frames, not 3$"):
        simulate(DESIGN, *data(LAYER, 2), frames=3)
    with pytest.raises(ValueError, match=r"^frames must be at least 1, not 0$"):
        simulate(DESIGN, *data(LAYER), frames=0)


@pytest.mark.parametrize(("pattern", "error"), [
    (np.zeros(0, np.bool_), ValueError), ([True, True], ValueError), ([[True, False]], ValueError),
    ([0, 1], TypeError),
])
@pytest.mark.parametrize("name", ["input_stall", "output_stall"])
def test_stall_patterns_that_make_no_sense(name: str, pattern: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"^{name} must "):
        simulate(DESIGN, *data(LAYER), **{name: pattern})


def test_data_that_does_not_fit_the_layer() -> None:
    x, weights, bias = data(LAYER)
    with pytest.raises(ValueError, match="^x must have shape"):
        simulate(DESIGN, x[1:], weights, bias)
    with pytest.raises(ValueError, match="^weights must have shape"):
        simulate(DESIGN, x, weights[1:], bias)
    with pytest.raises(ValueError, match="^bias must have shape"):
        simulate(DESIGN, x, weights)


@pytest.mark.parametrize(("engine", "name", "message"), [
    ("amaranth", "waves.fst",
     r"\.vcd for engine 'amaranth', not '.*'; engine 'verilator' or 'icarus' writes \.fst$"),
    ("amaranth", "waves.txt", r"\.vcd for engine 'amaranth', not '.*waves\.txt'$"),
    ("verilator", "waves.txt", r"\.vcd or \.fst for engine 'verilator', not '.*waves\.txt'$"),
])
def test_trace_of_another_format(engine: str, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^trace must be a path that ends in " + message):
        simulate(DESIGN, *data(LAYER), engine=engine, trace=tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("engine", ENGINES)
def test_trace_that_cannot_be_written(engine: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        simulate(DESIGN, *data(LAYER), engine=engine, trace=tmp_path / "nowhere" / "waves.vcd")
