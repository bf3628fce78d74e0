"""Films the demo's page in a real browser: an invoice that fails is understood, decided and synced.

A frame is a picture of a page that has come to rest, and stays as long as a person needs to read
it: how fast the machine is shows nowhere. Only dates, times and ids differ from film to film.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright import sync_api

PATH = Path(__file__).parents[2] / "docs" / "pictures" / "demo.webp"
WIDTH, HEIGHT = 960, 760
_CAPTION_HEIGHT, _MARGIN = 56, 24
_FONT = ImageFont.load_default(24)
_PATIENCE_MS = 60_000
_REST_MS = 400
# Around what is clicked next.
_RING, _RING_WIDTH, _RING_DISTANCE = "#ff5a1f", 5, 9


@dataclass(frozen=True)
class Frame:
    picture: Image.Image
    milliseconds: int


@dataclass
class Camera:
    """Takes frames of a tab. `caption` is what the next ones say below the page."""

    tab: Any
    caption: str = ""
    frames: list[Frame] = field(default_factory=list)

    def show(self, caption: str, milliseconds: int) -> None:
        self.caption = caption
        self._keep(self._look(), milliseconds)

    def click(self, target: Any, milliseconds: int = 1_200) -> None:
        """Show what is clicked, and click it."""
        page = self._look()
        ring(page, target.bounding_box())
        self._keep(page, milliseconds)
        target.click()

    def _look(self) -> Image.Image:
        """Return the page once it has come to rest. Raises TimeoutError if it never does."""
        picture = self.tab.screenshot()
        for _ in range(_PATIENCE_MS // _REST_MS):
            self.tab.wait_for_timeout(_REST_MS)
            before, picture = picture, self.tab.screenshot()
            if picture == before:
                return Image.open(io.BytesIO(picture)).convert("RGB")
        raise TimeoutError(f"the page does not come to rest, after: {self.caption}")

    def _keep(self, page: Image.Image, milliseconds: int) -> None:
        self.frames.append(Frame(captioned(page, self.caption), milliseconds))


def ring(page: Image.Image, box: Mapping[str, float]) -> None:
    """Draw a ring around a box: x, y, width and height in pixels."""
    corners = (
        max(box["x"] - _RING_DISTANCE, 0),
        max(box["y"] - _RING_DISTANCE, 0),
        box["x"] + box["width"] + _RING_DISTANCE,
        box["y"] + box["height"] + _RING_DISTANCE,
    )
    ImageDraw.Draw(page).rounded_rectangle(corners, 10, outline=_RING, width=_RING_WIDTH)


def captioned(page: Image.Image, caption: str) -> Image.Image:
    """Return the page with a line of text below it. Raises ValueError if that is too long."""
    whole = Image.new("RGB", (page.width, page.height + _CAPTION_HEIGHT), "#10202e")
    whole.paste(page, (0, 0))
    if _FONT.getlength(caption) > page.width - 2 * _MARGIN:
        raise ValueError(f"too long for one line: {caption}")
    middle = page.height + _CAPTION_HEIGHT // 2
    ImageDraw.Draw(whole).text((_MARGIN, middle), caption, "white", _FONT, anchor="lm")
    return whole


def write(frames: Sequence[Frame], path: Path) -> None:
    """Write a film that begins again at its end, with every pixel as it was on the screen."""
    first, *others = (frame.picture for frame in frames)
    durations = [frame.milliseconds for frame in frames]
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        lossless=True,
        # Not how good, but how small.
        quality=100,
        method=4,
    )


def play(tab: Any, url: str, expect: Any) -> list[Frame]:
    """Do what a person does about INV-2017 in the demo's page at `url`."""
    camera = Camera(tab)
    tab.goto(f"{url}app")
    expect(tab.get_by_text("4 invoices failing to sync")).to_be_visible()
    camera.show("Four invoices did not get into QuickBooks. The app in HubSpot says so.", 2_600)
    camera.click(tab.get_by_role("button", name="View failing invoices"))
    panel = tab.get_by_role("dialog", name="Failing to sync")
    expect(panel.get_by_role("row", name="Umbrella Labs")).to_be_visible()
    camera.show("Its panel shows each cause, and the money at stake ...", 2_000)
    camera.click(panel.get_by_role("tab", name="All invoices"), 900)
    link = panel.get_by_role("link", name="INV-2017")
    expect(link).to_be_visible()
    camera.show("... or each invoice. Let's open the first.", 1_200)
    camera.click(link)
    card = tab.locator("[data-extension=invoice_sync_card_tab]")
    choice = card.get_by_role("button", name="Use the next free number")
    expect(choice).to_be_enabled()
    # The bar of the local system is no part of the app.
    tab.locator(".act-bar").evaluate("bar => { bar.hidden = true }")
    choice.evaluate("button => { button.scrollIntoView({ block: 'end' }); scrollBy(0, 24) }")
    camera.show("Its card says why: the number is taken. And what can be done about it.", 4_000)
    camera.click(choice)
    dialog = tab.get_by_role("dialog", name="Use the next free number")
    expect(dialog).to_contain_text("INV-2017-1")
    camera.show("First a preview of what the click would do. Nothing is written yet.", 3_000)
    camera.click(dialog.get_by_role("button", name="Do it"))
    expect(card.get_by_role("link", name="INV-2017-1")).to_be_visible()
    expect(dialog).to_be_hidden()
    tab.get_by_role("button", name="Dismiss").click()
    tab.evaluate("scrollTo(0, 0)")
    camera.show("Synced, within seconds. In QuickBooks it has the number INV-2017-1.", 2_600)
    camera.click(tab.get_by_role("link", name="Invoice sync"), 900)
    expect(tab.get_by_text("3 invoices failing to sync")).to_be_visible()
    camera.show("Three are left, each with its reason.", 2_600)
    return camera.frames


@contextmanager
def _demo() -> Iterator[str]:
    """Run the demo, and yield its page's address once the first sync is done."""
    command = [sys.executable, "-u", "-m", "infra.local.demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        address = ""
        for line in running.stdout:
            if not address and (found := re.fullmatch(r"  (http://\S+)\n", line)):
                address = found[1]
            if line == "Every outcome is the expected one.\n":
                break
        try:
            if not address:
                raise RuntimeError("the demo has no page: does `make page` work?")
            yield address
        finally:
            running.terminate()


def main() -> int:
    chromium = shutil.which("chromium")
    if not chromium:
        print("This needs Chromium, as a program named chromium.", file=sys.stderr)
        return 1
    with _demo() as url, sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
        tab.set_default_timeout(_PATIENCE_MS)
        sync_api.expect.set_options(timeout=_PATIENCE_MS)
        frames = play(tab, url, sync_api.expect)
        browser.close()
    write(frames, PATH)
    seconds = sum(frame.milliseconds for frame in frames) / 1000
    print(f"{PATH}: {len(frames)} frames, {seconds:.1f} s, {PATH.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
