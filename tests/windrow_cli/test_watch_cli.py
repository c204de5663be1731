"""`windrow watch`: its answers and mistakes, and the page in a real browser."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from watch_page import FORWARD, SEEK, Page
from windrow_cli import main


@pytest.fixture(autouse=True)
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*shlex.split(command), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("watch", capsys)
    assert set(answer) == {"layer", "design", "engine", "frames", "cycles", "interval", "latency", "match",
                           "path"}
    assert answer["path"] == "watch.html"
    assert answer["layer"]["output_shape"] == [2, 2, 1]
    assert [path.name for path in Path().iterdir()] == ["watch.html"]


def test_the_answer_says_what_the_data_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--stride", "1"]) == 0
    assert "the textbook's image, the textbook's vertical-edge filter" in capsys.readouterr().out
    assert main(shlex.split("watch --height 7 --out-channels 2 --seed 3 --out other.html")) == 0
    assert "pseudo-random image from seed 3, pseudo-random weights from seed 3" in capsys.readouterr().out


@pytest.mark.parametrize("stride", [2, 3])
def test_pools_are_read_from_a_line_buffer(stride: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing else is said; the planner alone would take partial results."""
    answer = run(f"watch --operator max-pool2d --stride {stride} --out page.html", capsys)
    assert (answer["design"]["taps"], answer["match"]) == (2, True)


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--help"]) == 0
    assert "Example: windrow watch" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "says"), [
    ("--height 60", "watch shows at most 24 rows with padding, not 60"),
    ("--padding-mode edge", "watch shows a padding_mode of 'constant' only, not 'edge'"),
    ("--frames 99", "watch shows at most 6 frames, not 99"),
    *[(f"--operator max-pool2d {which}", "watch shows a line buffer and what is read from it, and windows "
       "that grow as their pixels arrive have none: taps must be more than 1")
      for which in ("--taps 1", "--kernel-size 1")],
    ("--out page.pdf", "--out must be a file that ends in .html or .gif, not 'page.pdf'"),
    ("--input-stall 1.5", "--input-stall must be none, light, heavy, a share of cycles "),
    ("--output-stall 111", "bursts:STALLED,FREE, not '111': "),
    ("--image nothing.png", "nothing.png cannot be read"),
    ("--seed -1", "seed must be at least 0, not -1"),
])
def test_a_mistake_is_one_line(options: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", *options.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    line, = err.splitlines()
    assert says in line
    assert not list(Path().iterdir())


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_through_all_cycles(stride: int, browser: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(f"watch --stride {stride} --out page.html", capsys)
    page = Page(browser, "page.html")
    first, last, sentence = page.state
    assert first == 0
    assert page.text("sentence") == "Pixel (0, 0) arrives; window (0, 0) still needs pixel (2, 2)."
    sentences = [sentence]
    for cycle in range(1, 6):  # with the mouse, which has to reach the button
        page.click("forward")
        assert page.cycle == cycle
        sentences.append(page.state[2])
    sentences += [sentence for sentence, _ in page.walk(FORWARD, range(6, last + 1))]
    assert not browser.find_element("id", "forward").is_enabled()
    golden = {1: 16, 2: 4, 3: 4, 4: 1}[stride]
    assert len(page.output) == golden
    assert page.output[0] == "-5"
    # The way back shows the same.
    for cycle in range(last - 1, last - 6, -1):
        page.click("back")
        assert page.state == (cycle, last, sentences[cycle])
    assert sum("still needs" in one for one in sentences) > 0
    assert sum("as output" in one for one in sentences) == golden
    assert page.complaints() == []


def test_keys_slider_link_and_playing(browser: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    run("watch --frames 2 --input-stall 0.3 --output-stall 0111 --out page.html", capsys)
    page = Page(browser, "page.html")
    last = page.state[1]
    page.press(Keys.ARROW_RIGHT)
    page.press(Keys.ARROW_RIGHT)
    page.press(Keys.ARROW_LEFT)
    assert page.cycle == 1
    page.press(Keys.END)
    assert page.cycle == last
    assert "frame 1" in page.text("output-note")
    page.press(Keys.HOME)
    assert page.cycle == 0
    browser.find_element("css selector", "#speed option[value='60']").click()
    page.click("play")
    WebDriverWait(browser, 60).until(lambda _: page.cycle == last)  # and stops there by itself
    assert not page.count("body.playing")
    page.press(" ")
    assert page.count("body.playing")
    page.press(" ")
    assert not page.count("body.playing")
    browser.execute_script("location.hash = '20'")
    WebDriverWait(browser, 10).until(lambda _: page.cycle == 20)
    page.seek(33)
    assert page.cycle == 33
    assert page.complaints() == []


@pytest.mark.parametrize("options", [
    "--padding 1 --taps 9",  # a window per cycle
    "--stride 1 --taps 5",  # a column store
    "--in-channels 2 --out-channels 4 --pe 2 --taps 3 --padding 1 --dilation 2",
    "--in-channels 4 --lanes 2 --kernel-size 2x3 --stride 1x3 --padding 0,1,2,0 --frames 3",
    "--height 1 --width 1 --kernel-size 1 --stride 1",
    "--height 2 --width 2 --padding 3 --taps 9 --frames 3",  # windows of padding alone
])
def test_other_shapes(options: str, browser: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(f"watch {options} --out page.html", capsys)
    page = Page(browser, "page.html")
    last = page.state[1]
    page.walk(SEEK, range(last + 1))
    assert page.cycle == last
    rows, columns, filters = answer["layer"]["output_shape"]
    assert page.count("#outputs .done, #outputs .leaving") == rows * columns * filters
    assert page.complaints() == []


@pytest.mark.parametrize(("options", "name", "word"), [
    ("--operator max-pool2d --padding 1 --stride 1 --channels 2 --input-type int8", "Comparison", "compared"),
    ("--operator min-pool2d --stride 1 --taps 9", "Comparison", "compared"),
    ("--operator avg-pool2d --stride 2 --taps 3", "Addition", "added"),
    ("--operator median2d --padding 1 --stride 1 --taps 9", "Ranking", "ranked"),
    ("--groups 2 --in-channels 4 --out-channels 4 --padding 1", "Multipliers", "multiplied"),
    ("--groups 2 --in-channels 2 --out-channels 4 --lanes 2 --taps 3", "Multipliers", "multiplied"),
])
def test_other_operators_and_groups(
    options: str, name: str, word: str, browser: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every output leaves with its number, in the words of the operator; nothing fails in any cycle."""
    answer = run(f"watch {options} --out page.html", capsys)
    page = Page(browser, "page.html")
    last = page.state[1]
    sentences = [sentence for sentence, _ in page.walk(SEEK, range(last + 1))]
    rows, columns, filters = answer["layer"]["output_shape"]
    assert page.count("#outputs .done, #outputs .leaving") == rows * columns * filters
    assert page.text("array-name") == name
    assert any(word in one for one in sentences)
    assert page.complaints() == []


@pytest.mark.parametrize(("options", "shown"), [
    ("--padding 1 --padding-value 7", "7"),
    ("--padding 1 --operator max-pool2d --input-type int8 --channels 2", "\N{MINUS SIGN}128"),
])
def test_padding_shows_what_it_reads(
    options: str, shown: str, browser: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(f"watch {options} --stride 1 --taps 3 --out page.html", capsys)
    page = Page(browser, "page.html")
    visible = """[...document.querySelectorAll("#array .masked text:not(.weight)")]
        .filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent)"""
    found = {text for _, texts in page.walk(SEEK, range(60), visible) for text in texts}
    assert found - {""} == {shown}


def test_sums_of_groups_are_those_of_their_channels(browser: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The sum in the last step of an output beat is what leaves."""
    run("watch --groups 2 --in-channels 4 --out-channels 2 --taps 3 --stride 1 --out page.html", capsys)
    page = Page(browser, "page.html")
    sums, left = [], []
    for sentence, text in page.walk(SEEK, range(page.state[1] + 1), 'element("sum").textContent'):
        if text:
            sums.append(text.split()[-1])
        if " leaves as output" in sentence:
            left.append(sentence.split(" leaves as output")[0].split()[-1])
    assert len(left) == 32
    assert sums[5::6] == left  # two channels of three steps each


def test_an_array_and_its_frames(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("frames.npy", np.random.default_rng(0).integers(0, 256, (2, 5, 7, 1)))
    answer = run("watch --image frames.npy --input-type uint8", capsys)
    assert (answer["frames"], answer["layer"]["height"], answer["layer"]["width"]) == (2, 5, 7)


def test_a_phone_keeps_most_of_the_page(browser: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """400 pixels wide: nothing sticks out, and the player takes a line at the bottom."""
    run("watch --padding 1 --stride 1 --taps 5 --out page.html", capsys)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True})
    page = Page(browser, "page.html")
    assert browser.execute_script("return document.documentElement.scrollWidth") == 400
    stuck = browser.execute_script("""
        const sticks = (part) => getComputedStyle(part).position === "sticky";
        return [...document.querySelectorAll("*")].filter(sticks)
          .map((part) => part.getBoundingClientRect().toJSON());
    """)
    assert len(stuck) == 1
    assert stuck[0]["height"] <= 56
    assert stuck[0]["right"] <= 400
    text, speed = browser.execute_script("""
        return ["cycle", "speed"].map((id) => document.getElementById(id).getBoundingClientRect().toJSON());
    """)
    assert text["right"] <= speed["left"]
    for button in ("first", "back", "play", "forward", "last", "cycle", "speed"):
        box = browser.execute_script(
            "return document.getElementById(arguments[0]).getBoundingClientRect().toJSON()", button)
        assert 0 <= box["left"] < box["right"] <= 400
        assert 0 <= box["top"] < box["bottom"] <= 800
    page.click("forward")
    assert page.cycle == 1
    # At the end of the page nothing lies under the buttons.
    browser.execute_script("scrollTo(0, 1e6)")
    source, controls = browser.execute_script("""
        return ["source", "play"].map((id) => document.getElementById(id).getBoundingClientRect().toJSON());
    """)
    assert source["top"] >= controls["bottom"] or source["bottom"] <= controls["top"]
    assert page.complaints() == []


def test_a_film(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("watch --out run.gif", capsys)
    assert answer["path"] == "run.gif"
    assert Path("run.gif").read_bytes().startswith(b"GIF89a")
