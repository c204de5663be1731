"""The hardware against the golden model and the timing model: outputs and cycles by equality."""

import numpy as np
import pytest
from hypothesis import given, seed, settings

import windrow as wr
from strategies import Case, cases
from windrow.timing.law import Law
from windrow_hdl import Convolution

PARTS = 8  # so that the cores share the sweep
EXAMPLES = 12  # of each; the battery of all operators and the other engines have more


def _sweep(part: int, stalled: bool) -> None:
    @seed(part)
    @settings(max_examples=EXAMPLES)
    @given(cases(stalled=stalled))
    def sweep(case: Case) -> None:
        case.check()

    sweep()


@pytest.mark.parametrize("part", range(PARTS))
def test_random_layers_and_designs_in_free_flow(part: int) -> None:
    _sweep(part, stalled=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_layers_and_designs_under_stalls(part: int) -> None:
    _sweep(PARTS + part, stalled=True)


def _layer(height, width, kernel_size, stride=1, dilation=1, padding=(0, 0, 0, 0), channels=1, filters=1,
           **border):  # fmt: skip
    top, bottom, left, right = padding
    return wr.Conv2d(
        height=height, width=width, kernel_size=kernel_size, stride=stride, dilation=dilation,
        padding=((top, bottom), (left, right)), in_channels=channels, out_channels=filters,
        input_type=wr.UInt(4), weight_type=wr.Int(4), **border,
    )  # fmt: skip


NASTY = {
    "stride and dilation apart, all padding above": (_layer(9, 9, 3, (1, 2), (1, 2), (3, 3, 0, 0), 3), 5),
    "k4 s(2,3) d(1,3)": (_layer(4, 11, 4, (2, 3), (1, 3), (2, 2, 2, 2)), 8),
    "first row all padding": (_layer(10, 3, (1, 2), (2, 1), (1, 2), (1, 0, 1, 1)), None),
    "stride beyond the kernel, four groups": (_layer(8, 4, (1, 2), 3, 1, (1, 1, 0, 0), 1, 4), 2),
    "dilation 3 in a small image": (_layer(6, 4, 2, (3, 2), 3, (1, 1, 3, 3)), 4),
    "padding between real windows": (_layer(2, 1, (1, 2), (2, 1), (1, 3), (1, 0, 1, 4)), None),
    "interval above the bound": (_layer(12, 12, 3, (1, 2), 1, (2, 2, 1, 1)), 9),
    "one row, tall kernel": (_layer(1, 11, (4, 2), 2, (1, 2), (4, 4, 1, 1)), None),
    "1x1 stride 2": (_layer(7, 5, 1, 2), None),
    "1xN": (_layer(5, 9, (1, 4), 1), None),
    "Nx1": (_layer(9, 5, (4, 1), 1), None),
    "fewer rows than the ring": (_layer(2, 6, 3, 1, 1, (1, 1, 1, 1)), None),
    "one window a frame": (_layer(3, 3, 3), None),
    "one pixel, all windows but one in padding": (_layer(1, 1, 1, 2, 1, (2, 2, 2, 2)), None),
    "nothing but padding": (_layer(1, 1, 2, 1, 3, (1, 2, 1, 2)), None),
    "fold times windows equals the input": (_layer(8, 8, 3, 2, 1, (1, 0, 1, 0), 1, 4), 9),
    "k7 s2 three channels": (_layer(12, 12, 7, 2, 1, (3, 3, 3, 3), 3, 1), 25),
    "a row between dilated taps is freed before it arrives": (
        _layer(3, 10, 3, (2, 1), (3, 1), (3, 3, 0, 0)), None),
    "kernel rows that are never real together": (_layer(4, 8, (2, 1), (2, 1), 4, (3, 4, 0, 0)), 2),
    "unread rows and columns": (_layer(9, 10, 2, 4), None),
    "mirrored, a kernel wider than the image": (
        _layer(3, 4, 5, 1, 1, (2, 2, 2, 2), padding_mode="reflect"), None),
    "mirrored, even kernel, stride 3": (_layer(5, 8, 4, 3, 1, (2, 2, 2, 1), padding_mode="symmetric"), None),
    "mirrored, dilation 2, two channels": (
        _layer(6, 7, 3, 2, 2, (2, 2, 2, 2), 2, 1, padding_mode="reflect"), None),
    "edge over most of a kernel": (_layer(4, 5, (4, 3), 1, 1, (3, 3, 2, 2), padding_mode="edge"), None),
    "one row for every kernel row": (_layer(1, 5, (3, 2), 1, 1, (1, 1, 1, 1), padding_mode="edge"), None),
    "padding with a value": (_layer(5, 6, 3, 2, 1, (2, 1, 3, 0), 2, 1, padding_value=11), None),
    "padding with a value, and nothing else": (
        _layer(1, 1, 2, 1, 3, (1, 2, 1, 2), padding_value=5), None),
}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_layers_with_every_folding(name: str) -> None:
    layer, taps = NASTY[name]
    legal = [d for d in wr.designs(layer) if taps is None or d.taps == taps]
    assert legal, f"no design with taps {taps}"
    for design in legal:
        Case(design).check()
        Case(design, 1, *_stalls(design.interval)).check()


def _stalls(interval: int) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Both streams pause now and then, then the source most of the time, then the sink, again and again."""
    never, most = (False,), (True,) * 6 + (False,)
    phases = [((True, False, False), (False, True, True, False, False)), (most, never), (never, most)]
    source, sink = (sum((side * -(-interval // len(side)) for side in sides), ())
                    for sides in zip(*phases, strict=True))
    return source, sink


@settings(max_examples=300)
@given(cases(stalled=False))
def test_ideal_designs_are_the_ideal_server(case: Case) -> None:
    """The closed form that ideal designs promise equals the law of the hardware."""
    design = case.design
    if not design.ideal:
        return
    law = Law(design.memories, None, None)
    exact = np.array(law.run(5, None)).reshape(5, -1)
    np.testing.assert_array_equal(design.timing(5).output_cycles.reshape(5, -1), exact)
    assert exact[-1, -1] - exact[-2, -1] == design.bounds().interval == design.interval


@given(cases(stalled=False))
def test_pipeline_latency_keeps_its_promise(case: Case) -> None:
    of = case.design
    design = wr.Design(of.layer.replace(output=None), lanes=of.lanes, pe=of.pe, taps=of.taps)
    assert design.pipeline_latency <= 10 + int(np.ceil(np.log2(design.taps * design.lanes)))


def test_needs_a_design() -> None:
    with pytest.raises(TypeError, match=r"^design must be a Design, not 3$"):
        Convolution(3, np.zeros((1, 3, 3, 1), np.int64))  # type: ignore[arg-type]
