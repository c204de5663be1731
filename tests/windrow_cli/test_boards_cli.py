"""`windrow boards`, `build` and `run`: promised keys, one-line errors, and frames through a board's port."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from installed import needs
from windrow.workloads.drawings import drawings
from windrow_cli import main
from windrow_hdl import boards
from windrow_sim.runs.board import SimulatedBoard

for package in ("amaranth_boards", "serial"):
    needs(package, "fpga")

# The design of tests/windrow_sim/runs/test_board.py: its simulator is built once.
LAYER = wr.Conv2d(height=16, width=20, kernel_size=3, stride=2, padding=1, out_channels=2)
DESIGN = wr.Design(LAYER, pe=2, taps=3)
FLAGS = "--height 16 --width 20 --kernel-size 3 --stride 2 --padding 1 --out-channels 2 --pe 2 --taps 3"


def run_json(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def mistake(command: str, capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    assert main(shlex.split(command)) == code
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.strip().splitlines()[-1]


@pytest.fixture
def port() -> Iterator[str]:
    """The port of a board with DESIGN and the weights of seed 0."""
    with SimulatedBoard("icebreaker", DESIGN, LAYER.random_weights(0)) as board:
        yield board.device


# ---- windrow boards, windrow build ------------------------------------------------------------------------


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json("boards", capsys)["boards"]
    assert {"ulx3s-85f", "orangecrab-r0.2-25f", "icebreaker", "arty-a7-35"} <= {one["board"] for one in found}
    assert all(set(one) == {"board", "title", "family", "clock_mhz", "baud", "built"} for one in found)
    assert main(["boards"]) == 0
    assert "iCEBreaker" in capsys.readouterr().out


def test_build_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(f"build --board arty-a7-35 {FLAGS} --out {tmp_path}", capsys)
    assert set(found) >= {"board", "bitstream", "lut", "ff", "bram", "dsp", "fmax_mhz", "clock_mhz"}
    assert (found["built"], found["bitstream"], found["clock_mhz"]) == (False, None, 100.0)
    assert found["weights"] == "pseudo-random weights from seed 0"
    assert all(Path(path).is_file() for path in found["files"])


def test_build_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    def build(name: str, design: wr.Design, *_: object, **options: Any) -> boards.Build:
        assert options["progress"]
        options["progress"]("a phase")
        return boards.Build(boards.BOARDS[name], design, clock_mhz=36.0, baud=3_000_000, lut=1410, ff=900,
                            bram=6, dsp=3, fmax_mhz=40.5, seed=2, bitstream=tmp_path / "x.bin")

    monkeypatch.setattr(boards, "build", build)
    assert main(shlex.split("build --board icebreaker")) == 0
    said = capsys.readouterr()
    for text in ("1,410 of 5,280", "6 of 30", "3 of 8", "40.5 MHz reached, 4.5 MHz to spare", "iceprog "):
        assert text in " ".join(said.out.split())
    assert "a phase" in said.err


def test_build_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(f"build digits --multipliers 16 --board arty-a7-35 --out {tmp_path}", capsys)
    assert found["design"]["network"]["name"] == "digits"
    assert (found["design"]["interval"], found["weights"]) == (4608, "weights of digits")
    assert main(shlex.split(f"build digits --multipliers 16 --board arty-a7-35 --out {tmp_path}")) == 0
    assert "digits, 16 x 16 x 1 -> 1 x 1 x 10" in " ".join(capsys.readouterr().out.split())


def test_build_that_misses_its_clock_fails(capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object, **__: object) -> None:
        raise boards.TimingMissed("too slow", boards.Build(boards.BOARDS["icebreaker"], DESIGN, 36.0, 9600))

    monkeypatch.setattr(boards, "build", build)
    assert mistake("build --board icebreaker", capsys, code=1) == "windrow: error: too slow"


@pytest.mark.parametrize(("command", "message"), [
    ("build", "Missing option '--board'."),
    ("build --board icebraker",
     "board must be one of `windrow boards`, not 'icebraker'; nearest: icebreaker"),
    ("build --board icebreaker --clock 5", "clock must be one that the PLL can make of 12 MHz, not 5 MHz; "),
    ("build --board icebreaker --clock nan", "clock must be above 0 MHz, not nan"),
    ("build --board ulx3s-85f --clock inf", "clock must be above 0 MHz, not inf"),
    ("build --board icebreaker --baud 7000000", "baud must be within 2% of what 36 MHz divides to, not 7,"),
    ("build --board icebreaker --height 64", "the layer needs --width, --kernel-size (or --layer FILE.toml)"),
    ("build digits --board icebreaker", "say what to plan digits for: --multipliers N, --interval CYCLES"),
    ("build digits --board icebreaker --multipliers 9 --pe 2 --seed 1",
     "digits is a whole network: leave out --pe, --seed"),
    ("build digit --board icebreaker", "digit must be a model, MODEL.tflite|MODEL.onnx|digits; "),
    ("build --board icebreaker --multipliers 9",
     "--multipliers must be left out without a model (.tflite or .onnx)"),
    ("run digits --port /dev/null --multipliers 9",
     "--multipliers must be left out: the board says how fast its network is"),
    ("run digits --port /dev/null --resize --taps 3",
     "digits is a whole network: leave out --taps, --resize"),
    ("run digits --simulate", "say what to plan digits for: --multipliers N, --interval CYCLES"),
    ("run digits --simulate --frames 0", "--frames must be at least 1, not 0"),
    ("run photo.png other.png --simulate",
     "other.png must be left out: only a model takes a second file, and photo.png is none"),
    ("run --simulate --interval 9", "--interval must be left out without a model (.tflite or .onnx)"),
    ("run", "give --port DEV for a board, or --simulate for a simulated one"),
    ("run --simulate --port /dev/null", "give --port DEV for a board, or --simulate for a simulated one"),
    ("run --port /dev/null", "/dev/null is not a serial port: "),
    ("run --port /dev/ttyNOPE7", "no device /dev/ttyNOPE7; there "),
    ("run --port /dev/null --board nope", "board must be one of `windrow boards`, not 'nope'"),
])  # fmt: skip
def test_mistakes(command: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert mistake(command, capsys).startswith(f"windrow: error: {message}")


# ---- windrow run ------------------------------------------------------------------------------------------


def test_run_asks_the_board_what_it_holds(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.stack([LAYER.random_input(seed) for seed in (5, 6)])
    np.save(tmp_path / "x.npy", x)
    found = run_json(f"run --port {port} {tmp_path / 'x.npy'} --out {tmp_path}", capsys)
    assert set(found) >= {"board", "port", "simulated", "layer", "design", "frames", "fps", "seconds",
                          "resent", "restarts", "damaged", "board_damaged", "board_refused", "match"}
    assert (found["frames"], found["match"], found["simulated"]) == (2, True, False)
    assert found["design"]["pe"] == 2
    assert np.array_equal(np.load(tmp_path / "output.npy"), LAYER.golden(x, LAYER.random_weights(0)))


def test_run_simulated_with_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = pytest.importorskip("PIL.Image", reason="pip install 'windrow-fpga[explore]'")
    image.fromarray(np.arange(64 * 80, dtype=np.uint8).reshape(64, 80)).save(tmp_path / "photo.png")
    command = f"run --simulate {FLAGS} {tmp_path / 'photo.png'}"
    wrong = f"windrow: error: {tmp_path / 'photo.png'} is 64x80 (height x width), the layer takes 16x20: "
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("windrow_sim.runs.board.SimulatedBoard", lambda *_: pytest.fail("built first"))
        assert mistake(command, capsys) == f"{wrong}--resize scales it"
    assert main(shlex.split(f"{command} --resize --frames 3")) == 0
    said = capsys.readouterr()
    assert "3 in " in said.out
    assert "every value as predicted" in said.out
    assert "frame 3.0 of 3" in said.err


@pytest.mark.parametrize(("options", "message"), [
    ("--seed 1", "the board's bitstream was not built with pseudo-random weights from seed 1: give the "),
    ("--height 8 --width 8 --kernel-size 3", "the board holds Conv2d(16x20x1 -> 8x10x2, "),
    (FLAGS.replace("--pe 2", "--pe 1"), "the board holds lanes 1, pe 2, taps 3: 6 multipliers, fold 3, not "),
    ("--frames 0", "--frames must be at least 1, not 0"),
])  # fmt: skip
def test_run_refuses_what_the_board_does_not_hold(
    options: str, message: str, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mistake(f"run --port {port} {options}", capsys).startswith(f"windrow: error: {message}")


def test_run_notices_a_wrong_value(port: str, capsys: pytest.CaptureFixture[str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    golden = wr.Conv2d.golden

    def other(*arguments: Any) -> Any:
        y = golden(*arguments)
        y[0, 1, 2, 1] += 7
        return y

    monkeypatch.setattr(wr.Conv2d, "golden", other)
    said = mistake(f"run --port {port}", capsys, code=1)
    assert said.startswith("windrow: error: frame 0: 1 of 160 values are wrong, the first at (1, 2, 1): ")


def test_run_says_how_far_it_came(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from windrow.board.host import Host

    with SimulatedBoard("icebreaker", DESIGN, LAYER.random_weights(0)) as board:
        answers, device = Host._answers, board.device

        def unplugs(host: Host, wait: float) -> Any:
            for answer in answers(host, wait):
                yield answer
                if answer.words[0] > 1000:
                    board.unplug()

        monkeypatch.setattr(Host, "_answers", unplugs)
        said = mistake(f"run --port {device} --frames 9", capsys)
    assert said.startswith(f"windrow: error: {device} has gone away: was the board unplugged, or switched")
    assert said.endswith(" of 9 frames were done)")


# ---- windrow run MODEL ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits() -> SimulatedBoard:
    needs("tflite", "models")
    return SimulatedBoard("icebreaker", wr.plan(wr.workloads.model("digits"), multipliers=16))


def test_run_a_model(digits: SimulatedBoard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures in, classes out, and the cycles that the board counted."""
    needs("matplotlib", "explore")
    x, shows = drawings(3, 11)
    np.save(tmp_path / "digits.npy", x.astype(np.int64) - 128)
    command = f"run digits {tmp_path / 'digits.npy'}"
    with digits as board:
        found = run_json(f"{command} --port {board.device} --out {tmp_path}", capsys)
        assert set(found) == {"board", "port", "simulated", "network", "interval", "latency", "frames",
                              "cycles", "classes", "fps", "seconds", "resent", "restarts", "damaged",
                              "board_damaged", "board_refused", "match"}
        assert (found["network"], found["interval"], found["match"]) == ("digits", 4608, True)
        assert found["classes"] == shows.tolist()
        # tests/windrow_sim/runs/test_network_board.py compares such counts with the law.
        assert len(set(found["cycles"])) == 1
        assert 0 < found["cycles"][0] < found["latency"]
        output = np.load(tmp_path / "output.npy")
        assert np.array_equal(output.reshape(3, 10).argmax(axis=1), shows)
        other = tmp_path / "other.tflite"
        for text, message in (
            (f"run --port {board.device}", "the board holds network 'digits', 16 x 16 x 1 -> 1 x 1 x 10: "),
            (f"{command} --port {board.device} --frames 4", "--frames must be left out or be 3 for "),
            (f"run {other} --port {board.device}", f"{other}: "),
        ):
            assert mistake(text, capsys).startswith(f"windrow: error: {message}")
    with digits as board:
        assert main(shlex.split(f"{command} --port {board.device}")) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert f"0 {shows[0]} " in said
        assert "every value as predicted" in said


def test_a_model_on_a_board_that_holds_another(port: str, digits: SimulatedBoard, capsys: Any,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    said = mistake(f"run digits --port {port}", capsys)
    assert said.startswith("windrow: error: the board holds Conv2d(16x20x1 -> 8x10x2, ")
    assert said.endswith(", not the network 'digits'")
    monkeypatch.setattr("windrow_cli.links.networks.network_digest", lambda _: b"others")
    with digits as board:
        said = mistake(f"run digits --port {board.device}", capsys)
    assert said.startswith("windrow: error: the board holds network 'digits', 16 x 16 x 1 -> 1 x 1 x 10, ")
    assert "which is not that of digits: give the model that" in said
