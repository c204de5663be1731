"""The command line: exit codes, one-line errors, JSON whose keys are promises, files that are whole."""

import json
import re
import shlex
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from PIL import Image

import windrow as wr
import windrow_sim
from windrow.operators.table import OPERATORS
from windrow.storage import images
from windrow.storage.files import save
from windrow_cli import app, main
from windrow_cli.console import CheckFailed, UserMistake, simulation, user_input

COMMANDS = ("demo", "filter", "plan", "simulate", "watch", "verilog", "synth", "boards", "build", "run",
            "workloads", "explore", "doctor")  # fmt: skip
LAYER = "--height 8 --width 10 --kernel-size 3 --stride 2 --padding 1"
LAYER_KEYS = {"height", "width", "in_channels", "out_channels", "kernel_size", "stride", "padding",
              "dilation", "groups", "output_shape", "macs"}
DESIGN_KEYS = {"lanes", "pe", "taps", "multipliers", "fold", "interval", "latency", "buffer_pixels",
               "buffer_bits", "utilisation"}
SIMULATE_KEYS = {"layer", "design", "engine", "frames", "cycles", "interval", "latency", "match"}

Cli = Callable[[str], Any]


@pytest.fixture
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str], in_tmp: Path) -> Cli:
    """Run a command with `--json` and return its object."""
    def call(command: str) -> Any:
        assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], in_tmp: Path) -> Cli:
    """Run a command that must end as a user's mistake and return the one line that it prints."""
    def call(command: str) -> str:
        assert main(shlex.split(command)) == 2
        out, err = capsys.readouterr()
        assert out == ""
        line, = err.splitlines()
        assert line.startswith("windrow: error: ")
        return line

    return call


def simulate(text: str) -> str:
    return f"simulate {LAYER} --engine amaranth {text}"


# ---- help -----------------------------------------------------------------------------------------------


