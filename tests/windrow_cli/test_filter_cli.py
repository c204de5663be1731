"""`windrow filter`: pictures in, pictures out, equal to OpenCV; the JSON object, the page, and mistakes."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import windrow as wr
from installed import needs
from windrow.filters import FILTERS
from windrow.storage.images import photograph_file
from windrow_cli import main
from windrow_sim.runs.board import SimulatedBoard

KEYS = ["filter", "input_shape", "output_shape", "pixels", "interval", "latency", "match", "files"]
RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (11, 9), np.uint8)
COLOUR = RANDOM.integers(0, 256, (12, 10, 3), np.uint8)

Run = Callable[[str], Any]


def pixels(name: str) -> np.ndarray:
    with Image.open(name) as opened:
        return np.asarray(opened)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(GREY).save("grey.png")
    Image.fromarray(COLOUR).save("photo.png")
    return tmp_path


@pytest.fixture
def made(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with `--json`; its object, and the picture that it wrote."""
    def call(command: str) -> tuple[dict[str, Any], Any]:
        whole = ["filter", *shlex.split(command), "--engine", "amaranth", "--json"]
        assert main(whole) == 0, capsys.readouterr().err
        record = json.loads(capsys.readouterr().out)
        return record, pixels(record["files"][0])

    return call


