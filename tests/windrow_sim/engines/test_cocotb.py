"""The cocotb engines: the Verilog, driven through its ports, does what engines and models say."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cocotb_tools import config
from find_libpython import find_libpython
from hypothesis import Phase, given, seed, settings

import windrow as wr
from strategies import Case, cases
from tool_marks import COMPILER, needs_cocotb, needs_icarus
from windrow_hdl.verilog.writer import to_rtlil
from windrow_sim import Hang, Mismatch, ToolMissing, cocotb_runner
from windrow_sim.engines import cocotb, tools
from windrow_sim.streams.exchange import load_recording, load_stimulus, save_stimulus
from windrow_sim.streams.stimulus import Stimulus

ENGINES = [pytest.param("icarus", marks=needs_icarus),
           pytest.param("verilator-cocotb", marks=needs_cocotb)]

LAYER = wr.Conv2d(height=6, width=5, in_channels=2, out_channels=2, kernel_size=3, stride=2, padding=1,
                  bias=True)
DESIGN = wr.Design(LAYER, lanes=2, pe=1, taps=3)
IMPORTS = os.pathsep.join(str(Path(path).resolve()) for path in sys.path)
X, WEIGHTS, BIAS = LAYER.random_input(3, 2), LAYER.random_weights(3), LAYER.random_bias(3)


def agree(one: wr.Run, two: wr.Run) -> None:
    """The same values in the same cycles."""
    assert (one.output == two.output).all()
    assert (one.output_cycles == two.output_cycles).all()
    assert (one.interval, one.latency, one.cycles) == (two.interval, two.latency, two.cycles)


# Parts, so that the workers of a parallel run share them. The first example of each is the smallest of all.
@needs_icarus
@pytest.mark.parametrize("part", range(8))
def test_icarus_agrees_over_random_designs(part: int) -> None:
    @seed(part)
    @settings(max_examples=3, database=None, phases=[Phase.generate])
    @given(cases(largest=6))
    def check(case: Case) -> None:
        agree(case.check("amaranth"), case.check("icarus"))

    check()


# A build takes Verilator and the compiler seconds, so here it is few designs and three streams through each;
# Icarus has the random ones, and the same bench.
VERILATED = {
    "columns": DESIGN,
    "gather": wr.Design(wr.Conv2d(height=5, width=6, kernel_size=2, stride=3, dilation=2), taps=1),
    "wide": wr.Design(wr.Conv2d(height=3, width=4, in_channels=9, out_channels=6, kernel_size=1,
                                input_type=wr.Int(9)), lanes=9, pe=6, taps=1),
    "one pixel": wr.Design(wr.Conv2d(height=1, width=1, kernel_size=1), taps=1),
    "mostly padding": wr.Design(wr.Conv2d(height=2, width=2, kernel_size=3, padding=3, bias=True,
                                          weight_type=wr.Int(2)), taps=3),
    "binary": wr.Design(wr.Conv2d(height=4, width=6, in_channels=4, kernel_size=(2, 3), input_type=wr.UInt(1),
                                  weight_type=wr.UInt(1)), lanes=4, taps=6),
}


@needs_cocotb
@pytest.mark.parametrize("name", VERILATED)
def test_verilator_with_cocotb_agrees(name: str) -> None:
    design = VERILATED[name]
    heads = (wr.Stalls.until(9), wr.Stalls.trace("0011011", repeat=False))
    some, bursts = wr.Stalls.random(0.6, seed=1), wr.Stalls.bursts(9, 3)
    for stalls in ((None, None), (some, bursts), heads):
        layer = design.layer
        one, two = (
            wr.simulate(design, layer.random_input(1, 3), layer.random_weights(1), layer.random_bias(1),
                        engine=engine, input_stall=stalls[0], output_stall=stalls[1]).check()
            for engine in ("amaranth", "verilator-cocotb"))
        agree(one, two)


@pytest.fixture
def rtlil() -> str:
    return to_rtlil(DESIGN, WEIGHTS, BIAS)


@pytest.fixture
def stimulus() -> Stimulus:
    return dataclasses.replace(Stimulus.build(DESIGN, X, 2), patience=60)


@pytest.mark.parametrize("engine", ENGINES)
def test_hang_names_the_stream(engine: str, rtlil: str, stimulus: Stimulus) -> None:
    more = dataclasses.replace(stimulus, output_beats=stimulus.output_beats + 1)
    with pytest.raises(Hang, match=(
        r"^no transfer for 60 cycles, up to cycle \d+: output stream o is stuck at beat 36 of 37$"
    )):
        cocotb.run(engine, rtlil, more)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_beat_too_many_is_an_error(engine: str, rtlil: str, stimulus: Stimulus) -> None:
    fewer = dataclasses.replace(stimulus, output_beats=stimulus.output_beats - 1)
    with pytest.raises(Mismatch, match=r"^output beat 35 is offered in cycle \d+, but there are only 35$"):
        cocotb.run(engine, rtlil, fewer)


@needs_icarus
def test_payload_of_another_width_shows_the_log(rtlil: str, stimulus: Stimulus) -> None:
    with pytest.raises(RuntimeError, match=(
        r"(?s)failed with code 1.*i__payload has 16 bits, the stimulus is for 17"
    )):
        cocotb.run("icarus", rtlil, dataclasses.replace(stimulus, input_bits=17))


@needs_icarus
def test_a_simulator_that_crashes_shows_its_log(rtlil: str, stimulus: Stimulus, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sim.vvp").write_text("#!/usr/bin/env vvp\n:ivl_version 0;\nnonsense\n")
    monkeypatch.setattr(cocotb, "_build", lambda *_: tmp_path)
    with pytest.raises(RuntimeError, match=r"(?s)failed with code .*sim\.vvp"):
        cocotb.run("icarus", rtlil, stimulus)


@pytest.mark.parametrize(("engine", "name", "message"), [
    ("icarus", "iverilog", r"^engine 'icarus' needs iverilog: apt install iverilog$"),
    ("verilator-cocotb", "perl", r"^engine 'verilator-cocotb' needs perl: apt install perl$"),
    ("verilator-cocotb", "make", r"^engine 'verilator-cocotb' needs make: apt install make$"),
])
def test_missing_program_says_what_to_install(engine: str, name: str, message: str,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[[str], Path | None] = tools._which
    monkeypatch.setattr(tools, "_which", lambda wanted: None if wanted in (name, "gmake") else real(wanted))
    if engine == "verilator-cocotb" and not COMPILER:
        pytest.skip("no C++ compiler")
    cocotb._identity.cache_clear()
    try:
        with pytest.raises(ToolMissing, match=message):
            wr.simulate(DESIGN, X, WEIGHTS, BIAS, engine=engine)
    finally:
        cocotb._identity.cache_clear()


def test_missing_cocotb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> str:
        raise cocotb.metadata.PackageNotFoundError

    monkeypatch.setattr(cocotb.metadata, "version", missing)
    cocotb._identity.cache_clear()
    needs = r"^engine 'icarus' needs cocotb: pip install 'windrow-fpga\[sim\]'"
    try:
        with pytest.raises(ToolMissing, match=needs):
            cocotb.available("icarus")
    finally:
        cocotb._identity.cache_clear()


def test_stimulus_file_holds_all_of_it(stimulus: Stimulus, tmp_path: Path) -> None:
    save_stimulus(tmp_path / "stimulus.npz", stimulus)
    loaded = load_stimulus(tmp_path / "stimulus.npz")
    for name, value in vars(stimulus).items():
        assert np.array_equal(getattr(loaded, name), value), name


# ---- by hand, as docs/simulators.md says ----

@pytest.fixture
def by_hand(tmp_path: Path, stimulus: Stimulus) -> tuple[Path, dict[str, str]]:
    """A folder with the two files, and the environment of a shell."""
    wr.verilog(DESIGN, WEIGHTS, BIAS, interface="stream", path=tmp_path / "windrow.v")
    save_stimulus(tmp_path / "stimulus.npz", stimulus)
    return tmp_path, {**os.environ, "PYTHONPATH": IMPORTS}


def same_as_amaranth(recording: Path, stimulus: Stimulus) -> None:
    expected = wr.simulate(DESIGN, X, WEIGHTS, BIAS, engine="amaranth")
    assert (load_recording(recording, stimulus).cycles == expected.output_cycles.ravel()).all()


@needs_icarus
def test_the_runner_by_hand(by_hand: tuple[Path, dict[str, str]], stimulus: Stimulus) -> None:
    folder, env = by_hand
    command = [sys.executable, "-m", "windrow_sim.cocotb_runner", "icarus", "windrow.v", "stimulus.npz",
               "recording.npz"]
    subprocess.run(command, cwd=folder, env=env, check=True, timeout=120, capture_output=True)
    same_as_amaranth(folder / "recording.npz", stimulus)
    save_stimulus(folder / "stimulus.npz", dataclasses.replace(stimulus, output_beats=99))
    done = subprocess.run(command, cwd=folder, env=env, check=False, timeout=120, capture_output=True,
                          text=True)
    assert done.returncode == 1
    assert "output stream o is stuck at beat 36 of 99" in done.stdout + done.stderr


@needs_icarus
def test_a_bench_of_ones_own_shows_values_of_its_assertions(by_hand: tuple[Path, dict[str, str]]) -> None:
    """And what it imports is loaded as ever: to rewrite that, too, takes seconds."""
    folder, env = by_hand
    (folder / "helper.py").write_text("NUMBER = 3\n")
    (folder / "mine.py").write_text(
        "import cocotb, helper\n\n\n@cocotb.test()\nasync def number(dut):\n"
        "    assert 'Rewriting' not in type(helper.__loader__).__name__\n    assert helper.NUMBER == 4\n")
    command = [sys.executable, "-m", "windrow_sim.cocotb_runner", "icarus", "windrow.v", "--bench", "mine"]
    done = subprocess.run(command, cwd=folder, env={**env, "PYTHONPATH": f"{folder}{os.pathsep}{IMPORTS}"},
                          check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 1
    assert "assert 3 == 4" in done.stdout + done.stderr


@pytest.mark.parametrize(("more", "message"), [
    (["stimulus.npz"], "a stimulus needs a recording to write to"),
    (["stimulus.npz", "recording.npz", "--bench", "mine"], "a bench of your own takes no stimulus"),
])
def test_the_runner_refuses_half_of_two_things(more: list[str], message: str,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="^2$"):
        cocotb_runner.main(["icarus", "windrow.v", *more])
    assert message in capsys.readouterr().err


@needs_icarus
def test_icarus_by_hand(by_hand: tuple[Path, dict[str, str]], stimulus: Stimulus) -> None:
    folder, env = by_hand
    subprocess.run(["iverilog", "-g2012", "-o", "windrow.vvp", "windrow.v"], cwd=folder, check=True,
                   timeout=60)
    env |= {"COCOTB_TEST_MODULES": "windrow_sim.cocotb_bench", "COCOTB_TOPLEVEL": "windrow",
            "TOPLEVEL_LANG": "verilog", "PYGPI_PYTHON_BIN": sys.executable,
            "GPI_USERS": f"{find_libpython()};{config.pygpi_entry_point()}",
            "WINDROW_STIMULUS": "stimulus.npz", "WINDROW_RECORDING": "recording.npz"}
    subprocess.run(["vvp", "-m", config.lib_entry("vpi", "icarus"), "windrow.vvp"], cwd=folder, env=env,
                   check=True, timeout=120, capture_output=True)
    same_as_amaranth(folder / "recording.npz", stimulus)


# ---- interrupted ----

@needs_icarus
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_interrupt_leaves_no_orphan(tmp_path: Path) -> None:
    code = ("import windrow as wr; layer = wr.Conv2d(height=64, width=64, kernel_size=3); "
            "wr.simulate(wr.plan(layer), layer.random_input(1), layer.random_weights(1), "
            "engine='icarus', frames=10_000)")
    env = {**os.environ, "PYTHONPATH": IMPORTS, "WINDROW_CACHE": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not simulators(tmp_path):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in errors
    while simulators(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def simulators(cache: Path) -> list[int]:
    """Processes that run a simulator of this cache."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has just ended
            continue
        if command.startswith(b"vvp") and str(cache).encode() in command:
            found.append(int(path.parent.name))
    return found
