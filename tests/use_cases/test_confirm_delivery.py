"""What became of the owner's words: the clock stops when they arrive, and he is told when they do not."""

from datetime import timedelta

from bot.domain.leads import FeedbackState, Status
from bot.domain.messages import MessageKind, MessageStatus
from bot.storage.messages import Message
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.claim_lead import Claimed
from bot.use_cases.confirm_delivery import answer_delivered, answer_failed
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.start_new_request import start_new_request
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, VIKTOR, House


async def answer(house: House, text: str = "От 90 000", **more: object) -> Message:
    await house.says_to_bot(ANNA, text, **more)
    return (await house.messages(direction="outbound"))[-1]


async def test_a_delivered_answer_stops_the_clock_and_is_ticked(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=4)
    message = await answer(house)
    assert (await house.lead(lead_id)).waiting_since is not None
    house.clock.advance(seconds=30)
    await house.delivers()
    lead = await house.lead(lead_id)
    assert (lead.status, lead.waiting_since, lead.first_answered_at) == (Status.WORKING, None, message.at)
    assert await house.event(lead_id, "answered") == {"seconds": 240.0, "first": True}
    (tick,) = await house.promised("tick")
    assert tick.payload == {"chat": ANNA.telegram_id, "message": int(message.external_id)}


async def test_only_the_first_answer_is_the_first(house: House) -> None:
    lead_id = await house.owned_lead()
    for text in ("Раз", "Два"):
        await answer(house, text)
        await house.delivers()
    await house.releases(ANNA, lead_id)
    await house.claims(BORIS, lead_id)
    await house.says_to_bot(BORIS, "Три")
    await house.delivers()
    assert (await house.events(lead_id)).count("answered") == 2
    assert (await house.event(lead_id, "answered"))["first"] is False
    assert (await house.lead(lead_id)).status is Status.WORKING


async def test_told_twice_is_recorded_once(house: House) -> None:
    lead_id = await house.owned_lead()
    message = await answer(house)
    for _ in range(2):
        stored = (await house.messages(direction="outbound"))[-1]
        await house.do(answer_delivered, stored, [("telegram:1:5000", "9")], house.now)
    assert (await house.events(lead_id)).count("answered") == 1
    assert len(await house.promised("tick")) == 1
    assert message.status is MessageStatus.PENDING


async def test_the_last_words_before_the_sale_count_as_an_answer(house: House) -> None:
    lead_id = await house.owned_lead()
    await answer(house, "Спасибо за покупку!")
    await house.wins(ANNA, lead_id)
    assert await house.delivers() == ["Спасибо за покупку!"]
    lead = await house.lead(lead_id)
    assert (lead.status, lead.waiting_since) == (Status.WON, None)
    assert (await house.event(lead_id, "answered"))["first"] is True


async def test_what_was_in_flight_when_the_lead_changed_hands_works_for_nobody_else(house: House) -> None:
    lead_id = await house.owned_lead()
    message = await answer(house)
    await house.releases(ANNA, lead_id)
    await house.claims(BORIS, lead_id)
    await house.do(answer_delivered, message, [("telegram:1:5000", "9")], house.now)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.first_answered_at) == (Status.CLAIMED, message.at)
    (stored,) = await house.messages(direction="outbound")
    assert stored.status is MessageStatus.SENT


async def test_a_question_that_came_after_the_answer_still_waits(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=1)
    await answer(house)
    house.clock.advance(minutes=1)
    await house.writes("Иван", "А доставка?")
    asked = house.now
    await house.delivers()
    assert (await house.lead(lead_id)).waiting_since == asked


async def test_a_message_in_the_same_second_and_a_reordered_one_still_wait(house: House) -> None:
    """Telegram counts in seconds, and a late message was not on the screen of who answered."""
    lead_id = await house.owned_lead()
    await answer(house)
    await house.writes("Иван", "А доставка?")
    await house.delivers()
    assert (await house.lead(lead_id)).waiting_since == house.now
    early = house.now - timedelta(minutes=10)
    await answer(house, "Бесплатно")
    await house.writes("Иван", "шло десять минут", at=early)
    await house.delivers()
    assert (await house.lead(lead_id)).waiting_since == early


