"""The pytest plugin, from the outside: small projects that use it, run by pytest itself."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import windrow_hdl.stage
import windrow_sim.engines.amaranth
import windrow_sim.engines.cocotb
import windrow_sim.runs.failure
import windrow_sim.simulation

# pytester forgets what is imported in it, which NumPy does not survive: all of it is here already.
_LOADED = (windrow_hdl, windrow_sim)

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "pytest-project"

# Where the package is installed its entry point loads the plugin; where it is only on the path, this does.
INSTALLED = any(point.name == "windrow" for point in metadata.entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "windrow_sim.pytest_plugin")

FIVE_LINES = """
import windrow as wr

def test_layer(windrow_simulate):
    layer = wr.Conv2d(height=5, width=6, kernel_size=3, stride=2, padding=1)
    assert windrow_simulate(wr.plan(layer)).output.shape == (1, 3, 3, 1)
"""

EXPECTED = """
import numpy as np
import windrow as wr

def test_layer(windrow_simulate):
    layer = wr.Conv2d(height=8, width=8, kernel_size=3, stride=2)
    image, weights = np.arange(64).reshape(8, 8, 1), np.arange(9).reshape(1, 3, 3, 1)
    expected = layer.golden(image, weights)
    weights[0, 1, 1, 0] += 1
    windrow_simulate(wr.Design(layer, taps=3), image, weights, expected=expected)
"""


@pytest.fixture(autouse=True)
def import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started by these tests find the packages wherever they are started."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(path).resolve()) for path in sys.path))
    for name in ("PYTEST_ADDOPTS", "CI"):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", *arguments)


def folders(text: str) -> list[Path]:
    """The folders with the files of failed simulations."""
    return [Path(path) for path in re.findall(r"^(/.*|[A-Z]:.*): stimulus\.npz", text, re.MULTILINE)]


def test_five_lines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FIVE_LINES)
    result = run(pytester, "--windrow-engine=amaranth")
    result.assert_outcomes(passed=1)
    assert "windrow-" not in str(list(pytester.path.rglob("*")))  # a passing test leaves nothing


def test_a_changed_weight_fails_readably(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(EXPECTED)
    result = run(pytester, "--windrow-waves=fail")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*Mismatch: output differs first at frame 0, row 0, column 0, channel 0: expected 474, "
        "got 483 in cycle *; 9 of 9 outputs differ from `expected`*",
        "*The hardware agrees with the golden model of these weights: `expected` does not.",
        "*Outputs of frame 0, columns 0-2, channel 0; those that differ in brackets",
        "*expected*|*got*",
        "*row 0*[[]474[]]*|*[[]483[]]*",
        "*- windrow -*",
        "engine amaranth, Design(Conv2d(height=8, width=8, kernel_size=3, stride=2), *taps=3)",
        "*stimulus.npz, reproducer.py, waves.*",
        "To repeat it: python *reproducer.py",
        "run = wr.simulate(*",
    ])
    (folder,) = folders(result.stdout.str())
    kept = ["reproducer.py", "stimulus.npz", "waves.gtkw", "waves.sucl", "waves.vcd"]
    assert sorted(path.name for path in folder.iterdir()) == kept
    assert "$enddefinitions" in (folder / "waves.vcd").read_text()
    repeated = subprocess.run([sys.executable, folder / "reproducer.py"], capture_output=True, text=True,
                              check=False, timeout=120)
    assert "AssertionError" in repeated.stderr
    assert "Mismatched elements: 9 / 9" in repeated.stderr


NETWORK = """
import windrow as wr
from networks import block

PIPELINE = wr.plan(block(4, 4), interval=90)

def test_right(windrow_simulate):
    assert windrow_simulate(PIPELINE, frames=2).interval == PIPELINE.interval

def test_wrong(windrow_simulate):
    x = PIPELINE.random_input(3, 1)
    expected = PIPELINE.golden(x)
    expected[0, 0, 0, 2] += 1
    windrow_simulate(PIPELINE, x, expected=expected)

def test_constants(windrow_simulate):
    windrow_simulate(PIPELINE, weights=[1])
