"""The page in a real browser: two people side by side, a tap, a photo, and nothing typed becomes markup."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from integrations.telegram.sandbox import SandboxClient
from tests.integrations.telegram.sandbox.calls import Api

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true", reason=f"there is no browser at {CHROMIUM}"
    ),
]


@pytest_asyncio.fixture
async def page(api: Api) -> AsyncIterator[Page]:
    # The browser closes before the sandbox does, so that a lost connection is always a fault.
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(locale="ru-RU")
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        yield page
        await browser.close()
        assert complaints == []


async def test_two_people_side_by_side(
    page: Page, api: Api, people: SandboxClient, anna: int, boss: int, team: int
) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.goto(f"{api.running.url}/?people={anna},{boss}")
    customer, seller = (page.locator(f'[data-person="{person}"]') for person in (anna, boss))

    await customer.locator("textarea").fill("<img src=x onerror=alert(1)> & <b>цена?</b>")
    await customer.locator("textarea").press("Enter")
    await expect(customer.get_by_text("<b>цена?</b>")).to_be_visible()
    assert await customer.locator(".messages img").count() == 0
    assert (await api.updates())[-1]["message"]["text"].startswith("<img")

    topic = (await api("createForumTopic", chat_id=team, name="Анна"))["message_thread_id"]
    now = int(await people.now())
    markup = {"inline_keyboard": [[{"text": "Взять", "callback_data": "take"}]]}
    text = f'<b>Лид</b> до <tg-time unix="{now + 3600}" format="r">скоро</tg-time>'
    card = {"chat_id": team, "message_thread_id": topic, "text": text, "parse_mode": "HTML", "reply_markup": markup}
    await api("sendMessage", **card)
    await seller.get_by_role("button", name="Команда").click()
    await seller.locator(".topics").get_by_role("button", name="Анна").click()
    await expect(seller.locator("b", has_text="Лид")).to_be_visible()
    await expect(seller.locator("time")).to_have_text("через 1 час")
    await api.updates()
    await seller.get_by_role("button", name="Взять").click()
    (update,) = await api.updates(timeout=50)
    tap = update["callback_query"]["id"]
    await api("answerCallbackQuery", callback_query_id=tap, text="Лид ваш", show_alert=True)
    await expect(seller.locator("dialog")).to_contain_text("Лид ваш")
    await seller.locator("dialog button").click()

    await people.send_photo(boss, team, caption="снимок", thread=topic)
    await expect(seller.locator(".messages img")).to_be_visible()
    await seller.locator(".bubble").last.hover()
    await seller.locator(".bubble").last.get_by_role("button", name="🔥").click()
    await expect(seller.locator(".reactions")).to_have_text("🔥")
    assert {url.split("/")[2] for url in requested} == {api.running.url.split("/")[2]}


async def test_a_newcomer_opens_the_bot_by_a_link(page: Page, api: Api) -> None:
    await page.goto(api.running.url)
    await page.locator("#newcomer input").fill("Вера")
    await page.locator("#newcomer button").click()
    await page.locator(".begin input").fill("ad_7")
    await page.locator(".begin button").click()
    await expect(page.get_by_text("/start ad_7")).to_be_visible()
    message = (await api.updates(timeout=50))[0]["message"]
    assert (message["from"]["first_name"], message["text"]) == ("Вера", "/start ad_7")
    markup = {"keyboard": [[{"text": "Телефон", "request_contact": True}]]}
    await api("sendMessage", chat_id=message["chat"]["id"], text="Ваш номер?", reply_markup=markup)
    await api("sendChatAction", chat_id=message["chat"]["id"], action="typing")
    await expect(page.locator(".acting")).to_contain_text("печатает")
    await api("sendMessage", chat_id=message["chat"]["id"], text="Спасибо")
    await expect(page.locator(".acting")).to_have_count(0)
    await page.locator(".keyboard button").click()
    (update,) = await api.updates(timeout=50)
    assert update["message"]["contact"]["user_id"] == message["from"]["id"]
