"""`windrow watch MODEL`: its answers and mistakes, and the page of a whole network in a real browser."""

import json
import random
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from networks import block
from pipelines import random_pipeline
from watch_page import SEEK, Page
from windrow.timing.stalls import Stalls
from windrow_cli import main
from windrow_sim.watch.pipelines.session import PipelineWatch, watch_pipeline
from windrow_sim.watch.watching import page as page_of

WORDS = {"busy": "busy", "blocked": "blocked by its output", "waiting": "waits for input", "done": "done"}


@pytest.fixture(autouse=True)
def in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(browser: Any, path: str) -> Page:
    from selenium.webdriver.support.wait import WebDriverWait

    page = Page(browser, path)
    WebDriverWait(browser, 60).until(lambda _: page.count("body.ready"))
    return page


@cache
def watched(frames: int) -> PipelineWatch:
    """A small network with two joins, under stalls."""
    pipeline = random_pipeline(block(), random.Random(1))
    return watch_pipeline(pipeline, pipeline.random_input(5, frames), frames, Stalls.random(0.3, seed=4),
                          Stalls.bursts(9, 5, seed=2), engine="amaranth")


def written(path: str, frames: int = 2) -> PipelineWatch:
    """The page of that network."""
    seen = watched(frames)
    Path(path).write_text(page_of(seen), encoding="utf-8")
    return seen


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split("watch digits --multipliers 26 --frames 2 --json")) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"network", "engine", "frames", "cycles", "interval", "latency", "match", "path"}
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=26)
    timing = pipeline.timing(2)
    assert (answer["frames"], answer["latency"], answer["interval"]) == (2, timing.latency, timing.interval)
    assert answer["cycles"] == timing.total_cycles
    assert [path.name for path in Path().iterdir()] == ["watch.html"]
    assert Path("watch.html").stat().st_size < 200_000


