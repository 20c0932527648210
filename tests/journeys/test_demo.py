"""`make demo`: one address; a visitor is led through the product, breaks it, and finds that nothing is lost."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

from integrations.telegram.sandbox.client import SandboxClient
from tests.journeys.process import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FIRST_SCREEN_SECONDS = 45.0
"""Two where nothing else runs; whatever is measured beside other tests needs room."""

PATIENCE_SECONDS = 60.0
LONG = PATIENCE_SECONDS * 1000
PHONE: ViewportSize = {"width": 390, "height": 844}
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
SHOTS = os.environ.get("DEMO_SHOTS")

pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"there is no browser at {CHROMIUM}"
    ),
]


@asynccontextmanager
async def a_demo(folder: Path, locale: str) -> AsyncIterator[str]:
    """Its address. It ends by Ctrl-C with the code 0 and leaves no process behind."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOCALE": locale},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            first = ""
            while not first.strip():
                first = (await process.stdout.readline()).decode()
        address = re.fullmatch(r"\s*Open (http://\S+)\s*", first)
        assert address, "nothing stands before the address"
        yield address[1]
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


def seat(page: Page, name: str) -> Locator:
    return page.locator(f".screen[data-seat={name}]")


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_the_demo(tmp_path: Path, locale: str) -> None:
    async with a_browser() as browser:
        started = time.monotonic()
        async with a_demo(tmp_path, locale) as address:
            page = await browser.new_page(viewport=LAPTOP, locale="en-GB")
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(address)
            await expect(seat(page, "anna")).to_be_visible()
            assert time.monotonic() - started < FIRST_SCREEN_SECONDS
            await the_firm_is_at_work(page, locale)
            if locale == "ru":
                await the_tour(page)
                await what_breaks(page, address)
            else:
                await on_a_phone(browser, address)
            assert not complaints


async def the_firm_is_at_work(page: Page, locale: str) -> None:
    """A digest of yesterday is there, a customer waits, and the tour begins."""
    forward = "Сделайте за меня" if locale == "ru" else "Do it for me"
    await expect(page.locator("#tour .main")).to_have_text(forward, timeout=LONG)
    await expect(seat(page, "manager").locator(".bubble")).not_to_have_count(0, timeout=LONG)
    await expect(seat(page, "anna").locator(".rows .success")).not_to_have_count(0, timeout=LONG)
    await shot(page, f"{locale}-0")
    assert await violations(page) == []


async def the_tour(page: Page) -> None:
    """Each step is done for the visitor at his wish, and each sees by itself that it is done."""
    tour, chat = page.locator("#tour"), page.frame_locator("#site iframe")
    for_me = tour.locator(".main")
    await for_me.click()
    await expect(chat.get_by_role("log").locator(".line.you")).to_have_count(1, timeout=LONG)
    await expect(tour.locator("li .done")).to_have_count(2, timeout=LONG)
    await shot(page, "ru-1")
    await skip_to(tour, 3)
    await shot(page, "ru-2")
    await for_me.click()
    await expect(tour.locator("li .done")).to_have_count(3, timeout=LONG)
    await skip_to(tour, 4)
    await for_me.click()
    await expect(chat.get_by_role("log").locator(".line.team").last).to_contain_text("90", timeout=LONG)
    await expect(tour).to_contain_text("ответьте Анне")
    await shot(page, "ru-3")
    await for_me.click()
    await expect(tour.locator("li .done")).to_have_count(4, timeout=LONG)
    await skip_to(tour, 5)
    await shot(page, "ru-4")
    await for_me.click()
    await expect(tour.locator("li .done")).to_have_count(5, timeout=LONG)
    await expect(seat(page, "marketer")).to_be_visible()
    await shot(page, "ru-5")
    await skip_to(tour, 6)
    await for_me.click()
    await expect(tour.locator("li .done")).to_have_count(6, timeout=LONG)
    await expect(page.locator("#told.good")).to_be_visible(timeout=LONG)
    await expect(seat(page, "manager").locator(".bubble img").last).to_be_visible(timeout=LONG)
    await shot(page, "ru-6")
    await tour.locator(".quiet").click()
    await expect(tour.locator("ol")).to_have_count(0)
    await chat.get_by_role("button", name="Telegram").click()
    await expect(seat(page, "customer").locator(".bubble", has_text="/start")).to_be_visible(timeout=LONG)
    await shot(page, "ru-7")
    assert len(page.context.pages) == 1, "nobody is led to the real Telegram"


async def skip_to(tour: Locator, step: int) -> None:
    """Without waiting until the page goes on by itself."""
    await tour.locator("li button").nth(step - 1).click()


async def violations(page: Page) -> list[str]:
    """Of the page and of the shop in it."""
    found = await Axe().run(page)
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found.response["violations"]]


async def what_breaks(page: Page, address: str) -> None:
    told = page.locator("#told.good")
    async with SandboxClient(address) as sandbox:
        for trouble, words in (("kill", "Ничего не потеряно"), ("down", "вернулся"), ("crowd", "40")):
            await page.locator(f"[data-trouble={trouble}]").click()
            await expect(page.locator("#told.going")).to_be_visible()
            if trouble == "down":
                await expect(page.locator("#told")).to_contain_text(re.compile("Ждут отправки: [1-9]"), timeout=LONG)
                await shot(page, "ru-down")
                await page.locator("#told button").click()
            if trouble == "crowd":
                await expect(page.locator("#told")).to_contain_text("Приняты: 40 из 40", timeout=LONG)
                await shot(page, "ru-crowd")
                break
            await expect(told).to_contain_text(words, timeout=LONG)
            await shot(page, f"ru-{trouble}")
        assert not (await sandbox.limits())["refused"], "no call came too often"


async def on_a_phone(browser: Browser, address: str) -> None:
    page = await browser.new_page(viewport=PHONE, has_touch=True, locale="en-GB")
    await page.goto(address)
    tabs = page.locator("#people .seat")
    await expect(tabs).to_have_count(6)
    await shot(page, "en-phone-site")
    await expect(page.locator("#site")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await tabs.nth(5).tap()
    await expect(page.locator("#site")).to_be_hidden()
    await expect(seat(page, "manager").locator(".bubble").first).to_be_visible()
    await shot(page, "en-phone-manager")
    await page.locator("#happen summary").tap()
    await expect(page.locator("[data-trouble=crowd]")).to_be_visible()
    await shot(page, "en-phone-menu")
    assert await violations(page) == []
    await page.close()
