"""A visitor of a site writes in the chat, Anna answers in Telegram, and neither a reload nor a kill loses a word."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.storage.store import open_store
from bot.storage.tables import consents, messages, touches
from tests.journeys.process import free_port
from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"there is no browser at {CHROMIUM}"
    ),
]

PAGE = """<!doctype html><html lang="{lang}"><meta name="viewport" content="width=device-width"><title>Кухни</title>
<h1>Кухни</h1><script async src="{bot}/chat/widget.js" data-color="#0a7d4f" data-require="name contact"></script>"""
POLICY = "https://shop.example/privacy"
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> & <b>кухня</b>"


@asynccontextmanager
async def a_site(bot: str, lang: str, port: int) -> AsyncIterator[str]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE.format(bot=bot, lang=lang), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_a_visitor_writes_and_is_answered(tmp_path: Path, database_url: str, locale: str) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    async with (
        on_stage(tmp_path, database=database_url, locale=locale, ALLOWED_ORIGINS=site, PRIVACY_URL=POLICY) as stage,
        a_site(stage.bot.url, locale, port),
        a_browser() as browser,
    ):
        await stage.opens_bot(stage.anna)
        context = await browser.new_context()
        page = await context.new_page()
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        await page.goto(f"{site}/?utm_source=yandex&utm_campaign=%D0%9E%D1%81%D0%B5%D0%BD%D1%8C")
        await the_visitor_begins(stage, page)
        await anna_answers(stage, page)
        await nothing_is_lost(stage, page)
        assert all(url.startswith((site, stage.bot.url)) for url in requested), "no third party is asked for anything"
        assert await page.title() == "Кухни"
        await what_is_kept(database_url)
        assert await stage.sandbox.violations() in (None, [])


async def the_visitor_begins(stage: Stage, page: Page) -> None:
    says = stage.says
    await page.get_by_role("button", name=says("chat.open")).click()
    window = page.get_by_role("dialog", name=says("chat.title"))
    await expect(window).to_contain_text(says("chat.at_work"))
    await window.get_by_label(says("chat.name")).fill("Ольга <b>")
    contact = window.get_by_label(says("chat.contact"))
    await contact.fill("12")
    await window.get_by_label(says("chat.write")).fill(f"Сколько стоит {HOSTILE}? Хочу купить")
    await window.get_by_role("button", name=says("chat.send")).click()
    await expect(window.get_by_role("alert")).to_have_text(says("chat.agree_first"))
    await window.get_by_label(says("chat.consent")).check()
    await page.keyboard.press("Shift+Tab")
    await window.get_by_role("button", name=says("chat.send")).click()
    await expect(window.get_by_role("alert")).to_have_text(says("form.bad_phone"))
    await expect(contact).to_be_focused()
    await contact.fill("8 916 123-45-67")
    await window.get_by_role("button", name=says("chat.send")).click()
    await expect(window.get_by_role("log")).to_contain_text(says("greet.received"))
    arrived = re.compile(f"{re.escape(says('chat.sent'))}|{re.escape(says('chat.shown'))}")  # it is as fast as that
    await expect(window.get_by_role("log")).to_contain_text(arrived)
    assert await window.locator("img").count() == 0
    await expect(contact).to_be_hidden()


async def anna_answers(stage: Stage, page: Page) -> None:
    says, window = stage.says, page.get_by_role("dialog")
    card = await stage.card(stage.sales, "Ольга <b>")
    for words in ("yandex", "«Осень»", "+7 916 123-45-67", says("channel.webchat"), HOSTILE):
        assert words in card["text"], words
    await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
    await stage.card(stage.anna, "Хочу купить")
    await expect(window.get_by_text(says("chat.taken", name="Анна Смирнова"))).to_be_visible()
    await expect(window.get_by_role("log")).to_contain_text(f"✓✓ {says('chat.shown')}")
    await window.get_by_label(says("chat.write")).press_sequentially("Алло")
    await until_called(stage, "sendChatAction", stage.anna)
    await window.get_by_label(says("chat.write")).fill("")
    answer = await stage.sandbox.send(stage.anna, stage.anna, "Здравствуйте! <i>От 90 000</i>")
    await expect(window.get_by_role("log")).to_contain_text("<i>От 90 000</i>")
    await expect(window.get_by_role("log")).to_contain_text(says("introduce.sales", name="Анна Смирнова"))
    await stage.until_ticked(stage.anna, answer)
    await expect(window.get_by_text(says("chat.taken", name="Анна Смирнова"))).to_have_count(0)

    async def is_seen() -> bool:
        (message,) = await stage.sandbox.messages(stage.anna, after=answer - 1, limit=1)
        return any(each["emoji"] == "👀" for own in message["reactions"].values() for each in own)

    await stage.sandbox.wait_until(is_seen, PATIENCE_SECONDS, "Anna is not told that it was read")
    await stage.sandbox.edit(stage.anna, stage.anna, answer, "Здравствуйте! От 95 000")
    await expect(window.get_by_text("От 95 000")).to_be_visible()
    await expect(window.get_by_text("От 90 000")).to_have_count(0)


async def until_called(stage: Stage, method: str, chat: int) -> None:
    """What leaves no trace in the chat is found in the journal of calls."""

    async def is_called() -> bool:
        calls = await stage.sandbox.act("calls")
        return any(call["method"] == method and call["params"].get("chat_id") == chat for call in calls)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await is_called():
        assert time.monotonic() < deadline, f"{method} was never called for chat {chat}"
        await asyncio.sleep(0.1)


async def nothing_is_lost(stage: Stage, page: Page) -> None:
    says = stage.says
    await page.reload()
    window, button = page.get_by_role("dialog"), page.get_by_role("button", name=says("chat.open"))
    await button.click()
    await expect(window.get_by_text("От 95 000")).to_be_visible()
    await window.get_by_role("button", name=says("chat.close")).click()
    await stage.sandbox.send(stage.anna, stage.anna, "Когда удобно замерить?")
    await expect(page.get_by_role("button", name=says("chat.unread", number=1))).to_be_visible()
    await button.click()

    await stage.kill()
    await expect(window.get_by_text(says("chat.offline"))).to_be_visible()
    for words in ("Завтра", "или в пятницу"):
        await window.get_by_label(says("chat.write")).fill(words)
        await window.get_by_label(says("chat.write")).press("Enter")
    await expect(window.get_by_text(says("chat.sending"))).to_have_count(2)
    await page.reload()
    await stage.bot.start()
    await button.click()
    await expect(window.get_by_text(says("chat.sending"))).to_have_count(0)
    await stage.card(stage.anna, "или в пятницу")
    for words in ("Завтра", "или в пятницу"):
        await expect(window.get_by_text(words)).to_have_count(1)
        assert len([m for m in await stage.sandbox.messages(stage.anna, from_bot=True) if m["text"] == words]) == 1


async def what_is_kept(url: str) -> None:
    store = open_store(url)
    try:
        said = await store.read(lambda tx: tx.execute(messages.select()).mappings().all())
        assert [row["text"] for row in said if row["direction"] == "inbound"][1:] == ["Завтра", "или в пятницу"]
        (agreed,) = await store.read(lambda tx: tx.execute(consents.select()).mappings().all())
        assert (agreed["purpose"], agreed["source"], agreed["given"]) == ("personal_data", "webchat", True)
        assert POLICY in agreed["words"]
        (touch,) = await store.read(lambda tx: tx.execute(touches.select()).mappings().all())
        assert (touch["source"], touch["campaign"]) == ("yandex", "Осень")
    finally:
        await store.close()
