"""Who is heard as a customer, and who at the side door of the team."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from bot.ports import Act
from bot.use_cases.receive_message import receive_message
from integrations.telegram.client import TelegramClient
from integrations.telegram.reception import Reception, telegram_event
from integrations.telegram.roster import Roster
from tests.conftest import MovableClock
from tests.use_cases.house import BOT, POLICY


class NobodyOfOurs:
    async def is_teammate(self, telegram_id: int) -> bool:
        return telegram_id < 0


def to_the_team() -> None:
    """Stands for whatever the handlers make of it."""


async def team_side(_update: Mapping[str, Any]) -> Act:
    return Act(to_the_team)


@pytest.mark.parametrize("text", ["/setup 1234", "/setup@gemba_bot", "/customer", "/customer\n"])
async def test_the_side_door(clock: MovableClock, text: str) -> None:
    assert await unit_for(clock, text) is to_the_team


@pytest.mark.parametrize("text", ["/setups and prices?", "/customer_service?", "/customers", "setup", "Почём /setup"])
async def test_a_customers_words_are_never_taken_for_it(clock: MovableClock, text: str) -> None:
    assert await unit_for(clock, text) is receive_message


async def unit_for(clock: MovableClock, text: str) -> object:
    roster, client = cast(Roster, NobodyOfOurs()), cast(TelegramClient, None)
    reception = Reception(BOT, client, roster, team_side, POLICY, clock)
    person = {"id": 5000, "is_bot": False, "first_name": "Иван"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 5000, "type": "private"}, "from": person, "text": text}
    act = await reception.interpret(telegram_event({"update_id": 1, "message": message}, BOT))
    assert act is not None
    return act.unit


async def test_what_nobody_asked_telegram_for_is_kept_and_goes_no_further(clock: MovableClock) -> None:
    """aiogram would warn of a kind that it does not know, with the whole of it in the warning."""
    reception = Reception(BOT, cast(TelegramClient, None), cast(Roster, NobodyOfOurs()), team_side, POLICY, clock)
    for kind in ("channel_post", "of_next_year"):
        assert await reception.interpret(telegram_event({"update_id": 1, kind: {"text": "…"}}, BOT)) is None