async def test_an_older_answer_that_arrives_later_wakes_nothing(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=1)
    first = await answer(house, "Раз")
    house.clock.advance(minutes=1)
    await house.writes("Иван", "А доставка?")
    house.clock.advance(minutes=1)
    second = await answer(house, "Два")
    for message in (second, first):
        await house.do(answer_delivered, message, [("telegram:1:5000", message.external_id)], house.now)
    assert (await house.lead(lead_id)).waiting_since is None


async def test_a_marketers_answer_is_a_first_answer_and_the_status_stays(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    await house.says_to_bot(MARIA, "Здравствуйте")
    await house.delivers()
    lead = await house.lead(lead_id)
    assert (lead.status, lead.waiting_since) == (Status.NURTURING, None)
    assert (await house.event(lead_id, "answered"))["first"] is True


async def test_a_failure_is_told_to_its_writer_and_the_customer_still_waits(house: House) -> None:
    lead_id = await house.owned_lead()
    message = await answer(house)
    await house.do(answer_failed, message, "why.blocked", house.now, lost_channel=f"telegram:{house.customer('Иван')}")
    (stored,) = await house.messages(direction="outbound")
    assert (stored.status, stored.failure) == (MessageStatus.FAILED, "why.blocked")
    (notice,) = await house.promised("say")
    assert notice.payload["reply_to"] == int(message.external_id)
    assert notice.payload["values"] == {"why": "why.blocked"}
    lead = await house.lead(lead_id)
    assert (lead.status, lead.first_answered_at) == (Status.CLAIMED, None)
    assert lead.waiting_since is not None
    assert await house.event(lead_id, "message_failed") == {"why": "why.blocked"}


async def test_an_album_fails_as_a_whole_and_is_told_once(house: House) -> None:
    await house.owned_lead()
    parts = [await answer(house, "", kind=MessageKind.PHOTO, album_id="9") for _ in range(3)]
    await house.do(answer_failed, parts[0], "why.blocked", house.now)
    assert {message.status for message in await house.messages(direction="outbound")} == {MessageStatus.FAILED}
    assert await house.told(ANNA.telegram_id) == ["not_delivered"]


async def test_an_answer_about_an_earlier_lead_is_heard_by_the_same_person(house: House) -> None:
    """It was on its way when the lead was closed; meanwhile he has asked for something else."""
    old = await house.owned_lead()
    message = await answer(house, "Приезжайте")
    await house.wins(ANNA, old)
    await house.writes("Иван", "И шкаф")
    claimed = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(claimed, Claimed)
    before = (await house.lead(claimed.lead_id)).waiting_since
    await house.do(answer_delivered, message, [("telegram:1:5000", "9")], house.now)
    assert before is not None
    assert (await house.lead(claimed.lead_id)).waiting_since == before  # he could not have read it
    late = await answer(house, "И шкаф тоже")
    await house.wins(ANNA, claimed.lead_id)
    await house.writes("Иван", "Спасибо")
    third = await house.do(start_new_request, claimed.lead_id, ANNA, POLICY, house.now)
    assert isinstance(third, Claimed)
    await house.do(answer_delivered, late, [("telegram:1:5000", "10")], house.now)
    assert (await house.lead(third.lead_id)).waiting_since is not None


async def test_a_reopened_lead_waits_no_longer_once_its_last_words_arrive(house: House) -> None:
    lead_id = await house.owned_lead()
    message = await answer(house, "Перезвоню")
    await house.rejects(ANNA, lead_id)
    for unit, to, person in (
        (settle_feedback, FeedbackState.DISPUTED, MARIA),
        (judge_dispute, FeedbackState.OVERTURNED, VIKTOR),
    ):
        await house.do(unit, lead_id, to, person, POLICY, house.now)
    assert (await house.lead(lead_id)).waiting_since is not None
    await house.do(answer_delivered, message, [("telegram:1:5000", "9")], house.now)
    assert (await house.lead(lead_id)).waiting_since is None
