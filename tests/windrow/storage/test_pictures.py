"""Pictures as frames: every kind of file, what is refused, and files that are whole."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from windrow.storage.pictures import Pictures, check_place, read_pictures, write_pictures

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 7), np.uint8)
COLOUR = RANDOM.integers(0, 256, (5, 7, 3), np.uint8)


def save(path: Path, array: Any, mode: str | None = None, **more: Any) -> Path:
    Image.fromarray(array, mode).save(path, **more) if mode else Image.fromarray(array).save(path, **more)
    return path


def test_grey_and_colour(tmp_path: Path) -> None:
    found = read_pictures([save(tmp_path / "g.png", GREY)])
    np.testing.assert_array_equal(found.frames, GREY[None, :, :, None])
    assert found.words == "7x5, grey"
    found = read_pictures([save(tmp_path / "c.png", COLOUR)])
    np.testing.assert_array_equal(found.frames, COLOUR[None])
    both = read_pictures([tmp_path / "g.png", tmp_path / "c.png"])
    np.testing.assert_array_equal(both.frames, [np.repeat(GREY[:, :, None], 3, axis=2), COLOUR])
    assert both.words == "2 frames of 7x5, colour"
    assert both.names == (str(tmp_path / "g.png"), str(tmp_path / "c.png"))
    np.testing.assert_array_equal(read_pictures([tmp_path / "c.png"], grey=True).frames[0, :, :, 0],
                                  np.asarray(Image.fromarray(COLOUR).convert("L")))


def test_a_palette_is_its_colours(tmp_path: Path) -> None:
    picture = Image.fromarray(COLOUR).quantize(8)
    picture.save(tmp_path / "p.png")
    found = read_pictures([tmp_path / "p.png"])
    np.testing.assert_array_equal(found.frames[0], np.asarray(picture.convert("RGB")))


def test_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(GREY > 127).save(tmp_path / "b.png")
    found = read_pictures([tmp_path / "b.png"])
    np.testing.assert_array_equal(found.frames[0, :, :, 0], (GREY > 127) * 255)


def test_turned_as_the_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    save(tmp_path / "turned.png", GREY, exif=exif)
    np.testing.assert_array_equal(read_pictures([tmp_path / "turned.png"]).frames[0, :, :, 0],
                                  np.rot90(GREY, -1))


def test_transparency(tmp_path: Path) -> None:
    alpha = np.full((5, 7, 1), 255, np.uint8)
    opaque = save(tmp_path / "o.png", np.concatenate([COLOUR, alpha], axis=2))
    np.testing.assert_array_equal(read_pictures([opaque]).frames[0], COLOUR)
    alpha[2, 3] = 0
    holes = save(tmp_path / "h.png", np.concatenate([COLOUR, alpha], axis=2))
    with pytest.raises(ValueError, match=r"h.png is transparent in places: say what is behind it"):
        read_pictures([holes])
    want = COLOUR.copy()
    want[2, 3] = 0x20, 0x40, 0x60
    np.testing.assert_array_equal(read_pictures([holes], background="#204060").frames[0], want)
    with pytest.raises(ValueError, match=r"^background must be a colour such as white .*, not 'red-ish'$"):
        read_pictures([holes], background="red-ish")
    grey = save(tmp_path / "l.png", np.stack([GREY, alpha[:, :, 0]], axis=2), "LA")
    want = GREY.copy()
    want[2, 3] = 255
    np.testing.assert_array_equal(read_pictures([grey], background="white").frames[0, :, :, 0], want)


@pytest.mark.parametrize("array", [GREY.astype(np.uint16) * 256, GREY.astype(np.int32),
                                   GREY.astype(np.float32)])
def test_more_than_8_bits(tmp_path: Path, array: Any) -> None:
    path = save(tmp_path / "deep.tif", array)
    what = "floats" if array.dtype == np.float32 else "more than 8 bits a channel"
    with pytest.raises(ValueError, match=rf"deep.tif holds {what}: make it a picture of 8 bits first$"):
        read_pictures([path])


def test_colours_of_16_bits(tmp_path: Path) -> None:
    """Pillow itself would shorten them without a word."""
    path = tmp_path / "deep.ppm"
    path.write_bytes(b"P6 2 1 65535\n" + bytes(range(12)))
    with pytest.raises(ValueError, match=r"deep.ppm holds more than 8 bits a channel: make it a picture"):
        read_pictures([path])
    cv2.imwrite(str(tmp_path / "deep.png"), RANDOM.integers(0, 65536, (4, 4, 3), np.uint16))
    with pytest.raises(ValueError, match=r"deep.png holds more than 8 bits a channel: make it a picture"):
        read_pictures([tmp_path / "deep.png"])


def test_broken_files(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(ValueError, match=r"empty.png is empty$"):
        read_pictures([tmp_path / "empty.png"])
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"text.png is not a picture that Pillow can read$"):
        read_pictures([tmp_path / "text.png"])
    whole = save(tmp_path / "whole.png", RANDOM.integers(0, 256, (64, 64), np.uint8)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"cut.png cannot be read: "):
        read_pictures([tmp_path / "cut.png"])
    with pytest.raises(ValueError, match=r"none.png cannot be read: No such file or directory$"):
        read_pictures([tmp_path / "none.png"])
    with pytest.raises(ValueError, match=r"^no file is called .*frame-\*.png$"):
        read_pictures([tmp_path / "frame-*.png"])


def test_sizes_that_differ(tmp_path: Path) -> None:
    files = [save(tmp_path / "a.png", GREY), save(tmp_path / "b.png", GREY.T.copy())]
    with pytest.raises(ValueError, match=r"^all pictures must have one size: .*a.png is 7x5, .* is 5x7"):
        read_pictures(files)


def test_sequences(tmp_path: Path) -> None:
    frames = RANDOM.integers(0, 256, (11, 5, 7, 1), np.uint8)
    files = write_pictures(tmp_path / "frame.png", Pictures(frames, ("",) * 11))
    assert [file.name for file in files[::5]] == ["frame-00.png", "frame-05.png", "frame-10.png"]
    found = read_pictures([tmp_path / "frame-*.png"])
    np.testing.assert_array_equal(found.frames, frames)
    assert found.names == tuple(map(str, files))


@pytest.mark.parametrize("name", ["a.gif", "a.apng"])
def test_animations(tmp_path: Path, name: str) -> None:
    frames = RANDOM.integers(0, 256, (3, 5, 7, 1), np.uint8)
    files = write_pictures(tmp_path / name, Pictures(frames, ("",) * 3, 70))
    assert files == [tmp_path / name]
    found = read_pictures(files, grey=True)
    np.testing.assert_array_equal(found.frames, frames)
    assert found.duration == 70
    assert found.names[2] == f"{tmp_path / name}, frame 2"


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.ppm"])
def test_lossless(tmp_path: Path, name: str) -> None:
    write_pictures(tmp_path / name, Pictures(COLOUR[None], ("",)))
    with Image.open(tmp_path / name) as opened:
        assert np.asarray(opened).tolist() == COLOUR.tolist()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_where_nothing_is_written(tmp_path: Path) -> None:
    photo = save(tmp_path / "photo.png", GREY)
    before = photo.read_bytes()
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValueError, match=r"photo.png is an input, which is never overwritten: name"):
        check_place(tmp_path / "sub" / ".." / "photo.png", [photo])
    with pytest.raises(ValueError, match=r"photo.png is an input, which is never overwritten"):
        write_pictures(photo, Pictures(GREY[None, :, :, None], ("",)), [photo])
    with pytest.raises(ValueError, match=r"out.jpg must end in .png, .bmp, .*, not '.jpg'$"):
        check_place(tmp_path / "out.jpg", [photo])
    with pytest.raises(ValueError, match=r"out must end in .*, not 'nothing'$"):
        check_place(tmp_path / "out", [])
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a folder, not a file"):
        check_place(tmp_path / "folder.png", [])
    assert photo.read_bytes() == before
