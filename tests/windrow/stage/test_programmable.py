"""The model of run-time configuration: what is legal, and that one piece of hardware has many timings."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import windrow as wr
from runtime_strategies import runtime_cases
from strategies import Case
from windrow.storage.files import loads
from windrow.timing.law import Law

LAYER = wr.Conv2d(height=12, width=10, kernel_size=3, stride=2, padding=1)
CORE = wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=20, max_width=16, max_stride=(3, 2)))


def test_a_configured_design_is_the_same_hardware() -> None:
    other = CORE.configured(LAYER.replace(height=20, stride=1))
    assert other != CORE
    assert other.hardware == CORE == CORE.hardware
    assert (other.ring_rows, other.buffer_bits) == (CORE.ring_rows, CORE.buffer_bits) == (8, 8 * 16 * 8)
    assert other.configured(LAYER) == CORE
    said = {"max_height": 20, "max_width": 16, "max_stride": [3, 2], "weights": True}
    assert other.to_dict()["runtime"] == said
    assert "runtime" not in wr.Design(LAYER).to_dict()
    assert eval(repr(other), vars(wr)) == other
    assert repr(other).endswith(".configured(Conv2d(height=20, width=10, kernel_size=3, padding=1))")


def test_a_fixed_design_cannot_be_configured() -> None:
    with pytest.raises(ValueError, match=r"^a design without runtime=Runtime\(\.\.\.\) cannot be configured"):
        wr.Design(LAYER).configured(LAYER)
    with pytest.raises(TypeError, match=r"^layer must be an Operator, not 7$"):
        CORE.configured(7)  # type: ignore[arg-type]


@pytest.mark.parametrize(("change", "message"), [
    ({"height": 21}, "height must be in 1..20 for this run-time hardware, not 21"),
    ({"width": 17}, "width must be in 1..16 for this run-time hardware, not 17"),
    ({"stride": (4, 1)}, "vertical stride must be in 1..3 for this run-time hardware, not 4"),
    ({"stride": (1, 3)}, "horizontal stride must be in 1..2 for this run-time hardware, not 3"),
    ({"padding": ((3, 0), (0, 0))}, "top padding must be in 0..2 for this run-time hardware, not 3"),
    ({"padding": ((0, 3), (0, 0))}, "bottom padding must be in 0..2 for this run-time hardware, not 3"),
    ({"padding": ((0, 0), (4, 0))}, "left padding must be in 0..2 for this run-time hardware, not 4"),
    ({"padding": ((0, 0), (0, 3))}, "right padding must be in 0..2 for this run-time hardware, not 3"),
    ({"kernel_size": 2}, "kernel_size must be (3, 3), which is built in, not (2, 2)"),
    ({"dilation": 2}, "dilation must be (1, 1), which is built in, not (2, 2)"),
    ({"out_channels": 3}, "out_channels must be 1, which is built in, not 3"),
    ({"input_type": wr.Int(8)}, "input_type must be UInt(8), which is built in, not Int(8)"),
])  # fmt: skip
def test_settings_that_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CORE.configured(LAYER.replace(**change))


def test_a_shift_register_takes_less_padding() -> None:
    core = wr.Design(LAYER, runtime=wr.Runtime(max_height=20, max_width=16))
    assert core.shifts
    core.configured(LAYER.replace(padding=((2, 2), (1, 1)), width=2))
    for change, message in (
        ({"padding": ((0, 0), (2, 0))}, "left padding must be in 0..1 for this run-time hardware, not 2"),
        ({"padding": ((0, 0), (0, 2))}, "right padding must be in 0..1 for this run-time hardware, not 2"),
        ({"width": 1}, "width must be in 2..16 for this run-time hardware, not 1"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            core.configured(LAYER.replace(**change))


def test_designs_without_run_time_hardware() -> None:
    maxima = wr.Runtime(max_height=20, max_width=20)
    with pytest.raises(ValueError, match=r"^dilation must be 1 for run-time hardware, not \(2, 2\)$"):
        wr.Design(LAYER.replace(dilation=2), taps=3, runtime=maxima)
    average = wr.AvgPool2d(height=12, width=10, kernel_size=3)
    refused = "^count_include_pad must be True for run-time hardware, not False$"
    with pytest.raises(ValueError, match=refused):
        wr.Design(average, taps=3, runtime=maxima)
    two = LAYER.replace(in_channels=2)
    legal = r"1\.\.3, or 9 with all channels and filters at once \(lanes=2, pe=1\)"
    with pytest.raises(ValueError, match=f"^taps must be in {legal} for run-time hardware, not 9$"):
        wr.Design(two, runtime=maxima)
    with pytest.raises(TypeError, match=r"^runtime must be a Runtime, not 5$"):
        wr.Design(LAYER, taps=3, runtime=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^height must be in 1\.\.4 for this run-time hardware, not 12$"):
        wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=4, max_width=20))
    with pytest.raises(ValueError, match=r"^rows must be at least the 3 of the kernel, not 2$"):
        wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=20, max_width=20, rows=2))


def test_maxima_that_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^max_height must be at least 1, not 0$"):
        wr.Runtime(max_height=0, max_width=1)
    with pytest.raises(TypeError, match=r"^max_width must be an int, not 1\.5$"):
        wr.Runtime(max_height=1, max_width=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^max_stride must be an int or \(h, w\), not \(1, 2, 3\)$"):
        wr.Runtime(max_height=1, max_width=1, max_stride=(1, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^rows must be a power of two, not 6$"):
        wr.Runtime(max_height=1, max_width=1, rows=6)
    with pytest.raises(ValueError, match=r"^rows must be at most 512 for max_height=100, not 4294967296$"):
        wr.Runtime(max_height=100, max_width=1, rows=1 << 32)


def test_files_hold_the_hardware(tmp_path: Path) -> None:
    other = wr.Runtime(max_height=12, max_width=99, rows=16, weights=False)
    for core in (CORE, wr.Design(LAYER, runtime=other)):
        wr.save(tmp_path / "core.toml", core)
        assert wr.load(tmp_path / "core.toml") == core
    with pytest.raises(ValueError, match=r"^a configured design must be written as two files"):
        wr.save(tmp_path / "other.toml", CORE.configured(LAYER.replace(height=5)))
    layer = "[layer]\nheight = 5\nwidth = 5\nkernel_size = 3\n"
    with pytest.raises(ValueError, match=r"^TOML text: \[runtime\] needs a table \[design\]"):
        loads(f"{layer}[runtime]\nmax_height = 9\nmax_width = 9\n")
    with pytest.raises(ValueError, match=r"^TOML text: \[runtime\] max_width must be at least 1, not 0$"):
        loads(f"{layer}[design]\nlanes=1\npe=1\ntaps=3\n[runtime]\nmax_height = 9\nmax_width = 0\n")


def test_rows_of_the_ring() -> None:
    """Enough that an array that keeps up never stalls the input: the kernel's, or a power of two; more on
    request.
    """
    core = wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=20, max_width=16, max_stride=2))
    assert core.ring_rows == 3
    assert wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=12, max_width=10)).ring_rows == 8
    for stride in ((1, 1), (2, 1), (2, 2)):
        for padding in (0, 1):
            setting = core.configured(LAYER.replace(height=20, width=16, stride=stride, padding=padding))
            if setting.fold * setting.windows <= setting.input_beats:
                assert setting.ideal
                assert setting.interval == setting.input_beats
    slow = core.configured(LAYER.replace(height=20, width=16, stride=1, padding=0))
    assert not slow.ideal
    more = wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=20, max_width=16, max_stride=2, rows=8))
    assert more.configured(slow.layer).ideal
    assert more.configured(slow.layer).interval == slow.fold * slow.windows < slow.interval


@settings(max_examples=150)
@given(runtime_cases())
def test_ideal_settings_are_the_ideal_server(case: Case) -> None:
    """The closed form that ideal designs promise equals the law of the hardware."""
    design = case.design
    exact = np.array(Law(design.memories, None, None).run(4, None)).reshape(4, -1)
    np.testing.assert_array_equal(design.timing(4).output_cycles.reshape(4, -1), exact)
    if design.ideal:
        assert exact[-1, -1] - exact[-2, -1] == design.bounds().interval == design.interval
