"""What a teammate writes: to the one customer it is for, to colleagues, or to nobody before the bot has asked."""

from typing import Any

import pytest

from bot.domain.leads import RejectReason, Status
from bot.domain.messages import MessageKind
from bot.storage.desks import Desk, put_desk
from bot.storage.messages import add_copy
from bot.use_cases.claim_lead import Claimed
from bot.use_cases.reject_lead import ask_reject_reason, reject_lead
from bot.use_cases.route_message import route_message
from bot.use_cases.team import NotAllowed
from bot.use_cases.team_message import AnswerTaken, AskedWhere, NobodyToTell, NotAsked, NoteKept, Refused, SentOn
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, SALES, STRANGER, VIKTOR, House, address


async def relayed(house: House, message_id: int, chat_id: int = ANNA.telegram_id) -> int:
    """The customer's message stands in the owner's chat under this id."""
    copy = 900_000 + message_id
    await house.do(add_copy, message_id, address(chat_id), str(copy))
    return copy


async def answers(house: House) -> list[str]:
    texts = {message.id: message.text for message in await house.messages()}
    return [texts[item.payload["message"]] for item in await house.promised("answer")]


async def two_talks(house: House) -> tuple[int, int]:
    return await house.owned_lead("Иван"), await house.owned_lead("Пётр")


async def test_the_owners_words_go_to_his_customer(house: House) -> None:
    await house.owned_lead()
    assert isinstance(await house.says_to_bot(ANNA, "От 90 000"), SentOn)
    (item,) = await house.promised("answer")
    assert item.destination == f"telegram:{house.customer('Иван')}"
    assert await answers(house) == ["От 90 000"]


async def test_the_same_update_twice_is_sent_once(house: House) -> None:
    await house.owned_lead()
    for _ in range(2):
        await house.says_to_bot(ANNA, "От 90 000", message_id=5)
    assert await answers(house) == ["От 90 000"]


async def test_with_several_talks_the_bot_asks_first(house: House) -> None:
    first, second = await two_talks(house)
    assert await house.says_to_bot(ANNA, "Перезвоню завтра") == AskedWhere()
    assert await answers(house) == []
    (prompt,) = await house.prompts("route")
    assert prompt.data["leads"] == [first, second]
    assert isinstance(await house.do(route_message, prompt.id, str(second), ANNA, POLICY, house.now), SentOn)
    (item,) = await house.promised("answer")
    assert item.destination == f"telegram:{house.customer('Пётр')}"
    assert await house.do(route_message, prompt.id, str(first), ANNA, POLICY, house.now) == NotAsked()
    assert len(await answers(house)) == 1


async def test_each_waiting_message_keeps_its_own_question(house: House) -> None:
    first, second = await two_talks(house)
    await house.says_to_bot(ANNA, "Ивану")
    await house.says_to_bot(ANNA, "Петру")
    one, two = await house.prompts("route")
    await house.do(route_message, one.id, str(first), ANNA, POLICY, house.now)
    await house.do(route_message, two.id, str(second), ANNA, POLICY, house.now)
    assert await answers(house) == ["Ивану", "Петру"]


@pytest.mark.parametrize("where", ["nobody", "", "note", "1e3", "999999999999999999999999"])
async def test_a_tap_on_nobody_or_on_nonsense_sends_to_nobody(house: House, where: str) -> None:
    await two_talks(house)
    await house.says_to_bot(ANNA, "Ой")
    (prompt,) = await house.prompts("route")
    assert await house.do(route_message, prompt.id, where, BORIS, POLICY, house.now) == NotAsked()
    assert await house.do(route_message, prompt.id, where, ANNA, POLICY, house.now) == NobodyToTell()
    assert await answers(house) == []


async def test_an_album_is_asked_about_once_and_goes_whole(house: House) -> None:
    first, _ = await two_talks(house)
    for part in range(3):
        await house.says_to_bot(ANNA, "" if part else "Каталог", kind=MessageKind.PHOTO, album_id="9")
    (prompt,) = await house.prompts("route")
    await house.do(route_message, prompt.id, str(first), ANNA, POLICY, house.now)
    assert len(await house.messages(direction="outbound")) == 3
    assert len(await house.promised("answer")) == 1


async def test_a_quoted_message_says_whom_it_is_for(house: House) -> None:
    _, second = await two_talks(house)
    (message,) = await house.messages(lead_id=second)
    quoted = await relayed(house, message.id)
    assert isinstance(await house.says_to_bot(ANNA, "Вам", reply_to=quoted), SentOn)
    (item,) = await house.promised("answer")
    assert item.destination == f"telegram:{house.customer('Пётр')}"


