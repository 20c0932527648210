"""What a visitor says of how it was: asked once a closing, of whom somebody has answered."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.kpi import Audience, Period, PeriodKind, Report
from bot.locales import Texts
from bot.storage.store import Tx
from bot.storage.tables import channel_identities, ratings
from bot.storage.undo import UNDO_LIFE
from bot.storage.window import Line, lines_after
from bot.use_cases.build_report import build_report
from bot.use_cases.export_person import export_person
from bot.use_cases.forget_contact import forget
from bot.use_cases.rate import rate_in_window
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.undo_act import undo_act
from integrations.telegram.digest_view import render_digest
from scheduler.watch import WatchJob
from tests.storage.scan import cells_with
from tests.use_cases.house import ANNA, BORIS, POLICY, House
from tests.use_cases.test_show_in_window import VISITOR, lead_of, says, shown


async def answered(house: House) -> int:
    """A visitor whom Anna has answered; his lead."""
    await says(house)
    lead_id = await lead_of(house)
    await house.claims(ANNA, lead_id)
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await shown(house)
    return lead_id


async def closed(house: House) -> int:
    lead_id = await answered(house)
    await house.wins(ANNA, lead_id)
    await time_passes(house)
    return lead_id


async def time_passes(house: House) -> None:
    house.clock.advance(seconds=UNDO_LIFE.total_seconds() + 1)
    await WatchJob(house.store, house.clock, POLICY).run()


async def questions(house: House) -> list[Line]:
    lines = (await house.store.read(lines_after, "webchat", VISITOR, 0)).lines
    return [line for line in lines if line.question is not None]


async def rates(house: House, stars: int | None, word: str = "", visitor: str = VISITOR) -> bool:
    (*_, line) = await questions(house)
    return await house.do(rate_in_window, "webchat", visitor, line.number, stars, word, POLICY, house.now)


async def test_asked_once_the_tap_cannot_be_undone_and_told_to_the_owner(house: House) -> None:
    lead_id = await answered(house)
    await house.wins(ANNA, lead_id)
    assert await questions(house) == []
    await time_passes(house)
    (line,) = await questions(house)
    assert line.question is not None and line.question.is_open
    assert not await rates(house, 1, visitor="Somebody0Somebody0Some")
    assert await rates(house, 4, "Быстро и вежливо")
    assert not await rates(house, 1, "Передумал")
    assert [(q.question.is_open, q.question.stars) for q in await questions(house) if q.question] == [(False, 4)] * 2
    (told,) = [item.payload for item in await house.promised("say") if item.payload["text"] == "rating.with_word"]
    assert told["values"] == {"lead": lead_id, "name": "Ольга", "stars": 4, "word": "Быстро и вежливо"}


async def test_who_does_not_want_to_say_is_not_asked_again(house: House) -> None:
    await closed(house)
    assert await rates(house, None, "слово без звёзд")
    assert not await rates(house, 5)
    assert await house.store.read(lambda tx: tx.execute(sa.select(ratings.c.stars, ratings.c.word)).all()) == [
        (None, None)
    ]
    assert not {"rating.given", "rating.with_word"} & set(await house.told(ANNA.telegram_id))
    assert (await _report(house)).ratings.value is None


async def test_nothing_is_asked_of_whom_nobody_has_answered_or_who_is_not_closed(house: House) -> None:
    await says(house)
    lead_id = await lead_of(house)
    await house.claims(ANNA, lead_id)
    await house.wins(ANNA, lead_id)
    await time_passes(house)
    assert await questions(house) == []


async def test_a_tap_that_is_undone_asks_nothing(house: House) -> None:
    lead_id = await answered(house)
    await house.wins(ANNA, lead_id)
    await house.do(undo_act, lead_id, ANNA, POLICY, house.now)
    await time_passes(house)
    assert await questions(house) == []


async def test_a_closing_that_is_reopened_is_not_rated_and_the_next_one_is(house: House) -> None:
    lead_id = await closed(house)
    await house.do(reopen_lead, lead_id, ANNA, POLICY, house.now)
    (line,) = await questions(house)
    assert line.question is not None and not line.question.is_open
    assert not await rates(house, 5)
    await house.wins(ANNA, lead_id)
    await time_passes(house)
    assert await rates(house, 5)


async def test_who_has_left_is_told_nothing(house: House) -> None:
    await closed(house)
    await house.leaves(ANNA)
    assert await rates(house, 2, "Долго")
    assert not {"rating.given", "rating.with_word"} & set(await house.told(ANNA.telegram_id))
    assert not {"rating.given", "rating.with_word"} & set(await house.told(BORIS.telegram_id))


async def test_counted_for_managers_exported_and_forgotten(house: House) -> None:
    await closed(house)
    await rates(house, 4, "Приезжали на Лесную улицу")
    report = await _report(house)
    assert (report.ratings.part, report.ratings.whole) == (4, 1)
    texts = Texts("ru", ZoneInfo("Europe/Moscow"))
    assert "Оценки клиентов: 4 из 5 (1)" in render_digest(report, texts, POLICY.hours)
    contact = sa.select(channel_identities.c.contact_id).where(channel_identities.c.external_id == VISITOR)
    contact_id = await house.store.read(lambda tx: tx.execute(contact).scalar_one())
    told = await house.store.read(export_person, contact_id)
    assert told is not None
    (rating,) = told["leads"][0]["ratings"]
    assert (rating["stars"], rating["word"]) == (4, "Приезжали на Лесную улицу")
    await forget(house.store, contact_id, house.now)
    assert await house.store.read(cells_with, ["Лесную"]) == []
    assert (await _report(house)).ratings.whole == 1


async def _report(house: House) -> Report:
    def unit(tx: Tx) -> Report:
        period = Period.of(PeriodKind.DAY, house.now.date(), "Europe/Moscow")
        return build_report(tx, period, house.now, Audience.MANAGERS)

    return await house.store.read(unit)
