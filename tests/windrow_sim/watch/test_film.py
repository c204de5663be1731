"""The film of a run: a picture for each cycle, and in each what the events say."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import windrow as wr
from windrow_cli.demo_cases import TEXTBOOK_FILTER, TEXTBOOK_IMAGE
from windrow_sim.watch import film
from windrow_sim.watch.film import _FILL, _Stage, write_film
from windrow_sim.watch.session import Watch
from windrow_sim.watch.watching import watch


@pytest.fixture(scope="module")
def seen() -> Watch:
    layer = wr.Conv2d(height=6, width=6, kernel_size=3, stride=2)
    return watch(wr.plan(layer), TEXTBOOK_IMAGE, TEXTBOOK_FILTER)


def colour(picture: Image.Image, x: float, y: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*picture.convert("RGB").getpixel((int(x), int(y))))


def test_a_picture_for_each_cycle(seen: Watch, tmp_path: Path) -> None:
    path = write_film(seen, tmp_path / "run.gif", per_second=10)
    with Image.open(path) as gif:
        assert gif.n_frames == seen.cycles
        assert gif.info["duration"] == 100
        assert gif.info["loop"] == 0
        sizes = set()
        for frame in range(gif.n_frames):
            gif.seek(frame)
            sizes.add(gif.size)
        assert len(sizes) == 1
        assert gif.info["duration"] == 2000  # the last one stays
    with Image.open(write_film(seen, tmp_path / "part.gif", first=3, end=8)) as part:
        assert part.n_frames == 5


def test_it_shows_what_happens(seen: Watch) -> None:
    """The places of pixels and outputs have the colour of their state in every cycle."""
    stage = _Stage(seen)
    design = seen.run.design
    for cycle in range(seen.cycles):
        picture = stage.picture(cycle)
        step = stage.multiplied.get(cycle)
        taps = stage._taps(step) if step is not None else set()
        for y, x in np.ndindex(6, 6):
            beat = seen.beats[y * 6 + x]
            if beat.accepted > cycle:
                state = "future"
            elif beat.accepted == cycle:
                state = "arriving"
            elif not beat.stored:
                state = "unread"
            else:
                state = "freed" if beat.freed is not None and beat.freed <= cycle else "held"
            expected = _FILL["multiplied" if (y, x) in taps else state]
            corner = (16 + x * stage.cell + stage.cell - 5, 16 + y * stage.cell + stage.cell - 5)
            assert colour(picture, *corner) == expected, (cycle, y, x)
        for output in seen.outputs:
            corner = (stage.out_left + output.column * stage.cell + stage.cell - 5,
                      16 + output.row * stage.cell + stage.cell - 5)
            sent = output.transferred
            if sent <= cycle:
                assert colour(picture, *corner) == _FILL["leaving" if sent == cycle else "done"]
    assert design.windows == len(seen.outputs)


def test_its_sentences(seen: Watch) -> None:
    stage = _Stage(seen)
    assert stage.sentence(0) == "pixel (0, 0) arrives"
    said = [stage.sentence(cycle) for cycle in range(seen.cycles)]
    assert sum("arrives" in each for each in said) == 36
    assert sum("leaves" in each for each in said) == 4
    assert sum("is multiplied" in each for each in said) == len(seen.steps)


def test_its_words_are_those_of_the_operator() -> None:
    layer = wr.MaxPool2d(height=5, width=6, channels=1, kernel_size=3)
    stage = _Stage(watch(wr.Design(layer, taps=3), layer.random_input(0), None))
    said = [stage.sentence(cycle) for cycle in range(stage.watch.cycles)]
    assert sum("is compared" in each for each in said) == len(stage.watch.steps)
    assert not any("multiplied" in each for each in said)


def test_fonts_are_loaded_once(seen: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading one takes longer than drawing a picture."""
    stage = _Stage(seen)
    stage.picture(20)
    monkeypatch.setattr("PIL.ImageFont.load_default", None)
    stage.picture(20)


def test_numbers_of_a_map_are_of_one_size(tmp_path: Path) -> None:
    """However many digits they have; one that would be too small to read is left out, and does not count."""
    layer = wr.Conv2d(height=14, width=14, kernel_size=3, stride=2)
    pixels = np.arange(196).reshape(1, 14, 14, 1)
    weights = np.zeros((1, 3, 3, 1), int)
    weights[0, 0, 0] = 127
    stage = _Stage(watch(wr.plan(layer), pixels, weights))
    assert stage.cell == 20
    assert stage.pixel_size == int(1.5 * 16 / 3) == 8
    assert stage.output_size == 8  # of 0 and 254; 3556 and 17,780 are not shown
    written: list[tuple[str, int]] = []

    class Pen:
        def rectangle(self, *_: object, **__: object) -> None: ...

        def text(self, _: object, text: str, **said: Any) -> None:
            written.append((text, said["font"].size))

    stage._image(Pen(), 60, stage.watch.steps[0], None)  # type: ignore[arg-type]
    stage._output(Pen(), stage.watch.cycles - 1)  # type: ignore[arg-type]
    assert {size for _, size in written} == {8}
    assert {"7", "42", "195", "254"} <= {text for text, _ in written}
    assert not any(len(text) > 3 for text, _ in written)


def test_several_lanes_filters_and_frames(tmp_path: Path) -> None:
    layer = wr.Conv2d(height=5, width=7, in_channels=4, out_channels=4, kernel_size=(2, 3), stride=(1, 3),
                      padding=((0, 1), (2, 0)))  # fmt: skip
    run = watch(wr.Design(layer, lanes=2, pe=2, taps=2), layer.random_input(0, 2), layer.random_weights(0))
    with Image.open(write_film(run, tmp_path / "run.gif")) as gif:
        assert gif.n_frames == run.cycles


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"first": 99_999}, ValueError, "first must be below"),
    ({"first": -1}, ValueError, "first must be at least 0, not -1"),
    ({"per_second": 60}, ValueError, "per_second must be at most 50, which is what browsers show, not 60"),
    ({"end": "all"}, TypeError, "end must be"),
])  # fmt: skip
def test_mistakes(
    seen: Watch, tmp_path: Path, options: dict[str, int], error: type[Exception], says: str
) -> None:  # fmt: skip
    with pytest.raises(error, match=f"^{re.escape(says)}"):
        write_film(seen, tmp_path / "run.gif", **options)
    assert not list(tmp_path.iterdir())


def test_a_long_one_is_cut_by_its_user(seen: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "MOST", 10)
    with pytest.raises(ValueError, match="^a film shows at most 10 cycles, not .*: say first and end$"):
        write_film(seen, tmp_path / "run.gif")
    write_film(seen, tmp_path / "run.gif", end=10)


def test_inside_a_notebook(seen: Watch) -> None:
    """A frame whose document is the page, quotes and all."""
    import html

    from windrow_sim.watch.web import page

    text = seen._repr_html_()
    found = re.fullmatch(
        r'<iframe srcdoc="([^"]*)" title="[^"]*" loading="lazy" style="[^"]*"></iframe>', text)
    assert found is not None
    assert html.unescape(found[1]) == page(seen)
