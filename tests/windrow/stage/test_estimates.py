"""Block RAMs and DSP blocks without synthesis, against synthesis; clocks and operations, as defined."""

import numpy as np
import pytest

import windrow as wr
from benchmarks import area
from windrow.stage.estimates import block_rams, estimate
from windrow.stage.memory_blocks import FAMILIES

DEVICES = {"ecp5": "25k", "ice40": "up5k"}
ONE = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
DEEP = wr.Conv2d(height=32, width=32, in_channels=16, out_channels=16, kernel_size=5, stride=4, padding=2)
MANY = wr.Conv2d(height=28, width=28, in_channels=8, out_channels=16, kernel_size=3, padding=1)
STEM = wr.Conv2d(height=224, width=224, in_channels=3, out_channels=8, kernel_size=7, stride=2, padding=3)
DEPTHWISE = wr.Conv2d(height=32, width=32, in_channels=16, out_channels=16, groups=16, kernel_size=3)

# Every reader; rings in one memory and in several; stores of look-up tables; weights in logic and in blocks.
SCALES = np.random.default_rng(1).uniform(2.0**-10, 2.0**-8, 64)
SQUARES = wr.Lookup(np.arange(256) ** 2 % 251 - 100, type=wr.Int(9))
POOL = wr.AvgPool2d(height=20, width=20, channels=4, kernel_size=3, padding=1)
WORDS = ONE.replace(input_type=wr.UInt(16), weight_type=wr.Int(16), output=wr.Requantize(2.0**-25 * 0.7))

DESIGNS = [
    wr.Design(ONE),
    wr.plan(ONE),
    wr.plan(ONE.replace(stride=4)),
    wr.Design(DEEP, lanes=1, pe=1, taps=5),
    wr.plan(DEEP),
    wr.Design(MANY, lanes=4, pe=4, taps=3),
    wr.Design(MANY, lanes=2, pe=2, taps=5),
    wr.Design(MANY, lanes=8, pe=1, taps=2),
    wr.Design(STEM, lanes=1, pe=1, taps=13),
    wr.Design(wr.Conv2d(height=20, width=3000, kernel_size=3, stride=2, padding=1), taps=3),
    wr.Design(wr.Conv2d(height=8, width=2200, in_channels=3, out_channels=8, kernel_size=(3, 5), stride=2,
                        padding=1, input_type=wr.UInt(4), weight_type=wr.Int(5)), taps=2),
    wr.Design(wr.Conv2d(height=28, width=112, in_channels=2, out_channels=32, kernel_size=1, stride=2,
                        input_type=wr.UInt(4)), pe=2),
    wr.Design(wr.Conv2d(height=14, width=14, in_channels=64, out_channels=32, kernel_size=3, padding=1),
              lanes=1, pe=2, taps=3),
    # Weights of 65 to 2,304 steps: in block RAM, whatever they are.
    wr.Design(DEPTHWISE, taps=1),
    wr.Design(DEPTHWISE.replace(in_channels=13, out_channels=13, groups=13, kernel_size=(5, 1),
                                weight_type=wr.UInt(1)), taps=1),
    wr.Design(MANY.replace(out_channels=32), lanes=1, pe=4, taps=1),
    wr.Design(MANY.replace(out_channels=32), lanes=1, pe=4, taps=9),
    wr.Design(MANY.replace(out_channels=32), lanes=1, pe=1, taps=2),
    wr.Design(MANY.replace(in_channels=16), lanes=1, pe=1, taps=1),
    # Output maps, whose numbers lie in logic and in blocks; operands wider than a block; divisions.
    wr.Design(MANY.replace(output=(wr.Requantize(SCALES[:16], 4), SQUARES)), lanes=1, pe=2, taps=1),
    wr.Design(MANY.replace(in_channels=2, out_channels=64, output=wr.Requantize(SCALES)), pe=4, taps=1),
    wr.Design(WORDS, taps=1),
    wr.Design(POOL, lanes=2, taps=3),
    wr.Design(POOL.replace(input_type=wr.UInt(16)), taps=3),
    wr.Design(POOL.replace(count_include_pad=True), taps=3),
    wr.plan(wr.MaxPool2d(height=64, width=64, channels=16, kernel_size=2, stride=2)),
    wr.plan(wr.MaxPool2d(height=64, width=64, kernel_size=2, stride=2)),
    wr.plan(wr.MaxPool2d(height=56, width=56, channels=64, kernel_size=3, stride=2, padding=1)),
    wr.plan(wr.AvgPool2d(height=64, width=64, channels=4, kernel_size=3, stride=2)),
    wr.plan(wr.AvgPool2d(height=8, width=8, channels=64, kernel_size="global")),
    wr.plan(wr.AvgPool2d(height=8, width=8, kernel_size="global")),
    # Several pixels a beat.
    wr.plan(wr.Conv2d(height=16, width=128, kernel_size=3, stride=2, padding=1), pixels=2),
    wr.plan(wr.MaxPool2d(height=16, width=256, kernel_size=2, stride=2), pixels=4),
    wr.plan(wr.Conv2d(height=8, width=16, kernel_size=2, output=(wr.Requantize(0.3), SQUARES)), pixels=2),
    wr.plan(wr.AvgPool2d(height=8, width=16, kernel_size=3, padding=1), pixels=2),
]  # fmt: skip


