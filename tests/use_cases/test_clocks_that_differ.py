"""Two clocks date a conversation: the platform's and ours, which may be wrong. Order and waiting times stay true."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.domain.messages import InboundMessage, Sender
from bot.storage.deadlines import due_deadlines
from bot.storage.leads import update_lead
from bot.storage.messages import last_messages
from bot.storage.now_queries import longest_waiting
from bot.storage.store import Store
from bot.storage.tables import conversations, lead_events
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.receive_message import receive_message
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, House

HOUR = timedelta(hours=1)


def from_the_site(house: House, number: str, **more: Any) -> InboundMessage:
    sender = Sender("visitor", "Гость")
    return InboundMessage(
        "webchat", sender, "webchat:visitor", number, house.now, text=number, dated_by_us=True, **more
    )


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    house = House(store, clock)
    await house.opens()
    return house


async def test_of_a_visitor_what_was_said_later_stands_later_though_the_clock_went_back(house: House) -> None:
    for number in ("first", "second"):
        await house.do(receive_message, from_the_site(house, number), house.policy, house.now)
        house.clock.jump(hours=-1)
    talk = await house.do(lambda tx: tx.scalar(sa.select(conversations.c.id)) or 0)
    assert [message.text for message in await house.do(last_messages, talk, 9)] == ["first", "second"]


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
async def test_who_waits_is_seen_and_no_time_is_negative(house: House, ahead: timedelta) -> None:
    """Our clock is wrong by an hour; Telegram's is right."""
    lead = (await house.writes("Иван", at=house.now - ahead)).lead_id
    waiting = await house.do(lambda tx: longest_waiting(tx, house.now, OPEN, 9))
    assert [one.lead_id for one in waiting] == [lead]
    house.clock.jump(hours=-1)
    await house.claims(ANNA, lead)
    seconds = sa.select(lead_events.c.data["seconds"].as_float()).where(lead_events.c.kind == "claimed")
    assert (await house.do(lambda tx: tx.scalar(seconds)) or 0.0) >= 0.0


async def test_a_wait_that_lies_in_the_future_is_reminded_of(house: House) -> None:
    """It was dated by a clock that was ahead for a while; the owner hears of it all the same."""
    lead = (await house.writes("Иван")).lead_id
    assert lead is not None
    await house.claims(ANNA, lead)
    await house.do(lambda tx: update_lead(tx, lead, waiting_since=house.now + timedelta(days=365)))
    house.clock.advance(hours=1)
    for due in await house.do(due_deadlines, house.now):
        await house.do(meet_deadline, due, house.policy, house.now)
    assert [item.payload["lead"] for item in await house.promised("remind")] == [lead]
