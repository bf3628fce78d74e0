"""The README's film shows what the browser showed, for as long as it was told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from infra.local import animation
from infra.local.animation import Frame, captioned, ring, write


def _frames(path: Path) -> Iterator[Frame]:
    with Image.open(path) as film:
        for picture in ImageSequence.Iterator(film):
            picture.load()
            yield Frame(picture.convert("RGB"), picture.info["duration"])


def test_a_film_has_each_pixel_and_each_time(tmp_path: Path) -> None:
    # Near to each other: a palette would make one colour of them.
    colours = [(200, 55, 10), (200, 55, 11), (0, 128, 110)]
    frames = [
        Frame(Image.new("RGB", (40, 30), colour), milliseconds)
        for colour, milliseconds in zip(colours, (900, 2_600, 1_200), strict=True)
    ]
    path = tmp_path / "film.webp"
    write(frames, path)
    shown = list(_frames(path))
    assert [frame.milliseconds for frame in shown] == [900, 2_600, 1_200]
    assert [frame.picture.getpixel((20, 15)) for frame in shown] == colours


def test_a_caption_that_would_be_cut_off_is_refused() -> None:
    page = Image.new("RGB", (960, 700), "white")
    whole = captioned(page, "Synced.")
    assert whole.crop((0, 0, 960, 700)).tobytes() == page.tobytes()
    below = whole.crop((0, 700, 960, whole.height))
    assert len(below.getcolors() or ()) > 2  # background, letters and their edges
    with pytest.raises(ValueError, match="too long for one line: Sync"):
        captioned(page, "Synced. " * 20)


def test_a_ring_leaves_what_is_clicked_readable() -> None:
    page = Image.new("RGB", (200, 100), "white")
    ring(page, {"x": 0, "y": 40, "width": 80, "height": 20})
    clicked = page.crop((5, 40, 80, 60))
    assert clicked.getcolors() == [(75 * 20, (255, 255, 255))]
    assert page.getpixel((40, 33)) != (255, 255, 255)


def test_the_film_in_the_readme_is_short_and_small() -> None:
    frames = list(_frames(animation.PATH))
    assert 15_000 <= sum(frame.milliseconds for frame in frames) <= 25_000
    assert min(frame.milliseconds for frame in frames) >= 700
    assert animation.PATH.stat().st_size <= 600_000