@pytest.mark.parametrize("target", sorted(DEVICES))
@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_as_synthesis_counts_them(design: wr.Design, target: str) -> None:
    """Within 5 %, which for few blocks means: exactly."""
    found = wr.synthesize(design, target=target, device=DEVICES[target], place=False)
    layer = design.layer
    guess = estimate(design, target, weights=layer.random_weights(0), bias=layer.random_bias(0))
    assert abs(guess.block_rams - found.bram) <= 0.05 * found.bram
    assert guess.dsps == found.dsp


def test_the_designs_of_the_area_benchmark() -> None:
    for case in area.cases():
        if case.target not in FAMILIES or case.technology == "generic" or not case.dsp:
            continue  # an estimate is of the family's own cells, with its DSP blocks
        row = area.measure(case, place=False)
        guess = estimate(case.design, case.target)
        assert (guess.block_rams, guess.dsps) == (row["bram"], row["dsp"]), case


def test_many_at_once() -> None:
    """Arrays give what single designs give."""
    every = list(wr.designs(MANY))
    columns = {
        "ring_rows": [d.ring_rows for d in every], "row_beats": [d.schedule.row_beats for d in every],
        "beat_bits": [d.beat_bits for d in every], "taps": [d.taps for d in every],
        "multipliers": [d.multipliers for d in every], "fold": [d.fold for d in every],
        "store_banks": [d.memories.store_banks if d.stores else 0 for d in every],
        "store_words": [d.memories.store_depth << d.memories.store_slice_bits if d.stores else 0
                        for d in every],
        "copies": [d.copies for d in every],
    }  # fmt: skip
    for target in FAMILIES:
        found = block_rams(target, kernel_h=3, weight_bits=8, **columns)
        assert found.tolist() == [estimate(design, target).block_rams for design in every]


def test_clock_and_operations() -> None:
    design = wr.plan(ONE)
    found = estimate(design, clock_mhz=250)
    assert found.fps == 250e6 / design.interval
    assert found.gops == pytest.approx(2 * ONE.macs * found.fps / 1e9)
    assert found.latency_us == design.latency / 250
    assert found.to_dict()["target"] == "ecp5"


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"target": "xc7"}, ValueError, "target must be one of ecp5, ice40 for an estimate, not 'xc7'"),
    ({"clock_mhz": 0}, ValueError, "clock_mhz must be above 0 and finite, not 0"),
    ({"clock_mhz": np.inf}, ValueError, "clock_mhz must be above 0 and finite, not inf"),
    ({"clock_mhz": "100"}, TypeError, "clock_mhz must be a number, not '100'"),
])  # fmt: skip
def test_mistakes(options: dict[str, object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=f"^{says}$"):
        estimate(wr.plan(ONE), **options)  # type: ignore[arg-type]


def test_run_time_hardware_has_none() -> None:
    design = wr.Design(ONE, runtime=wr.Runtime(max_height=64, max_width=64, max_stride=2))
    with pytest.raises(ValueError, match="^run-time hardware has no estimate: synthesize it$"):
        estimate(design)
    assert design.summary().estimate is None
