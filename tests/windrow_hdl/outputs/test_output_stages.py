"""Hardware of output maps against their golden models: values and cycles by equality."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import windrow as wr
from benchmarks.output_maps import Streamed
from installed import needs
from output_cases import Case
from windrow.outputs.output_map import KINDS
from windrow.outputs.requantise_lane import LaneNumbers
from windrow.stage.arithmetic_blocks import map_blocks
from windrow_hdl.outputs.stages import STAGES, output_stage
from windrow_hdl.technology import cell_models
from windrow_hdl.verilog.components import converted
from windrow_sim.engines import verilator
from windrow_sim.streams.stimulus import Stimulus, pack

ROUNDINGS = ["single", "double", "double_up", "half_even", "half_up", "floor"]
SCALES = np.random.default_rng(0).uniform(2.0**-10, 2.0**-7, 48)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("pe", "beat_steps"), [(1, 1), (4, 1), (4, 3), (8, 8), (8, 3), (2, 5)])
def test_foldings(rounding: str, pe: int, beat_steps: int) -> None:
    requantise = wr.Requantize(SCALES[:8], -20, rounding=rounding)
    Case(requantise, wr.Int(24), -300_000, 400_000, 8, pe=pe, beat_steps=beat_steps).check()


@pytest.mark.parametrize("scale", [0.01, SCALES[:4]])
def test_multipliers_of_logic(scale: Any) -> None:
    Case(wr.Requantize(scale, -20), wr.Int(22), -300_000, 400_000, 4, pe=2, dsp=False).check()


LOW, HIGH = -(2**19), 2**19 - 1
TABLE = wr.Lookup(np.arange(256)[::-1] - 100)
SPECIAL = {
    "ReLU": Case(wr.Requantize(SCALES[:8], -128), wr.Int(22), -900_000, 900_000, 8),
    "ReLU6 of unsigned": Case(wr.Requantize(SCALES[:8], 3, wr.UInt(8), maximum=97), wr.Int(20), -9, 90000, 8),
    "a maximum below a power of two": Case(
        wr.Requantize(0.01, minimum=-5, maximum=99), wr.Int(20), -9000, 9000, 4),
    "one scale, rounded twice": Case(wr.Requantize(1 / 4, 4), wr.Int(12), -2000, 2000, 4, pe=2),
    "ties": Case(wr.Requantize(1 / 16, 3), wr.Int(14), -8000, 8000, 4, rounding="half_even"),
    "ties in some channels": Case(wr.Requantize([1 / 16, 1 / 32, 0.3, 0.001], 3, rounding="half_even"),
                                  wr.Int(14), -8000, 8000, 4, pe=2),
    "ties of products that reach no quotient": Case(
        wr.Requantize(1 / 8, rounding="half_even"), wr.UInt(4), 0, 5, 1),
    "ties of negative ones": Case(wr.Requantize(1 / 8, rounding="half_even"), wr.Int(4), -5, 4, 1),
    "a lane that never changes, beside ties": Case(
        wr.Requantize([1 / 8, 1e-9], 3, rounding="half_even"), wr.Int(8), -100, 100, 2, pe=2),
    "nothing ever changes": Case(wr.Requantize(1e-9, 3, rounding="floor"), wr.UInt(8), 0, 100, 2),
    "a scale above one": Case(wr.Requantize([3.0, 1.5], rounding="half_even", type=wr.Int(10)), wr.Int(9),
                              -256, 255, 2),
    "operands of 20 bits, signed": Case(wr.Requantize(SCALES[:4] / 2.5, 4), wr.Int(21), 2 * LOW, 2 * HIGH, 4),
    "operands of 20 bits, unsigned": Case(wr.Requantize(SCALES[:4] / 4, -128), wr.Int(22), -9, 2_000_000, 4),
    "operands of 23 bits, signed": Case(wr.Requantize(SCALES[:4] / 20), wr.Int(24), 16 * LOW, 16 * HIGH, 4),
    "operands of 28 bits": Case(wr.Requantize(SCALES[:4] / 2**10, -128), wr.Int(32), -(2**31), 2**31 - 1, 4),
    "multipliers of three blocks": Case(wr.Requantize([8e-5, 8e-7], type=wr.Int(16)), wr.Int(33), -(2**32),
                                        2**32 - 1, 2),
    "constants in block RAM": Case(wr.Requantize(SCALES, -99), wr.Int(20), LOW, HIGH, 48, pe=3, beat_steps=4),
    "a channel that never changes": Case(wr.Requantize([0.01, 1e-9], 3), wr.Int(32), [-5000, 2**30],
                                         [5000, 2**30 + 99], 2),
    "unsigned sums": Case(wr.Requantize(SCALES[:2], rounding="floor", type=wr.UInt(6)), wr.UInt(16), 0, 65535,
                          2),
    "results of 1 bit": Case(wr.Requantize(0.001, type=wr.UInt(1), rounding="half_up"), wr.Int(12), -2048,
                             2047, 2),
    "results of 16 bits": Case(wr.Requantize(0.7, type=wr.Int(16), rounding="half_even"), wr.Int(17), -65_536,
                               65_535, 1),
    "a table": Case(TABLE, wr.Int(8), -128, 127, 8, pe=8, beat_steps=3),
    "a table of 1024": Case(wr.Lookup(np.arange(1024) * 7919 % 65_521), wr.UInt(10), 0, 1023, 2),
    "a long table": Case(wr.Lookup(np.arange(2048) * 7919 % 4093), wr.Int(11), -1024, 1023, 4, pe=2),
    "a small table": Case(wr.Lookup(np.arange(16) % 3), wr.UInt(4), 0, 15, 4, pe=4),
    "a clamp": Case(wr.Clamp(-5, 100), wr.Int(20), LOW, HIGH, 8, pe=4, beat_steps=2),
    "ReLU on sums": Case(wr.Clamp(0), wr.Int(20), LOW, HIGH, 2, pe=2),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_cases(name: str) -> None:
    SPECIAL[name].check(windows=40)


def test_the_special_cases_are_what_they_say() -> None:
    bits = {name: case.narrowed.operand for name, case in SPECIAL.items() if name.startswith("operands")}
    assert list(bits.values()) == [wr.Int(20), wr.UInt(20), wr.Int(23), wr.UInt(28)]
    assert [LaneNumbers.of(SPECIAL[name].narrowed, range(4), "ecp5").quarters for name in bits] == [
        False, False, True, True]  # fmt: skip
    assert SPECIAL["ties in some channels"].narrowed.tie
    assert SPECIAL["one scale, rounded twice"].narrowed.below is not None


def test_blocks_of_multipliers_of_three_blocks() -> None:
    """As synthesis finds them: iCE40 has blocks for nothing but what is laid out by hand."""
    sixteen = wr.Int(16)
    layer = wr.Conv2d(height=4, width=4, kernel_size=1, in_channels=2, out_channels=2, input_type=sixteen,
                      weight_type=sixteen,
                      output=wr.Requantize([8e-5, 8e-7], type=sixteen, rounding="floor"))  # fmt: skip
    parameters = sixteen.random(layer.weight_shape, 1, 1), None
    ((narrowed, _),) = layer.chain.narrowed(*layer.reach(parameters))
    assert not LaneNumbers.of(narrowed, range(2), "ice40").high_fits
    assert map_blocks(wr.Design(layer, lanes=2), "ice40", parameters) == (0, 1)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    pe, beat_steps, groups = (draw(st.integers(1, most)) for most in (5, 6, 4))
    channels = pe * groups
    kind = draw(st.sampled_from([wr.Int(8), wr.UInt(8), wr.Int(4), wr.UInt(2)]))
    bits = draw(st.integers(4, 26))
    before = draw(st.sampled_from([wr.Int, wr.UInt]))(bits)
    low, high = sorted(draw(st.tuples(*[st.integers(before.min, before.max)] * 2)))
    scales = st.floats(2.0**-bits, 2.0 ** (8 - bits)) | st.builds(lambda n: n / 2.0 ** (bits - 4),
                                                                  st.integers(1, 20))
    scale = [draw(scales) for _ in range(channels)] if draw(st.booleans()) else draw(scales)
    requantise = wr.Requantize(scale, draw(st.integers(kind.min, kind.max)), kind,
                               draw(st.sampled_from(ROUNDINGS)))
    return Case(requantise, before, low, high, channels, pe=pe, beat_steps=beat_steps)


@settings(max_examples=40)
@given(cases(), st.integers(0, 999))
def test_random_maps(case: Case, seed: int) -> None:
    case.check(windows=12, seed=seed)


@pytest.mark.parametrize(("name", "technology"), [
    ("constants in block RAM", "ecp5"), ("operands of 20 bits, signed", "ecp5"), ("a table", "ecp5"),
    ("a long table", "ecp5"), ("a table of 1024", "ecp5"),
    ("constants in block RAM", "ice40"), ("ties in some channels", "ice40"),
    ("operands of 23 bits, signed", "ecp5"), ("operands of 28 bits", "ecp5"),
    ("operands of 23 bits, signed", "ice40"), ("multipliers of three blocks", "ecp5"),
    ("multipliers of three blocks", "ice40"),
])
def test_technologies(name: str, technology: str) -> None:
    """With the family's own cells, as models in Verilator."""
    needs("verilator", "sim")
    like = SPECIAL[name]
    chain, channels = like.chain, len(like.low)
    case = Case(chain.maps[0], chain.before, like.low, like.high, channels, pe=like.pe,
                beat_steps=like.beat_steps, technology=technology)
    stage = case.stage
    sums = case.sums(40, 1)
    beats = pack(sums.reshape(-1, case.pe), chain.before.bits)
    stall = np.array([False] + [True] * (case.beat_steps - 1))
    stimulus = Stimulus(beats=beats, input_beats=len(beats), output_beats=len(beats),
                        input_bits=len(stage.payload), output_bits=len(stage.payload_out), input_stall=stall,
                        output_stall=np.array([False]), patience=1000)
    text, _ = converted(Streamed(stage), "windrow")
    recording = verilator.run(text, stimulus, cells=cell_models(technology), quick=True)
    np.testing.assert_array_equal(case.unpacked(recording.beats), chain.golden(sums).reshape(-1, case.pe))
    np.testing.assert_array_equal(recording.cycles, np.arange(len(beats)) * case.beat_steps + stage.delay)


def test_every_map_has_hardware_of_its_depth() -> None:
    for each in (wr.Requantize(0.5, rounding="floor"), TABLE, wr.Clamp(0)):
        stage = output_stage(each.for_range([(0, 9)]), wr.UInt(8), pe=1, groups=1, beat_steps=1)
        assert type(stage) is STAGES[type(stage.map)]
        assert stage.delay == KINDS[each.kind].depth


def test_what_is_not_narrowed_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^narrowed must be what for_range returns \(MultiplyShift, Lookup, "
                                        r"Clamp\), not Requantize\(0\.5\)$"):
        output_stage(wr.Requantize(0.5), wr.Int(8), pe=1, groups=1, beat_steps=1)
