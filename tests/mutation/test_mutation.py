"""The table of faults fits the hardware, and the hunt tells a fault from none. `make mutants` hunts all."""

import shutil
from pathlib import Path

import pytest

from tests.mutation.faults import FAULTS, Fault
from tests.mutation.runner import ROOT, hunt

BY_NAME = {fault.name: fault for fault in FAULTS}
QUICK = ("tests/windrow_hdl/window/test_frames_ahead.py",)


def test_names_are_apart() -> None:
    assert len(BY_NAME) == len(FAULTS) >= 50


@pytest.mark.parametrize("name", BY_NAME)
def test_every_fault_has_its_place(name: str, tmp_path: Path) -> None:
    file = BY_NAME[name].file
    (tmp_path / file).parent.mkdir(parents=True)
    shutil.copy(ROOT / "hdl/windrow_hdl" / file, tmp_path / file)
    BY_NAME[name].inject(tmp_path)
    compile((tmp_path / file).read_text(encoding="utf-8"), file, "exec")


def test_a_fault_without_a_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/counters.py").write_text("pass\n", encoding="utf-8")
    fault = Fault("nothing", "parts/counters.py", "free", "full")
    error = r"^fault 'nothing': 'free' must match once in parts/counters.py, not 0 times; "
    with pytest.raises(LookupError, match=error):
        fault.inject(tmp_path)


def test_without_a_fault_the_tests_pass() -> None:
    assert hunt(None, QUICK).verdict == "survived"


@pytest.mark.parametrize(
    "name", ["output: beat dropped when o is not ready", "input: frames start without room"]
)
def test_a_fault_is_caught(name: str) -> None:
    outcome = hunt(BY_NAME[name], QUICK)
    assert outcome.verdict == "caught", outcome


def test_a_fault_that_is_no_hardware_is_not_caught() -> None:
    fault = Fault("nonsense", "parts/counters.py", r"free = Signal\(", "free = Signal(name=1, shape=")
    assert hunt(fault, QUICK).verdict == "broken"
