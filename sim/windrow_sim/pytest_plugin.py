"""pytest plugin: the hardware of a design or a network from anybody's test suite. Installed with the package.

    def test_layer(windrow_simulate):
        layer = wr.Conv2d(height=8, width=8, kernel_size=3, stride=2)
        windrow_simulate(wr.plan(layer))

The fixture simulates, checks, and leaves a report, a reproducer and (on request) waves of a failing test.
This module loads nothing but pytest: a test run that does not use it does not notice it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy.typing as npt

    from windrow.pipeline.pipeline import Pipeline
    from windrow.stage.design import Design
    from windrow_sim.runs.failure import Simulation
    from windrow_sim.runs.run import Run

__all__ = ["Simulate", "windrow_engine", "windrow_seed", "windrow_simulate"]

# Name, what it may be (None: checked below), default, help. An option on the command line, else in the ini.
_OPTIONS: list[tuple[str, tuple[str, ...] | None, str, str]] = [
    ("engine", None, "auto", "simulator of tests without the marker windrow_engines"),
    ("waves", ("never", "fail", "always"), "never", "record waves: never, of failing tests, or of all"),
    ("seed", None, "0", "of the random data and the random stalls"),
    ("stalls", ("none", "light", "heavy"), "none", "stalls of both streams where the test gives none"),
    ("missing", ("skip", "fail"), "skip", "what a test does whose simulator is not installed"),
]
_SIMULATIONS = pytest.StashKey[list["Simulation"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and an ini entry for each: `--windrow-engine` is `windrow_engine`."""
    group = parser.getgroup("windrow", "hardware simulations (windrow)")
    for name, _, default, text in _OPTIONS:
        group.addoption(f"--windrow-{name}", default=None, metavar=name.upper(), help=f"{text} [{default}]")
        parser.addini(f"windrow_{name}", f"{text} [{default}]", default=default)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and refuse what no option may be."""
    config.addinivalue_line(
        "markers", "windrow_engines(*names): run the test once on each of these simulators, or on all")
    for name, legal, _, _ in _OPTIONS:
        value = _option(config, name)
        if legal is not None and value not in legal:
            raise pytest.UsageError(f"--windrow-{name} must be {' or '.join(legal)}, not {value!r}")
    if not _option(config, "seed").isdigit():
        raise pytest.UsageError(f"--windrow-seed must be an integer >= 0, not {_option(config, 'seed')!r}")
    engine = _option(config, "engine")
    if engine != "auto":
        wrong = _unknown([engine])
        if wrong:
            raise pytest.UsageError(f"--windrow-engine: {wrong}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The marker `windrow_engines`."""
    marker = metafunc.definition.get_closest_marker("windrow_engines")
    if marker is None or "windrow_engine" not in metafunc.fixturenames:
        return
    from windrow_sim import ENGINES

    wrong = _unknown(marker.args)
    if wrong:
        raise pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: marker windrow_engines: {wrong}")
    metafunc.parametrize("windrow_engine", marker.args or ENGINES, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[
        None, pytest.TestReport, pytest.TestReport]:
    """A failed test reports its simulations, and their files stay."""
    report = yield
    if report.when == "call" and report.failed:
        for simulation in item.stash.get(_SIMULATIONS, [])[-_REPORTED:]:
            try:
                text = simulation.report(waves=_option(item.config, "waves") != "never")
            except Exception as error:  # the test's own failure matters more than its report
                text = f"no report: {type(error).__name__}: {error}"
            report.sections.append(("windrow", text))
    return report


_REPORTED = 3
"""The last simulations of a failing test are reported: the one that failed is among them."""


@pytest.fixture
def windrow_engine(request: pytest.FixtureRequest) -> str:
    """The simulator of this test: of the marker, else of the option."""
    return getattr(request, "param", None) or _option(request.config, "engine")


@pytest.fixture
def windrow_seed(request: pytest.FixtureRequest) -> int:
    """The option `--windrow-seed`."""
    return int(_option(request.config, "seed"))


@pytest.fixture
def windrow_simulate(request: pytest.FixtureRequest, windrow_engine: str, windrow_seed: int,
                     tmp_path_factory: pytest.TempPathFactory) -> Simulate:
    """`windrow.simulate` that follows the options, checks the run and reports a failure."""
    return Simulate(request, windrow_engine, windrow_seed, tmp_path_factory)


class Simulate:
    """What the fixture `windrow_simulate` gives: call it like `windrow.simulate`."""

    def __init__(self, request: pytest.FixtureRequest, engine: str, seed: int,
                 folders: pytest.TempPathFactory) -> None:
        self.engine, self.seed = engine, seed
        self._node, self._folders = request.node, folders

    def __call__(self, design: Design | Pipeline, x: npt.ArrayLike | None = None,
                 weights: npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None, *,
                 expected: npt.ArrayLike | None = None, check: bool = True, **options: Any) -> Run:
        """Simulate a design or a pipeline and check every output and every cycle.

        Parameters
        ----------
        design : Design or Pipeline
        x, weights, bias : integers, optional
            As for `windrow.simulate`; random ones of the seed where they are left out.
            A pipeline has its own weights.
        expected : (N, Ho, Wo, O) or (Ho, Wo, O) integers, optional
            What the outputs must be according to somebody else.
        check : bool
            Whether to compare with the golden model and the timing model.
        **options
            `engine`, `frames`, `input_stall`, `output_stall` of `windrow.simulate`, instead of the plugin's.

        Raises
        ------
        Mismatch
            where a value or a cycle is wrong, with the neighbourhood of the first one
        Hang
            if the hardware stops moving
        """
        __tracebackhide__ = True
        from windrow_sim import ToolMissing
        from windrow_sim.runs.failure import Simulation

        config = self._node.config
        options = {"engine": self.engine, **_stalls(_option(config, "stalls"), self.seed), **options}
        simulation = Simulation.build(
            design, x, weights, bias, expected=expected, check=check, seed=self.seed, options=options,
            name=self._node.name, folders=lambda name: self._folders.mktemp(name))
        self._node.stash.setdefault(_SIMULATIONS, []).append(simulation)
        try:
            return simulation.run(waves=_option(config, "waves") == "always")
        except ToolMissing as missing:
            if _option(config, "missing") == "skip":
                pytest.skip(str(missing))
            pytest.fail(str(missing), pytrace=False)


def _option(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"windrow_{name}")
    return str(config.getini(f"windrow_{name}") if given is None else given)


def _unknown(names: tuple[str, ...] | list[str]) -> str | None:
    """What is wrong with these names of engines."""
    from windrow_sim import ENGINES

    legal = ("auto", *ENGINES)
    return next((f"engine must be {', '.join(legal[:-1])} or {legal[-1]}, not {name!r}"
                 for name in names if name not in legal), None)


def _stalls(kind: str, seed: int) -> dict[str, Any]:
    if kind == "none":
        return {}
    from windrow.timing.stalls import level

    return dict(zip(("input_stall", "output_stall"), level(kind, seed), strict=True))
