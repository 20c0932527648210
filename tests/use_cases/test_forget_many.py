"""Many people whose time has come: everything is looked through once for many, and no write holds others up."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.leads import Status
from bot.storage import traces
from bot.storage.store import Tx
from bot.storage.tables import (
    channel_identities,
    contacts,
    conversations,
    intake_events,
    leads,
    mentions,
    messages,
    outbox,
)
from scheduler.retention import MOST_AT_ONCE, RetentionJob
from tests.storage.scan import cells_with
from tests.use_cases.house import MARKETING, House

PEOPLE = 2 * MOST_AT_ONCE
EVENTS = 1_500


def fill(tx: Tx, long_ago: datetime, now: datetime) -> None:
    people = [
        {"id": 100 + number, "name": f"Забытый{number:04}", "phone": f"+7916555{number:04}"} for number in range(PEOPLE)
    ]
    ids = [one["id"] for one in people]
    tx.execute(contacts.insert(), [{**one, "created_at": long_ago} for one in people])
    told = {"channel": "telegram", "created_at": long_ago}
    tx.execute(
        channel_identities.insert(),
        [{"id": one, "contact_id": one, "external_id": f"900{one}", **told} for one in ids],
    )
    tx.execute(
        conversations.insert(),
        [
            {"id": one, "contact_id": one, "identity_id": one, "chat": f"telegram:1:900{one}", "created_at": long_ago}
            for one in ids
        ],
    )
    closed: dict[str, Any] = {
        "status": Status.LOST, "score": 5, "band": "information", "reasons": [], "channel": "telegram",
        "created_at": long_ago, "closed_at": long_ago,
    }  # fmt: skip
    tx.execute(leads.insert(), [{"id": one, "contact_id": one, **closed} for one in ids])
    said = {"direction": "inbound", "status": "received", "kind": "text", "file": {}, "at": long_ago}
    tx.execute(
        messages.insert(),
        [
            {
                "conversation_id": one,
                "lead_id": one,
                "chat": f"telegram:1:900{one}",
                "external_id": "1",
                "text": "Да",
                **said,
            }
            for one in ids
        ],
    )
    tx.execute(mentions.insert(), [{"lead_id": one, "chat_id": MARKETING, "message_id": one} for one in ids])

    def event(number: int) -> dict[str, Any]:
        quoted = (
            f"Звонила Забытый{number:04}, 8 (916) 555-{number // 100:02}-{number % 100:02}"
            if number < PEOPLE
            else "Другое"
        )
        raw = f'{{"message": {{"message_id": {number}, "chat": {{"id": 7, "type": "private"}}, "text": "{quoted}"}}}}'
        return {"source": "t", "external_id": str(number), "raw": raw, "status": "done", "received_at": now}

    tx.execute(intake_events.insert(), [event(number) for number in range(EVENTS)])


@pytest.mark.long
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_many_people_are_forgotten_in_bounded_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.do(fill, house.now - timedelta(days=100), house.now)
    looked = writes = 0
    find_events, write = traces.find_events, house.store.write

    def counted(tx: Tx, lookout: Any, after: int, most: int = 250) -> Any:
        nonlocal looked
        found, last = find_events(tx, lookout, after, most)
        looked += most if last is not None else 0
        return found, last

    async def counted_write(*unit: Any) -> Any:
        nonlocal writes
        writes += 1
        return await write(*unit)

    monkeypatch.setattr("bot.use_cases.forget_contact.find_events", counted)
    monkeypatch.setattr(house.store, "write", counted_write)
    job = RetentionJob(house.store, house.clock, house.clock.now, 30)
    ticks = PEOPLE // MOST_AT_ONCE
    for _ in range(ticks):
        await job.run()
    assert looked <= ticks * EVENTS, "each tick looks the raw events through once, not once a person"
    assert writes >= PEOPLE, "one short write a person, so that nobody waits long for the store"
    forgotten = sa.select(sa.func.count()).where(contacts.c.forgotten_at.is_not(None))
    assert await house.store.read(lambda tx: tx.scalar(forgotten)) == PEOPLE
    assert await house.store.read(cells_with, ["Забытый", "916555"]) == []
    others = sa.select(sa.func.count()).where(intake_events.c.raw.contains("Другое"))
    assert await house.store.read(lambda tx: tx.scalar(others)) == EVENTS - PEOPLE
    erased = sa.select(sa.func.count()).where(outbox.c.kind == "erase", outbox.c.status == "pending")
    assert await house.store.read(lambda tx: tx.scalar(erased)) == PEOPLE
