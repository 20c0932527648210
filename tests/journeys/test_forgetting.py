"""A busy day on which everybody is told of a person; then he is forgotten, and no chat of the team knows him."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from integrations.telegram.sandbox.client import Json
from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage

pytestmark = pytest.mark.journey

PAIRS = [("sqlite", "ru"), ("postgresql", "en")]
NUMBER = "+7 916 555-01-42"
TRACES = (
    "Аристарх", "Забывакин", "zabyvakin", "916 555", "9165550142", "кухня из ореха", "Лиговк", "вспыльчив",
    "рассрочк", "обещал подумать",
)  # fmt: skip
TRACE = re.compile("|".join(map(re.escape, TRACES)), re.IGNORECASE)
DAY = 24 * 3600


@pytest.mark.parametrize(("database_url", "locale"), PAIRS, indirect=["database_url"])
async def test_no_chat_of_the_team_knows_him_any_more(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale, TELEGRAM_GROUP_RATE="0") as stage:
        await stage.opens_bot(stage.anna, stage.boris, stage.maria_marketer, stage.chief)
        person = await stage.sandbox.create("Аристарх", "Забывакин", username="zabyvakin")
        await he_asks_and_is_worked_on(stage, person)
        await he_stands_in_every_list(stage)
        await he_is_rejected_and_answered(stage)
        await the_digest_names_him(stage)
        told_of = [chat for chat in team_chats(stage) if await traces(stage, chat)]
        assert set(told_of) == set(team_chats(stage)), "else the test would prove little"
        code, told, errors = await stage.bot.command("forget", "lead:1")
        assert code == 0, errors
        assert not TRACE.search(told + errors)
        await nothing_is_left(stage)
        await the_digest_still_tells_the_numbers(stage)
        _, failed, _ = await stage.bot.command("failed", "list")
        assert "erase" not in failed
        assert not TRACE.search(stage.bot.log.read_text()), "what was said is nobody's business in a log"
        assert await stage.sandbox.violations() in (None, [])


def team_chats(stage: Stage) -> tuple[int, ...]:
    return (stage.sales, stage.marketing, stage.managers, stage.anna, stage.boris, stage.maria_marketer, stage.chief)


async def traces(stage: Stage, chat: int) -> list[str]:
    """Whatever in this chat tells of him: words, captions, buttons, names of topics, also what teammates typed."""
    shown = await stage.sandbox.messages(chat, deleted=False)
    return [str(message) for message in shown if TRACE.search(str(_seen(message)))]


def _seen(message: Json) -> list[Any]:
    return [message.get(part) for part in ("text", "caption", "reply_markup", "forum_topic_created", "contact")]


def asking(stage: Stage, key: str) -> str:
    """The longest piece of a question in which nobody is named."""
    return max(stage.plain(key, name="…", by="…").split("…"), key=len).strip()


async def he_asks_and_is_worked_on(stage: Stage, person: int) -> None:
    sandbox, says = stage.sandbox, stage.says
    await sandbox.start(person, "yandex__autumn__kitchen")
    await sandbox.send(person, person, f"Хочу заказать, сколько стоит кухня из ореха? На Лиговку, {NUMBER}")
    card = await stage.card(stage.sales, "Забывакин", predicate=stage.has_button(says("button.claim")))
    await sandbox.send(stage.boris, stage.boris, "/queue")
    await stage.card(stage.boris, stage.plain("queue.head", count=1))
    await sandbox.advance(20 * 60)  # nobody has taken him in the promised time
    await stage.card(stage.sales, stage.plain("overdue.head", count=1))
    await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
    words = await stage.card(stage.anna, "кухня из ореха", replied=True)
    await sandbox.send(stage.anna, stage.anna, "// вспыльчив, осторожно")
    await stage.card(stage.anna, "вспыльчив")
    answer = await sandbox.send(stage.anna, stage.anna, "Аристарх, здравствуйте!", reply_to=words["message_id"])
    await stage.until_ticked(stage.anna, answer)
    await sandbox.send_photo(person, person, caption="Вот кухня из ореха")
    await stage.thing(stage.anna, "photo")


async def he_stands_in_every_list(stage: Stage) -> None:
    sandbox, says = stage.sandbox, stage.says
    await sandbox.send(stage.anna, stage.anna, "/my")
    await stage.card(stage.anna, stage.plain("my.head", count=1))
    await sandbox.send(stage.boris, stage.boris, "/find Забывакин")
    await stage.card(stage.boris, stage.plain("find.head", count=1, query="Забывакин"))
    await sandbox.send(stage.chief, stage.chief, "/lead 1")
    page = await stage.card(stage.chief, "кухня из ореха")
    await stage.tap(stage.chief, stage.chief, page, says("page.messages"))
    await stage.card(stage.chief, "Аристарх, здравствуйте!")
    head = await stage.card(stage.anna, "Забывакин", predicate=stage.has_button(says("button.more")))
    await sandbox.advance(40 * 60)  # and Anna has not answered him in time
    await stage.card(
        stage.anna, stage.plain("remind.answer", name="Аристарх Забывакин", duration="…").partition("…")[0]
    )
    await stage.tap(stage.anna, stage.anna, head, says("button.more"))
    head = await stage.card(stage.anna, "Забывакин", predicate=stage.has_button(says("button.transfer")))
    await stage.tap(stage.anna, stage.anna, head, says("button.transfer"))
    head = await stage.card(stage.anna, "Забывакин", predicate=stage.has_button("Борис"))
    await stage.tap(stage.anna, stage.anna, head, "Борис")
    asked = await stage.card(stage.anna, "Забывакин", predicate=stage.has_button(says("button.without_note")))
    await sandbox.send(stage.anna, stage.anna, "обещал подумать о рассрочке", reply_to=asked["message_id"])
    await stage.card(stage.boris, "Забывакин", predicate=stage.has_button(says("button.reject")))


async def the_digest_names_him(stage: Stage) -> None:
    await stage.sandbox.advance(DAY)  # past nine on Wednesday
    await stage.card(stage.managers, "☀️", predicate=lambda message: "Забывакин" in message["text"])
    await stage.sandbox.send(stage.maria_marketer, stage.maria_marketer, "/digest")
    await stage.card(stage.maria_marketer, "☀️")


async def he_is_rejected_and_answered(stage: Stage) -> None:
    sandbox, says = stage.sandbox, stage.says
    head = await stage.card(stage.boris, "Забывакин", predicate=stage.has_button(says("button.reject")))
    await stage.tap(stage.boris, stage.boris, head, says("button.reject"))
    head = await stage.card(stage.boris, "Забывакин", predicate=stage.has_button(says("reject.other")))
    await stage.tap(stage.boris, stage.boris, head, says("reject.other"))
    asked = await stage.card(stage.boris, asking(stage, "ask.reject_note"))
    await sandbox.send(stage.boris, stage.boris, "ждёт рассрочку", reply_to=asked["message_id"])
    card = await stage.card(stage.marketing, "рассрочк", predicate=stage.has_button(says("button.dispute")))
    await sandbox.send(stage.maria_marketer, stage.maria_marketer, "/rejects")
    await stage.card(stage.maria_marketer, "🚫", predicate=stage.has_button("Аристарх"))
    await stage.tap(stage.maria_marketer, stage.marketing, card, says("button.dispute"))
    asked = await stage.card(stage.marketing, asking(stage, "ask.dispute_comment"))
    await sandbox.send(stage.maria_marketer, stage.marketing, "рассрочка у нас есть", reply_to=asked["message_id"])
    await stage.card(stage.managers, "рассрочка у нас есть")


async def nothing_is_left(stage: Stage) -> None:
    async def clean() -> bool:
        return not any([await traces(stage, chat) for chat in team_chats(stage)])

    try:
        await stage.sandbox.wait_until(clean, PATIENCE_SECONDS, "something still tells of him")
    except TimeoutError:
        left = await asyncio.gather(*(traces(stage, chat) for chat in team_chats(stage)))
        raise AssertionError([one for found in left for one in found]) from None


async def the_digest_still_tells_the_numbers(stage: Stage) -> None:
    told = await stage.card(stage.managers, "☀️")
    assert "№1" in told["text"] and stage.plain("digest.first") in told["text"]
