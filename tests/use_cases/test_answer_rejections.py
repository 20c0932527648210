"""What marketing does with rejected leads beside agreeing: warms up, marks duplicates, settles many at once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.leads import DeadlineKind, FeedbackState, RejectReason, Status, WarmUpTerm
from bot.domain.messages import Touch
from bot.storage.deadlines import get_deadline
from bot.storage.feedback import Feedback, last_feedback
from bot.storage.tables import deadlines, leads, touches
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.ask_marketer import offer_choice
from bot.use_cases.hand_off_lead import ask_handoff_note, hand_to_sales
from bot.use_cases.join_feedback import AllSettled, agree_to_all, show_own_card, view_joined
from bot.use_cases.mark_duplicate import MarkedDuplicate, NoDuplicate, ask_duplicate_number, mark_duplicate
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.settle_feedback import Settled, judge_dispute, settle_feedback
from bot.use_cases.take_back_spam import list_spam, take_back_spam
from bot.use_cases.team import NotAllowed, Person, TooLate
from bot.use_cases.view_lead import view_lead
from bot.use_cases.warm_up_lead import ask_warm_up_day, warm_up
from tests.use_cases.house import ANNA, MARIA, MARKETING, NINA, POLICY, VIKTOR, House

AUTUMN = Touch(source="yandex", campaign="Осень")


async def rejected(
    house: House, name: str, touch: Touch | None = AUTUMN, reason: RejectReason = RejectReason.NO_BUDGET
) -> int:
    await house.starts(name, touch)
    lead_id = await house.owned_lead(name)
    await house.delivers()
    await house.rejects(ANNA, lead_id, reason)
    await house.delivers()
    return lead_id


async def case_of(house: House, lead_id: int) -> Feedback:
    found = await house.store.read(last_feedback, lead_id)
    assert found is not None
    return found


async def replies(house: House, kind: str, text: str, person: Person = MARIA) -> None:
    (prompt,) = await house.prompts(kind)
    await house.delivers()
    (prompt,) = await house.prompts(kind)
    await house.says_to_bot(person, text, chat_id=prompt.chat_id, reply_to=prompt.message_id)


async def clock_strikes(house: House) -> None:
    for number in await house.store.read(lambda tx: list(tx.scalars(sa.select(deadlines.c.id)))):
        await house.do(meet_deadline, number, POLICY, house.now)


# Warming up ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spam", [True, False])
async def test_who_still_waits_then_is_marketings_to_answer_in_time(house: House, *, spam: bool) -> None:
    reason = RejectReason.SPAM if spam else RejectReason.NO_BUDGET
    lead_id = await rejected(house, "Иван", reason=reason)
    if spam:
        await house.do(take_back_spam, lead_id, MARIA, POLICY, house.now)
    else:
        await house.do(warm_up, lead_id, WarmUpTerm.WEEK, MARIA, POLICY, house.now)
    owed = await house.store.read(get_deadline, lead_id, DeadlineKind.CLAIM)
    assert owed is not None and owed.due_at == house.now + POLICY.sla.claim


async def test_it_comes_back_on_its_day_and_can_be_put_off_again(house: House) -> None:
    lead_id = await rejected(house, "Иван")
    assert await house.do(warm_up, lead_id, WarmUpTerm.WEEK, MARIA, POLICY, house.now) == Settled(
        FeedbackState.NURTURED
    )
    due = (await case_of(house, lead_id)).warm_until
    assert due is not None and timedelta(days=6) < due - house.now <= timedelta(days=7)
    await house.forgets_promises()
    house.clock.advance(hours=24 * 7)
    await clock_strikes(house)
    assert [item.payload["place"] for item in await house.promised("card")].count("marketing") == 1
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None and seen.is_time_to_return
    await house.do(warm_up, lead_id, WarmUpTerm.QUARTER, NINA, POLICY, house.now)
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None and not seen.is_time_to_return
    assert await house.store.read(get_deadline, lead_id, DeadlineKind.WARM_UP) is not None
    assert (await house.lead(lead_id)).status is Status.NURTURING


async def test_a_day_in_words_and_one_that_nobody_understands(house: House) -> None:
    lead_id = await rejected(house, "Иван")
    await house.do(offer_choice, lead_id, "warm", MARIA, POLICY, house.now)
    await house.do(ask_warm_up_day, lead_id, MARIA, POLICY, house.now)
    await replies(house, "warm_day", "когда рак свистнет")
    assert (await case_of(house, lead_id)).state is FeedbackState.OPEN
    await replies(house, "warm_day", "через две недели")
    case = await case_of(house, lead_id)
    assert case.state is FeedbackState.NURTURED and case.warm_until is not None
    assert timedelta(days=13) < case.warm_until - house.now <= timedelta(days=14)
    assert await house.prompts("warm_day") == [] and await house.prompts("warm") == []


async def test_what_a_colleague_answers_is_told_to_her_and_not_put_off_by_others(house: House) -> None:
    lead_id = await rejected(house, "Иван")
    await house.do(warm_up, lead_id, WarmUpTerm.WEEK, MARIA, POLICY, house.now)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    house.clock.advance(hours=24 * 8)
    await house.forgets_promises()
    await clock_strikes(house)
    assert "told.time_to_return" in await house.told(MARIA.telegram_id)
    await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now)
    assert await house.store.read(get_deadline, lead_id, DeadlineKind.WARM_UP) is None


# Disputes ------------------------------------------------------------------------------------------------------------


async def test_a_dispute_with_a_word_and_both_sides_hear_the_verdict(house: House) -> None:
    lead_id = await rejected(house, "Иван")
    await house.do(offer_choice, lead_id, "dispute", MARIA, POLICY, house.now)
    await replies(house, "dispute_comment", "Бюджет в анкете: 200 тысяч")
    case = await case_of(house, lead_id)
    assert (case.state, case.comment) == (FeedbackState.DISPUTED, "Бюджет в анкете: 200 тысяч")
    await house.do(judge_dispute, lead_id, FeedbackState.UPHELD, VIKTOR, POLICY, house.now)
    assert "told.upheld" in await house.told(ANNA.telegram_id)
    assert "told.upheld" in await house.told(MARIA.telegram_id)


async def test_her_word_comes_too_late(house: House) -> None:
    lead_id = await rejected(house, "Иван")
    await house.do(offer_choice, lead_id, "dispute", MARIA, POLICY, house.now)
    await house.delivers()
    (prompt,) = await house.prompts("dispute_comment")
    await house.do(settle_feedback, lead_id, FeedbackState.AGREED, NINA, POLICY, house.now)
    assert prompt.message_id in [item.payload["message"] for item in await house.promised("remove")]
    assert (await case_of(house, lead_id)).state is FeedbackState.AGREED


# Duplicates ----------------------------------------------------------------------------------------------------------


async def test_the_older_touch_goes_to_the_other_lead_and_both_tell_of_it(house: House) -> None:
    old = await rejected(house, "Иван", Touch(source="vk"))
    house.clock.advance(hours=1)
    new = await house.owned_lead("Иван Петров")
    assert await house.do(mark_duplicate, old, new, MARIA, POLICY, house.now) == MarkedDuplicate(new)
    case = await case_of(house, old)
    assert (case.state, case.duplicate_of_id) == (FeedbackState.AGREED, new)
    assert await house.event(old, "marked_duplicate") == {"of": new}
    assert await house.event(new, "marked_duplicate") == {"duplicate": old}
    first = sa.select(touches.c.source).join(leads, leads.c.first_touch_id == touches.c.id).where(leads.c.id == new)
    assert await house.store.read(lambda tx: tx.scalar(first)) == "vk"
    seen = await house.store.read(view_lead, new, house.now)
    assert seen is not None and seen.duplicates == (old,)


async def test_numbers_that_cannot_be(house: House) -> None:
    one, two = await rejected(house, "Раз"), await rejected(house, "Два")
    assert await house.do(mark_duplicate, one, one, MARIA, POLICY, house.now) == NoDuplicate("self", one)
    assert await house.do(mark_duplicate, one, 10**9, MARIA, POLICY, house.now) == NoDuplicate("unknown", 10**9)
    await house.do(mark_duplicate, one, two, MARIA, POLICY, house.now)
    assert await house.do(mark_duplicate, two, one, MARIA, POLICY, house.now) == NoDuplicate("circle", one)
    await house.do(ask_duplicate_number, two, MARIA, POLICY, house.now)
    await replies(house, "duplicate_number", "№1000000")
    assert "duplicate.unknown" in await house.told(MARKETING)
    assert (await case_of(house, two)).state is FeedbackState.OPEN


async def test_two_leads_are_never_each_others_duplicates(house: House) -> None:
    for turn in range(5):
        one, two = await rejected(house, f"Раз {turn}"), await rejected(house, f"Два {turn}")
        results = await asyncio.gather(
            house.do(mark_duplicate, one, two, MARIA, POLICY, house.now),
            house.do(mark_duplicate, two, one, NINA, POLICY, house.now),
        )
        assert sorted(type(result).__name__ for result in results) == ["MarkedDuplicate", "NoDuplicate"]


async def test_four_people_tap_at_once_and_one_of_them_decides(house: House) -> None:
    for turn in range(4):
        lead_id, other = await rejected(house, f"Раз {turn}", None), await rejected(house, f"Два {turn}", None)
        first = (await case_of(house, lead_id)).id
        results = await asyncio.gather(
            house.do(warm_up, lead_id, WarmUpTerm.WEEK, MARIA, POLICY, house.now),
            house.do(mark_duplicate, lead_id, other, NINA, POLICY, house.now),
            house.do(settle_feedback, lead_id, FeedbackState.DISPUTED, NINA, POLICY, house.now),
            house.do(agree_to_all, first, MARIA, POLICY, house.now),
        )
        done = [one for one in results if isinstance(one, Settled | MarkedDuplicate | AllSettled)]
        nurtured = (await case_of(house, lead_id)).state is FeedbackState.NURTURED
        assert len(done) == 1, results
        assert ((await house.lead(lead_id)).status is Status.NURTURING) == nurtured


# The third of a day --------------------------------------------------------------------------------------------------


async def test_the_third_takes_the_others_onto_one_card(house: House) -> None:
    ids = [await rejected(house, name) for name in ("Раз", "Два")]
    single = [await house.card(lead_id, "feedback") for lead_id in ids]
    await rejected(house, "Чужой", Touch(source="vk"))
    first = (await case_of(house, ids[0])).id
    ids.append(await rejected(house, "Три"))
    assert None not in single
    assert [await house.card(lead_id, "feedback") for lead_id in ids] == [None, None, None]
    joined = await house.card(ids[0], f"joined:{first}")
    assert joined is not None
    ids.append(await rejected(house, "Четыре"))
    seen = await house.store.read(view_joined, first, POLICY)
    assert seen is not None and [one.feedback.lead_id for one in seen.cases] == ids
    assert (seen.source, seen.campaign, seen.reason) == ("yandex", "Осень", "no_budget")
    await house.do(show_own_card, ids[1], MARIA, POLICY, house.now)
    await house.delivers()
    assert await house.card(ids[1], "feedback") is not None
    await house.do(settle_feedback, ids[1], FeedbackState.DISPUTED, MARIA, POLICY, house.now)
    assert f"joined:{first}" in [item.payload["place"] for item in await house.promised("card")]
    assert await house.do(agree_to_all, first, NINA, POLICY, house.now) == AllSettled(3)
    assert await house.do(agree_to_all, first, NINA, POLICY, house.now) == TooLate(FeedbackState.AGREED)
    assert await house.do(agree_to_all, first, ANNA, POLICY, house.now) == NotAllowed("marketing")


async def test_yesterday_is_another_card_and_so_is_an_unknown_source(house: House) -> None:
    await rejected(house, "Раз")
    await rejected(house, "Два")
    house.clock.advance(hours=24)
    third = await rejected(house, "Три")
    assert await house.card(third, "feedback") is not None
    for name in ("А", "Б", "В"):
        assert await house.card(await rejected(house, name, None), "feedback") is not None


async def test_rejected_at_once_they_still_join(house: House) -> None:
    ids = []
    for number in range(4):
        await house.starts(f"Клиент {number}", AUTUMN)
        ids.append(await house.owned_lead(f"Клиент {number}"))
    await asyncio.gather(*(house.do(reject_lead, one, RejectReason.NO_BUDGET, ANNA, POLICY, house.now) for one in ids))
    await house.delivers()
    last = await rejected(house, "Последний")
    first = (await case_of(house, last)).joined_id
    assert first is not None
    seen = await house.store.read(view_joined, first, POLICY)
    assert seen is not None and sorted(one.feedback.lead_id for one in seen.cases) == [*ids, last]


# Spam, notes, why now ------------------------------------------------------------------------------------------------


async def test_what_a_manager_was_asked_about_is_not_taken_back_behind_him(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id, RejectReason.SPAM)
    await house.do(settle_feedback, lead_id, FeedbackState.DISPUTED, MARIA, POLICY, house.now)
    assert await house.do(take_back_spam, lead_id, MARIA, POLICY, house.now) == TooLate(FeedbackState.DISPUTED)
    assert (await house.lead(lead_id)).status is Status.REJECTED


async def test_not_spam_brings_the_lead_back_with_what_was_written_meanwhile(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(reject_lead, lead_id, RejectReason.SPAM, MARIA, POLICY, house.now)
    house.clock.advance(minutes=5)
    await house.writes("Пётр", "Сколько стоит кухня?")
    (line,) = (await house.store.read(list_spam, POLICY)).lines
    assert (line.lead_id, line.count) == (lead_id, 2) and line.last is not None
    before = (await house.lead(lead_id)).score
    assert await house.do(take_back_spam, lead_id, ANNA, POLICY, house.now) == NotAllowed("marketing")
    results = await asyncio.gather(
        *(house.do(take_back_spam, lead_id, who, POLICY, house.now) for who in (MARIA, NINA))
    )
    assert sorted(map(repr, results)) == sorted(map(repr, [None, TooLate(Status.NURTURING)]))
    lead = await house.lead(lead_id)
    assert lead.status is Status.NURTURING and lead.waiting_since is not None and lead.score > before
    assert (await house.store.read(list_spam, POLICY)).lines == ()
    assert "marketing" in [item.payload["place"] for item in await house.promised("card")]


async def test_a_note_goes_along_to_sales(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(ask_handoff_note, lead_id, MARIA, POLICY, house.now)
    await replies(house, "handoff_note", "Ремонт в марте, звонить после шести")
    assert (await house.lead(lead_id)).status is Status.OFFERED
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None and seen.notes == ["Ремонт в марте, звонить после шести"]


@pytest.mark.parametrize("weeks", [0, 5], ids=["the same day", "weeks later"])
async def test_why_now(house: House, weeks: int) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    before = (await house.lead(lead_id)).score
    house.clock.advance(hours=24 * 7 * weeks + 1)
    await house.writes("Пётр", "Сколько стоит кухня? Хочу заказать")
    told = await house.event(lead_id, "handed_off")
    assert told["before"] == before and told["news"]
    assert all(one["points"] > 0 for one in told["news"])
    seen = await house.store.read(view_lead, lead_id or 0, house.now)
    assert seen is not None and list(seen.why_now) == told["news"]
