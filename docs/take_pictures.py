"""Takes the README's pictures and its short film from the demo, in both languages: the tour, done by itself.

    .venv/bin/python docs/take_pictures.py

Needs Chromium at /usr/bin/chromium and a font with emoji; writes docs/pictures/demo.<language>.png and .webp.
"""

import asyncio
import io
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 90_000
WIDTH, HEIGHT, SCALE = 1366, 768, 1.25
FILM_SIZE = (1024, 576)
FILM_QUALITY = 62
MOST_BYTES = 1_500_000
LONGEST_FRAME_MS = 2_600
SHORTEST_FRAME_MS = 120


@asynccontextmanager
async def demo(locale: str) -> AsyncIterator[str]:
    """`make demo`, and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        cwd=ROOT,
        env={**os.environ, "TZ": "Europe/Moscow", "LOCALE": locale},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if found := re.search(rb"Open (http://\S+)", line):
                yield found[1].decode()
                break
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


class Film:
    """What the page showed, and for how long; what stood still is one frame."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Image.Image] = []
        self._lasts: list[int] = []
        self._seen = b""

    async def roll(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (began := time.monotonic()) < until:
            shot = await self._page.screenshot(type="png")
            lasted = int((time.monotonic() - began) * 1000)
            if shot == self._seen:
                self._lasts[-1] += lasted
                continue
            self._seen = shot
            self._frames.append(Image.open(io.BytesIO(shot)).convert("RGB").resize(FILM_SIZE, Image.Resampling.LANCZOS))
            self._lasts.append(lasted)

    def hold(self, milliseconds: int) -> None:
        """The last frame wants to be read."""
        self._lasts[-1] = max(self._lasts[-1], milliseconds)

    def save(self, file: Path) -> None:
        lasts = [min(max(one, SHORTEST_FRAME_MS), LONGEST_FRAME_MS) for one in self._lasts]
        first, *rest = self._frames
        first.save(file, save_all=True, append_images=rest, duration=lasts, loop=0, quality=FILM_QUALITY, method=6)
        assert file.stat().st_size < MOST_BYTES, f"{file.name} has {file.stat().st_size} bytes"


async def play(page: Page, film: Film, picture: Path) -> None:
    """The tour up to the digest; the picture is taken when both have spoken."""
    tour = page.locator("#tour")
    act, steps = tour.locator(".main"), tour.locator("li button")
    await expect(act).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator(".screen[data-seat=manager] img").last).to_be_visible(timeout=PATIENCE_MS)
    await page.mouse.move(0, 0)  # no bar of reactions over what it hovers on
    await film.roll(1)
    film.hold(1_500)
    await do(act, film, steps, 2)
    for step in (3, 4):
        await steps.nth(step - 1).click()
        await film.roll(0.8)
        film.hold(1_400)
        await do(act, film, steps, step, twice=step == 4)
    await page.screenshot(path=picture)
    for step in (5, 6):
        await steps.nth(step - 1).click()
        await film.roll(0.8)
        film.hold(1_400)
        await do(act, film, steps, step)
    await film.roll(4)


async def do(act: Locator, film: Film, steps: Locator, step: int, *, twice: bool = False) -> None:
    """Pressed, and filmed until the step is done."""
    done = steps.nth(step - 1).and_(steps.page.locator(".done"))
    words = steps.page.locator("#tour p")
    before = await words.inner_text()
    await act.click()
    while not await done.count():
        await film.roll(0.3)
        if twice and await words.inner_text() != before:
            film.hold(1_600)
            await act.click()
            twice = False
    await film.roll(0.6)
    film.hold(2_400)


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for locale in ("ru", "en"):
            picture, animation = PICTURES / f"demo.{locale}.png", PICTURES / f"demo.{locale}.webp"
            async with demo(locale) as address:
                page = await browser.new_page(
                    locale=locale,
                    timezone_id="Europe/Moscow",
                    color_scheme="light",
                    reduced_motion="reduce",
                    viewport={"width": WIDTH, "height": HEIGHT},
                    device_scale_factor=SCALE,
                )
                await page.goto(address)
                film = Film(page)
                await play(page, film, picture)
                film.save(animation)
                await page.close()
            for file in (picture, animation):
                sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} kB\n")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
