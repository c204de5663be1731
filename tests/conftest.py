"""What all tests share: a place for builds, how hypothesis searches, a browser, and that CI skips nothing."""

import gc
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["pytester"]  # tests of the pytest plugin run pytest

CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
ROOT = Path(__file__).resolve().parents[1]

# Simulator builds are named by their content, so test runs and the workers of one run may share them. They
# stay out of the user's own cache; `make clean` removes them. Set before any test starts a process.
os.environ.setdefault("WINDROW_CACHE", str(ROOT / ".cache" / "windrow"))

# A hardware simulation has no steady run time, hence no deadline. CI tries the same examples every time; at
# home each run tries new ones.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if CI else "default")

# Elaborated hardware is a heap of objects in circles: looked through seldom, and without the tests.
gc.set_threshold(20_000, 10, 10)

# A shell has its background jobs ignore interrupts, and they hand that on to programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What is there by now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI a skipped test is a failed one."""
    report = yield
    # An expected failure is reported as skipped too; that one is meant.
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself, by `pytest.importorskip` for instance."""
    report = yield
    if CI and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


BROWSER_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync")
WINDOW = 1280, 900


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium with a fresh profile. Nothing is downloaded: browser and driver are Debian's."""
    reason = "needs selenium: pip install 'windrow-fpga[dev]'"
    webdriver = pytest.importorskip("selenium.webdriver", reason=reason)
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Chromium and its driver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*BROWSER_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium') / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield opened
    finally:
        opened.quit()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """A tab of Chromium, in which nothing is left of tests before: size, screen, what was logged."""
    first = chromium.current_window_handle
    chromium.switch_to.new_window("tab")
    chromium.set_window_size(*WINDOW)
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    yield chromium
    chromium.close()
    chromium.switch_to.window(first)
