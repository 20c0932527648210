"""The automatic words: one honest time, one more when it has passed, and who is speaking."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.leads import DeadlineKind
from bot.domain.messages import MessageKind
from bot.domain.working_time import WorkingHours
from bot.storage.deadlines import due_deadlines, get_deadline
from bot.storage.leads import lock_lead
from bot.storage.store import Tx
from bot.storage.tables import contacts, leads
from bot.storage.team import teammate_by_telegram
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.transfer_lead import transfer
from tests.use_cases.house import ANNA, BORIS, MARIA, House


async def greetings(house: House) -> list[tuple[str, float | None]]:
    """Each promised greeting: its text, and in how many minutes a human will have answered."""

    def told(payload: dict[str, str]) -> float | None:
        until = payload["until"]
        return (datetime.fromisoformat(until) - house.now).total_seconds() / 60 if until else None

    return [(item.payload["text"], told(item.payload)) for item in await house.promised("greet")]


async def time_passes(house: House, **delta: float) -> None:
    """And the clock looks what is due."""
    house.clock.advance(**delta)
    for number in await house.store.read(due_deadlines, house.now):
        await house.do(meet_deadline, number, house.policy, house.now)


async def introductions(house: House) -> list[int]:
    return [item.payload["message"] for item in await house.promised("introduce")]


async def test_who_writes_is_told_when_a_human_answers(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    assert await greetings(house) == [("greet.received", 45.0)]
    assert await house.event(lead_id, "promised") == {
        "until": (house.now + timedelta(minutes=45)).isoformat(),
        "again": False,
    }


async def test_the_time_is_how_fast_the_team_has_answered_lately(house: House) -> None:
    for turn in range(5):
        lead_id = await house.owned_lead(f"Клиент {turn}")
        house.clock.advance(minutes=8)
        await house.says_to_bot(ANNA, "Здравствуйте!")
        await house.delivers()
        await house.releases(ANNA, lead_id)
    await house.writes("Иван")
    assert ("greet.received", 10.0) in await greetings(house)


async def test_a_second_word_comes_when_the_time_has_passed_and_never_a_third(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    await house.forgets_promises()
    await time_passes(house, minutes=44)
    assert await greetings(house) == []
    await time_passes(house, minutes=1)
    assert await greetings(house) == [("greet.late", 45.0)]
    await house.forgets_promises()
    await time_passes(house, hours=30)
    await house.writes("Иван", "Вы тут?")
    assert await greetings(house) == []
    assert (await house.events(lead_id)).count("promised") == 2


async def test_a_second_word_missed_by_day_does_not_come_at_night(house: House) -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow")
    house.policy = replace(house.policy, hours=hours)
    await house.writes("Иван")
    await house.forgets_promises()
    await time_passes(house, hours=8)  # the process was down; it is late in the evening
    assert not hours.is_open(house.now) and await greetings(house) == []
    house.clock.time = hours.next_opening(house.now)
    await time_passes(house)
    assert [text for text, _ in await greetings(house)] == ["greet.late"]


@pytest.mark.parametrize("answered", [True, False])
async def test_who_is_answered_or_closed_is_promised_nothing_more(house: House, answered: bool) -> None:
    lead_id = await house.owned_lead()
    if answered:
        await house.says_to_bot(ANNA, "Здравствуйте!")
        await house.delivers()
        assert await house.store.read(get_deadline, lead_id, DeadlineKind.PROMISE) is None
    else:
        await house.wins(ANNA, lead_id)
    await house.forgets_promises()
    await time_passes(house, hours=1)
    assert await greetings(house) == []


async def test_who_writes_on_a_saturday_in_fridays_talk_is_told_when_a_human_is_back(house: House) -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow")
    house.policy = replace(house.policy, hours=hours)
    house.clock.advance(days=4, hours=4, minutes=30)  # Friday, half past four in Moscow
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await house.delivers()
    house.clock.advance(hours=2)  # she has just gone home
    await house.writes("Иван", "Спасибо!")
    assert not hours.is_open(house.now) and await greetings(house) == []
    house.clock.advance(hours=24)
    await house.writes("Иван", "А доставка есть?")
    ((text, minutes),) = await greetings(house)
    assert text == "greet.received" and minutes is not None
    assert hours.is_open(house.now + timedelta(minutes=minutes))
    await house.writes("Иван", "И сборка?")
    assert len(await greetings(house)) == 1 and lead_id


async def test_a_new_wait_is_told_again(house: House) -> None:
    """The talk was over long ago: the lead came back to the chat, and the customer comes back too."""
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await house.delivers()
    await house.releases(ANNA, lead_id)
    await house.forgets_promises()
    house.clock.advance(days=2)
    await house.writes("Иван", "А доставка есть?")
    assert [text for text, _ in await greetings(house)] == ["greet.received"]


async def test_a_start_again_is_answered_and_opens_nothing(house: House) -> None:
    await house.starts("Иван")
    await house.starts("Иван")
    await house.starts("Иван")
    assert [text for text, _ in await greetings(house)] == ["greet.welcome", "greet.again"]
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(leads))) == 0


async def test_somebody_elses_card_is_not_the_customers_phone(house: House) -> None:
    received = await house.writes("Иван", "Мастер +7 999 765-43-21", kind=MessageKind.CONTACT)
    assert (await house.store.read(lambda tx: tx.scalar(sa.select(contacts.c.phone)))) is None
    assert received.lead_id is not None


# Who is speaking -----------------------------------------------------------------------------------------------------


async def test_the_first_answer_of_a_person_names_him_and_the_next_do_not(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await house.says_to_bot(ANNA, "Слушаю вас")
    first = (await house.messages(direction="outbound"))[0]
    assert await introductions(house) == [first.id]
    kinds = [item.kind for item in await house.promised("introduce", "answer")]
    assert kinds == ["introduce", "answer", "answer"]
    await house.delivers()
    await house.says_to_bot(ANNA, "Ещё минуту")
    assert await introductions(house) == []

    def to_boris(tx: Tx) -> None:
        lead, boris = lock_lead(tx, lead_id), teammate_by_telegram(tx, BORIS.telegram_id)
        assert lead is not None and boris is not None
        transfer(tx, lead, boris, None, house.policy, house.now)

    await house.delivers()
    await house.do(to_boris)
    await house.says_to_bot(BORIS, "Теперь с вами я")
    assert len(await introductions(house)) == 1


async def test_a_marketer_is_named_too(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(answer_as_marketer, lead_id, MARIA, house.policy, house.now)
    await house.says_to_bot(MARIA, "Здравствуйте!")
    assert len(await introductions(house)) == 1