@pytest.fixture
def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must end as a user's mistake: the one line that it prints, and no new file."""
    def call(command: str) -> str:
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert main(["filter", *shlex.split(command)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
        return err.removeprefix("windrow: error: ").rstrip()

    return call


def test_a_colour_picture(made: Run) -> None:
    record, picture = made("photo.png --filter gaussian --kernel-size 5 --stride 2 --border reflect "
                           "--out out.png")
    assert list(record) == KEYS
    want = cv2.GaussianBlur(COLOUR, (5, 5), 0)[::2, ::2]
    assert picture.tolist() == want.tolist()
    assert {name: record[name] for name in KEYS[:5]} == {
        "filter": "gaussian", "input_shape": [12, 10, 3], "output_shape": [6, 5, 3], "pixels": 1,
        "interval": 120}
    assert record["match"] is True
    assert record["files"] == ["out.png"]
    assert record["latency"] > 20


def test_a_grey_picture(made: Run, folder: Path) -> None:
    record, picture = made("grey.png --filter median")
    assert picture.tolist() == cv2.medianBlur(GREY, 3).tolist()
    assert record["files"] == ["grey-median.png"]
    assert sorted(path.name for path in folder.iterdir()) == ["grey-median.png", "grey.png", "photo.png"]


def test_a_kernel_of_ones_own(made: Run) -> None:
    record, picture = made('grey.png --kernel "1 2 1; 2 4 2; 1 2 1" --scale 1/16 --out out.png')
    assert record["filter"] == "filter2d"
    kernel = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16
    assert picture.tolist() == cv2.filter2D(GREY, -1, kernel).tolist()


def test_edges_are_magnitudes(made: Run) -> None:
    want = cv2.convertScaleAbs(cv2.Sobel(GREY, cv2.CV_16S, 0, 1))
    assert made("grey.png --filter sobel --dx 0 --dy 1")[1].tolist() == want.tolist()
    want = cv2.Sobel(GREY, cv2.CV_8U, 0, 1)
    assert made("grey.png --filter sobel --dx 0 --dy 1 --result saturated")[1].tolist() == want.tolist()


def test_the_photograph(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's, where none is named."""
    command = "filter --filter gaussian --kernel-size 5 --stride 4 --out small.png --json"
    assert main(command.split()) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["input_shape"] == [600, 512, 3]
    assert record["interval"] == 600 * 512
    with Image.open(photograph_file()) as photo:
        want = cv2.GaussianBlur(np.asarray(photo), (5, 5), 0)[::4, ::4]
    assert pixels("small.png").tolist() == want.tolist()


def test_several_stages(made: Run) -> None:
    record, picture = made("photo.png --filter open --element cross --stride 3")
    element = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    assert picture.tolist() == cv2.morphologyEx(COLOUR, cv2.MORPH_OPEN, element)[::3, ::3].tolist()
    assert record["interval"] == 120
    pipeline = wr.plan(wr.filters.open(12, 10, element="cross", stride=3, channels=3), interval=120)
    assert record["latency"] == pipeline.latency


def test_a_sensor_s_picture(made: Run) -> None:
    raw = RANDOM.integers(0, 256, (8, 6), np.uint8)
    Image.fromarray(raw).save("raw.png")
    record, picture = made("raw.png --filter bayer --pattern grbg --pixels 2")
    assert picture.tolist() == cv2.cvtColor(raw, cv2.COLOR_BayerGRBG2RGB).tolist()
    assert (record["input_shape"], record["output_shape"]) == ([8, 6, 1], [8, 6, 3])


def test_several_pixels_a_beat(made: Run) -> None:
    record, picture = made("photo.png --filter gaussian --stride 2 --pixels 4")
    assert picture.tolist() == cv2.GaussianBlur(COLOUR, (3, 3), 0)[::2, ::2].tolist()
    assert (record["pixels"], record["interval"]) == (4, 12 * 3)
    record, picture = made("grey.png --filter close --stride 3 --pixels 8")
    assert picture.tolist() == cv2.morphologyEx(GREY, cv2.MORPH_CLOSE, np.ones((3, 3)))[::3, ::3].tolist()
    assert (record["pixels"], record["interval"]) == (8, 11 * 2)
    assert record["latency"] > 22  # a stage behind the other


def test_grey_of_colours(made: Run) -> None:
    """Pillow has red first, so the filter is asked for that order."""
    want = cv2.cvtColor(COLOUR, cv2.COLOR_RGB2GRAY)
    assert made("photo.png --filter grey")[1].tolist() == want.tolist()
    pillow = np.asarray(Image.fromarray(COLOUR).convert("L"))
    assert made("photo.png --filter box --grey")[1].tolist() == cv2.blur(pillow, (3, 3)).tolist()


def test_frames_back_to_back(made: Run, folder: Path) -> None:
    frames = RANDOM.integers(0, 256, (3, 8, 6), np.uint8)
    for at, frame in enumerate(frames):
        Image.fromarray(frame).save(f"frame-{at}.png")
    record, _ = made("frame-0.png frame-1.png frame-2.png --filter erode --out eroded.png")
    assert record["files"] == [f"eroded-{at}.png" for at in range(3)]
    for at, frame in enumerate(frames):
        want = cv2.erode(frame, np.ones((3, 3)))
        assert pixels(f"eroded-{at}.png").tolist() == want.tolist()
    record, _ = made("'frame-*.png' --filter erode --out eroded.gif --page page.html")
    assert record["files"] == ["eroded.gif", "page.html"]
    record, _ = made("eroded.gif --filter dilate --grey --out opened.apng")
    with Image.open("opened.apng") as opened:
        for at, frame in enumerate(frames):
            opened.seek(at)
            want = cv2.morphologyEx(frame, cv2.MORPH_OPEN, np.ones((3, 3)))
            assert np.asarray(opened.convert("L")).tolist() == want.tolist()


def test_text(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    command = "filter grey.png --filter close --clock 150 --engine amaranth --out out.png"
    assert main(shlex.split(command)) == 0
    out = capsys.readouterr().out
    facts = dict(re.findall(r"^ ([a-z ]{14}) (\S.*)$", out, re.MULTILINE))
    facts = {name.strip(): text for name, text in facts.items()}
    assert facts["input"] == facts["output"] == "9x11, grey"
    assert facts["values"] == "OpenCV's close"
    assert facts["pixels a cycle"] == "1"
    assert facts["interval"] == "99 cycles a frame"
    assert facts["speed"] == f"{150e6 / 99:,.1f} frames/s at 150 MHz"
    assert facts["multipliers"] == "0"
    assert int(facts["latency"].split()[0]) > 40
    assert facts["check"] == "every value and every cycle as predicted"
    assert out.splitlines()[0] == "Stages, each alone"
    assert re.search(r"MaxPool2d +11x9x1 +11x9x1 +3x3 +1x1 +0 ", out)
    assert out.rstrip().endswith("Files: out.png")


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filter", "--list"]) == 0
    out = capsys.readouterr().out
    for name in FILTERS:
        assert re.search(rf"^ +{name} ", out, re.MULTILINE)
    assert main(["filter", "--list", "--json"]) == 0
    filters = json.loads(capsys.readouterr().out)["filters"]
    assert list(filters) == list(FILTERS)
    assert filters["gaussian"] == ["--kernel-size", "--sigma", "--separable", "--stride", "--border"]


def test_page(made: Run, folder: Path, browser: Any) -> None:
    made("photo.png --filter pyramid-down --out out.png --page 'a <b>.html'")
    browser.get((folder / "a <b>.html").as_uri())
    images = browser.find_elements("tag name", "img")
    sizes = [browser.execute_script("return [arguments[0].naturalWidth, arguments[0].naturalHeight]", each)
             for each in images]
    assert sizes == [[10, 12], [5, 6]]
    assert [each.text for each in browser.find_elements("tag name", "figcaption")] == [
        "in: photo.png, 10x12, colour", "out: pyramid-down, 5x6, colour"]
    assert browser.title == "pyramid-down of photo.png, 10x12, colour"
    browser.set_window_size(400, 900)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("command", "text"), [
    ("", "say what to do with --filter NAME; --list shows all"),
    ("photo.png", "say what to do with --filter NAME; --list shows all"),
    ("photo.png --filter blur", "--filter must be one of gaussian, box, "),
    ("photo.png --filter box --sigma 2",
     "--sigma says nothing about box, which takes --kernel-size, --separable, --stride, --border"),
    ("photo.png --filter box --kernel-size 3by3",
     "--kernel-size must be a number or HxW such as 3x5, not '3by3'"),
    ("photo.png --filter box --kernel-size 40", "kernel_size must be in 1..31, not 40"),
    ("photo.png --filter filter2d", 'filter2d needs --kernel "1 2 1; 2 4 2; 1 2 1"'),
    ("photo.png --kernel '1 2; 3'",
     '--kernel must be rows of whole numbers such as "1 2 1; 2 4 2; 1 2 1", not'),
    ("photo.png --kernel 1.5", '--kernel must be rows of whole numbers such as "1 2 1; 2 4 2; 1 2 1", not'),
    ("photo.png --kernel 1 --scale 1/0", "--scale must be a number such as 0.25 or 1/16, not '1/0'"),
    ("photo.png --filter median --border wrap",
     "border must be 'constant', 'edge', 'reflect' or 'symmetric', not"),
    ("photo.png --filter gaussian --kernel-size 31",
     "top padding must be in 0..11 for padding_mode 'reflect' and height=12, not 15"),
    ("photo.png --filter sobel --result signed",
     "a picture holds 0 to 255, and what comes out is int15: --result saturated or absolute"),
    ("grey.png --filter grey", "grey takes colour pictures"),
    ("photo.png --filter canny", "canny takes grey pictures: add --grey"),
    ("photo.png --filter box --clock 0", "--clock must be positive, not 0"),
    ("photo.png --filter box --clock nan", "--clock must be positive, not nan"),
    ("photo.png --filter erode --kernel-size 17", "kernel_size must be in 1..15, not 17"),
    ("photo.png --filter box --engine fast", "engine must be 'auto', 'amaranth'"),
    ("photo.png --filter box --out out.jpg", "out.jpg must end in .png, "),
    ("photo.png --filter box --out photo.png", "photo.png is an input, which is never overwritten"),
    ("photo.png --filter box --page photo.png", "--page must be a file of its own, not photo.png"),
    ("photo.png grey.png --filter box",
     "all pictures must have one size: photo.png is 10x12, grey.png is 9x11"),
    ("nothing.png --filter box", "nothing.png cannot be read: No such file or directory"),
    ("photo.png --filter box --pixels 11", "pixels must be in 1..10 for width=10, not 11"),
])
def test_mistakes(refused: Run, command: str, text: str) -> None:
    assert refused(command).startswith(text)


# ---- on a board -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_through_a_simulated_board(stride: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("amaranth_boards", "fpga")
    command = ["filter", "grey.png", "--filter", "gaussian", "--stride", str(stride), "--out", "out.png"]
    assert main([*command, "--board", "ulx3s-85f"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "ulx3s-85f, simulated: 1 frames in" in said
    assert "check every value as predicted" in said
    rate = 100e6 / wr.plan(wr.filters.gaussian(11, 9, stride=stride), pixels=1).interval
    assert f"speed {rate:,.1f} frames/s at 100 MHz" in said  # the clock of the board
    assert np.array_equal(pixels("out.png"), cv2.GaussianBlur(GREY, (3, 3), 0)[::stride, ::stride])


def test_a_bitstream(folder: Path, made: Run, capsys: pytest.CaptureFixture[str]) -> None:
    needs("amaranth_boards", "fpga")
    command = "filter grey.png --filter sobel --board arty-a7-35 --bitstream build --json"
    assert main(shlex.split(command)) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["filter"], record["board"]) == ("sobel", "arty-a7-35")
    pipeline = wr.plan(wr.filters.sobel(11, 9), pixels=1)
    assert record["datapath_fps"] == record["clock_mhz"] * 1e6 / pipeline.interval
    assert main(shlex.split(command.removesuffix("--json"))) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"clock {record['clock_mhz']:g} MHz" in said
    assert f"datapath {record['datapath_fps']:,.1f} frames/s" in said
    assert {Path(file).name for file in record["files"]} >= {"top.v", "build_top.sh"}


@pytest.mark.parametrize(("options", "message"), [
    ("--port /dev/null", "--port and --bitstream are for a board: say which with --board NAME"),
    ("--board icebreaker --engine amaranth",
     "--engine is for the filter alone: leave it out with --board"),
    ("--board icebreaker --pixels 4",
     "--pixels must be 1 with --board, whose line brings one at a time, not 4"),
    ("--board icebreaker --clock 100",
     "--clock must be left out with --board, which has a clock of its own"),
    ("--board icebreaker --port /dev/null --bitstream b",
     "--bitstream is built and --port is used: give one of them"),
    ("--board icebreaker --bitstream b --out x.png",
     "--bitstream filters no picture: leave out --out and --page"),
    ("--board icebreaker --port /dev/null", "/dev/null is not a serial port: Inappropriate ioctl for device"),
    ("--board nope", "board must be one of `windrow boards`, not 'nope'; there are: "),
])  # fmt: skip
def test_mistakes_with_boards(options: str, message: str, refused: Run) -> None:
    needs("amaranth_boards", "fpga")
    assert message in refused(f"grey.png --filter gaussian {options}")


def test_a_board_with_another_filter(folder: Path, refused: Run) -> None:
    needs("amaranth_boards", "fpga")
    pipeline = wr.plan(wr.filters.gaussian(11, 9, stride=2), pixels=1)
    with SimulatedBoard("ulx3s-85f", pipeline) as board:
        said = refused(f"grey.png --filter gaussian --board ulx3s-85f --port {board.device}")
    assert "the board holds network 'gaussian', 11 x 9 x 1 -> 6 x 5 x 1, not this gaussian for " in said
