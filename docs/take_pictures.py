"""Takes the README's picture from the demo: one conversation as the customer, the salesperson and the marketer see it.

    .venv/bin/python docs/take_pictures.py

Needs Chromium at /usr/bin/chromium and a font with emoji; writes docs/pictures/conversation.png.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, async_playwright

from integrations.telegram.sandbox.client import SandboxClient

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "conversation.png"
CHROMIUM = "/usr/bin/chromium"
PATIENCE_SECONDS = 15
WIDTH, HEIGHT = 1290, 930

CAPTIONS = {
    "Ольга": "The customer writes to the bot",
    "Анна": "The salesperson claims and answers",
    "Мария": "The marketer sees what became of it",
}

FRAME = """
header, .begin, .close, .compose { display: none !important; }
main { padding: 12px !important; gap: 14px !important; }
.screen { border-radius: 14px !important; }
.caption { padding: 9px 14px; background: #2b83c4; color: #fff; font-weight: 600; }
"""


def daytime() -> str:
    """A zone in which it is eleven in the morning now: nobody sells kitchens at night."""
    east = (11 - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"  # the signs of these names are turned round


@asynccontextmanager
async def demo(zone: str) -> AsyncIterator[str]:
    """`make demo`, and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        cwd=ROOT,
        env={**os.environ, "TZ": zone, "LOCALE": "ru", "WORKING_HOURS": "Mon-Sun 09:00-18:00"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS * 6):
            url = await _address(process.stdout)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def _address(output: asyncio.StreamReader) -> str:
    """Once the last working day is over and the customer has written."""
    url = ""
    async for line in output:
        if found := re.search(rb"Open (http://\S+?)/", line):
            url = found[1].decode()
        if b"Ctrl-C" in line:
            return url
    raise RuntimeError("the demo has ended")


class Story:
    def __init__(self, sandbox: SandboxClient, people: dict[str, int], chats: dict[str, int]) -> None:
        self.sandbox, self.people, self.chats = sandbox, people, chats

    async def takes(self, name: str, customer: str) -> None:
        await self.taps(name, self.chats["Продажи"], customer, "Беру")

    async def taps(self, name: str, chat: int, words: str, label: str) -> None:
        """Presses a button of the newest message with these words."""
        await self.sandbox.wait_for(chat, words, PATIENCE_SECONDS, predicate=lambda message: label in str(message))
        messages = await self.sandbox.messages(chat, from_bot=True, deleted=False)
        card = next(one for one in reversed(messages) if words in (one.get("text") or "") and label in str(one))
        await self.sandbox.answer(await self.sandbox.tap(self.people[name], chat, card["message_id"], label))

    async def writes(self, name: str, text: str) -> None:
        await self.sandbox.send(self.people[name], self.people[name], text)

    async def answers(self, name: str, customer: str, text: str) -> None:
        """In the customer's topic of the salesperson's private chat; waits until the customer can read it."""
        person = self.people[name]
        head = await self.sandbox.wait_for(person, customer, PATIENCE_SECONDS, predicate=in_topic)
        await asyncio.sleep(6)  # until the customer's words have followed the card
        await self.sandbox.send(person, person, text, thread=head["message_thread_id"])
        await self.sandbox.wait_for(self.people[customer], text, PATIENCE_SECONDS)
        await asyncio.sleep(2)  # until the tick is there


def in_topic(message: dict[str, object]) -> bool:
    return bool(message.get("is_topic_message"))


async def play(sandbox: SandboxClient) -> Story:
    """Иван cannot pay, and marketing reads why; Ольга came for a checklist and stays for a kitchen."""
    people = {person["first_name"]: person["id"] for person in await sandbox.act("people") if not person.get("is_bot")}
    seen = (await sandbox.view(people["Виктор"]))["chats"]
    story = Story(sandbox, people, {chat["title"]: chat["id"] for chat in seen})

    people["Ольга"] = await sandbox.create("Ольга", "Белова", username="olga_b")
    await sandbox.start(people["Ольга"], "vk__ideas__checklist")
    await story.writes("Ольга", "Пришлите, пожалуйста, бесплатный чек-лист")
    await sandbox.wait_for(story.chats["Маркетинг"], "Ольга", PATIENCE_SECONDS)

    await story.takes("Борис", "Иван")
    await story.answers("Борис", "Иван", "Здравствуйте, Иван! От 90\u00a0000\u00a0₽. Замер завтра в 18:00?")
    await story.writes("Иван", "Ох, дорого. Пока только мечтаем, денег нет")
    await story.taps("Борис", people["Борис"], "Иван", "Не наш лид")
    await story.taps("Борис", people["Борис"], "Почему не наш лид?", "Нет бюджета")
    await sandbox.wait_for(story.chats["Маркетинг"], "Нет бюджета", PATIENCE_SECONDS)

    await story.writes("Ольга", "А сколько стоит заказать кухню 3 метра? +7 916 123-45-67")
    await story.takes("Анна", "Ольга")
    await story.answers("Анна", "Ольга", "Ольга, здравствуйте! Вся кухня – 95\u00a0000\u00a0₽, до праздников успеем.")
    await story.writes("Ольга", "Отлично, берём! Когда замер?")
    await sandbox.wait_for(people["Анна"], "берём! Когда замер?", PATIENCE_SECONDS)
    await asyncio.sleep(3)
    return story


async def frame(page: Page, story: Story) -> None:
    """Nothing on the screens is changed: the controls of the demo are hidden, and each screen gets a caption."""
    anna = page.locator(f'[data-person="{story.people["Анна"]}"]')
    await anna.locator(".topics button", has_text="Ольга").click()
    await page.mouse.move(0, 0)  # no bar of reactions over what it hovers on
    await page.add_style_tag(content=FRAME)
    for name, caption in CAPTIONS.items():
        screen = page.locator(f'[data-person="{story.people[name]}"]')
        await screen.evaluate(
            "(node, text) => { const line = document.createElement('div'); line.className = 'caption';"
            " line.textContent = text; node.prepend(line); }",
            caption,
        )
        await screen.locator(".messages").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    await page.wait_for_timeout(1000)


async def main() -> None:
    zone = daytime()
    async with demo(zone) as url, SandboxClient(url) as sandbox, async_playwright() as playwright:
        story = await play(sandbox)
        people, chats = story.people, story.chats
        seats = f"{people['Ольга']},{people['Анна']},{people['Мария']}@{chats['Маркетинг']}"
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(
            locale="ru-RU",
            timezone_id=zone,
            color_scheme="light",
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=1.4,
        )
        await page.goto(f"{url}/?people={seats}")
        await page.get_by_text("Когда замер?").first.wait_for()
        await frame(page, story)
        PICTURE.parent.mkdir(exist_ok=True)
        await page.screenshot(path=PICTURE)
        await browser.close()
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    asyncio.run(main())
