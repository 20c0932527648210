"""The first tap takes the lead; everybody else is told who was faster."""

import asyncio

from bot.domain.leads import Status
from bot.storage.team import record_membership
from bot.use_cases.claim_lead import AlreadyClaimed, Claimed, claim_lead
from bot.use_cases.join_team import close_bot, record_member
from bot.use_cases.team import Gone, NotAllowed, Person, TooLate
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, SALES, STRANGER, House


async def test_the_card_the_owner_and_the_clock(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    await house.delivers()
    house.clock.advance(seconds=42)
    claimed = await house.claims(ANNA, lead_id)
    assert claimed.desk_is_open
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.claimed_at) == (Status.CLAIMED, await house.teammate(ANNA), house.now)
    assert (await house.event(lead_id, "claimed"))["seconds"] == 42
    kinds = [(item.kind, item.destination) for item in await house.promised()]
    desk = f"telegram:{ANNA.telegram_id}"
    assert kinds == [("card", desk), ("relay", desk), ("card", f"telegram:{SALES}")]


async def test_the_loser_is_told_who_won_and_how_long_ago(house: House) -> None:
    lead_id = await house.owned_lead(owner=ANNA)
    house.clock.advance(seconds=3)
    assert await house.do(claim_lead, lead_id, BORIS, POLICY, house.now) == AlreadyClaimed("Анна", 3.0, False)
    assert await house.do(claim_lead, lead_id, ANNA, POLICY, house.now) == AlreadyClaimed("Анна", 3.0, True)


async def test_who_may_not(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    assert lead_id is not None
    for person in (MARIA, STRANGER):
        assert await house.do(claim_lead, lead_id, person, POLICY, house.now) == NotAllowed("sales")
    assert await house.do(claim_lead, 10**9, ANNA, POLICY, house.now) == Gone()
    assert await house.events(lead_id) == ["created", "scored", "handed_off", "promised"]


async def test_an_old_button_answers_politely(house: House) -> None:
    nurtured = (await house.shows_photo("Пётр")).lead_id
    won = await house.owned_lead()
    await house.wins(ANNA, won)
    assert nurtured is not None
    assert await house.do(claim_lead, nurtured, BORIS, POLICY, house.now) == TooLate(Status.NURTURING)
    assert await house.do(claim_lead, won, BORIS, POLICY, house.now) == TooLate(Status.WON)


async def test_a_claim_stands_before_the_bot_is_opened(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    await house.do(close_bot, ANNA.telegram_id)
    assert not (await house.claims(ANNA, lead_id)).desk_is_open
    assert (await house.lead(lead_id)).status is Status.CLAIMED


async def test_everything_unanswered_is_replayed_however_much(house: House) -> None:
    received = await house.writes("Иван", "1")
    for number in range(2, 31):
        house.clock.advance(seconds=1)
        await house.writes("Иван", str(number))
    await house.claims(ANNA, received.lead_id)
    assert [item.payload["message"] for item in await house.promised("relay")] == [
        message.id for message in await house.messages(lead_id=received.lead_id)
    ]


async def test_a_hundred_taps_have_one_winner(house: House) -> None:
    team = [Person(1_000 + n, f"Продавец {n}") for n in range(100)]

    def hire(tx) -> None:  # type: ignore[no-untyped-def]
        for person in team:
            record_membership(tx, person.telegram_id, SALES, "member", house.now)

    await house.do(hire)
    lead_id = (await house.writes("Иван")).lead_id
    assert lead_id is not None
    results = await asyncio.gather(*(house.do(claim_lead, lead_id, person, POLICY, house.now) for person in team))
    (winner,) = [person for person, result in zip(team, results, strict=True) if isinstance(result, Claimed)]
    losers = [result for result in results if not isinstance(result, Claimed)]
    assert losers == [AlreadyClaimed(winner.name, 0.0, False)] * 99
    assert (await house.events(lead_id)).count("claimed") == 1
    assert (await house.lead(lead_id)).owner_id == await house.teammate(winner)


async def test_who_leaves_while_he_taps_owns_nothing_afterwards(house: House) -> None:
    for turn in range(8):
        lead_id = (await house.writes(f"Клиент {turn}")).lead_id
        assert lead_id is not None
        await house.do(record_member, ANNA.telegram_id, SALES, "member", POLICY, house.now)
        await asyncio.gather(
            house.do(claim_lead, lead_id, ANNA, POLICY, house.now),
            house.do(record_member, ANNA.telegram_id, SALES, "left", POLICY, house.now),
        )
        lead = await house.lead(lead_id)
        assert (lead.status, lead.owner_id) == (Status.OFFERED, None)