def test_the_answer_says_what_was_watched(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("frames.npy", wr.plan(wr.workloads.model("digits"), multipliers=9).random_input(3, 2))
    assert main(shlex.split("watch digits --multipliers 26 --image frames.npy --out page.html")) == 0
    said = capsys.readouterr().out
    assert "page.html: " in said
    assert "2 frames; frames.npy; every result of every stage and every cycle as predicted" in said


@pytest.mark.parametrize(("options", "says"), [
    ("digits", "say what to plan digits for: --multipliers N"),
    ("digits --multipliers 26 --out page.gif", "--out must be a file that ends in .html for a model, not "
                                               "'page.gif': a film shows one layer"),
    ("digits --multipliers 26 --stride 2", "digits is a whole network: leave out --stride"),
    ("digits --multipliers 26 --image nothing.png", "nothing.png cannot be read"),
    ("photo.jpg --multipliers 26", "photo.jpg must be a model"),
    ("--multipliers 26", "--multipliers must be left out without a model"),
    ("digits --multipliers 26 --output-stall 1.0", "--output-stall must be none"),
])
def test_a_mistake_is_one_line(options: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", *options.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    line, = err.splitlines()
    assert says in line
    assert not list(Path().iterdir())


def test_every_state_is_what_was_seen(browser: Any) -> None:
    """Cycle by cycle what stages do, how full queues are, which beats move: recounted from the signals."""
    seen = written("page.html")
    page = opened(browser, "page.html")
    frames = len(seen.run.x)
    for cycle in [*range(0, seen.cycles, 23), seen.cycles - 1]:
        page.seek(cycle)
        states, held, nodes, given, taken = browser.execute_script("""
            const all = (selector, value) => [...document.querySelectorAll(selector)].map(value);
            return [all(".row .state", (each) => each.textContent),
                    all(".queues .held", (each) => each.textContent),
                    all(".node", (each) => each.getAttribute("class").split(" ")[1]),
                    all(".tracks", (each) => each.querySelectorAll(".beat.leave").length),
                    all(".tracks", (each) => each.querySelectorAll(".beat.arrive").length)];
        """)
        for at, stage in enumerate(seen.stages, 1):
            out = stage.output.moved
            wanted = ("busy" if stage.work[cycle] else
                      "done" if out[: cycle + 1].sum() == frames * stage.design.output_beats else
                      "waiting" if stage.credit[cycle] else "blocked")  # fmt: skip
            assert (states[at], nodes[at]) == (WORDS[wanted], wanted)
            assert given[at] == out[cycle]
            assert taken[at] == any(stream.moved[cycle] for stream in stage.inputs)
        queues = {(queue.fifo.target, queue.fifo.port): queue for queue in seen.queues}
        wanted_held = [queues[stage.step.name, port] for stage in seen.stages
                       for port in range(len(stage.inputs)) if (stage.step.name, port) in queues]
        assert held == [f"{queue.held[cycle] // queue.fifo.write} of {queue.fifo.depth}"
                        for queue in wanted_held]
    assert page.state[:2] == (seen.cycles - 1, seen.cycles - 1)
    assert set(states[1:]) == {"done"}
    assert page.complaints() == []


def test_sentences_say_what_holds_the_network_up(browser: Any) -> None:
    seen = written("page.html", frames=1)
    page = opened(browser, "page.html")
    sentences = [sentence for sentence, _ in page.walk(SEEK, range(seen.cycles))]
    arrived = sum("of frame\u00a00 arrives" in one for one in sentences)
    assert arrived == seen.input.moved.sum()
    source_waits = sum("he input has to wait" in one for one in sentences)
    assert source_waits == (seen.input.valid & ~seen.input.ready)[: seen.cycles].sum()
    assert any("is blocked: no room before" in one for one in sentences)
    assert any("the sink is not ready" in one for one in sentences)
    left = sum("a result of frame\u00a00 leaves" in one.lower() for one in sentences)
    assert left == seen.run.design.output_beats - 1
    assert "frame\u00a00 is done: the largest is number" in sentences[-1].lower()
    assert page.complaints() == []


def test_keys_zoom_lanes_and_playing(browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    seen = written("page.html")
    page = opened(browser, "page.html")
    last = seen.cycles - 1
    page.press(Keys.ARROW_RIGHT)
    assert page.cycle == 1
    page.press(Keys.END)
    assert page.cycle == last
    page.press(Keys.HOME)
    assert page.cycle == 0
    browser.find_element("css selector", "#zoom option[value='64']").click()
    page.seek(70)
    lane, = browser.execute_script("""
        const lane = document.querySelectorAll(".lane")[3], box = lane.getBoundingClientRect();
        const at = { clientX: box.left + box.width * 10.5 / 64, clientY: box.top + 5, pointerId: 1 };
        lane.setPointerCapture = () => {};
        lane.dispatchEvent(new PointerEvent("pointerdown", at));
        return [box.width];
    """)
    assert lane > 300
    assert page.cycle == 74  # the view begins with cycle 64
    browser.find_element("css selector", "#zoom option[value='all']").click()
    browser.find_element("css selector", "#speed option[value='2000']").click()
    page.click("play")
    WebDriverWait(browser, 60).until(lambda _: page.cycle == last)
    assert not page.count("body.playing")
    browser.execute_script("location.hash = '20'")
    WebDriverWait(browser, 10).until(lambda _: page.cycle == 20)
    assert page.complaints() == []


@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_sticks_out(width: int, browser: Any) -> None:
    written("page.html", frames=1)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})
    page = opened(browser, "page.html")
    page.seek(100)
    room, wide, outside = browser.execute_script("""
        const room = document.documentElement.clientWidth;  // beside a scroll bar
        const boxes = [...document.querySelectorAll("#score *, #sentence, .controls *")]
          .map((part) => part.getBoundingClientRect());
        return [room, document.documentElement.scrollWidth,
                boxes.filter((box) => box.right > room + 1 || box.left < 0).length];
    """)
    assert (wide, outside) == (room, 0)
    text, speed = browser.execute_script("""
        return ["cycle", "speed"].map((id) => document.getElementById(id).getBoundingClientRect().toJSON());
    """)
    assert text["right"] <= speed["left"] or text["bottom"] <= speed["top"]
    assert page.complaints() == []
