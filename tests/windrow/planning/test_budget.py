"""Budgets: what texts say, what fits, and plans that stay within."""

import pytest

import windrow as wr
from windrow.pipeline.area import Area, StepArea, area, assigned
from windrow.stage.devices import ECP5

FORMS = "12F, 25F, 45F, 85F of ECP5, or parts such as 156dsp,40klut,208bram with dsp at least"


@pytest.mark.parametrize(("text", "budget"), [
    ("156dsp", wr.Budget(156)), ("156dsp,40klut,208bram", wr.Budget(156, 40_000, 208)),
    ("8 brams", None), ("30 luts, 2DSP", None), ("3bram,0dsp", wr.Budget(0, None, 3)),
    ("1.5klut,2dsps", wr.Budget(2, 1500)), ("85F", wr.Budget(156, 58_547, 208)),
    ("25f", wr.Budget(28, 17_001, 56)), ("2dsp,1.001klut", wr.Budget(2, 1001)), ("0.5dsp", None),
    ("2dsp,1.0005klut", None), ("9" * 400 + ".5dsp", None),
])  # fmt: skip
def test_texts(text: str, budget: wr.Budget | None) -> None:
    if budget is None:
        with pytest.raises(ValueError, match=f"^budget must be {FORMS}, not '{text}'$"):
            wr.Budget.of(text)
    else:
        assert wr.Budget.of(text) == budget == wr.Budget.of(budget)


@pytest.mark.parametrize(("make", "error", "says"), [
    (lambda: wr.Budget.of("2dsp,3dsp"), ValueError, f"budget must be {FORMS}, not '2dsp,3dsp'"),
    (lambda: wr.Budget.of("4klut"), ValueError, f"budget must be {FORMS}, not '4klut'"),
    (lambda: wr.Budget.of(156), TypeError, "budget must be a Budget or a text, not 156"),
    (lambda: wr.Budget(-1), ValueError, "dsps must be at least 0, not -1"),
    (lambda: wr.Budget(1, 0), ValueError, "luts must be at least 1, not 0"),
])  # fmt: skip
def test_mistakes(make: object, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=f"^{says}$"):
        make()  # type: ignore[operator]


def test_over() -> None:
    room = wr.Budget(2, 100, 3)
    assert room.over(Area(100, 3, 2)) is None
    assert room.over(Area(1101, 3, 2)) == "at least 1,101 look-up tables, not 100"
    assert room.over(Area(9, 4, 2)) == "at least 4 block RAMs, not 3"
    assert room.over(Area(9, 3, 3)) == "at least 3 DSP blocks, not 2"
    assert wr.Budget(2).over(Area(10**9, 10**9, 2)) is None


def test_what_becomes_logic() -> None:
    """What takes the fewest look-up tables for each block that it sets free."""
    areas = {"small": StepArea(4, 80, 2, 500, 100, 1), "large": StepArea(6, 80, 1, 60, 100, 1),
             "none": StepArea(0, 0, 0, 0, 10, 0)}  # fmt: skip
    assert area(areas, {}) == Area(210, 2, 13)
    assert assigned(areas, 13) == {}
    assert assigned(areas, 12) == {"large": wr.Blocks(maps=False)}
    assert assigned(areas, 9) == {"large": wr.Blocks(3, maps=False)}
    assert assigned(areas, 4) == {"large": wr.Blocks(0, maps=False), "small": wr.Blocks(2)}
    every = assigned(areas, 0)
    assert area(areas, every) == Area(210 + 10 * 80 + 500 + 60, 2, 0)
    for dsps in range(14):
        assert area(areas, assigned(areas, dsps)).dsps <= dsps


@pytest.fixture(scope="module")
def digits() -> wr.Network:
    return wr.workloads.model("digits")


