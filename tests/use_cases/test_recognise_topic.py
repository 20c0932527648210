"""A kill while a topic is made leaves one that we do not know: who opened it, when, and its name tell whose it is."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.messages import Sender
from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.cards import Card, desk_place, put_card
from bot.storage.desks import Desk, get_desk, put_desk, set_thread
from bot.use_cases.promised_erasures import erase_topic
from bot.use_cases.recognise_card import recognise_card
from bot.use_cases.recognise_topic import OwnTopic, keep_topic, recognise_topic
from bot.use_cases.route_message import route_message
from bot.use_cases.take_team_message import take_team_message
from bot.use_cases.team import Person
from bot.use_cases.team_message import AskedWhere, NoteKept, Taken
from integrations.telegram.client import Call
from integrations.telegram.errands.base import Nothing, Surroundings
from integrations.telegram.errands.desks import RemoveTopicErrand
from tests.conftest import MONDAY_NOON
from tests.use_cases.house import ANNA, BORIS, POLICY, SALES, House

AROUND = Surroundings(Texts("ru", ZoneInfo("Europe/Moscow")), POLICY, 1, True, "bot")
AN_ITEM = OutboxItem(1, "remove_topic", "", "", 4, {}, 0, 0, MONDAY_NOON, MONDAY_NOON, None)
KNOWN, UNKNOWN = 70, 71


def a_topic(name: str, opened_at: datetime, *, thread_id: int = UNKNOWN, chat_id: int = ANNA.telegram_id) -> OwnTopic:
    return OwnTopic(chat_id, thread_id, name, opened_at)


async def sees(house: House, topic: OwnTopic) -> None:
    """The update that tells of every topic, also of our own."""
    await house.do(recognise_topic, topic, POLICY, house.now)


async def writes(house: House, topic: OwnTopic, text: str = "От 90 000", person: Person = ANNA) -> Taken:
    words = house.words(person, text, chat_id=topic.chat_id, thread_id=topic.thread_id)
    return await house.do(take_team_message, words, POLICY, house.now, topic)


async def thread(house: House, lead_id: int) -> int | None:
    desk = await house.store.read(get_desk, lead_id)
    assert desk is not None
    return desk.thread_id


async def removed(house: House) -> list[int]:
    return [item.payload["thread"] for item in await house.promised("remove_topic")]


async def talk(house: House, name: str = "Иван", *, thread_id: int | None = None) -> int:
    lead_id = await house.owned_lead(name)
    if thread_id is not None:
        await house.do(set_thread, lead_id, thread_id)
    return lead_id


async def test_the_topic_that_the_talk_waits_for_is_adopted(house: House) -> None:
    lead_id = await talk(house)
    await sees(house, a_topic("Иван", house.now))
    assert await thread(house, lead_id) == UNKNOWN and await removed(house) == []


async def test_a_second_topic_is_removed(house: House) -> None:
    lead_id = await talk(house, thread_id=KNOWN)
    await sees(house, a_topic("Иван", house.now))
    assert await thread(house, lead_id) == KNOWN and await removed(house) == [UNKNOWN]


@pytest.mark.parametrize("known", [KNOWN, None])
async def test_of_words_in_it_the_bot_asks_and_it_stays(house: House, known: int | None) -> None:
    """Its title tells whom to offer first, and is no reason to send."""
    await talk(house, "Пётр", thread_id=KNOWN + 10)
    lead_id = await talk(house, thread_id=known)
    topic = a_topic("Иван", house.now)
    assert await writes(house, topic) == AskedWhere()
    await sees(house, topic)  # Telegram's word of it comes late
    assert await house.promised("answer") == [] and await removed(house) == [] and await thread(house, lead_id) == known
    (prompt,) = await house.prompts("route")
    assert (prompt.thread_id, prompt.data["leads"][0]) == (UNKNOWN, lead_id)
    await house.do(route_message, prompt.id, str(lead_id), ANNA, POLICY, house.now)
    (answer,) = await house.promised("answer")
    assert answer.destination == f"telegram:{house.customer('Иван')}"


async def renamed(house: House, lead_id: int) -> None:
    await house.writes("Иван", "Это снова я", sender=Sender(str(house.customer("Иван")), "Пётр"))


async def claimed_again(house: House, lead_id: int) -> None:
    house.clock.advance(minutes=5)
    await house.releases(ANNA, lead_id)
    await house.claims(ANNA, lead_id)


@pytest.mark.parametrize("meanwhile", [renamed, claimed_again])
async def test_words_for_one_are_never_sent_to_his_namesake(
    house: House, meanwhile: Callable[[House, int], Awaitable[None]]
) -> None:
    lead_id = await talk(house, thread_id=KNOWN)
    await talk(house, " Иван", thread_id=KNOWN + 10)
    topic = a_topic("Иван", house.now)
    await meanwhile(house, lead_id)
    assert await writes(house, topic) == AskedWhere()
    (prompt,) = await house.prompts("route")
    assert await house.promised("answer") == [] and lead_id in prompt.data["leads"]


async def test_what_a_colleague_writes_in_it_stays_where_it_stands(house: House) -> None:
    """Also when its removal was promised already: nothing else keeps his words."""
    lead_id = await talk(house)
    await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), SALES, KNOWN))
    topic = a_topic("Иван", house.now, chat_id=SALES)
    await sees(house, topic)
    assert await removed(house) == [UNKNOWN]
    assert await writes(house, topic, "Могу помочь", BORIS) == AskedWhere()
    assert await removed(house) == []


async def test_a_note_in_it_is_a_note_on_that_lead(house: House) -> None:
    lead_id = await talk(house, thread_id=KNOWN)
    await talk(house, "Пётр", thread_id=KNOWN + 10)
    assert await writes(house, a_topic("Иван", house.now), "// просит скидку") == NoteKept(lead_id)
    assert await house.promised("answer") == []


@pytest.mark.parametrize("known", [(KNOWN, KNOWN + 10), (KNOWN, None), (None, None)])
async def test_between_namesakes_nobody_guesses(house: House, known: tuple[int | None, int | None]) -> None:
    for name, thread_id in zip(("Иван", " Иван"), known, strict=True):
        await talk(house, name, thread_id=thread_id)
    assert await writes(house, a_topic("Иван", house.now)) == AskedWhere()
    assert await house.promised("answer", "remove_topic") == []


async def test_between_namesakes_an_empty_one_that_neither_waits_for_is_removed(house: House) -> None:
    await talk(house, "Иван", thread_id=KNOWN)
    await talk(house, " Иван", thread_id=KNOWN + 10)
    await sees(house, a_topic("Иван", house.now))
    assert await removed(house) == [UNKNOWN]


@pytest.mark.parametrize(
    "topic",
    [
        pytest.param({"name": "Закупки"}, id="another name"),
        pytest.param({"thread_id": KNOWN}, id="the talk's own"),
        pytest.param({"chat_id": BORIS.telegram_id}, id="another chat"),
        pytest.param({"hours": -2}, id="older than the talk, as of an earlier installation"),
    ],
)
async def test_any_other_topic_is_left_alone(house: House, topic: dict[str, object]) -> None:
    told = {"name": "Иван", "thread_id": UNKNOWN, "chat_id": ANNA.telegram_id, "hours": 0} | topic
    hours = told.pop("hours")
    lead_id = await talk(house, thread_id=KNOWN)
    opened_at = house.now + timedelta(hours=hours)  # type: ignore[arg-type]
    await sees(house, OwnTopic(opened_at=opened_at, **told))  # type: ignore[arg-type]
    assert await thread(house, lead_id) == KNOWN and await removed(house) == []


async def test_the_topic_of_a_talk_that_has_moved_on_is_left_alone(house: House) -> None:
    """Its card stands in it, and what was said."""
    moved = await talk(house)
    anna = await house.teammate(ANNA)
    await house.do(put_card, Card(moved, desk_place(anna), ANNA.telegram_id, UNKNOWN, 5), house.now)
    await house.do(put_desk, Desk(moved, await house.teammate(BORIS), BORIS.telegram_id, None))
    await talk(house, " Иван", thread_id=KNOWN)
    await sees(house, a_topic("Иван", house.now))
    assert await removed(house) == []


async def test_a_long_name_is_known_by_its_beginning(house: House) -> None:
    lead_id = await talk(house, "И" * 120 + " Сергеевич")
    await sees(house, a_topic("И" * 120 + " Сергее…", house.now))
    assert await thread(house, lead_id) == UNKNOWN


async def test_an_answer_that_comes_after_an_earlier_topic_was_adopted_makes_no_second_home(house: House) -> None:
    lead_id = await talk(house)
    await sees(house, a_topic("Иван", house.now))
    await house.do(keep_topic, lead_id, ANNA.telegram_id, UNKNOWN, house.now)
    assert await removed(house) == []
    await house.do(keep_topic, lead_id, ANNA.telegram_id, UNKNOWN + 1, house.now)
    assert await thread(house, lead_id) == UNKNOWN and await removed(house) == [UNKNOWN + 1]


async def test_a_topic_that_is_there_when_the_talk_has_moved_is_removed(house: House) -> None:
    lead_id = await talk(house)
    await house.do(put_desk, Desk(lead_id, await house.teammate(BORIS), BORIS.telegram_id, None))
    await house.do(keep_topic, lead_id, ANNA.telegram_id, UNKNOWN, house.now)
    assert await thread(house, lead_id) is None and await removed(house) == [UNKNOWN]


async def test_a_tapped_card_brings_its_topic_along(house: House) -> None:
    lead_id = await talk(house)
    place = desk_place(await house.teammate(ANNA))
    await house.do(recognise_card, lead_id, place, ANNA.telegram_id, UNKNOWN, 5, house.now)
    assert await thread(house, lead_id) == UNKNOWN


async def test_a_topic_that_is_somebodys_by_now_is_not_removed(house: House) -> None:
    """It was taken for a repeat before the answer to its making was written down."""
    await talk(house, thread_id=KNOWN)
    await sees(house, a_topic("Иван", house.now))
    (item,) = await house.promised("remove_topic")
    errand, promised = RemoveTopicErrand(AROUND), replace(AN_ITEM, destination=item.destination, payload=item.payload)
    assert isinstance(await house.store.read(errand.prepare, promised, house.now), Call)
    await house.do(set_thread, await talk(house, "Мария"), UNKNOWN)
    assert isinstance(await house.store.read(errand.prepare, promised, house.now), Nothing)


async def test_the_topic_of_somebody_forgotten_is_nobody_elses(house: House) -> None:
    await talk(house, thread_id=KNOWN)
    await house.do(erase_topic, 1, ANNA.telegram_id, UNKNOWN, house.now)
    await sees(house, a_topic("Иван", house.now))
    assert await removed(house) == []
