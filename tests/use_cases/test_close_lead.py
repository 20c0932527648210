"""Won at the tap, the amount follows; lost with a reason."""

import asyncio

import pytest

from bot.domain.leads import LossReason, Status
from bot.domain.money import Amount
from bot.use_cases.close_lead import Lost, Won, ask_loss_reason, lose_lead, win_lead, withdraw_choice
from bot.use_cases.keep_books import ask_amount, correct_amount
from bot.use_cases.seat import Asked
from bot.use_cases.team import Gone, NotAllowed, NotYours, TooLate
from bot.use_cases.view_lead import view_lead
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, VIKTOR, House


async def told_amount(house: House, lead_id: int, text: str) -> None:
    """She replies to the bot's newest question for the amount."""
    await house.delivers()
    prompt = (await house.prompts("amount"))[-1]
    await house.says_to_bot(ANNA, text, reply_to=prompt.message_id)


async def test_won_is_won_before_anybody_names_an_amount(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(hours=1)
    assert await house.do(win_lead, lead_id, ANNA, POLICY, house.now) == Won(lead_id)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.closed_at, lead.waiting_since, lead.amount) == (Status.WON, house.now, None, None)
    (question,) = await house.promised("ask")
    assert question.destination == f"telegram:{ANNA.telegram_id}"


async def test_the_amount_and_the_product_follow(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await told_amount(house, lead_id, "95 000,50 кухня Осень")
    lead = await house.lead(lead_id)
    assert (lead.amount, lead.currency, lead.product) == (95_000_50, "RUB", "кухня Осень")
    assert await house.event(lead_id, "amount_set") == {
        "amount": 95_000_50,
        "previous": None,
        "currency": "RUB",
        "product": "кухня Осень",
    }
    assert await house.told(ANNA.telegram_id) == ["amount_saved"]
    assert await house.prompts("amount") == []


async def test_she_may_answer_before_we_know_where_the_question_stands(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    (prompt,) = await house.prompts("amount")
    assert prompt.message_id is None
    await house.says_to_bot(ANNA, "95 000", reply_to=4_711)
    assert (await house.lead(lead_id)).amount == 95_000_00
    assert "answer" not in [item.kind for item in await house.promised()]


@pytest.mark.parametrize(("amount", "told"), [("0", "amount_zero"), ("95 000", "amount_saved")])
async def test_nobody_is_congratulated_on_nothing(house: House, amount: str, told: str) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await house.delivers()
    (prompt,) = await house.prompts("amount")
    await house.says_to_bot(ANNA, amount, reply_to=prompt.message_id)
    assert await house.told(ANNA.telegram_id) == [told]


@pytest.mark.parametrize("nonsense", ["не помню", "", "100–150 тысяч", "9" * 30, "-5"])
async def test_what_is_no_amount_is_asked_for_again(house: House, nonsense: str) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await told_amount(house, lead_id, nonsense)
    assert (await house.lead(lead_id)).amount is None
    (prompt,) = await house.prompts("amount")
    assert prompt.data == {"text": "ask.amount_again"}
    await told_amount(house, lead_id, "0")
    assert (await house.lead(lead_id)).amount == 0


async def test_a_correction_stays_in_the_currency_of_the_sale(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await told_amount(house, lead_id, "500 $")
    await house.do(ask_amount, lead_id, ANNA, POLICY, house.now)
    await told_amount(house, lead_id, "600")
    assert await house.do(correct_amount, lead_id, "700 диван", ANNA, POLICY, house.now) == Amount(
        700_00, "USD", "диван"
    )
    assert (await house.event(lead_id, "amount_set"))["previous"] == 600_00
    lead = await house.lead(lead_id)
    assert (lead.amount, lead.currency) == (700_00, "USD")
    await house.do(correct_amount, lead_id, "50 000 руб", ANNA, POLICY, house.now)
    assert (await house.lead(lead_id)).currency == "RUB"


async def test_lost_needs_a_reason_that_the_card_asks_for(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(ask_loss_reason, lead_id, ANNA, POLICY, house.now) == Asked()
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.choice is not None and view.choice.kind == "loss"
    assert await house.do(withdraw_choice, lead_id, ANNA, POLICY, house.now) is None
    await house.do(ask_loss_reason, lead_id, ANNA, POLICY, house.now)
    assert await house.do(lose_lead, lead_id, LossReason.PRICE, ANNA, POLICY, house.now) == Lost(lead_id)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.loss_reason, lead.waiting_since) == (Status.LOST, "price", None)
    assert await house.event(lead_id, "lost") == {"reason": "price"}
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.choice is None


async def test_closing_withdraws_what_others_were_asked(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(ask_loss_reason, lead_id, VIKTOR, POLICY, house.now)
    await house.wins(ANNA, lead_id)
    assert await house.prompts("loss") == []


async def test_who_may_close(house: House) -> None:
    lead_id = await house.owned_lead()
    for unit in (win_lead, ask_loss_reason):
        assert await house.do(unit, lead_id, BORIS, POLICY, house.now) == NotYours("Анна")
        assert await house.do(unit, lead_id, MARIA, POLICY, house.now) == NotAllowed("sales")
        assert await house.do(unit, 10**9, ANNA, POLICY, house.now) == Gone()
    assert await house.do(win_lead, lead_id, VIKTOR, POLICY, house.now) == Won(lead_id)
    (question,) = await house.promised("ask")
    assert question.destination == f"telegram:{VIKTOR.telegram_id}"
    assert await house.do(win_lead, lead_id, ANNA, POLICY, house.now) == TooLate(Status.WON)


async def test_what_nobody_owns_cannot_be_closed(house: House) -> None:
    offered = (await house.writes("Иван")).lead_id
    nurtured = (await house.shows_photo("Пётр")).lead_id
    assert offered is not None and nurtured is not None
    assert await house.do(win_lead, offered, ANNA, POLICY, house.now) == NotYours(None)
    assert await house.do(win_lead, offered, VIKTOR, POLICY, house.now) == TooLate(Status.OFFERED)
    assert await house.do(win_lead, nurtured, VIKTOR, POLICY, house.now) == TooLate(Status.NURTURING)


async def test_one_end_however_many_taps(house: House) -> None:
    lead_id = await house.owned_lead()
    results = await asyncio.gather(
        *(house.do(win_lead, lead_id, person, POLICY, house.now) for person in (ANNA, VIKTOR) * 5),
        *(house.do(lose_lead, lead_id, LossReason.PRICE, person, POLICY, house.now) for person in (ANNA, VIKTOR) * 5),
    )
    assert sum(isinstance(result, Won | Lost) for result in results) == 1
    assert len([kind for kind in await house.events(lead_id) if kind in ("won", "lost")]) == 1