def test_blocks_alone(digits: wr.Network) -> None:
    """As many multipliers as blocks, and all blocks that they and the output maps need."""
    pipeline = wr.plan(digits, budget="16dsp")
    assert (pipeline.bound, pipeline.multipliers) == (4608, 14)
    assert pipeline.area.dsps == 16
    assert sum(each.multipliers for step, each in pipeline.stages if step.weights is not None) == 14
    every = wr.plan(digits, multipliers=16)
    assert every.blocks == {}
    assert every.area.dsps > 16


def test_logic_makes_it_faster(digits: wr.Network) -> None:
    found = [wr.plan(digits, budget=wr.Budget(16, luts, 40)) for luts in (4_500, 6_000, 12_000)]
    bounds = [each.bound for each in found]
    assert bounds == sorted(set(bounds), reverse=True)
    assert found[-1].multipliers > 2 * 16
    for each, luts in zip(found, (4_500, 6_000, 12_000), strict=True):
        assert each.area.luts <= luts
        assert each.area.dsps <= 16
        assert each.area.block_rams <= 40
        assert wr.plan(digits, budget=wr.Budget(16, luts, 40), interval=each.bound).bound <= each.bound


def test_what_does_not_fit_is_said(digits: wr.Network) -> None:
    with pytest.raises(ValueError, match=r"^budget must have at least [\d,]+ look-up tables, not 500, for an "
                                         r"interval of [\d,]+ cycles$"):
        wr.plan(digits, budget="16dsp,500lut")
    with pytest.raises(ValueError, match=r"^budget must have at least \d+ block RAMs, not 1, for an interval "
                                         r"of 4,608 cycles$"):
        wr.plan(digits, budget="99dsp,1bram", interval=4608)
    blocks = (r"^budget must have at least {} DSP blocks, one for each multiplier of weights, or some "
              r"look-up tables besides{}, not 3: step '[a-z_0-9]+' takes \d+ of them$")
    for more in ({}, {"multipliers": 3}, {"multipliers": 99}):
        with pytest.raises(ValueError, match=blocks.format(4, " at any frame rate")):
            wr.plan(digits, budget="3dsp", **more)
    with pytest.raises(ValueError, match=blocks.format(14, " for an interval of 4,608 cycles")):
        wr.plan(digits, budget="3dsp", interval=4608)
    for more in ({"budget": "3dsp"}, {"budget": "9dsp,40klut"}, {}):
        with pytest.raises(ValueError, match=r"^multipliers must be at least 4 at any frame rate, not 2: "):
            wr.plan(digits, multipliers=2, **more)
    assert wr.plan(digits, budget="3dsp,40klut").multipliers > 3  # the others are logic
    with pytest.raises(ValueError, match=r"^budget says something about a network: leave it out for a "):
        wr.plan(wr.Conv2d(height=4, width=4, kernel_size=3), budget="16dsp")


def test_as_synthesis_counts_it() -> None:
    """DSP blocks and block RAMs exactly, look-up tables nearly; and the values and cycles are the model's."""
    layer = wr.Conv2d(height=8, width=8, in_channels=4, out_channels=4, kernel_size=3,
                      output=wr.Requantize([2**-9, 2**-9.3, 2**-10.7, 2**-9.9]))  # fmt: skip
    net = wr.Network.chain([(layer, layer.random_weights(0), None)])
    pipeline = wr.plan(net, budget="8dsp", interval=650)
    found = wr.synthesize(pipeline, target="ecp5", place=False)
    assert pipeline.multipliers + pipeline.requantisers > 8
    assert (found.dsp, found.bram) == (8, pipeline.area.block_rams)
    assert pipeline.area.dsps == 8
    assert abs(pipeline.area.luts - found.lut) <= 0.3 * found.lut
    wr.simulate(pipeline, layer.random_input(0), technology="ecp5", engine="verilator").check()


def test_devices() -> None:
    assert [ECP5[size].dsp for size in ("12F", "25F", "45F", "85F")] == [28, 28, 72, 156]
