"""Everything a card says, from the state of one moment."""

from bot.domain.leads import DeadlineKind, FeedbackState, RejectReason, Status, WarmUpTerm
from bot.domain.messages import Touch
from bot.use_cases.call_customer import ask_how_it_went, record_no_answer, record_talk
from bot.use_cases.hand_off_lead import hand_to_sales
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.view_lead import Calls, LeadView, view_lead
from bot.use_cases.warm_up_lead import warm_up
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, VIKTOR, House


async def view(house: House, lead_id: int | None) -> LeadView:
    assert lead_id is not None
    found = await house.store.read(view_lead, lead_id, house.now)
    assert found is not None
    return found


async def test_who_what_from_where_and_since_when(house: House) -> None:
    await house.starts("Иван", Touch(source="yandex", campaign="autumn"))
    house.clock.advance(minutes=1)
    for n in range(5):
        house.clock.advance(seconds=1)
        lead_id = (await house.writes("Иван", f"Вопрос {n}, тел. 8 916 123-45-67")).lead_id
    seen = await view(house, lead_id)
    assert (seen.name, seen.phone, seen.reachable, seen.owner) == ("Иван", "+79161234567", True, None)
    assert [message.text[:8] for message in seen.last_words] == ["Вопрос 2", "Вопрос 3", "Вопрос 4"]
    assert seen.unanswered == 5
    assert seen.first_touch is not None and seen.first_touch["source"] == "yandex"
    assert sum(reason["points"] for reason in seen.lead.reasons) == seen.lead.score


async def test_there_is_no_such_lead(house: House) -> None:
    assert await house.store.read(view_lead, 10**9, house.now) is None


async def test_history_tells_of_earlier_leads_and_the_previous_owner(house: House) -> None:
    first = await house.owned_lead()
    await house.wins(ANNA, first)
    await house.delivers()
    (prompt,) = await house.prompts("amount")
    await house.says_to_bot(ANNA, "95 000 кухня", reply_to=prompt.message_id)
    house.clock.advance(days=30)
    second = (await house.writes("Иван", "Теперь шкаф")).lead_id
    history = (await view(house, second)).history
    assert (history.earlier, history.won, history.bought) == (1, 1, {"RUB": 95_000_00})
    assert (history.last_status, history.former_owner) == (Status.WON, "Анна")
    await house.claims(BORIS, second)
    assert second is not None
    await house.releases(BORIS, second)
    assert (await view(house, second)).history.former_owner == "Борис"


async def test_the_way_of_a_rejection_by_name(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(reject_lead, lead_id, RejectReason.NO_BUDGET, ANNA, POLICY, house.now)
    await house.do(settle_feedback, lead_id, FeedbackState.DISPUTED, MARIA, POLICY, house.now)
    await house.do(judge_dispute, lead_id, FeedbackState.UPHELD, VIKTOR, POLICY, house.now)
    seen = await view(house, lead_id)
    assert (seen.rejected_by, seen.settled_by, seen.judged_by) == ("Анна", "Мария", "Виктор")
    assert seen.feedback is not None and seen.feedback.reason == "no_budget"


async def test_what_is_owed_no_more_is_not_told(house: House) -> None:
    lead_id = await house.owned_lead()
    assert [kind for kind, _ in (await view(house, lead_id)).due] == [DeadlineKind.PROMISE]
    await house.rejects(ANNA, lead_id)
    assert (await view(house, lead_id)).due == ()
    await house.do(warm_up, lead_id, WarmUpTerm.MONTH, MARIA, POLICY, house.now)
    seen = await view(house, lead_id)
    assert seen.lead.waiting_since is not None
    assert [kind for kind, _ in seen.due] == [DeadlineKind.PROMISE, DeadlineKind.WARM_UP]
    await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now)
    assert [kind for kind, _ in (await view(house, lead_id)).due] == [DeadlineKind.PROMISE]


async def test_notes_are_shown_and_empty_ones_are_not(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "// дать скидку")
    await house.says_to_bot(ANNA, "//", album_id="7")
    assert (await view(house, lead_id)).notes == ["дать скидку"]


async def test_after_an_answer_nothing_is_unanswered(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "От 90 000")
    await house.delivers()
    assert (await view(house, lead_id)).unanswered == 0


async def test_who_called_and_how_often_in_vain(house: House) -> None:
    lead_id = await house.owned_lead()
    for call in (record_no_answer, record_no_answer, record_talk):
        await house.do(ask_how_it_went, lead_id, ANNA, POLICY, house.now)
        await house.do(call, lead_id, ANNA, POLICY, house.now)
    await house.do(reject_lead, lead_id, RejectReason.NO_BUDGET, ANNA, POLICY, house.now)
    (calls,) = (await view(house, lead_id)).calls
    assert calls == Calls(calls.name, 3, 2)


async def test_of_who_has_just_come_everything_is_new(house: House) -> None:
    await house.starts("Иван", Touch(source="yandex"))
    seen = await view(house, (await house.writes("Иван", "Сколько стоит кухня? Хочу заказать")).lead_id)
    assert seen.lead.status is Status.OFFERED and seen.why_now == ()
