"""The weeks that the demo's firm has behind it, and the hour at which it opens."""

import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.demo.firm import Firm
from bot.demo.history import WEEKS, live_through
from bot.demo.running import opening
from bot.demo.words import WORDS
from bot.domain.leads import FeedbackState, LeadEvent, Status
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.domain.working_time import WorkingHours
from bot.storage.migrate import migrate
from bot.storage.store import open_store
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, feedback, lead_events, leads, outbox
from bot.use_cases.team import Person

ZONE = "Europe/Moscow"
HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", ZONE)
FRIDAY = datetime(2026, 11, 20, 7, 40, tzinfo=UTC)
MOST_SECONDS = 30.0
"""Of the processor; it takes about one, on a slow machine three."""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20 15:00", "2026-11-20 10:40"),
        ("2026-11-20 10:39", "2026-11-19 10:40"),
        ("2026-11-22 23:00", "2026-11-20 10:40"),
        ("2026-11-23 03:00", "2026-11-20 10:40"),
    ],
)
def test_the_demo_opens_on_the_morning_of_a_working_day_that_is_not_in_the_future(now: str, opens: str) -> None:
    assert opening(local(now), HOURS) == local(opens)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_the_past_gives_the_digests_something_to_say(tmp_path: Path, locale: str) -> None:
    words, url = WORDS[locale], f"sqlite:///{tmp_path / 'gemba.db'}"
    names = (words.customer, words.anna, words.boris, words.marketer, words.manager)
    customer, anna, boris, marketer, manager = (Person(101 + n, " ".join(name)) for n, name in enumerate(names))
    firm = Firm(customer, anna, boris, marketer, manager, sales=-1, marketing=-2, managers=-3)
    policy = Policy(default_rules(), "RUB", "private", frozenset({105}), hours=HOURS)
    await migrate(url, tmp_path, FRIDAY)
    store = open_store(url)
    try:
        begun = time.process_time()
        await store.write(live_through, firm, words, locale, policy, ZoneInfo(ZONE), FRIDAY)
        assert time.process_time() - begun < MOST_SECONDS
        await store.read(_is_plausible, firm)
    finally:
        await store.close()


def _is_plausible(tx: Tx, firm: Firm) -> None:
    counted = sa.select(leads.c.status, sa.func.count()).group_by(leads.c.status)
    by_status = {row[0]: row[1] for row in tx.execute(counted)}
    assert all(by_status[status] > 3 for status in (Status.WON, Status.LOST, Status.REJECTED))
    assert not by_status.get(Status.OFFERED), "nobody is left waiting in a chat without a card"
    assert sum(by_status.values()) > WEEKS * 12
    first, last = tx.execute(sa.select(sa.func.min(lead_events.c.at), sa.func.max(lead_events.c.at))).one()
    assert (FRIDAY - first).days >= WEEKS * 7 - 3 and last < FRIDAY
    bought = sa.select(leads.c.id).where(leads.c.status == Status.WON, leads.c.amount.is_(None))
    assert tx.execute(bought).first() is None, "every sale has its amount"
    claimed = sa.select(lead_events.c.actor_id).where(lead_events.c.kind == LeadEvent.CLAIMED).distinct()
    assert len(tx.scalars(claimed).all()) == 2, "both salespeople have worked"
    waiting = tx.scalars(sa.select(feedback.c.lead_id).where(feedback.c.state == FeedbackState.OPEN)).all()
    promised = tx.execute(sa.select(outbox.c.kind, outbox.c.payload)).all()
    assert {item.payload["lead"] for item in promised} <= set(waiting), "of the past nothing else is left to be sent"
    ivan = (
        sa.select(leads.c.status)
        .join(channel_identities, channel_identities.c.contact_id == leads.c.contact_id)
        .where(channel_identities.c.external_id == str(firm.customer.telegram_id))
    )
    assert tx.scalars(ivan).all() == [Status.WON], "whom one can play has bought here before"
