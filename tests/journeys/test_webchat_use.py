"""The chat by keyboard, ear and thumb, on a bad line and in several tabs: whatever a visitor's browser is like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.process import free_port
from tests.journeys.stage import Stage, on_stage
from tests.journeys.test_webchat import POLICY, a_browser, pytestmark

__all__ = ["pytestmark"]

PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Shop</title><body style="background:{paper};color:{ink}"><main><h1>Shop</h1>
<button onclick="gembaChat.open()">Ask</button></main><script>{before}</script>
<script async src="{bot}/chat/widget.js" data-color="{color}" data-theme="{theme}" data-require="{require}"></script>"""

NO_SOCKETS = "delete window.WebSocket"
NO_STORAGE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
)

DESKTOP, PHONE, ZOOMED = (1280, 800), (390, 844), (640, 400)
"""The last one is what a page of the first size has at 200 %."""


@asynccontextmanager
async def a_shop(bot: str, port: int) -> AsyncIterator[str]:
    """How the page is comes with its address."""

    async def page(request: web.Request) -> web.Response:
        usual = {"lang": "ru", "color": "#0a7d4f", "theme": "light", "require": "contact", "before": ""}
        asked = usual | dict(request.query)
        dark = {"paper": "#111", "ink": "#eee"} if asked["theme"] == "dark" else {"paper": "#fff", "ink": "#111"}
        return web.Response(text=PAGE.format(bot=bot, **dark, **asked), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def opened(context: BrowserContext, site: str, **how: str) -> Page:
    page = await context.new_page()
    await page.goto(site + "/?" + "&".join(f"{name}={value}" for name, value in how.items()))
    return page


async def says(page: Page, text: str) -> None:
    writing = page.get_by_role("dialog").locator("textarea")
    await writing.fill(text)
    await writing.press("Enter")


async def heard(page: Page, text: str, *, times: int = 1) -> None:
    """It stands in the window, acknowledged."""
    line = page.get_by_role("dialog").locator(".line", has_text=text)
    await expect(line).to_have_count(times)
    await expect(line.last).not_to_contain_text("…")


async def test_whatever_the_browser_is_like(tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    async with (
        on_stage(tmp_path, ALLOWED_ORIGINS=origin, PRIVACY_URL=POLICY) as stage,
        a_shop(stage.bot.url, port) as site,
        a_browser() as browser,
    ):
        await stage.opens_bot(stage.anna)
        await axe_has_nothing_to_say(stage, browser, site)
        await by_keyboard(stage, browser, site)
        await on_a_bad_line(stage, browser, site)
        await in_two_tabs(stage, browser, site)
        await where_nothing_can_be_kept(browser, site)
        await at_night(stage, browser, site)
        await a_day_later(stage, browser, site)
        assert await stage.sandbox.violations() in (None, [])


async def axe(page: Page, where: str) -> None:
    found = (await Axe().run(page)).response["violations"]
    told = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    assert told == [], f"{where}: {told}"


async def axe_has_nothing_to_say(stage: Stage, browser: Browser, site: str) -> None:
    for size, theme, color, lang in (
        (DESKTOP, "light", "%230a7d4f", "ru"),
        (PHONE, "dark", "yellow", "en"),
        (ZOOMED, "light", "%23767676", "ru"),
    ):
        where = f"{size} {theme} {color}"
        width, height = size
        context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page = await opened(context, site, theme=theme, color=color, lang=lang)
        launch = page.locator(".launch")
        await expect(launch).to_be_visible()
        await axe(page, f"closed, {where}")
        await launch.click()
        await axe(page, f"the form, {where}")
        await says(page, "Сколько стоит?")
        await expect(page.get_by_role("alert")).not_to_be_empty()
        await axe(page, f"an error, {where}")
        await page.locator("#contact").fill("+7 916 123-45-67")
        await page.locator("#consent").check()
        await page.locator("textarea").press("Enter")
        await heard(page, "Сколько стоит?")
        await axe(page, f"a talk, {where}")
        assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), where
        await context.close()


async def by_keyboard(stage: Stage, browser: Browser, site: str) -> None:
    """Nothing needs a mouse; where the window fills the screen, the focus stays in it."""
    for (width, height), stays in ((DESKTOP, False), (PHONE, True)):
        context = await browser.new_context(viewport={"width": width, "height": height})
        page = await opened(context, site)
        await page.get_by_role("button", name="Ask").press("Enter")
        window = page.get_by_role("dialog")
        await expect(page.locator("#name")).to_be_focused()
        await expect(window).to_have_attribute("aria-modal", str(stays).lower())
        for _ in range(20):
            await page.keyboard.press("Tab")
        inside = await page.evaluate("document.activeElement.id === 'gemba-chat'")
        if stays:
            assert inside
        await page.locator("textarea").focus()
        await page.keyboard.press("Escape")
        await expect(window).to_be_hidden()
        await expect(page.get_by_role("button", name="Ask")).to_be_focused()
        await context.close()


async def begins(stage: Stage, page: Page, text: str) -> None:
    await page.locator(".launch").click()
    await page.locator("#contact").fill("a@example.com")
    await page.locator("#consent").check()
    await says(page, text)
    await heard(page, text)


async def on_a_bad_line(stage: Stage, browser: Browser, site: str) -> None:
    """Sockets do not come through, then nothing does, then all at once."""
    context = await browser.new_context()
    page = await opened(context, site, before=NO_SOCKETS, lang="en")
    await begins(stage, page, "Без сокетов")
    card = await stage.card(stage.sales, "Без сокетов")
    await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
    await stage.card(stage.anna, "Без сокетов")
    await stage.sandbox.send(stage.anna, stage.anna, "Слышу вас")
    await heard(page, "Слышу вас")
    await context.set_offline(True)
    for words in ("раз", "два"):
        await says(page, words)
    await expect(page.get_by_text("… ")).to_have_count(2)
    await expect(page.locator(".notice")).to_be_visible()
    await axe(page, "no line")
    await context.set_offline(False)
    for words in ("раз", "два"):
        await heard(page, words)
        relayed = [m for m in await stage.sandbox.messages(stage.anna, from_bot=True) if m["text"] == words]
        if not relayed:
            await stage.card(stage.anna, words)
    assert [m["text"] for m in await stage.sandbox.messages(stage.anna, from_bot=True)][-2:] == ["раз", "два"]
    await expect(page.locator(".notice")).to_be_hidden()
    await context.close()


async def in_two_tabs(stage: Stage, browser: Browser, site: str) -> None:
    """What is said in one is seen in the other; a tab that was left and come back to goes on."""
    context = await browser.new_context()
    first = await opened(context, site)
    await begins(stage, first, "Из первой")
    second = await opened(context, site)
    await second.locator(".launch").click()
    await heard(second, "Из первой")
    await asyncio.gather(*(says(page, f"Вместе {number}") for number, page in enumerate((first, second))))
    for page in (first, second):
        for number in range(2):
            await heard(page, f"Вместе {number}")
    await context.set_offline(True)
    await expect(first.locator(".notice")).to_be_visible()
    await context.set_offline(False)
    await expect(first.locator(".notice")).to_be_hidden()
    await second.goto("about:blank")
    await says(first, "Пока вас не было")
    await heard(first, "Пока вас не было")
    await second.go_back()
    await second.locator(".launch").or_(second.get_by_role("dialog")).first.wait_for()
    if not await second.get_by_role("dialog").is_visible():
        await second.locator(".launch").click()
    await heard(second, "Пока вас не было")
    await context.close()


async def where_nothing_can_be_kept(browser: Browser, site: str) -> None:
    """A private window, or a frame of another site: then for this page alone."""
    context = await browser.new_context()
    page = await opened(context, site, before=NO_STORAGE, require="")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.locator(".launch").click()
    await page.locator("#consent").check()
    await says(page, "Без памяти")
    await heard(page, "Без памяти")
    assert errors == []
    await context.close()


async def at_night(stage: Stage, browser: Browser, site: str) -> None:
    """Nobody is there: the window says so and when, and asks how else the visitor can be reached."""
    await stage.sandbox.advance(10 * 3600)
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await opened(context, site, require="")
    window = page.get_by_role("dialog")
    await page.locator(".launch").click()
    await expect(window.locator(".status")).to_contain_text("У нас сейчас 22:")
    await expect(window.locator(".status")).to_contain_text("завтра с 09:00")
    await expect(window.get_by_text(stage.says("chat.leave"))).to_be_visible()
    await axe(page, "at night")
    await page.locator("#consent").check()
    await says(page, "Вы работаете?")
    await heard(page, "Вы работаете?")
    await expect(page.locator("#consent")).to_be_hidden()
    await page.locator("#contact").fill("8 916 123-45-67")
    await says(page, "Позвоните утром")
    await heard(page, "Позвоните утром")
    await expect(page.locator("#contact")).to_be_hidden()
    await stage.card(stage.sales, "Позвоните утром", predicate=lambda card: "+7 916 123-45-67" in card["text"])
    await context.close()


async def a_day_later(stage: Stage, browser: Browser, site: str) -> None:
    """The same window, and a token that is fresh again. Days are the firm's, whatever the clock of the browser says."""
    context = await browser.new_context()
    page = await opened(context, site)
    await begins(stage, page, "До завтра")
    await expect(page.locator(".day")).to_have_count(1)
    before = await page.evaluate("localStorage['gemba.token']")
    await page.close()
    await stage.sandbox.advance(24 * 3600)
    page = await opened(context, site)
    await page.locator(".launch").click()
    await heard(page, "До завтра")
    await page.wait_for_function("before => localStorage['gemba.token'] !== before", arg=before)
    await says(page, "Я вернулся")
    await heard(page, "Я вернулся")
    await heard(page, "До завтра")
    await context.close()