def test_no_arguments_show_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"windrow {wr.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"Example: windrow {command}" in out
    assert re.findall(r"<\w+>", out) == []  # Python's types


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_every_name_whole_and_once(command: str, columns: int, capsys: pytest.CaptureFixture[str],
                                            monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([command, "--help"]) == 0
    shown = re.findall(r"^│ \W{0,3}(--\S+)", capsys.readouterr().out, re.MULTILINE)
    group: Any = typer.main.get_command(app)
    names = [name for each in group.commands[command].params for name in (*each.opts, *each.secondary_opts)
             if name.startswith("--")]  # fmt: skip
    assert len(set(names)) == len(names)
    assert sorted(shown) == sorted([*names, "--help"])


@pytest.mark.parametrize("columns", [50, 60, 80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_cuts_nothing(command: str, columns: int, capsys: pytest.CaptureFixture[str],
                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert "\N{HORIZONTAL ELLIPSIS}" not in out
    assert max(map(len, out.splitlines())) <= columns


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_can_be_copied(command: str, capsys: pytest.CaptureFixture[str],
                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """From a terminal of 80 columns: a line that goes on says so, as a shell wants it."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main([command, "--help"]) == 0
    _, _, after = capsys.readouterr().out.partition("Example: ")
    lines = [line.strip() for line in after.split("\n \n")[0].split("\n")]
    lines = lines[: lines.index("")] if "" in lines else lines
    assert lines[0].startswith(f"windrow {command}")
    assert all(line.endswith("\\") for line in lines[:-1])
    assert not lines[-1].endswith("\\")


def test_help_fills_its_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """They end where the terminal does, not where the source text did."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["explore", "--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    first = next(at for at, line in enumerate(lines) if line.startswith("Without anything else"))
    for line, following in zip(lines[first:], lines[first + 1 :], strict=False):
        if not following:
            break
        assert len(line) + 1 + len(following.split()[0]) > 77


# ---- mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "says"), [
    ("plan --heigth 8", "--heigth"),
    ("plan --height eight", "eight"),
    ("plan --height 8", "--width, --kernel-size"),
    (f"plan {LAYER} --stride 3by3", "--stride must be a number or HxW such as 3x5, not '3by3'"),
    (f"plan {LAYER} --padding 1,2",
     "--padding must be a number, HxW such as 1x2, T,B,L,R such as 0,1,0,1, valid or same, not '1,2'"),
    (f"plan {LAYER} --input-type float32", "--input-type must be 'uint1' to 'uint16' ('u8' for short) or "
     "'int1' to 'int16' ('i8' for short), not 'float32'"),
    (f"plan {LAYER} --weight-type int17", "--weight-type must be 'uint1' to 'uint16' "),
    (f"verilog {LAYER} --out ''", "Invalid value for '--out': a path must not be empty"),
    (f"simulate {LAYER} --waves ''", "Invalid value for '--waves': a path must not be empty"),
    (f"plan {LAYER} --interval 5", "interval must be at least 80"),
    (f"plan {LAYER} --lanes 2", "2"),
    (f"plan {LAYER} --pace frame", "pace must be one of beat, pixel, not 'frame'"),
    ("plan --height 2 --width 2 --kernel-size 3", "kernel"),
    ("plan --layer nothing.toml", "nothing.toml: No such file or directory"),
    (f"simulate {LAYER} --taps 8", "taps must"),
    (f"simulate {LAYER} --pe 2", "pe must"),
    (f"simulate {LAYER} --engine vcs", "vcs"),
    (f"simulate {LAYER} --input-stall 1.5", "--input-stall must be none, light, heavy, a share of cycles "),
    (f"simulate {LAYER} --output-stall bursts:3", "not 'bursts:3': bursts takes 2 numbers"),
    (f"simulate {LAYER} --wave-cycles 5", "--wave-cycles must be FIRST:END such as 100:200, not '5'"),
    (f"simulate {LAYER} --wave-cycles 5:5", "--wave-cycles must be FIRST:END such as 100:200, not '5:5'"),
    (f"simulate {LAYER} --wave-cycles 5:9", "--wave-cycles needs --waves FILE"),
    (f"simulate {LAYER} --output-stall until:x", "not 'until:x': invalid literal"),
    (f"simulate {LAYER} --output-stall periodic:3,0", "not 'periodic:3,0': free must be at least 1, not 0"),
    (f"simulate {LAYER} --frames 0", "0"),
    (f"simulate {LAYER} --seed -1", "seed must be at least 0, not -1"),
    ("simulate nothing.png --kernel-size 3", "nothing.png cannot be read: No such file or directory"),
    ("simulate nothing.npy --kernel-size 3", "nothing.npy cannot be read: No such file or directory"),
    (f"verilog {LAYER} --interface spi", "interface must be 'stream', 'axi' or 'axi-video', not 'spi'"),
    (f"verilog {LAYER} --weights nothing.npy", "nothing.npy cannot be read: No such file or directory"),
])
def test_a_mistake_is_one_line(command: str, says: str, refused: Cli) -> None:
    assert says in refused(command)


def test_broken_files(in_tmp: Path, refused: Cli) -> None:
    Path("text.png").write_text("no picture")
    assert "text.png is not a picture" in refused("simulate text.png --kernel-size 3")
    Image.new("L", (64, 64)).save("whole.png")
    Path("half.png").write_bytes(Path("whole.png").read_bytes()[:60])
    assert "half.png" in refused("simulate half.png --kernel-size 3")
    Path("text.npy").write_text("no array")
    assert "text.npy is not an .npy file of numbers" in refused("simulate text.npy --kernel-size 3")
    np.save("real.npy", np.zeros((8, 8)))
    assert "real.npy must hold whole numbers, not float64" in refused("simulate real.npy --kernel-size 3")
    np.save("bool.npy", np.zeros((8, 8), bool))
    assert "bool.npy must hold whole numbers, not bool" in refused("simulate bool.npy --kernel-size 3")
    np.save("flat.npy", np.zeros(8, int))
    assert "flat.npy must have 2 or 3 or 4 dimensions, not the shape (8,)" in refused(
        "simulate flat.npy --kernel-size 3")
    Path("broken.toml").write_text("[layer\n")
    assert "broken.toml: not valid TOML" in refused("plan --layer broken.toml")


def test_plan_refuses_a_design(in_tmp: Path, refused: Cli) -> None:
    design = wr.Design(wr.Conv2d(height=8, width=8, kernel_size=3))
    save("design.toml", design)
    assert "--layer design.toml has a [design] table, but plan chooses the design itself: " in refused(
        "plan --layer design.toml")
    save("layer.toml", design.layer)
    assert main(["plan", "--layer", "layer.toml"]) == 0


@pytest.mark.parametrize(("error", "line"), [
    (MemoryError("Unable to allocate 7.45 GiB"),
     "this needs more memory than there is: Unable to allocate 7.45 GiB"),
    (MemoryError(), "this needs more memory than there is: out of memory"),
    (RuntimeError("yosys failed with code 1: yosys\nlog\nERROR: no such cell"),
     "yosys failed with code 1: yosys ... ERROR: no such cell"),
    (RuntimeError(), "RuntimeError"),
])
def test_a_request_that_fails_is_one_line(error: Exception, line: str) -> None:
    with pytest.raises(UserMistake) as caught, user_input():
        raise error
    assert str(caught.value) == line


def test_hardware_that_hangs_is_no_mistake_of_the_user() -> None:
    with pytest.raises(CheckFailed, match="^nothing moves$"), simulation():
        raise windrow_sim.Hang("nothing moves")


def test_data_that_does_not_fit(in_tmp: Path, refused: Cli) -> None:
    np.save("big.npy", np.full((8, 10), 256))
    assert "256, outside uint8 (0..255)" in refused("simulate big.npy --kernel-size 3")
    Image.fromarray(np.full((8, 10), 300, np.uint16)).save("deep.png")
    assert "300, outside uint8 (0..255)" in refused("simulate deep.png --kernel-size 3")
    assert "300, outside uint8 (0..255)" in refused("simulate deep.png --kernel-size 3 --in-channels 3")
    assert (images.read(Path("deep.png")) == np.full((8, 10, 1), 300)).all()
    Image.fromarray(np.full((8, 10), 0.5, np.float32)).save("real.tiff")
    assert "real.tiff holds real numbers, not whole ones; give an .npy file" in refused(
        "simulate real.tiff --kernel-size 3")
    np.save("weights.npy", np.zeros((1, 2, 2, 1), int))
    assert "PyTorch's (O, I, kh, kw) with 1 filter, kernel 2x1, 2 channels, but the layer has kernel 3x3" in (
        refused(simulate("--weights weights.npy")))
    assert "weights must have shape (O, kh, kw, I/groups) = (1, 3, 3, 1), not (1, 2, 2, 1)" in refused(
        simulate("--weights weights.npy --weights-order ohwi"))
    np.save("bias.npy", np.zeros(3, int))
    assert "bias must have shape" in refused(simulate("--bias bias.npy"))
    np.save("huge.npy", np.array([2**64 - 1], np.uint64))
    assert "huge.npy[0] is 18446744073709551615, outside int64" in refused(simulate("--bias huge.npy"))


@pytest.mark.parametrize("command", [simulate(""), f"verilog {LAYER}", "demo"])
def test_unwritable_folder_is_refused_before_the_work(
        command: str, in_tmp: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder below a file: not even root can create it.
    Path("file").touch()
    monkeypatch.setattr(windrow_sim, "simulate", lambda *_, **__: pytest.fail("simulated first"))
    assert "file" in refused(f"{command} --out file/results")
    assert sorted(path.name for path in in_tmp.iterdir()) == ["file"]


# ---- failures that are not the user's -----------------------------------------------------------------


@pytest.mark.parametrize(("error", "code"), [
    (windrow_sim.Mismatch("output differs first at frame 0"), 1),
    (windrow_sim.Hang("no transfer for 4096 cycles"), 1),
    (windrow_sim.ToolMissing("no C++ compiler: apt-get install g++"), 2),
    (KeyboardInterrupt(), 130),
])
def test_exit_codes(error: BaseException, code: int, in_tmp: Path, capsys: pytest.CaptureFixture[str],
                    monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(windrow_sim, "simulate", broken)
    assert main(shlex.split(simulate("--json --out result"))) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ([f"windrow: error: {error}"] if code != 130 else [])
    assert list(Path("result").iterdir()) == []


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line(
        in_tmp: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = windrow_sim.simulate

    def slow(*arguments: Any, **options: Any) -> windrow_sim.Run:
        warnings.warn("no C++ compiler: simulating in Python", stacklevel=2)
        return real(*arguments, **options)

    monkeypatch.setattr(windrow_sim, "simulate", slow)
    assert main(shlex.split(simulate("--json"))) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["match"]
    assert err == "windrow: warning: no C++ compiler: simulating in Python\n"


# ---- plan -----------------------------------------------------------------------------------------------


def test_plan_lists_the_cheapest_first(as_json: Cli) -> None:
    answer = as_json("plan --height 32 --width 32 --in-channels 4 --out-channels 8 --kernel-size 3 "
                     "--stride 2")
    assert set(answer) == {"layer", "designs"}
    assert set(answer["layer"]) >= LAYER_KEYS
    assert all(set(design) == {*DESIGN_KEYS, "estimate"} for design in answer["designs"])
    costs = [design["multipliers"] for design in answer["designs"]]
    assert costs == sorted(costs)
    layer = wr.Conv2d(height=32, width=32, in_channels=4, out_channels=8, kernel_size=3, stride=2)
    assert costs[0] == wr.plan(layer).multipliers
    assert answer["designs"][0]["estimate"] == wr.plan(layer).summary().estimate.to_dict()
    assert all(design["interval"] <= 32 * 32 * 4 for design in answer["designs"])


PLAN = "plan --height 8 --width 8 --in-channels 3 --kernel-size 3 --padding 1"


@pytest.mark.parametrize(("options", "says"), [
    ("", "one beat (1 of 3 channels) a cycle, 192 cycles a frame; see also --pace pixel"),
    ("--lanes 3", "one pixel a cycle, 64 cycles a frame"),
    ("--pace pixel", "one pixel a cycle, 64 cycles a frame"),
    ("--pace beat --multipliers 30", "one beat (1 of 3 channels) a cycle, 192 cycles a frame with at most "
     "30 multipliers; see also --pace pixel"),
    ("--interval 64 --multipliers 30", "at most 64 cycles a frame with at most 30 multipliers"),
    ("--multipliers 30", "at most 30 multipliers"),
])
def test_plan_says_what_was_asked_for(options: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"{PLAN} {options}")) == 0
    assert says in " ".join(capsys.readouterr().out.split())


def test_plan_takes_the_lanes_that_a_pace_needs(as_json: Cli, refused: Cli) -> None:
    assert {design["lanes"] for design in as_json(PLAN)["designs"]} == {1}
    for options in ("--pace pixel", "--interval 64"):
        designs = as_json(f"{PLAN} {options}")["designs"]
        assert {(design["lanes"], design["interval"]) for design in designs} == {(3, 64)}
    assert refused(f"{PLAN} --interval 64 --lanes 1").endswith("lanes that would do: 3")


def test_flags_and_file_say_the_same(as_json: Cli) -> None:
    wr.save("layer.toml", wr.Conv2d(height=9, width=12, kernel_size=(3, 5), stride=(2, 1), dilation=(1, 2),
                                    padding=((0, 1), (2, 3)), input_type=wr.Int(4), weight_type=wr.UInt(3)))
    flags = as_json("plan --height 9 --width 12 --kernel-size 3x5 --stride 2x1 --dilation 1x2 "
                    "--padding 0,1,2,3 --input-type int4 --weight-type uint3")
    assert as_json("plan --layer layer.toml") == flags
    changed = as_json("plan --layer layer.toml --height 10")
    assert changed["layer"]["height"] == 10
    assert changed["layer"]["kernel_size"] == [3, 5]


@pytest.mark.parametrize(("text", "padding"), [
    ("1", [[1, 1], [1, 1]]), ("0x1", [[0, 0], [1, 1]]), ("0,1,2,0", [[0, 1], [2, 0]]),
    ("valid", [[0, 0], [0, 0]]), ("same", [[1, 1], [1, 1]]), ("SAME", [[1, 1], [1, 1]]),
])
def test_padding_forms(text: str, padding: list[list[int]], as_json: Cli) -> None:
    answer = as_json(f"plan --height 5 --width 7 --kernel-size 3 --padding {text}")
    assert answer["layer"]["padding"] == padding


def test_borders(as_json: Cli, refused: Cli) -> None:
    plan = "plan --height 5 --width 7 --kernel-size 3 --padding 1"
    assert as_json(f"{plan} --padding-mode reflect")["layer"]["padding_mode"] == "reflect"
    assert as_json(f"{plan} --padding-value 128")["layer"]["padding_value"] == 128
    assert not {"padding_mode", "padding_value"} & as_json(plan)["layer"].keys()
    for option, error in {
        "--padding-mode mirror":
            "padding_mode must be one of constant, edge, reflect, symmetric, not 'mirror'",
        "--padding-value 256": "padding_value must be in 0..255 (uint8), not 256",
        "--padding 2 --padding-mode edge --padding-value 1":
            "padding_value must be left out for padding_mode 'edge', not be 1",
        "--padding 2 --padding-mode reflect":
            "padding_mode must be 'constant' for hardware with this padding, not 'reflect': ",
    }.items():
        assert error in refused(f"{plan} {option}")


def test_plan_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"plan {LAYER}")) == 0
    out, err = capsys.readouterr()
    assert "multipliers" in out
    assert err == ""


# ---- simulate -------------------------------------------------------------------------------------------


def test_simulate_pseudo_random(as_json: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(simulate("--frames 2"))
    assert set(answer) == SIMULATE_KEYS
    assert set(answer["layer"]) >= LAYER_KEYS
    assert set(answer["design"]) == DESIGN_KEYS
    assert (answer["engine"], answer["frames"], answer["match"]) == ("amaranth", 2, True)
    assert answer["interval"] == answer["design"]["interval"]
    assert answer["latency"] == answer["design"]["latency"]
    assert main(shlex.split(simulate("--seed 7"))) == 0
    assert "pseudo-random weights from seed 7, pseudo-random input from seed 7" in " ".join(
        capsys.readouterr().out.split())


def test_simulate_one_frame_has_no_interval(as_json: Cli) -> None:
    assert as_json(simulate("--frames 1"))["interval"] is None


def test_simulate_with_waves(as_json: Cli, in_tmp: Path) -> None:
    as_json(simulate("--waves run.vcd --wave-cycles 20:30"))
    times = [int(line[1:]) for line in Path("run.vcd").read_text().splitlines() if line.startswith("#")]
    assert (times[0], times[-1]) == (20 * 10**9, 30 * 10**9)
    assert sorted(path.name for path in in_tmp.iterdir()) == ["run.gtkw", "run.sucl", "run.vcd"]


def test_simulate_gates(as_json: Cli, refused: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    real = windrow_sim.simulate

    def simulated(*arguments: Any, target: str | None, device: str | None, **options: Any) -> wr.Run:
        asked.update(target=target, device=device)
        return real(*arguments, **options)

    unknown = simulate("--engine icarus --target ecp6")
    assert "target must be 'ecp5' or 'ice40', not 'ecp6'" in refused(unknown)
    assert "device must be left out without a target" in refused(simulate("--device up5k"))
    # What gates do is tested elsewhere; here, that they are asked for.
    monkeypatch.setattr(windrow_sim, "simulate", simulated)
    assert as_json(simulate("--target ice40 --device up5k"))["match"]
    assert asked == {"target": "ice40", "device": "up5k"}


def test_simulate_with_stalls(as_json: Cli) -> None:
    free = as_json(simulate(""))
    stalled = as_json(simulate("--input-stall 0.4 --output-stall 0.3 --seed 3"))
    assert stalled["cycles"] > free["cycles"]


def test_simulate_a_picture_and_write_the_result(as_json: Cli) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (7, 9), dtype=np.uint8)
    Image.fromarray(pixels).save("grey.png")
    weights = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]).reshape(1, 3, 3, 1)
    np.save("edges.npy", weights)
    np.save("bias.npy", np.array([100]))
    answer = as_json("simulate grey.png --weights edges.npy --bias bias.npy --stride 2 --padding 1 "
                     "--engine amaranth --frames 1 --out results/here")
    layer = wr.Conv2d(height=7, width=9, kernel_size=3, stride=2, padding=1, bias=True)
    assert answer["layer"] == layer.to_dict()
    output = np.load("results/here/output.npy")
    assert np.array_equal(output, layer.golden(pixels.reshape(1, 7, 9, 1), weights, np.array([100])))
    with Image.open("results/here/output.png") as picture:
        assert picture.size == (5, 4)
    assert sorted(path.name for path in Path("results/here").iterdir()) == ["output.npy", "output.png"]


def test_a_picture_of_another_size_says_what_helps(in_tmp: Path, refused: Cli) -> None:
    Image.new("L", (9, 7)).save("grey.png")
    line = refused("simulate grey.png --height 8 --width 8 --kernel-size 3")
    assert line.endswith("grey.png is 7x9 (height x width), the layer takes 8x8: leave out --height and "
                         "--width, and a picture gives them")
    assert refused("watch --image grey.png --height 8 --width 8") == line


def test_simulate_colour_and_design_from_a_file(as_json: Cli) -> None:
    layer = wr.Conv2d(height=5, width=6, in_channels=3, out_channels=2, kernel_size=2)
    wr.save("design.toml", wr.Design(layer, lanes=3, pe=1, taps=2))
    Image.new("RGB", (6, 5), (10, 20, 30)).save("colour.png")
    answer = as_json("simulate colour.png --layer design.toml --engine amaranth")
    assert {key: answer["design"][key] for key in ("lanes", "pe", "taps")} == {"lanes": 3, "pe": 1, "taps": 2}
    other = as_json("simulate colour.png --layer design.toml --pe 2 --engine amaranth")
    assert {key: other["design"][key] for key in ("lanes", "pe", "taps")} == {"lanes": 3, "pe": 2, "taps": 2}


def test_simulate_several_frames_of_an_array(as_json: Cli) -> None:
    np.save("frames.npy", np.random.default_rng(0).integers(0, 256, (4, 6, 5, 1)))
    answer = as_json("simulate frames.npy --kernel-size 3 --engine amaranth")
    assert answer["frames"] == 4


# ---- verilog, doctor ------------------------------------------------------------------------------------


def test_verilog(as_json: Cli) -> None:
    first = as_json(f"verilog {LAYER} --out one")
    assert set(first["design"]) == DESIGN_KEYS
    assert first["interface"] == "axi"
    second = as_json(f"verilog {LAYER} --out two")
    text = Path(first["path"]).read_text()
    assert "endmodule" in text
    assert text == Path(second["path"]).read_text()
    assert first["path"] == "one/windrow.v"
    written = {path.as_posix() for path in Path("one").rglob("*") if path.is_file()}
    assert written == {*first["files"], "one/windrow.json"}
    assert {"one/README.md", "one/sim/testbench.v", "one/software/windrow_registers.h"} <= written
    assert re.search(r"^    input +s_axis_tvalid, +// in: a beat is on offer$", text, re.MULTILINE)


@pytest.mark.usefixtures("in_tmp")
def test_verilog_says_how_to_check_a_folder_of_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(f"verilog {LAYER} --out 'our rtl' --frames 1")) == 0
    assert "check it: make -C 'our rtl/sim'" in capsys.readouterr().out


def test_verilog_alone(as_json: Cli, in_tmp: Path) -> None:
    answer = as_json(f"verilog {LAYER} --interface stream")
    assert answer["files"] == [answer["path"]] == ["windrow.v"]
    assert [path.name for path in in_tmp.iterdir()] == ["windrow.v"]
    assert "i__payload" in Path("windrow.v").read_text()


def test_verilog_of_video(as_json: Cli, in_tmp: Path) -> None:
    answer = as_json(f"verilog {LAYER} --interface axi-video --tkeep")
    assert answer["interface"] == "axi-video"
    text = (in_tmp / answer["path"]).read_text()
    assert "s_axis_tuser" in text
    assert "m_axis_tkeep" in text


def test_verilog_with_a_name_and_more(as_json: Cli, refused: Cli) -> None:
    answer = as_json(f"verilog {LAYER} --name edges --tkeep --tdata power-of-two --locations")
    assert answer["files"] == ["edges.v"]
    text = Path("edges.v").read_text()
    assert "module edges (" in text
    assert "module edges_axi_core_line_buffer (" in text
    assert "s_axis_tkeep" in text
    assert re.search(r"^  // windrow_hdl/\S+\.py:\d+$", text, re.MULTILINE)
    assert as_json(f"verilog {LAYER} --name edges --out rtl --frames 1 --tkeep --tdata power-of-two "
                   "--locations")["path"] == "rtl/edges.v"
    assert Path("rtl/edges.v").read_text() == text
    assert "AXI4Stream_rtl" in Path("rtl/software/edges_registers.xml").read_text()
    assert "name must be a Verilog identifier, not '3x'" in refused(f"verilog {LAYER} --name 3x")
    assert "tdata and tkeep must be left out with interface 'stream', not be 'bytes' and True" in refused(
        f"verilog {LAYER} --interface stream --out plain --tkeep")
    assert not Path("plain").exists()
    assert "--frames must be left out without --out, not be 2" in refused(f"verilog {LAYER} --frames 2")


def test_verilog_over_an_older_folder(as_json: Cli, refused: Cli) -> None:
    as_json(f"verilog {LAYER} --out rtl")
    as_json(f"verilog {LAYER} --out rtl --frames 1 --clock 50 --interface stream --technology ecp5")
    assert not Path("rtl/software").exists()
    assert "FRAMES = 1;" in Path("rtl/sim/parameters.vh").read_text()
    lpf = Path("rtl/constraints/windrow.lpf")
    assert '"clk" 50 MHZ' in lpf.read_text()
    lpf.write_text("LOCATE COMP ...\n")
    assert "rtl holds constraints/windrow.lpf, which was not generated, or was changed since" in refused(
        f"verilog {LAYER} --out rtl")
    assert lpf.read_text() == "LOCATE COMP ...\n"
    assert ". must be a folder of its own" in refused(f"verilog {LAYER} --out .")
    assert "clock_mhz must be above 0 and at most 10,000, not -1.0" in refused(
        f"verilog {LAYER} --out new --clock -1")
    assert "frames must be at least 1, not 0" in refused(f"verilog {LAYER} --out new --frames 0")
    assert not Path("new").exists()


def test_doctor(as_json: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    tools = as_json("doctor")["tools"]
    assert all(set(tool) >= {"found", "version", "needed_for", "install"} for tool in tools.values())
    assert main(["doctor"]) == 0
    assert all(name in capsys.readouterr().out for name in list(tools)[:1])


def test_every_operator_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--height", "8", "--width", "8", "--json"]
    wanted = {"rank2d": ["--kernel-size", "2", "--rank", "1"], "upsample2d": ["--factor", "2x3"]}
    for name in OPERATORS:
        more = wanted.get(name, ["--kernel-size", "2"])
        assert main(["plan", "--operator", name, *flags, *more]) == 0
        said = json.loads(capsys.readouterr().out)["layer"]
        assert said.get("operator", "conv2d") == name


def test_a_global_pool(as_json: Cli) -> None:
    flags = "--operator avg-pool2d --height 6 --width 5 --channels 4 --kernel-size global"
    planned = as_json(f"plan {flags}")
    assert (planned["layer"]["kernel_size"], planned["layer"]["output_shape"]) == ([6, 5], [1, 1, 4])
    assert [planned["designs"][0][name] for name in ("taps", "buffer_bits", "interval")] == [1, 52, 120]
    run = as_json(f"simulate {flags} --lanes 2 --frames 2 --engine amaranth")
    assert (run["match"], run["interval"]) == (True, 60)
    assert as_json(f"verilog {flags} --out rtl")["files"]


@pytest.mark.parametrize(("flags", "message"), [
    (["--operator", "pool", "--kernel-size", "2"],
     "operator must be one of conv2d, max-pool2d, min-pool2d, avg-pool2d, sum-pool2d, rank2d, median2d, "
     "upsample2d, conv-transpose2d, not 'pool'"),
    (["--operator", "max-pool2d", "--kernel-size", "2", "--weight-type", "int8"],
     "--weight-type says nothing about max-pool2d, which takes --height, --width, --channels, --kernel-size, "
     "--stride, --padding, --dilation, --padding-mode, --padding-value, --input-type"),
    (["--operator", "rank2d", "--kernel-size", "2"], "the layer needs --rank (or --layer FILE.toml)"),
    (["--operator", "median2d", "--kernel-size", "global"],
     "kernel_size must be an int or (h, w), not 'global'"),
    (["--operator", "max-pool2d", "--kernel-size", "all"],
     "--kernel-size must be a number or HxW such as 3x5, not 'all'"),
    (["--kernel-size", "2", "--rank", "1"], "--rank says nothing about conv2d, which takes --height, "),
])
def test_options_that_an_operator_has_not(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--height", "8", "--width", "8", *flags]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
