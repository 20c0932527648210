"""Reactions travel both ways, for those who may see them."""

from typing import Any

import pytest

from bot.domain.messages import Reaction
from bot.storage.messages import add_copy
from bot.use_cases.pass_on_reaction import pass_on_reaction
from bot.use_cases.team import Person
from tests.use_cases.house import ANNA, BORIS, House, address


async def react(house: House, who: int, chat: str, number: str, emoji: str | None, *, back: bool = False) -> list[Any]:
    """What the bot shall set, as `(chat, message, emoji)`."""
    await house.forgets_promises()
    await house.do(pass_on_reaction, Reaction(who, chat, number, emoji, back), house.policy, house.now)
    shown = await house.promised("react")
    return [(item.payload["chat"], item.payload["message"], item.payload["emoji"]) for item in shown]


async def test_the_customers_reaction_stands_on_the_owners_words(house: House) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await house.delivers()
    (said,) = await house.messages(direction="outbound")
    ivan = house.customer("Иван")
    await house.do(add_copy, said.id, address(ivan), "900")
    own = (ANNA.telegram_id, int(said.external_id))
    assert await react(house, ivan, address(ivan), "900", "❤") == [(*own, "❤")]
    assert await react(house, ivan, address(ivan), "900", None, back=True) == [(*own, None)]
    assert await react(house, ivan, address(ivan), "900", None) == []
    assert await house.told(ANNA.telegram_id) == ["told.reaction"]
    assert await react(house, ivan, address(ivan), "12345", "❤") == [], "a message that nobody knows"
    await house.leaves(ANNA)
    assert await react(house, ivan, address(ivan), "900", "❤") == []


@pytest.mark.parametrize(("who", "shown"), [(ANNA, True), (BORIS, False)])
async def test_only_the_owners_reaction_reaches_the_customer(house: House, who: Person, shown: bool) -> None:
    await house.owned_lead()
    (said,) = await house.messages(direction="inbound")
    await house.do(add_copy, said.id, address(ANNA), "900")
    ivan = house.customer("Иван")
    expected = [(str(ivan), said.external_id, "👍")] if shown else []
    assert await react(house, who.telegram_id, address(ANNA), "900", "👍") == expected
    assert (await house.lead(said.lead_id)).waiting_since is not None, "a reaction is no answer"
