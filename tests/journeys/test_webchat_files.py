"""A visitor sends a picture and a document, Anna answers with a photo, and he says how it was: desktop and phone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from integrations.telegram.sandbox.images import PIXEL
from tests.journeys.process import free_port
from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage
from tests.journeys.test_webchat import POLICY, a_browser, a_site, pytestmark  # noqa: F401

PDF = b"%PDF-1.7\n" + bytes(2_000)
SCREENS: dict[str, Any] = {
    "ru": {"viewport": {"width": 1280, "height": 800}},
    "en": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_files_both_ways(tmp_path: Path, database_url: str, locale: str) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    async with (
        on_stage(tmp_path, database=database_url, locale=locale, ALLOWED_ORIGINS=site) as stage,
        a_site(stage.bot.url, locale, port),
        a_browser() as browser,
    ):
        await stage.opens_bot(stage.anna)
        page = await (await browser.new_context(**SCREENS[locale])).new_page()
        await page.goto(site)
        await the_visitor_sends_files(stage, page)
        await anna_sees_them(stage)
        await anna_sends_files(stage, page)
        await a_kill_loses_no_file(stage, page)
        await he_says_how_it_was(stage, page)
        assert await stage.sandbox.violations() in (None, [])


async def the_visitor_sends_files(stage: Stage, page: Page) -> None:
    says, window = stage.says, page.get_by_role("dialog")
    await page.get_by_role("button", name=says("chat.open")).click()
    await window.get_by_label(says("chat.name")).fill("Ольга")
    await window.get_by_label(says("chat.contact")).fill("8 916 123-45-67")
    await choose(page, ("вирус.exe", b"MZ"))
    await expect(window.get_by_role("alert")).to_contain_text(says("chat.file_wrong_type"))
    await choose(page, ("кухня.png", PIXEL), ("план.pdf", PDF), ("лишнее.pdf", PDF))
    await window.get_by_role("button", name=says("chat.remove", name="лишнее.pdf")).click()
    await window.get_by_label(says("chat.write")).fill("Хочу купить такую. Сколько стоит?")
    await window.get_by_role("button", name=says("chat.send")).click()
    log = window.get_by_role("log")
    await expect(log.get_by_role("img", name="кухня.png")).to_be_visible()
    await expect(log.get_by_role("link", name="план.pdf")).to_be_visible()
    await expect(log.get_by_text("✓")).to_have_count(2)
    await expect(log.get_by_text(says("chat.sending"))).to_have_count(0)
    await expect(log.get_by_text("Хочу купить такую")).to_have_count(1)


async def choose(page: Page, *files: tuple[str, bytes]) -> None:
    given = [{"name": name, "mimeType": "", "buffer": content} for name, content in files]
    await page.locator("#gemba-chat input[type=file]").set_input_files(given)  # type: ignore[arg-type]


async def anna_sees_them(stage: Stage) -> None:
    card = await stage.card(stage.sales, "Ольга")
    await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
    (photo,) = await stage.thing(stage.anna, "photo")
    assert photo["caption"] == "Хочу купить такую. Сколько стоит?"
    (document,) = await stage.thing(stage.anna, "document")
    assert document["document"]["file_name"] == "план.pdf" and document["document"]["file_size"] == len(PDF)


async def anna_sends_files(stage: Stage, page: Page) -> None:
    log = page.get_by_role("dialog").get_by_role("log")
    await stage.sandbox.send_photo(stage.anna, stage.anna, caption="Наша последняя кухня")
    await expect(log.get_by_text("Наша последняя кухня")).to_be_visible()
    picture = log.locator(".team img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await stage.sandbox.send_document(stage.anna, stage.anna, PDF, name="смета.pdf", mime_type="application/pdf")
    async with page.expect_download() as downloading:
        await log.get_by_role("link", name="смета.pdf").click()
    download = await downloading.value
    assert download.suggested_filename == "смета.pdf" and Path(await download.path()).read_bytes() == PDF
    huge = await stage.sandbox.send_document(stage.anna, stage.anna, size=30 << 20, name="фильм.mkv")
    await expect(log.locator(".file", has_text="фильм.mkv")).to_contain_text(stage.says("chat.file_unshown"))
    await stage.card(stage.anna, stage.says("window.too_large"), after=huge)


async def a_kill_loses_no_file(stage: Stage, page: Page) -> None:
    """Killed when the file is on its way: it goes again by itself, and arrives once."""
    says, window = stage.says, page.get_by_role("dialog")
    await stage.kill()
    await choose(page, ("второй план.pdf", PDF))
    await window.get_by_role("button", name=says("chat.send")).click()
    await expect(window.get_by_text(says("chat.sending"))).to_have_count(1)
    await stage.bot.start()
    await expect(window.get_by_text(says("chat.sending"))).to_have_count(0, timeout=PATIENCE_SECONDS * 1_000)
    documents = await stage.thing(stage.anna, "document", count=2)
    assert [each["document"]["file_name"] for each in documents][1:] == ["второй план.pdf"]
    await expect(window.get_by_role("link", name="второй план.pdf")).to_have_count(1)


async def he_says_how_it_was(stage: Stage, page: Page) -> None:
    says, log = stage.says, page.get_by_role("dialog").get_by_role("log")
    card = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.won")))
    await stage.tap(stage.anna, stage.anna, card, says("button.won"))
    await stage.sandbox.advance(31)
    question = log.get_by_role("group", name=says("chat.rate_ask"))
    await expect(question).to_be_visible(timeout=PATIENCE_SECONDS * 1_000)
    await question.get_by_role("radio", name=says("chat.rate_3")).focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowRight")
    await expect(question.get_by_role("radio", name=says("chat.rate_4"))).to_be_checked()
    await log.get_by_label(says("chat.rate_word")).fill("Быстро <b>и</b> вежливо")
    await page.keyboard.press("Enter")
    await expect(log).to_contain_text(says("chat.rate_thanks"))
    await stage.card(
        stage.anna, "«Быстро <b>и</b> вежливо»" if stage.texts.locale == "ru" else "“Быстро <b>и</b> вежливо”"
    )
    await page.reload()
    await page.get_by_role("button", name=says("chat.open")).click()
    await expect(log).to_contain_text(says("chat.rate_thanks"))
    await expect(question).to_have_count(0)
