"""Whatever Telegram sends is kept, once; and what it may send by its own description is understood."""

import itertools
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
import sqlalchemy as sa
from aiogram import Bot
from aiogram.dispatcher.event.bases import UNHANDLED
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Texts
from bot.ports import Act
from bot.runtime.intake import Intake
from bot.storage.tables import intake_events
from handlers import build_dispatcher
from handlers.context import House as Team
from integrations.telegram.client import TelegramUnreachableError
from integrations.telegram.introduction import COMMANDS as MENU
from integrations.telegram.reception import ALLOWED_UPDATES, Reception, telegram_event
from integrations.telegram.roster import Roster
from integrations.telegram.sandbox.specification import VARIABLE
from tests.hostile import profile
from tests.hostile.bot_api import MOMENTS_IN_WORDS, NUMBERS, PEOPLE, TAPS, WORDS, kinds, updates
from tests.use_cases.house import BOT, POLICY, House

TYPED = Bot("42:TEST")
COMMANDS = sorted({*MENU, "customer", "setup", "note", "start"})
PAYLOADS = Path(__file__).parents[1] / "integrations" / "telegram" / "payloads"
RECORDED = [path.read_bytes() for path in sorted(PAYLOADS.glob("*.json"))]


PAYLOADS_OF_LINKS = st.sampled_from(
    ["lead_1", f"lead_{2**63}", "lead_-1", "lead_١", "go-" + "A" * 22, "go-\0" + "A" * 21, "a__b__c", "__", "_" * 64]
)
"""What may stand after `?start=`: a lead, a pass, a source; and what only looks like one."""


class Silent:
    """Telegram, while it is away: nothing here may depend on its answers."""

    async def call(self, *_: Any, **__: Any) -> Any:
        raise TelegramUnreachableError("away")


class Door:
    def __init__(self, house: House) -> None:
        team = Team(POLICY, Texts("ru", ZoneInfo("Europe/Moscow")), house.clock, BOT, "gemba_bot")
        dispatcher, client = build_dispatcher(), Silent()

        async def team_side(raw: Any) -> Act | None:
            result = await dispatcher.feed_raw_update(TYPED, dict(raw), house=team, raw=raw)
            return None if result is UNHANDLED else result

        self.numbers = itertools.count(2**54)
        roster = Roster(house.store, client, POLICY, house.clock)  # type: ignore[arg-type]
        self.store, self.intake = house.store, Intake(house.store, house.clock)
        self.intake.add(
            f"telegram:{BOT}",
            Reception(BOT, client, roster, team_side, POLICY, house.clock),  # type: ignore[arg-type]
        )

    async def takes(self, update: dict[str, Any]) -> str:
        """What became of it: `done`, or `failed` and to be tried again."""
        await self.intake.take(telegram_event(update, BOT))
        kept = sa.select(intake_events.c.status, intake_events.c.error).where(
            intake_events.c.external_id == str(update["update_id"])
        )
        (row,) = await self.store.read(lambda tx: tx.execute(kept).all())
        return row.status if row.status == "done" else f"{row.status}: {row.error}"


@pytest.fixture
async def door(house: House) -> Door:
    await house.owned_lead()
    return Door(house)


@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names the folder of the published description")
@profile(100)
@given(data=st.data())
async def test_all_that_telegram_may_send_is_understood(door: Door, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*ALLOWED_UPDATES, *ALLOWED_UPDATES, *kinds()]))
    became = await door.takes({"update_id": next(door.numbers), **data.draw(updates(kind))})
    assert became == "done" or "EditBeforeMessageError" in became, "an edit may wait for its message, nothing else"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner, max_size=2),
    max_leaves=4,
)


@profile(100)
@given(data=st.data())
async def test_whatever_else_comes_is_kept_and_blocks_nothing(door: Door, data: st.DataObject) -> None:
    """Real updates with one part of them turned into something else, at any depth."""
    update = orjson.loads(data.draw(st.sampled_from(RECORDED)))
    place, path = update, []
    while isinstance(place, (dict, list)) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        path.append((place, data.draw(st.sampled_from(list(keys)))))
        place = place[path[-1][1]]
        if data.draw(st.integers(0, 3)) == 0:
            break
    holder, key = path[-1]
    holder[key] = data.draw(JUNK)
    update["update_id"] = next(door.numbers)
    assert await door.takes(update)
    assert await door.takes(good(next(door.numbers))) == "done"


def good(number: int) -> dict[str, Any]:
    chat = {"id": 5_999, "type": "private", "first_name": "Ольга"}
    sender = {"id": 5_999, "is_bot": False, "first_name": "Ольга"}
    message = {"message_id": number, "date": 1_795_000_000, "chat": chat, "from": sender, "text": "Почём?"}
    return {"update_id": number, "message": message}


@profile(100)
@given(data=TAPS, chat=st.sampled_from([101, -1001, -1002, -1003, -1009]), who=st.sampled_from(PEOPLE), at=NUMBERS)
async def test_whatever_is_pressed_is_answered(door: Door, data: str, chat: int, who: int, at: int) -> None:
    """Any code, about any lead, by anybody, anywhere: done, or answered that it is not."""
    user = {"id": who, "is_bot": False, "first_name": "…"}
    message = {"message_id": at, "date": 1, "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"}}
    query = {"id": "1", "from": user, "chat_instance": "1", "message": {**message, "text": "…"}, "data": data}
    assert await door.takes({"update_id": next(door.numbers), "callback_query": query}) == "done"


@profile(100)
@given(
    command=st.sampled_from(COMMANDS),
    words=WORDS | MOMENTS_IN_WORDS | PAYLOADS_OF_LINKS,
    who=st.sampled_from([101, 201, 301, 999, 5_000]),
    private=st.booleans(),
)
async def test_whatever_is_asked_is_understood(door: Door, command: str, words: str, who: int, private: bool) -> None:
    user = {"id": who, "is_bot": False, "first_name": "…"}
    chat = {"id": who, "type": "private"} if private else {"id": -1001, "type": "supergroup", "title": "…"}
    number = next(door.numbers)
    message = {"message_id": number, "date": 1_795_000_000, "chat": chat, "from": user, "text": f"/{command} {words}"}
    assert await door.takes({"update_id": number, "message": message}) == "done"