async def test_a_reply_to_an_old_question_of_the_bot_reaches_no_customer_unasked(house: House) -> None:
    """«95 000» in answer to a question that is closed is no word for whoever else is being talked to."""
    won = await house.owned_lead("Иван")
    await house.owned_lead("Пётр")
    await house.wins(ANNA, won)
    await house.delivers()
    (prompt,) = await house.prompts("amount")
    assert await house.says_to_bot(ANNA, "95 000", reply_to=prompt.message_id) == AnswerTaken()
    assert await house.says_to_bot(ANNA, "96 000", reply_to=prompt.message_id) == AskedWhere()
    assert await answers(house) == []


async def test_nor_does_one_to_a_question_that_has_expired(house: House) -> None:
    won = await house.owned_lead("Иван")
    await house.owned_lead("Пётр")
    await house.wins(ANNA, won)
    await house.delivers()
    (prompt,) = await house.prompts("amount")
    house.clock.advance(hours=25)
    assert await house.says_to_bot(ANNA, "95 000", reply_to=prompt.message_id) == AskedWhere()


async def test_while_a_question_is_open_unquoted_text_waits(house: House) -> None:
    won = await house.owned_lead("Иван")
    other = await house.owned_lead("Пётр")
    await house.wins(ANNA, won)
    assert await house.says_to_bot(ANNA, "95 000") == AskedWhere()
    (route,) = await house.prompts("route")
    assert route.data["question"] and route.data["leads"] == [other]
    assert await house.do(route_message, route.id, "answer", ANNA, POLICY, house.now) == AnswerTaken()
    assert (await house.lead(won)).amount == 95_000_00
    assert await answers(house) == []


async def test_a_quoted_customer_is_answered_also_while_a_question_is_open(house: House) -> None:
    won, other = await two_talks(house)
    await house.wins(ANNA, won)
    (message,) = await house.messages(lead_id=other)
    quoted = await relayed(house, message.id)
    assert isinstance(await house.says_to_bot(ANNA, "Да", reply_to=quoted), SentOn)


async def test_in_a_topic_the_topic_says_whom_it_is_for(house: House) -> None:
    first, second = await two_talks(house)
    for thread, lead_id in ((11, first), (12, second)):
        await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), ANNA.telegram_id, thread))
    await house.says_to_bot(ANNA, "Петру", thread_id=12)
    (item,) = await house.promised("answer")
    assert item.destination == f"telegram:{house.customer('Пётр')}"
    assert await house.says_to_bot(ANNA, "Кому?", thread_id=99) == AskedWhere()
    assert await house.says_to_bot(ANNA, "95 000", thread_id=12, reply_to=555) == AskedWhere()


async def test_in_the_teams_forum_too_a_quoted_customer_gets_the_words_while_a_question_goes_out(house: House) -> None:
    """The question for the reason is promised and stands nowhere yet: not every reply is the answer to it."""
    lead_id = await house.owned_lead()
    await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), SALES, 11))
    await house.do(ask_reject_reason, lead_id, ANNA, POLICY, house.now)
    await house.do(reject_lead, lead_id, RejectReason.OTHER, ANNA, POLICY, house.now)
    (message,) = await house.messages(lead_id=lead_id)
    quoted = await relayed(house, message.id, SALES)
    said = await house.says_to_bot(ANNA, "Одну минуту", chat_id=SALES, thread_id=11, reply_to=quoted)
    assert isinstance(said, SentOn)
    assert await answers(house) == ["Одну минуту"]
    assert (await house.lead(lead_id)).status is Status.CLAIMED


async def test_a_colleague_in_somebody_elses_topic_says_nothing_to_the_customer(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), SALES, 11))
    refused = await house.says_to_bot(BORIS, "Я бы дал скидку", chat_id=SALES, thread_id=11)
    assert refused == Refused("refused.not_yours")
    assert await answers(house) == []
    assert await house.told(BORIS.telegram_id) == ["refused.not_yours"]


async def test_small_talk_in_the_team_chat_is_nobodys(house: House) -> None:
    await house.owned_lead()
    await house.delivers()
    card = await house.card(1, "sales")
    for more in ({}, {"reply_to": card}, {"reply_to": 12345}, {"thread_id": 77}):
        said: Any = await house.says_to_bot(ANNA, "Кто на обед?", chat_id=SALES, **more)
        assert said == NobodyToTell()
    assert await house.promised("answer", "say", "ask") == []


@pytest.mark.parametrize("person", [STRANGER])
async def test_a_stranger_says_nothing_through_us(house: House, person: Any) -> None:
    assert await house.says_to_bot(person, "Привет") == NotAllowed("sales")


async def test_without_a_talk_he_is_told_how_to_get_one(house: House) -> None:
    assert await house.says_to_bot(ANNA, "Привет") == NobodyToTell()
    assert await house.told(ANNA.telegram_id) == ["hint.nobody"]


