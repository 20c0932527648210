"""A plain HTML form with our script: what is wrong is told at its field, and what was typed arrives, once."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot.storage.store import open_store
from bot.storage.tables import leads, messages
from tests.journeys.process import free_port
from tests.journeys.stage import Stage, on_stage

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"there is no browser at {CHROMIUM}"
    ),
]

PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Кухни</title><style>label{{display:grid;max-width:24rem;margin:.5rem 0}}</style><h1>Замер</h1>
<form data-gemba="measure" data-offer="Бесплатный замер" action="{bot}/forms/measure" method="post">
<label>Имя <input name="name" autocomplete="name"></label><label>Телефон <input name="tel" type="tel"></label>
<label>Почта <input name="email" type="email"></label><label>Вопрос <textarea name="message"></textarea></label>
<input type="hidden" name="_next" value="{next}"><button>Жду звонка</button></form>
<script async src="{bot}/forms/forms.js"></script>"""
FILL_IN = """(said) => Object.entries(said).forEach(([name, value]) => {
  const field = document.querySelector(`[name=${name}]`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


@asynccontextmanager
async def a_site(bot: str, lang: str, port: int) -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        shown = PAGE.format(bot=bot, lang=lang, next=request.query.get("next", ""))
        return web.Response(text=shown, content_type="text/html")

    async def thanks(_request: web.Request) -> web.Response:
        return web.Response(text="<h1>Thanks from the site</h1>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/thanks", thanks)])
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
async def test_a_plain_form_is_filled_in(tmp_path: Path, database_url: str, locale: str) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    async with (
        on_stage(
            tmp_path, database=database_url, locale=locale, ALLOWED_ORIGINS=site, TRUSTED_PROXIES="127.0.0.1"
        ) as stage,
        a_site(stage.bot.url, locale, port),
        a_browser() as browser,
    ):
        desktop = await browser.new_context()
        await what_is_wrong_is_told(stage, await a_page(desktop, site))
        await a_lost_line_loses_nothing(stage, desktop, await a_page(desktop, site))
        phone = await browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
        await a_fast_human_is_no_robot(stage, await a_page(phone, site))
        plain = await browser.new_context(java_script_enabled=False, locale=locale)
        await without_scripts_it_is_an_ordinary_form(stage, plain, site)
        await robots_are_told_nothing(stage, site)
        await what_is_kept(database_url)


async def a_page(context: BrowserContext, site: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{site}/?utm_source=yandex")
    await expect(page.locator("form[data-gemba-ready]")).to_be_visible()
    return page


async def what_is_wrong_is_told(stage: Stage, page: Page) -> None:
    says = stage.says
    await page.get_by_label("Имя").fill(f"Ольга {HOSTILE}")
    phone, mail = page.get_by_label("Телефон"), page.get_by_label("Почта")
    await phone.fill("12345")
    await mail.focus()
    await expect(page.get_by_text(says("form.bad_phone"))).to_be_visible()
    await expect(phone).to_have_attribute("aria-invalid", "true")
    await expect(phone).to_have_accessible_description(says("form.bad_phone"))
    await mail.fill("olga@")
    await page.get_by_role("button", name="Жду звонка").click()
    await expect(page.get_by_text(says("form.bad_email"))).to_be_visible()
    await expect(phone).to_be_focused()
    await phone.fill("8 (916) 123-45-67")
    await expect(page.get_by_text(says("form.bad_phone"))).to_be_hidden()
    await mail.fill("")
    await page.get_by_label("Вопрос").fill("Хочу купить кухню, сколько стоит?")
    await page.wait_for_function("performance.now() > 2500")
    await page.get_by_role("button", name="Жду звонка").dblclick()
    await expect(page.get_by_role("status")).to_contain_text(says("form.thanks"))
    await expect(phone).to_have_value("")
    card = await stage.card(stage.sales, "Ольга")
    for words in ("+7 916 123-45-67", "yandex", "Бесплатный замер", HOSTILE):
        assert words in card["text"], words
    assert await page.title() == "Кухни"


async def a_lost_line_loses_nothing(stage: Stage, context: BrowserContext, page: Page) -> None:
    says = stage.says
    await page.get_by_label("Имя").fill("Пётр")
    await page.get_by_label("Телефон").fill("8 916 123-45-68")
    await page.get_by_label("Вопрос").fill("Хочу купить шкаф, сколько стоит?")
    await page.wait_for_timeout(600)  # a draft is kept once the typing rests
    await page.reload()
    await expect(page.get_by_label("Вопрос")).to_have_value("Хочу купить шкаф, сколько стоит?")
    await page.wait_for_function("performance.now() > 2500")
    await context.set_offline(True)
    await page.get_by_role("button", name="Жду звонка").click()
    await expect(page.get_by_role("status")).to_have_text(says("form.offline"))
    await context.set_offline(False)
    await expect(page.get_by_role("status")).to_contain_text(says("form.thanks"))
    await stage.card(stage.sales, "Пётр")


async def a_fast_human_is_no_robot(stage: Stage, page: Page) -> None:
    """His browser fills everything in at once, and a look and a tap take their two seconds."""
    await page.evaluate(
        FILL_IN, {"name": "Вера", "tel": "+7 916 123-45-69", "message": "Хочу купить стол, сколько стоит?"}
    )
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.wait_for_function("performance.now() > 2500")
    await page.get_by_role("button", name="Жду звонка").tap()
    await expect(page.get_by_role("status")).to_contain_text(stage.says("form.thanks"))
    await stage.card(stage.sales, "Вера")


async def robots_are_told_nothing(stage: Stage, site: str) -> None:
    """Forty of them, each from its own address, fill in all that there is: each is thanked, none reaches sales."""
    before = len(await stage.sandbox.messages(stage.sales, from_bot=True))
    async with aiohttp.ClientSession() as http:

        async def fills_in(number: int) -> int:
            marks = {"gemba_url": "https://spam.example"} if number % 2 else {"gemba_seal": "guessed", "gemba_took": 5}
            fields = {
                "name": "Robot",
                "phone": f"8916765{4000 + number}",
                "message": "Хочу купить, сколько стоит?",
                **marks,
            }
            headers = {"Origin": site, "X-Forwarded-For": f"10.0.0.{number}"}
            async with http.post(f"{stage.bot.url}/forms/measure", json=fields, headers=headers) as answer:
                return answer.status

        assert await asyncio.gather(*map(fills_in, range(40))) == [202] * 40
    await stage.sandbox.send(stage.maria_marketer, stage.marketing, "/queue spam")
    await stage.card(stage.marketing, "Robot")
    assert len(await stage.sandbox.messages(stage.sales, from_bot=True)) == before


async def without_scripts_it_is_an_ordinary_form(stage: Stage, context: BrowserContext, site: str) -> None:
    says = stage.says
    page = await context.new_page()
    await page.goto(f"{site}/?next=/thanks")
    await page.get_by_label("Имя").fill(f"Глеб {HOSTILE}")
    await page.get_by_label("Телефон").fill("123")
    await page.get_by_label("Вопрос").fill("Хочу купить стул, сколько стоит?")
    await page.get_by_role("button", name="Жду звонка").click()
    await expect(page.get_by_text(says("form.bad_phone"))).to_be_visible()
    await page.get_by_role("textbox").fill("8 916 123-45-70")
    await page.get_by_role("button", name=says("form.send")).click()
    await page.wait_for_url(f"{site}/thanks")
    await stage.card(stage.sales, "Глеб")


async def what_is_kept(url: str) -> None:
    store = open_store(url)
    try:
        rows = await store.read(lambda tx: tx.execute(messages.select()).mappings().all())
        said = [row["text"].split(",")[0] for row in rows if row["direction"] == "inbound"]
        for words in ("Хочу купить кухню", "Хочу купить шкаф", "Хочу купить стол", "Хочу купить стул"):
            assert said.count(words) == 1, words
        kept = await store.read(lambda tx: tx.execute(leads.select()).mappings().all())
        assert {row["status"] for row in kept if row["set_aside"]} == {"rejected"}
    finally:
        await store.close()