"""


def test_a_network(pytester: pytest.Pytester) -> None:
    """Values and cycles of a whole network; its reproducer has the hardware in a file."""
    pytester.makepyfile(NETWORK)
    result = run(pytester, "--windrow-engine=amaranth")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines([
        "*Mismatch: output differs first at frame 0, row 0, column 0, channel 2: expected *; "
        "1 of 5 outputs differ from `expected`*",
        "*The hardware agrees with the golden model of the network: `expected` does not.",
        "*stimulus.npz, reproducer.py, pipeline.pickle",
        "*ValueError: weights must be left out of a pipeline: its network has them",
    ])
    (folder,) = folders(result.stdout.str())
    assert sorted(path.name for path in folder.iterdir()) == [
        "pipeline.pickle", "reproducer.py", "stimulus.npz"]
    repeated = subprocess.run([sys.executable, folder / "reproducer.py"], capture_output=True, text=True,
                              check=False, timeout=120)
    assert "AssertionError" in repeated.stderr
    assert "Mismatched elements: 1 / 5" in repeated.stderr


def test_a_failing_assertion_of_the_test_itself_is_reported_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import windrow as wr

        def test_layer(windrow_simulate):
            design = wr.Design(wr.Conv2d(height=5, width=5, kernel_size=3, bias=True, input_type=wr.Int(4)))
            assert windrow_simulate(design, input_stall=[True, False]).cycles == 7
    """)
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- windrow -*", "random x and weights", "input_stall=[[]True, False[]]"])
    (folder,) = folders(result.stdout.str())
    assert sorted(path.name for path in folder.iterdir()) == ["reproducer.py", "stimulus.npz"]
    subprocess.run([sys.executable, folder / "reproducer.py"], check=True, timeout=120)


def test_hardware_that_is_wrong_is_reported(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import dataclasses
        import windrow as wr

        def test_layer(windrow_simulate, monkeypatch):
            real = wr.simulate

            def wrong(*arguments, **options):
                run = real(*arguments, **options)
                output, cycles = run.output.copy(), run.output_cycles.copy()
                if BREAK == "output":
                    output[1, 2, 1, 0] += 1
                else:
                    cycles[0, 1, 1, 0] += 1
                return dataclasses.replace(run, output=output, output_cycles=cycles)

            monkeypatch.setattr(wr, "simulate", wrong, raising=False)
            windrow_simulate(wr.plan(wr.Conv2d(height=6, width=6, kernel_size=3)), frames=2)
    """.replace("BREAK", "os.environ['BREAK']").replace("import dataclasses", "import dataclasses, os"))
    for what, line in (("output", "*output differs first at frame 1, row 2, column 1, channel 0: *"),
                       ("cycle", "*output cycle differs first at frame 0, row 1, column 1, channel 0: *")):
        os.environ["BREAK"] = what
        try:
            result = run(pytester)
        finally:
            del os.environ["BREAK"]
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([line, f"*{what.capitalize()}s of frame*", "*row *[[]*[]]*|*[[]*[]]*"])


def test_marker_runs_the_test_on_each_engine(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        import windrow as wr

        @pytest.mark.windrow_engines("amaranth", "auto")
        def test_layer(windrow_simulate, windrow_engine):
            run = windrow_simulate(wr.plan(wr.Conv2d(height=5, width=6, kernel_size=3)))
            assert windrow_engine in (run.engine, "auto")
    """)
    result = run(pytester, "-v", "--strict-markers")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_layer[[]amaranth] PASSED*", "*test_layer[[]auto] PASSED*"])


def test_marker_without_names_means_all_engines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.windrow_engines
        def test_layer(windrow_simulate): ...
    """)
    result = run(pytester, "--collect-only", "-q")
    result.stdout.fnmatch_lines([f"*::test_layer[[]{name}]" for name in (
        "amaranth", "verilator", "icarus", "verilator-cocotb")])


def test_marker_with_an_unknown_engine(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.windrow_engines("icy")
        def test_layer(windrow_simulate): ...
    """)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*marker windrow_engines: engine must be auto, amaranth, *, not 'icy'"])


