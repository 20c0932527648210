"""The connection is cut when a topic has just been made: there are two then, of which we know one."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.storage.store import Store
from tests.integrations.telegram.office import Office, open_office

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

LATE_SECONDS = 600.0


@pytest.fixture(params=["private", "forum"])
async def office(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    forum = request.param == "forum"
    async with open_office(store, tmp_path, topics=forum, private_topics=not forum) as opened:
        yield opened


def room(office: Office) -> int:
    return office.sales if office.topics else office.anna


async def topics(office: Office) -> list[int]:
    opened = await office.sandbox.messages(room(office), deleted=False)
    return [message["message_id"] for message in opened if "forum_topic_created" in message]


async def has_two_topics(office: Office) -> tuple[int, int, int]:
    """A customer, the topic where the talk goes on, and the other one; what Telegram tells of both comes late."""
    person, card = await office.has_lead("Иван", "Почём кухня?")
    office.sends = False
    await office.sandbox.tap(office.anna, office.sales, card["message_id"], "Беру")
    await office.until_promised("relay")
    await office.sandbox.act("trouble", hold=2, seconds=LATE_SECONDS)
    await office.sandbox.faults("cut_after", "createForumTopic")
    office.sends = True
    relayed = await office.sees(room(office), "Почём кухня?", predicate=lambda m: m["text"] == "Почём кухня?")
    known = relayed["message_thread_id"]
    (repeated,) = [thread for thread in await topics(office) if thread != known]
    return person, known, repeated


async def until_only(office: Office, *threads: int) -> None:
    async def only() -> bool:
        return await topics(office) == sorted(threads)

    await office.until(only, f"not {threads} alone")


async def test_it_goes_when_telegram_tells_of_it(office: Office) -> None:
    _, known, _ = await has_two_topics(office)
    await office.sandbox.advance(LATE_SECONDS + 1)
    await until_only(office, known)


async def test_what_is_written_in_it_is_asked_about_and_not_lost(office: Office) -> None:
    person, known, repeated = await has_two_topics(office)
    theirs = await office.sandbox.create_topic(office.chief if office.topics else office.anna, room(office), "Иван")
    for thread, words in ((repeated, "От 90 000"), (theirs, "Это не ему")):
        await office.sandbox.send(office.anna, room(office), words, thread=thread)
    question = await office.sees(room(office), "Кому это сообщение?", predicate=in_topic(repeated))
    await office.sandbox.advance(LATE_SECONDS + 1)
    await office.until_quiet()
    assert sorted([known, repeated, theirs]) == await topics(office), "what nobody has decided on yet stands in it"
    await office.sandbox.tap(office.anna, room(office), question["message_id"], "Иван")
    await office.sees(person, "От 90 000")
    assert "Это не ему" not in await office.said(person) and await office.items(status="failed") == []


def in_topic(thread: int) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["message_thread_id"] == thread


@pytest.mark.parametrize("office", ["forum"], indirect=True)
async def test_where_the_bot_may_not_delete_it_closes(office: Office) -> None:
    _, _, repeated = await has_two_topics(office)
    await office.sandbox.set_bot_member(office.sales, "administrator", {"can_delete_messages": False})
    await office.sandbox.advance(LATE_SECONDS + 1)

    async def closed() -> bool:
        said = await office.sandbox.messages(office.sales, repeated, from_bot=True)
        return any("forum_topic_closed" in message for message in said)

    await office.until(closed, "it was not closed")
