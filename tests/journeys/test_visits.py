"""An ad brings a visitor, he comes back by himself, writes in the chat and goes on in Telegram: nothing is lost."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.storage.store import open_store
from bot.storage.tables import page_views, touches
from tests.journeys.process import free_port
from tests.journeys.stage import Stage, on_stage
from tests.journeys.test_webchat import CHROMIUM, a_browser, a_site

pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"there is no browser at {CHROMIUM}"
    ),
]

AD = "/?utm_source=yandex&utm_campaign=%D0%9E%D1%81%D0%B5%D0%BD%D1%8C&yclid=17&email=olga@mail.ru"
TRAIL = "JSON.parse(localStorage.getItem('gemba.visit'))"


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_from_an_ad_to_telegram(tmp_path: Path, database_url: str, locale: str) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    async with (
        on_stage(tmp_path, database=database_url, locale=locale, ALLOWED_ORIGINS=site) as stage,
        a_site(stage.bot.url, locale, port),
        a_browser() as browser,
    ):
        await stage.opens_bot(stage.anna)
        context = await browser.new_context()
        page = await an_ad_then_by_himself(context, site)
        card = await the_card_tells_both(stage, page)
        await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
        await goes_on_in_telegram(stage, context, page)
        await what_is_kept(database_url)
        await a_form_on_the_same_site_tells_the_same(stage, context, site)
        await nothing_is_kept_of_who_does_not_want_it(browser, site)


async def an_ad_then_by_himself(context: BrowserContext, site: str) -> Page:
    await context.add_cookies([{"name": "_ym_uid", "value": "1700000000123456789", "url": site}])
    page = await context.new_page()
    await page.goto(site + AD)
    await page.wait_for_function("window.gembaChat")
    await page.close()
    page = await context.new_page()
    await page.goto(site + "/")
    await page.wait_for_function("window.gembaChat")
    kept = await page.evaluate(TRAIL)
    assert kept["first"]["utm_source"] == kept["last"]["utm_source"] == "yandex", "a direct visit overwrites no ad"
    assert kept["first"]["click_id"] == "yclid:17" and "olga" not in json.dumps(kept)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return page


async def the_card_tells_both(stage: Stage, page: Page) -> Any:
    says = stage.says
    await page.get_by_role("button", name=says("chat.open")).click()
    window = page.get_by_role("dialog", name=says("chat.title"))
    await window.get_by_label(says("chat.name")).fill("Ольга")
    await window.get_by_label(says("chat.contact")).fill("8 916 123-45-67")
    await window.get_by_label(says("chat.write")).fill("Сколько стоит кухня? Хочу купить")
    await window.get_by_role("button", name=says("chat.send")).click()
    card = await stage.card(stage.sales, "Ольга")
    for words in ("yandex", "«Осень»", "👣"):
        assert words in card["text"], words
    assert "olga@mail.ru" not in card["text"]
    return card


async def goes_on_in_telegram(stage: Stage, context: BrowserContext, page: Page) -> None:
    says = stage.says
    await context.route("https://t.me/**", lambda route: route.fulfill(body="Telegram"))
    async with context.expect_page() as opened:
        await page.get_by_role("button", name=says("chat.telegram"), exact=True).click()
    tab = await opened.value
    await tab.wait_for_url("https://t.me/**")
    code = parse_qs(urlsplit(tab.url).query)["start"][0]
    assert await tab.evaluate("window.opener") is None
    await stage.sandbox.start(stage.anna, code)
    await stage.card(stage.anna, says("told.pass"))
    language = stage.texts.locale
    olga, thief = [await stage.sandbox.create(name, language_code=language) for name in ("Ольга", "Вор")]
    await stage.sandbox.start(olga, code)
    await stage.card(olga, says("greet.continued"))
    await stage.card(stage.anna, stage.plain("told.goes_on", name="Ольга", channel="Telegram"))
    await expect(page.get_by_role("log")).to_contain_text(says("greet.both"))
    await stage.sandbox.start(thief, code)
    await stage.card(thief, says("greet.welcome"))
    await stage.sandbox.send(olga, olga, "Продолжу отсюда")
    await stage.card(stage.anna, "Продолжу отсюда")
    await stage.sandbox.send(stage.anna, stage.anna, "Здравствуйте, Ольга!")
    await stage.card(olga, "Здравствуйте, Ольга!")
    assert not [one for one in await stage.sandbox.messages(thief, from_bot=True) if "Ольга" in one["text"]]


async def what_is_kept(url: str) -> None:
    store = open_store(url)
    try:
        (visit,) = [
            row for row in await store.read(lambda tx: tx.execute(touches.select()).all()) if row.kind == "visit"
        ]
        assert (visit.source, visit.click_id, visit.ym_uid) == ("yandex", "yclid:17", "1700000000123456789")
        assert visit.landing_page.startswith("http") and "?" not in visit.landing_page
        assert len(await store.read(lambda tx: tx.execute(page_views.select()).all())) == 2
    finally:
        await store.close()


async def a_form_on_the_same_site_tells_the_same(stage: Stage, context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(site + "/")
    await page.wait_for_function("window.gembaChat")
    form = (
        f'<form data-gemba="measure" action="{stage.bot.url}/forms/measure"><input name="name"><input name="phone">'
        "<button>OK</button></form>"
    )
    await page.evaluate("form => document.body.insertAdjacentHTML('beforeend', form)", form)
    await page.add_script_tag(url=f"{stage.bot.url}/forms/forms.js")
    for name, words in (("name", "Пётр"), ("phone", "8 916 765-43-21")):  # as fast as a human types
        await page.locator(f"input[name={name}]").press_sequentially(words, delay=150)
    await page.get_by_role("button", name="OK").click()
    card = await stage.card(stage.sales, "Пётр")
    for words in ("yandex", "«Осень»", "👣"):
        assert words in card["text"], words
    await page.close()


async def nothing_is_kept_of_who_does_not_want_it(browser: Browser, site: str) -> None:
    wish = "Object.defineProperty(navigator, '{}', {{ get: () => {} }});"
    for script in (wish.format("doNotTrack", "'1'"), wish.format("globalPrivacyControl", "true")):
        context = await browser.new_context()
        await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(site + AD)
        await page.wait_for_function("window.gembaChat")
        assert await page.evaluate(TRAIL) is None
        told = await page.evaluate("gemba.visit.told()")
        assert list(told) == ["last"] and told["last"]["utm_source"] == "yandex", "this page's own address may be told"
        await page.evaluate("gemba.allowTracking(true)")
        assert await page.evaluate(TRAIL) is None, "the browser's wish stands above a banner"
        await context.close()
    context = await browser.new_context()
    await context.add_init_script(
        "new MutationObserver(() => document.querySelectorAll('script[data-color]').forEach((one) => "
        "(one.dataset.tracking = 'consent'))).observe(document, { childList: true, subtree: true });"
    )
    page = await context.new_page()
    await page.goto(site + AD)
    await page.wait_for_function("window.gembaChat")
    assert await page.evaluate(TRAIL) is None
    await page.evaluate("gemba.allowTracking(true)")
    assert (await page.evaluate(TRAIL))["first"]["utm_source"] == "yandex"
    await page.reload()
    await page.wait_for_function("window.gembaChat")
    assert len((await page.evaluate(TRAIL))["pages"]) == 2
    await page.evaluate("gemba.allowTracking(false)")
    assert await page.evaluate(TRAIL) is None
    await context.close()
