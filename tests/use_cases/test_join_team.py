"""Who is in the team's chats, who opened the bot, and what follows."""

import pytest

from bot.domain.leads import Status
from bot.storage.outbox import HELD, hold
from bot.storage.team import roles_of, teammate_by_telegram
from bot.use_cases.join_team import change_reach, open_bot, play_customer, record_member
from bot.use_cases.reject_lead import ask_reject_reason
from bot.use_cases.view_lead import view_lead
from tests.use_cases.house import ANNA, BORIS, MANAGERS, MARKETING, POLICY, SALES, STRANGER, House


@pytest.mark.parametrize(
    ("status", "sells"),
    [
        ("creator", True),
        ("administrator", True),
        ("member", True),
        ("restricted", True),  # still in the chat: who is not, is told as "left"
        ("left", False),
        ("kicked", False),
    ],
)
async def test_membership_is_the_right(house: House, status: str, sells: bool) -> None:
    await house.do(record_member, STRANGER.telegram_id, SALES, status, POLICY, house.now)
    roles = await house.store.read(roles_of, STRANGER.telegram_id, frozenset())
    assert ("sales" in roles) is sells


@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_who_goes_loses_his_leads_in_the_same_transaction(house: House, status: str) -> None:
    lead_id = await house.owned_lead()
    await house.do(ask_reject_reason, lead_id, ANNA, POLICY, house.now)
    await house.delivers()
    await house.do(record_member, ANNA.telegram_id, SALES, status, POLICY, house.now)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.former_owner_id) == (Status.OFFERED, None, await house.teammate(ANNA))
    assert (await house.events(lead_id))[-1] == "taken_back"
    assert await house.prompts("reject") == []
    assert {item.kind for item in await house.promised() if item.destination == f"telegram:{SALES}"} == {
        "remove",
        "card",
    }
    await house.claims(BORIS, lead_id)


async def test_leaving_another_chat_costs_nothing(house: House) -> None:
    lead_id = await house.owned_lead()
    for chat_id in (MARKETING, MANAGERS, -5):
        await house.leaves(ANNA, chat_id)
    assert (await house.lead(lead_id)).status is Status.CLAIMED


async def test_what_waited_goes_out_when_the_bot_is_opened(house: House) -> None:
    await house.do(change_reach, "telegram", ANNA.telegram_id, False, house.now)
    await house.owned_lead()
    await house.do(hold, f"telegram:{ANNA.telegram_id}")
    assert {item.not_before for item in await house.promised("relay")} == {HELD}
    await house.do(open_bot, ANNA, house.now)
    assert {item.not_before for item in await house.promised("relay")} == {house.now}


async def test_a_blocked_bot_and_back(house: House) -> None:
    for reachable in (False, True):
        await house.do(change_reach, "telegram", ANNA.telegram_id, reachable, house.now)
        mate = await house.store.read(teammate_by_telegram, ANNA.telegram_id)
        assert mate is not None and (mate.opened_at is not None) is reachable


async def test_a_customer_who_blocks_the_bot_shows_on_the_card(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    for reachable in (False, True):
        await house.do(change_reach, "telegram", house.customer("Иван"), reachable, house.now)
        view = await house.store.read(view_lead, lead_id, house.now)
        assert view is not None and view.reachable is reachable
    assert len(await house.promised("card")) == 2  # in the sales chat and at the owner's desk


async def test_a_teammate_plays_customer_and_back(house: House) -> None:
    for plays in (True, False):
        mate = await house.do(play_customer, ANNA, plays, house.now)
        found = await house.store.read(teammate_by_telegram, mate.telegram_id)
        assert found is not None and found.plays_customer is plays


async def test_another_role_keeps_no_sales_lead(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(record_member, ANNA.telegram_id, MARKETING, "member", POLICY, house.now)
    await house.leaves(ANNA)
    assert (await house.lead(lead_id)).owner_id is None


async def test_a_late_word_on_its_way_stops_when_its_reader_leaves(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    await house.wins(ANNA, lead_id)
    await house.writes("Иван", "Спасибо, вот мой новый номер")
    assert await house.promised("relay", "say") != []
    await house.leaves(ANNA)
    assert await house.promised("relay", "say", "ask") == []
