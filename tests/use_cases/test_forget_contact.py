"""After a person is forgotten nothing anywhere tells of him, and the numbers are what they were."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.kpi import Audience, Period, PeriodKind
from bot.domain.leads import FeedbackState, RejectReason, Status
from bot.domain.messages import Sender, Touch
from bot.ports import OutboxItem, RawEvent
from bot.storage.desks import Desk, put_desk
from bot.storage.intake import record_failure, take_event
from bot.storage.leads import lock_lead
from bot.storage.outbox import Priority, again, promise
from bot.storage.store import Tx
from bot.storage.store.sqlite import truncate_log
from bot.storage.tables import channel_identities, consents, contacts, feedback, leads, touches
from bot.use_cases.build_report import build_report
from bot.use_cases.forget_contact import NOBODY, Forgotten, forget
from bot.use_cases.promised_notices import say
from tests.storage.scan import cells_with, files_with
from tests.use_cases.house import ANNA, BORIS, SALES, House

NAME, USERNAME, PHONE, EMAIL = "Аристарх Забывакин", "aristarkh_z", "+79165550142", "aristarkh@example.org"
WORDS = "Сломалась столешница на Лиговке"
PERSONAL = [
    NAME, USERNAME, PHONE, "9165550142", EMAIL, WORDS, "Лиговке", "Передумал", "вспыльчив", "кв. 17",
    "utm-secret", "Здравствуйте, Аристарх", "file-1", "777000555",
]  # fmt: skip
SENDER = Sender("777000555", NAME, USERNAME, phone=PHONE, email=EMAIL)
TOUCH = Touch(source="yandex", campaign="осень", term="utm-secret", answers={"адрес": "кв. 17"})


async def worked_on(house: House) -> tuple[int, int]:
    """A customer with everything that a customer can leave behind: `(contact, lead)`."""
    said = await house.writes(NAME, WORDS, sender=SENDER, touch=TOUCH, external_id="71")
    lead_id = said.lead_id
    assert lead_id is not None
    await house.delivers()
    await house.claims(ANNA, lead_id)
    await house.delivers()
    await house.shows_photo(NAME, sender=SENDER)
    await house.edits(house.says(NAME, WORDS, sender=SENDER, external_id="71"), "Передумал")
    await house.says_to_bot(ANNA, "Здравствуйте, Аристарх!")
    await house.says_to_bot(ANNA, "// вспыльчив, осторожно")
    await house.delivers()
    contact_id = (await house.lead(lead_id)).contact_id
    await house.do(leave_traces, contact_id, lead_id, house.now)
    return contact_id, lead_id


def leave_traces(tx: Tx, contact_id: int, lead_id: int, now: Any) -> None:
    card = {"message_id": 1, "chat": {"id": SALES, "type": "supergroup"}, "text": f"🔥 {NAME} {PHONE}"}
    his = {"message": {"from": {"id": 777000555, "first_name": "Аристарх"}, "text": WORDS}}
    take_event(tx, RawEvent("telegram:1", "1", "update", his), None, now)
    record_failure(tx, RawEvent("telegram:1", "2", "update", his), "KeyError", now)
    take_event(tx, RawEvent("telegram:1", "3", "update", {"callback_query": {"message": card}}), None, now)
    note = {"message": {"from": {"id": 101, "first_name": "Анна"}, "text": "// Вспыльчив, осторожно"}}
    take_event(tx, RawEvent("telegram:1", "4", "update", note), None, now)
    tx.execute(
        consents.insert().values(
            contact_id=contact_id, purpose="contact", given=True, text_version="1", source="telegram", at=now
        )
    )
    put_desk(tx, Desk(lead_id, 1, ANNA.telegram_id, 33))
    say(tx, ANNA.telegram_id, "told.lead_moved", now, lead=lead_id, owner=NAME)


async def scan(house: House, words: list[str]) -> list[str]:
    return await house.store.read(cells_with, words)


async def test_nothing_is_left_of_a_person(house: House, tmp_path: Path) -> None:
    contact_id, lead_id = await worked_on(house)
    before = await scan(house, PERSONAL)
    assert {line.partition(": ")[2] for line in before} == set(PERSONAL)  # else the test would prove nothing
    told = await forget(house.store, contact_id, house.now)
    assert isinstance(told, Forgotten)
    assert (told.leads, told.messages) == (1, 3)
    assert await scan(house, PERSONAL) == []
    if house.store.url.get_backend_name() == "sqlite":
        assert await house.do(lambda tx: tx.exec_driver_sql("PRAGMA secure_delete").scalar()) == 1
        assert truncate_log(house.store.url)
        assert files_with(Path(house.store.url.database or ""), PERSONAL) == []
    assert await forget(house.store, contact_id, house.now) is None
    assert (await house.lead(lead_id)).status is Status.REJECTED


async def test_others_are_not_touched(house: House) -> None:
    await house.writes("Пётр Иной", "Тоже хочу кухню, +7 921 000-11-22")
    words = ["Пётр Иной", "Тоже хочу кухню", "+79210001122"]
    contact_id, _ = await worked_on(house)
    await house.do(
        lambda tx: record_failure(
            tx, RawEvent("telegram:1", "9", "update", {"message": {"text": "Тоже хочу кухню"}}), "KeyError", house.now
        )
    )
    before = await scan(house, words)
    await forget(house.store, contact_id, house.now)
    assert await scan(house, words) == before


async def test_the_numbers_stay(house: House) -> None:
    contact_id, lead_id = await worked_on(house)
    await house.wins(ANNA, lead_id)
    await house.delivers()
    asked = (await house.prompts("amount"))[0]
    await house.says_to_bot(ANNA, "150000 чек 88", reply_to=asked.message_id)

    async def numbers() -> Any:
        day = Period.of(PeriodKind.DAY, house.now.date(), "UTC")
        return await house.store.read(build_report, day, house.now + timedelta(days=1), Audience.MANAGERS)

    before = await numbers()
    await forget(house.store, contact_id, house.now)
    assert await numbers() == before
    assert (await house.lead(lead_id)).amount == 15_000_000
    marks = await house.store.read(
        lambda tx: tx.execute(sa.select(touches.c.source, touches.c.campaign, touches.c.term)).one()
    )
    assert await scan(house, ["чек 88"]) == []
    assert tuple(marks) == ("yandex", "осень", None)


async def test_who_writes_again_is_somebody_new(house: House) -> None:
    contact_id, _ = await worked_on(house)
    await forget(house.store, contact_id, house.now)
    again = await house.writes(NAME, "Здравствуйте", sender=SENDER)
    lead = await house.lead(again.lead_id)
    assert lead.contact_id != contact_id
    old = await house.store.read(lambda tx: tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one())
    assert (old.name, old.phone, old.forgotten_at) == (NOBODY, None, house.now)


async def test_what_stands_in_our_chats_is_to_be_erased(house: House) -> None:
    contact_id, lead_id = await worked_on(house)
    sales, desk = await house.card(lead_id, "sales"), await house.card(lead_id, "desk:1")
    await forget(house.store, contact_id, house.now)
    topics = [(item.destination, item.payload["thread"]) for item in await house.promised("erase_topic")]
    assert topics == [("telegram:101", 33)]
    erased = {(item.destination, item.payload["message"]) for item in await house.promised("erase")}
    assert {(f"telegram:{SALES}", sales), ("telegram:101", desk)} <= erased
    assert not [item for item in await house.promised() if not item.kind.startswith("erase")]
    assert "777000555" not in str(await house.promised())


@pytest.mark.parametrize("status", [Status.NURTURING, Status.OFFERED, Status.CLAIMED, Status.WORKING])
async def test_an_open_lead_ends_and_no_old_button_wakes_it(house: House, status: Status) -> None:
    if status is Status.NURTURING:
        lead_id = (await house.shows_photo("Иван")).lead_id
    else:
        lead_id = (await house.writes("Иван")).lead_id
        if status is not Status.OFFERED:
            await house.claims(BORIS, lead_id)
        if status is Status.WORKING:
            await house.says_to_bot(BORIS, "Здравствуйте")
            await house.delivers()
    lead = await house.lead(lead_id)
    assert lead.status is status
    await forget(house.store, lead.contact_id, house.now)
    ended = await house.lead(lead_id)
    assert (ended.status, ended.closed_at, ended.waiting_since) == (Status.REJECTED, house.now, None)
    assert (await house.events(lead_id))[-1] == "forgotten"
    assert await house.do(lock_lead, ended.id) is None


async def test_an_open_question_of_feedback_is_settled(house: House) -> None:
    lead_id = await house.owned_lead("Иван", ANNA)
    await house.rejects(ANNA, lead_id, RejectReason.NO_BUDGET)
    await forget(house.store, (await house.lead(lead_id)).contact_id, house.now)
    state = await house.store.read(lambda tx: tx.scalar(sa.select(feedback.c.state)))
    assert state == FeedbackState.AGREED


async def test_what_is_under_way_comes_to_nothing(house: House) -> None:
    """A send that began before and ends afterwards brings back nothing of what was blanked."""
    contact_id, _ = await worked_on(house)
    pending = (await house.promised("say"))[0]
    await forget(house.store, contact_id, house.now)
    item = OutboxItem(**{field: getattr(pending, field) for field in OutboxItem.__dataclass_fields__})
    await house.do(again, item, payload=item.payload)
    assert await scan(house, PERSONAL) == []


async def test_a_long_past_is_looked_through_in_steps(house: House) -> None:
    contact_id, _ = await worked_on(house)

    def fill(tx: Tx) -> None:
        for number in range(1_200):
            take_event(
                tx,
                RawEvent("telegram:2", str(number), "update", {"message": {"text": f"{WORDS}, {PHONE}"}}),
                None,
                house.now,
            )
            promise(
                tx,
                "say",
                lane="x",
                destination="telegram:101",
                priority=Priority.REFRESH,
                now=house.now,
                payload={"values": {"a": PHONE}},
            )

    await house.do(fill)
    await forget(house.store, contact_id, house.now)
    assert await scan(house, PERSONAL) == []


async def test_two_who_forget_at_once(house: House) -> None:
    contact_id, _ = await worked_on(house)
    told = await asyncio.gather(*(forget(house.store, contact_id, house.now) for _ in range(4)))
    assert [one is None for one in told].count(False) == 1


async def test_a_message_that_comes_meanwhile_is_of_somebody_new_or_goes_too(house: House) -> None:
    contact_id, _ = await worked_on(house)
    await asyncio.gather(
        forget(house.store, contact_id, house.now), *(house.writes(NAME, "Ещё одно", sender=SENDER) for _ in range(5))
    )
    owned = await house.store.read(lambda tx: list(tx.scalars(sa.select(channel_identities.c.contact_id)).all()))
    assert len(owned) <= 1 and contact_id not in owned
    still_open = await house.store.read(
        lambda tx: tx.scalar(
            sa.select(sa.func.count()).where(
                leads.c.contact_id == contact_id, leads.c.status.in_(["offered", "claimed"])
            )
        )
    )
    assert still_open == 0


async def test_while_the_bot_asks_to_whom_words_are_meant(house: House) -> None:
    lead_id, other = await house.owned_lead(NAME), await house.owned_lead("Ольга")
    await house.says_to_bot(ANNA, "Здравствуйте, Аристарх!")
    assert len(await house.prompts("route")) == 1
    contact_id = (await house.lead(lead_id)).contact_id
    assert await forget(house.store, contact_id, house.now) is not None
    assert not await house.prompts("route")
    assert (await house.lead(other)).status is Status.CLAIMED