@pytest.mark.parametrize(("option", "message"), [
    ("--windrow-engine=icy", "*--windrow-engine: engine must be auto, amaranth, *, not 'icy'"),
    ("--windrow-waves=often", "*--windrow-waves must be never or fail or always, not 'often'"),
    ("--windrow-seed=-1", "*--windrow-seed must be an integer >= 0, not '-1'"),
    ("--windrow-stalls=some", "*--windrow-stalls must be none or light or heavy, not 'some'"),
    ("--windrow-missing=cry", "*--windrow-missing must be skip or fail, not 'cry'"),
])
def test_options_that_make_no_sense(pytester: pytest.Pytester, option: str, message: str) -> None:
    result = run(pytester, option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


OPTIONS = """
import windrow as wr

def test_options(windrow_simulate, windrow_seed, windrow_engine):
    run = windrow_simulate(wr.plan(wr.Conv2d(height=6, width=6, kernel_size=3)))
    print("seed", windrow_seed, "engine", windrow_engine, "first", run.x.ravel()[:4].tolist())
    print("stalls", run.input_stall, run.output_stall)
"""


def test_seed_and_stalls(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(OPTIONS)
    plain = run(pytester, "-s")
    plain.stdout.fnmatch_lines(["*seed 0 engine auto first*", "stalls None None*"])
    given = run(pytester, "-s", "--windrow-seed=3", "--windrow-stalls=heavy", "--windrow-engine=amaranth")
    given.assert_outcomes(passed=1)
    given.stdout.fnmatch_lines([
        "*seed 3 engine amaranth first*",
        "stalls Stalls.bursts(12.0, 4.0, seed=3) Stalls.random(0.7, seed=4)*",
    ])
    first = [re.findall(r"first (.*)", result.stdout.str()) for result in (plain, given)]
    assert first[0] != first[1]


def test_ini(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(OPTIONS)
    pytester.makeini("[pytest]\nwindrow_engine = amaranth\nwindrow_stalls = light\nwindrow_seed = 5\n")
    run(pytester, "-s").stdout.fnmatch_lines([
        "*seed 5 engine amaranth*", "stalls Stalls.random(0.1, seed=5) Stalls.random(0.1, seed=6)*"])
    run(pytester, "-s", "--windrow-seed=6", "--windrow-stalls=none").stdout.fnmatch_lines([
        "*seed 6 engine amaranth*", "stalls None None*"])


def test_waves_of_every_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FIVE_LINES)
    base = pytester.path / "base"
    run(pytester, "--windrow-waves=always", f"--basetemp={base}").assert_outcomes(passed=1)
    names = sorted(path.name for path in base.rglob("waves.*"))
    assert names == ["waves.gtkw", "waves.sucl", "waves.vcd"]


@pytest.mark.parametrize(("missing", "outcome"), [("skip", "skipped"), ("fail", "failed")])
def test_missing_tool(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str,
                      outcome: str) -> None:
    from windrow_sim import ToolMissing
    from windrow_sim.engines import cocotb, tools

    def no_program(name: str, engine: str) -> str:
        raise ToolMissing(f"engine {engine!r} needs {name}: {tools._TOOLS[name].install}")

    cocotb._identity.cache_clear()
    monkeypatch.setattr(cocotb, "program", no_program)
    pytester.makepyfile(FIVE_LINES)
    result = run(pytester, "-rsf", "--windrow-engine=icarus", f"--windrow-missing={missing}")
    cocotb._identity.cache_clear()
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(["*engine 'icarus' needs iverilog: apt install iverilog*"])


def test_workers_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(EXPECTED + FIVE_LINES.replace("test_layer", "test_other"))
    result = pytester.runpytest_subprocess(*PLUGIN, "-n2", "-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=1)
    (folder,) = folders(result.stdout.str())
    assert (folder / "reproducer.py").exists()


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    code = ("import sys, pytest; import windrow_sim.pytest_plugin; "
            "print(*sorted(name for name in sys.modules if name in ('numpy', 'amaranth', 'cocotb') "
            "or name.startswith('windrow.')))")
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["windrow.face", "windrow.version"]


def test_the_example_project(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    result = run(pytester, "--windrow-engine=amaranth")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}, result.stdout.str()
