"""Hunt one fault: a copy of the hardware with the fault in it, and the tests that should notice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.faults import Fault

ROOT = Path(__file__).resolve().parents[2]
MUTANT = "WINDROW_MUTANT"
"""Environment variable: the folder that `windrow_hdl` must come from."""

SUITE = ("tests/windrow_hdl/window/test_frames_ahead.py", "tests/windrow_hdl/window/test_open_results.py",
         "tests/windrow_hdl/reductions/test_shared_beats.py",
         "tests/windrow_hdl/reductions/test_spread_array.py", "tests/windrow_hdl/test_convolution.py",
         "-k", "every_reader or nasty or ahead or results_lie or (random and not foldings)")
_LIMIT = 1800  # seconds

# What the tests say when they notice; any other failure is a fault that made no working hardware.
_NOTICED = re.compile(r"^FAILED \S+?::(?P<test>\S+).* - .*(?P<kind>Mismatch|Hang)", re.M)


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    verdict: "caught", "survived", or "broken" where the copy does not even work as hardware
    by: the test that caught it, or the last lines of the tests
    """

    fault: str
    verdict: str
    by: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.verdict:8}  {self.seconds:6.1f} s  {self.fault}  <- {self.by}"


def hunt(fault: Fault | None, suite: tuple[str, ...] = SUITE) -> Outcome:
    """Run the tests of `suite` against the hardware with `fault` (or none), until the first one fails.

    Raises LookupError if the place of the fault is gone.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="windrow-") as folder:
        package = Path(folder, "windrow_hdl")
        shutil.copytree(ROOT / "hdl/windrow_hdl", package, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            fault.inject(package)
        paths = [folder, *(str(ROOT / part) for part in ("src", "sim", "tests", "."))]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), MUTANT: folder, "COLUMNS": "400",
                       "PYTHONDONTWRITEBYTECODE": "1"}
        # Simulating in Python needs no cache, and the mutants must not see each other's examples.
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "tests.mutation.plugin",
                   "-p", "no:cacheprovider", *suite]
        try:
            process = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                                     timeout=_LIMIT, check=False)
            code, text = process.returncode, process.stdout
        except subprocess.TimeoutExpired:
            code, text = 0, f"no failure in {_LIMIT} s"
    verdict, by = _verdict(code, text)
    return Outcome(fault.name if fault else "(none)", verdict, by, round(time.monotonic() - start, 1))


def _verdict(code: int, text: str) -> tuple[str, str]:
    last = " | ".join(line.strip() for line in text.strip().splitlines()[-3:])
    if code == 0:
        return "survived", last
    noticed = _NOTICED.search(text)
    return ("caught", f"{noticed['kind']} in {noticed['test']}") if noticed else ("broken", last)
