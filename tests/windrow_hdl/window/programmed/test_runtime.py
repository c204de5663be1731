"""Run-time hardware against the golden and the timing model of every layer that it is set to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import windrow as wr
from runtime_strategies import runtime_cases, settings_of
from strategies import Case
from windrow_hdl import Convolution, RuntimeConvolution
from windrow_hdl.reductions.weights_loaded import load_bits, load_sequence
from windrow_hdl.window.programmed.geometry import FIELDS, pack_setting, setting_layout, setting_values
from windrow_sim.streams.stimulus import pack, unpack

LAYER = wr.Conv2d(height=7, width=6, kernel_size=3, stride=2, padding=1, out_channels=2, bias=True)
MAXIMA = {"max_height": 9, "max_width": 8, "max_stride": 3}


@settings(max_examples=25)
@given(runtime_cases())
def test_any_setting_of_any_core(case: Case) -> None:
    """Outputs and cycles by equality, under stalls; the core is built for another setting."""
    case.check()


WIDE = wr.Conv2d(height=20, width=30, kernel_size=(3, 4), in_channels=4, out_channels=4, bias=True)
CORES = {
    "folded over everything": wr.Design(
        WIDE, lanes=2, pe=2, taps=2, runtime=wr.Runtime(max_height=40, max_width=30, max_stride=(5, 4))),
    "all at once": wr.Design(LAYER, pe=2, runtime=wr.Runtime(max_height=30, max_width=40, max_stride=4)),
    "a kernel column a cycle": wr.Design(
        LAYER, pe=2, taps=3, runtime=wr.Runtime(max_height=33, max_width=64, max_stride=2)),
}  # fmt: skip


@pytest.mark.parametrize("name", CORES)
def test_many_settings_of_one_build(name: str) -> None:
    @settings(max_examples=60)
    @given(runtime_cases(CORES[name]))
    def sweep(case: Case) -> None:
        if case.design.layer.macs < 1_000_000:  # the law is stepped through in Python
            case.check("verilator")

    sweep()


WINDOW = {"height": 6, "width": 7, "kernel_size": 3, "padding": 1}
PADDED = {
    "conv2d": wr.Conv2d(**WINDOW, padding_value=-3, in_channels=2, out_channels=2, input_type=wr.Int(6)),
    "max-pool2d": wr.MaxPool2d(**WINDOW, padding_value=100),
    "min-pool2d": wr.MinPool2d(**WINDOW, padding_value=100),
    "avg-pool2d": wr.AvgPool2d(**WINDOW, padding_value=100, count_include_pad=True),
    "sum-pool2d": wr.SumPool2d(**WINDOW, padding_value=100, zero_point=30),
    "rank2d": wr.Rank2d(**WINDOW, rank=3, padding_value=100),
}  # fmt: skip


@pytest.mark.parametrize("taps", [9, 3, 2])
@pytest.mark.parametrize("name", PADDED)
def test_padding_has_its_value_in_every_setting(name: str, taps: int) -> None:
    layer = PADDED[name]
    if taps < 9 and not layer.foldable:
        return
    core = wr.Design(layer, lanes=layer.in_channels, pe=layer.out_channels, taps=taps,
                     runtime=wr.Runtime(max_height=8, max_width=8))  # fmt: skip
    for change in ({}, {"height": 8, "width": 5, "stride": 2, "padding": ((2, 1), (1, 1))}, {"padding": 0},
                   {"padding": ((0, 2), (1, 0))}):  # fmt: skip
        setting = core.configured(layer.replace(**change))
        x = setting.layer.random_input(3, 2)
        parameters = layer.random_weights(1), layer.random_bias(2)
        wr.simulate(setting, x, *parameters, engine="amaranth").check()


Program = dict[str, list[int]]


@dataclass
class Bench:
    """Run-time hardware in Amaranth's simulator: offers beats always, takes them always.

    `program` yields, cycle by cycle, what else to send to ports `settings` and `weights`.
    """

    core: wr.Design
    weights: np.ndarray
    bias: np.ndarray | None
    outputs: list[int] = field(default_factory=list)
    cycles: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    taken: int = 0

    def beats(self, frames: list[np.ndarray]) -> list[int]:
        bits = self.core.layer.input_type.bits
        rows = [row for frame in frames for row in pack(frame.reshape(-1, self.core.lanes), bits)]
        return [int.from_bytes(row.tobytes(), "little") for row in rows]

    def run(self, frames: list[np.ndarray], program: Iterator[Program], cycles: int,
            reset_after: int | None = None, again: Sequence[np.ndarray] = ()) -> None:  # fmt: skip
        """`reset_after` that many cycles all begins anew, with the frames `again`."""
        beats = self.beats(frames)
        reset = Signal()
        dut = RuntimeConvolution(self.core, self.weights, self.bias)
        runtime = self.core.runtime
        assert runtime is not None
        ports = {"settings": dut.settings, **({"weights": dut.weights} if runtime.weights else {})}

        async def drive(ctx) -> None:
            ctx.set(dut.o.ready, 1)
            queues: dict[str, list[int]] = {name: [] for name in ports}
            start = 0
            for now in range(cycles):
                cycle = now - start
                if now == reset_after:
                    ctx.set(reset, 1)
                    await ctx.tick()
                    ctx.set(reset, 0)
                    self.taken, beats[:], start, cycle = 0, self.beats(list(again)), now, 0
                    self.outputs.clear()
                    self.cycles.clear()
                ctx.set(dut.i.valid, self.taken < len(beats))
                if self.taken < len(beats):
                    ctx.set(dut.i.payload, beats[self.taken])
                for name, more in next(program, {}).items():
                    queues[name] += more
                for name, queue in queues.items():
                    ctx.set(ports[name].valid, bool(queue))
                    if queue:
                        ctx.set(ports[name].payload, queue[0])
                if ctx.get(dut.i.ready) and self.taken < len(beats):
                    self.taken += 1
                for name, queue in queues.items():
                    if queue and ctx.get(ports[name].ready):
                        queue.pop(0)
                if ctx.get(dut.o.valid):
                    self.outputs.append(ctx.get(dut.o.payload))
                    self.cycles.append(cycle)
                if ctx.get(dut.accepted):
                    self.accepted.append(cycle)
                if ctx.get(dut.refused):
                    self.refused.append(cycle)
                await ctx.tick()

        simulator = Simulator(ResetInserter(reset)(dut))
        simulator.add_clock(1e-6)
        simulator.add_testbench(drive)
        simulator.run()

    def values(self, first: int, count: int) -> np.ndarray:
        """(count, pe) sums from output beat `first` on."""
        kind = self.core.layer.accumulator_type
        size = -(-self.core.pe * kind.bits // 32)
        raw = b"".join(beat.to_bytes(4 * size, "little") for beat in self.outputs[first : first + count])
        beats = np.frombuffer(raw, "<u4").astype(np.uint32).reshape(count, size)
        return unpack(beats, self.core.pe, kind.bits, kind.signed)


@settings(max_examples=8)
@given(st.data())
def test_settings_and_weights_change_between_frames_of_one_stream(data: st.DataObject) -> None:
    """Input never pauses. Whatever is programmed in mid-frame applies from the next frame on."""
    core = wr.Design(LAYER, pe=data.draw(st.sampled_from([1, 2])), taps=data.draw(st.integers(1, 3)),
                     runtime=wr.Runtime(**MAXIMA))  # fmt: skip
    count, frames = 4, 2
    steps = [core, *(data.draw(settings_of(core)) for _ in range(count - 1))]
    weights = [LAYER.random_weights(n) for n in range(count)]
    bias = [LAYER.random_bias(n) for n in range(count)]
    x = [step.layer.random_input(n, frames) for n, step in enumerate(steps)]
    # What is offered in the last two cycles of a frame may come too late for the next.
    assume(all(step.input_beats > 3 for step in steps))
    places = [data.draw(st.integers(1, step.input_beats - 3)) for step in [core, *steps[:-1]]]
    bench = Bench(core, weights[0], bias[0])
    after = np.cumsum([frames * step.input_beats for step in steps])

    def program() -> Iterator[Program]:
        for n in range(1, count):
            last = int(after[n - 1]) - steps[n - 1].input_beats
            while bench.taken < last + places[n]:
                yield {}
            more = {"settings": [pack_setting(steps[n])]}
            if n % 2:  # new weights, too
                mask = (1 << load_bits(core)) - 1
                more["weights"] = [int(w) & mask for w in load_sequence(core, weights[n], bias[n])]
            else:
                weights[n], bias[n] = weights[n - 1], bias[n - 1]
            yield more

    length = sum(step.timing(frames).total_cycles + 120 for step in steps)
    bench.run([frame for part in x for frame in part], program(), length)
    assert len(bench.accepted) == count - 1
    assert not bench.refused
    first = 0
    for n, step in enumerate(steps):
        timing = step.timing(frames)
        beats = timing.output_cycles.size
        expected = step.layer.golden(x[n], weights[n], bias[n])
        np.testing.assert_array_equal(bench.values(first, beats).reshape(expected.shape), expected)
        # The cycle after `accepted` is the first of the new setting; with nothing to load, cycle 0 it is.
        begin = 0 if n == 0 else bench.accepted[n - 1] + 1
        found = np.array(bench.cycles[first : first + beats])
        np.testing.assert_array_equal(found, timing.output_cycles.ravel() + begin)
        first += beats
    assert len(bench.outputs) == first


@pytest.mark.parametrize("folding", [{"taps": 3}, {"pe": 2, "taps": 1}, {"pe": 2, "taps": 9}])
@pytest.mark.parametrize("after", [150, 187, 230])
def test_reset_keeps_weights_and_nothing_else(folding: dict[str, int], after: int) -> None:
    """Whatever is under way at a reset, the hardware then serves the layer it was generated for."""
    core = wr.Design(LAYER, **folding, runtime=wr.Runtime(**MAXIMA))
    other = core.configured(LAYER.replace(height=9, width=8, stride=(1, 3)))
    weights, bias = LAYER.random_weights(3), LAYER.random_bias(3)
    x = LAYER.random_input(0, 2)
    bench = Bench(core, LAYER.random_weights(0), LAYER.random_bias(0))
    mask = (1 << load_bits(core)) - 1
    words = [int(word) & mask for word in load_sequence(core, weights, bias)]
    program: list[Program] = [{"weights": words, "settings": [pack_setting(other)]}]
    timing = core.timing(2)
    bench.run(list(other.layer.random_input(1, 9)), iter(program), after + timing.total_cycles + 40,
              reset_after=after, again=list(x))  # fmt: skip
    assert len(bench.accepted) == 1
    assert bench.accepted[0] < after
    expected = LAYER.golden(x, weights, bias)
    found = bench.values(0, timing.output_cycles.size).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)
    assert bench.cycles == timing.output_cycles.ravel().tolist()


def test_a_shift_register_refuses_more() -> None:
    core = wr.Design(LAYER, pe=2, runtime=wr.Runtime(**MAXIMA))
    bench = Bench(core, LAYER.random_weights(0), LAYER.random_bias(0))
    fields = ({"pad_left": 2}, {"pad_right": 2}, {"width": 1})
    settings = [setting_layout(core).const({**setting_values(LAYER), **field}).as_bits() for field in fields]
    bench.run([], iter([{"settings": [*settings, pack_setting(core)]}]), 20)
    assert (len(bench.refused), len(bench.accepted)) == (3, 1)


def illegal_settings() -> dict[str, dict[str, int]]:
    """Per field of a setting, what its width can hold and the hardware cannot do."""
    return {
        "height 0": {"height": 0},
        "height 10": {"height": 10},
        "width 0": {"width": 0},
        "width 9": {"width": 9},
        "stride_h 0": {"stride_h": 0},
        "stride_w 0": {"stride_w": 0},
        "pad_top 3": {"pad_top": 3},
        "pad_bottom 3": {"pad_bottom": 3},
        "pad_left 3": {"pad_left": 3},
        "pad_right 3": {"pad_right": 3},
        "kernel higher than the padded image": {"height": 2, "pad_top": 0, "pad_bottom": 0},
        "kernel wider than the padded image": {"width": 1, "pad_left": 1, "pad_right": 0},
        "all ones": {"height": 15, "width": 15, "stride_h": 3, "pad_top": 3, "pad_left": 3},
    }


@pytest.mark.parametrize("name", illegal_settings())
def test_illegal_settings_are_refused_and_change_nothing(name: str) -> None:
    core = wr.Design(LAYER, taps=3, runtime=wr.Runtime(**MAXIMA))
    weights, bias = LAYER.random_weights(0), LAYER.random_bias(0)
    x = LAYER.random_input(0, 3)
    values = {**setting_values(LAYER), **illegal_settings()[name]}
    bench = Bench(core, weights, bias)

    def program() -> Iterator[Program]:
        while bench.taken < LAYER.height * LAYER.width + 5:
            yield {}
        yield {"settings": [setting_layout(core).const(values).as_bits()]}

    timing = core.timing(3)
    bench.run(list(x), program(), timing.total_cycles + 40)
    assert len(bench.refused) == 1
    assert not bench.accepted
    expected = LAYER.golden(x, weights, bias)
    found = bench.values(0, timing.output_cycles.size).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)
    assert bench.cycles == timing.output_cycles.ravel().tolist()  # not one cycle was lost


def test_the_fields_of_a_setting() -> None:
    core = wr.Design(LAYER, taps=3, runtime=wr.Runtime(**MAXIMA))
    assert tuple(setting_layout(core).members) == FIELDS
    other = core.configured(LAYER.replace(height=9, width=5, stride=(3, 1), padding=((2, 0), (1, 2))))
    values = dict(zip(FIELDS, (9, 5, 3, 1, 2, 0, 1, 2), strict=True))
    assert setting_values(other.layer) == values
    assert pack_setting(other) == setting_layout(core).const(values).as_bits()


def test_the_order_of_weights() -> None:
    layer = wr.Conv2d(height=4, width=4, kernel_size=2, in_channels=2, out_channels=2, bias=True)
    core = wr.Design(layer, taps=2, runtime=wr.Runtime(max_height=4, max_width=4))
    weights = np.arange(16).reshape(2, 2, 2, 2)  # filter, row, column, channel
    expected = [
        [filter_ * 8 + row * 4 + column * 2 + channel for column in (0, 1) for row in (0, 1)]
        for filter_ in (0, 1) for channel in (0, 1)
    ]  # fmt: skip
    found = load_sequence(core, weights, np.array([70, 71]))
    assert found.tolist() == [*np.ravel(expected), 70, 71]


TURNED = wr.Conv2d(height=9, width=8, kernel_size=3, padding=1, bias=True)


@pytest.mark.parametrize("weights", [False, True])
def test_weights_turn_with_the_banks(weights: bool) -> None:
    """With as many banks as kernel rows operands stay in theirs, in settings that begin in each of them."""
    maxima = wr.Runtime(max_height=12, max_width=9, max_stride=1, weights=weights)
    core = wr.Design(TURNED, taps=3, runtime=maxima)
    assert core.ring_rows == 3
    for height, padding in ((9, 1), (10, 1), (11, ((0, 2), (1, 1))), (12, ((2, 0), (0, 1)))):
        setting = core.configured(TURNED.replace(height=height, padding=padding))
        x = setting.layer.random_input(height, 3)
        parameters = setting.layer.random_weights(1), setting.layer.random_bias(2)
        wr.simulate(setting, x, *parameters, engine="amaranth").check()


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("kernel_size", [(4, 1), (3, 3)])
def test_banks_of_windows_of_a_single_step(kernel_size: tuple[int, int], weights: bool) -> None:
    """A window a cycle: whichever bank its first row lies in, weights are those of its rows."""
    layer = wr.Conv2d(height=6, width=5, kernel_size=kernel_size)
    maxima = wr.Runtime(max_height=9, max_width=6, weights=weights)
    core = wr.Design(layer, taps=kernel_size[0] * kernel_size[1], runtime=maxima)
    assert (core.fold, core.ring_rows) == (1, kernel_size[0])
    most = kernel_size[0] - 1
    for padding, stride in ((((most, 1), (0, 0)), 1), (((1, most), (0, int(kernel_size[1] > 1))), 2)):
        setting = core.configured(layer.replace(height=7, padding=padding, stride=stride))
        wr.simulate(setting, setting.layer.random_input(3, 3), layer.random_weights(1), engine="amaranth",
                    input_stall=(False, True, False)).check()


SHORT = wr.Conv2d(height=1, width=3, kernel_size=3, padding=((2, 1), (1, 1)))


@pytest.mark.parametrize("taps", [9, 3])
def test_frames_of_a_row(taps: int) -> None:
    """The ring holds several frames of a row: the reader may be frames behind, and in front of the writer."""
    core = wr.Design(SHORT, taps=taps, runtime=wr.Runtime(max_height=6, max_width=4, max_stride=5))
    for change in ({}, {"padding": ((2, 2), (1, 0))}, {"height": 5, "stride": (5, 1), "padding": (0, 1)}):
        setting = core.configured(SHORT.replace(**change))
        wr.simulate(setting, setting.layer.random_input(1, 6), SHORT.random_weights(2), engine="amaranth",
                    output_stall=(True, False, True, False, False)).check()


def test_each_component_refuses_the_designs_of_the_other() -> None:
    fixed, weights = wr.Design(LAYER), LAYER.random_weights(0)
    with pytest.raises(TypeError, match=r"^design must be a Design with a runtime, not Design\("):
        RuntimeConvolution(fixed, weights)
    core = wr.Design(LAYER, taps=3, runtime=wr.Runtime(**MAXIMA))
    with pytest.raises(ValueError, match=r"^design must have runtime=None, not Runtime\(max_height=9"):
        Convolution(core, weights)