async def test_after_closing_and_after_leaving_nothing_passes(house: House) -> None:
    lead_id = await house.owned_lead()
    (message,) = await house.messages(lead_id=lead_id)
    quoted = await relayed(house, message.id)
    await house.wins(ANNA, lead_id)
    assert await house.says_to_bot(ANNA, "И ещё", reply_to=quoted) == Refused("refused.closed")
    await house.leaves(ANNA)
    assert await house.says_to_bot(ANNA, "И ещё", reply_to=quoted) == NotAllowed("sales")
    assert await answers(house) == []


async def test_a_manager_who_owns_nothing_speaks_to_nobody(house: House) -> None:
    lead_id = await house.owned_lead()
    (message,) = await house.messages(lead_id=lead_id)
    quoted = await relayed(house, message.id, VIKTOR.telegram_id)
    assert await house.says_to_bot(VIKTOR, "Я директор", reply_to=quoted) == Refused("refused.not_yours")


# Notes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("// дать скидку", "дать скидку"),
        ("//дать скидку", "дать скидку"),
        ("  // дать скидку", "дать скидку"),
        ("\u200f\u2060// дать скидку", "дать скидку"),
        ("/note дать скидку", "дать скидку"),
        ("/note@gemba_bot дать скидку", "дать скидку"),
        ("/NOTE дать скидку", "дать скидку"),
    ],
)
async def test_a_note_never_leaks(house: House, text: str, kept: str) -> None:
    await house.owned_lead()
    assert isinstance(await house.says_to_bot(ANNA, text), NoteKept)
    assert await house.notes() == [kept]
    assert await answers(house) == []


@pytest.mark.parametrize("text", ["/won", "/notes x", "/", "\u200e/цена", "/start@other_bot"])
async def test_a_mistyped_command_is_no_word_for_a_customer(house: House, text: str) -> None:
    await house.owned_lead()
    assert await house.says_to_bot(ANNA, text) == Refused("refused.command")
    assert await answers(house) == []


@pytest.mark.parametrize("marked", [0, 1, 2])
async def test_an_album_with_an_internal_caption_stays_inside_whichever_part_has_it(house: House, marked: int) -> None:
    await house.owned_lead()
    for part in range(3):
        text = "// себестоимость" if part == marked else ""
        await house.says_to_bot(ANNA, text, kind=MessageKind.PHOTO, album_id="9")
    assert await answers(house) == []
    assert await house.delivers() == []
    assert await house.notes() == ["себестоимость", *[""] * (2 - marked)]


async def test_an_internal_album_of_unknown_addressee_is_not_asked_about_any_more(house: House) -> None:
    await two_talks(house)
    await house.says_to_bot(ANNA, "", kind=MessageKind.PHOTO, album_id="9")
    await house.says_to_bot(ANNA, "// для своих", kind=MessageKind.PHOTO, album_id="9")
    assert await house.prompts("route") == []


async def test_a_reply_to_a_colleague_is_for_the_colleague(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), SALES, 11))
    said = await house.says_to_bot(
        ANNA, "Нет, дорого", chat_id=SALES, thread_id=11, reply_to=5, reply_to_colleague=True
    )
    assert said == NoteKept(lead_id)
    assert await answers(house) == []


async def test_anybody_of_the_team_can_note_by_a_reply_to_the_card(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    card = await house.card(lead_id, "sales")
    assert await house.says_to_bot(MARIA, "// был на выставке", chat_id=SALES, reply_to=card) == NoteKept(lead_id)
    assert await house.notes() == ["был на выставке"]


async def test_a_note_for_nobody_in_particular_is_asked_about(house: House) -> None:
    await two_talks(house)
    assert await house.says_to_bot(ANNA, "// кто это?") == NobodyToTell()
    assert await house.told(ANNA.telegram_id) == ["note.where"]
    assert await house.notes() == []


async def test_a_message_corrected_into_a_note_while_it_waits_stays_inside(house: House) -> None:
    first, _ = await two_talks(house)
    await house.says_to_bot(ANNA, "Минимум 80 000", message_id=70)
    await house.corrects(ANNA, 70, "// минимум 80 000")
    (prompt,) = await house.prompts("route")
    assert await house.do(route_message, prompt.id, str(first), ANNA, POLICY, house.now) == NoteKept(first)
    assert await answers(house) == []
    assert await house.notes() == ["минимум 80 000"]


async def test_an_owner_who_returns_speaks_in_the_same_topic(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(put_desk, Desk(lead_id, await house.teammate(ANNA), ANNA.telegram_id, 11))
    await house.wins(ANNA, lead_id)
    house.clock.advance(hours=73)
    again = (await house.writes("Иван", "Ещё одну")).lead_id
    assert isinstance(await house.claims(ANNA, again), Claimed)
    assert isinstance(await house.says_to_bot(ANNA, "Рада вас видеть", thread_id=11), SentOn)
    (message,) = await house.messages(direction="outbound")
    assert message.lead_id == again
