"""Buttons: the code in the button chooses the unit of work, by one dictionary."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, InaccessibleMessage, Message

from bot.domain.leads import FeedbackState, LossReason, RejectReason, WarmUpTerm
from bot.ports import Act, Answer
from bot.storage.cards import desk_place
from bot.storage.store.base import Tx
from bot.storage.team import roles_of, teammate_by_telegram
from bot.use_cases.administer import bind_this_chat
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.ask_marketer import offer_choice, withdraw_choice_of_marketing
from bot.use_cases.be_away import be_away_until
from bot.use_cases.call_customer import ask_how_it_went, needs_no_answer, record_no_answer, record_talk
from bot.use_cases.claim_lead import claim_lead, release_lead
from bot.use_cases.close_lead import ask_loss_reason, lose_lead, show_more, win_lead, withdraw_choice
from bot.use_cases.hand_off_lead import ask_handoff_note, hand_to_sales
from bot.use_cases.join_feedback import agree_to_all, show_own_card
from bot.use_cases.keep_books import ask_amount, ask_purchase, ask_refund, refund_all
from bot.use_cases.mark_duplicate import ask_duplicate_number, mark_duplicate
from bot.use_cases.promised_notices import show_view
from bot.use_cases.put_off import ask_call_back, ask_until, call_back_at, snooze_lead
from bot.use_cases.quick_reply import choose_for_reply
from bot.use_cases.recognise_card import recognise_card
from bot.use_cases.reject_lead import ask_reject_reason, reject_lead
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.reveal_contact import reveal_contact
from bot.use_cases.route_message import route_message
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.start_new_request import start_new_request
from bot.use_cases.take_back_spam import take_back_spam
from bot.use_cases.team import NotAllowed, Person
from bot.use_cases.transfer_lead import ask_colleague, ask_transfer_note, transfer_without_note
from bot.use_cases.turn_page import PAGES, turn_page
from bot.use_cases.undo_act import undo_act
from bot.use_cases.warm_up_lead import ask_warm_up_day, warm_up
from handlers.answers import answerer
from handlers.context import House, is_private, person_of
from integrations.telegram.callbacks import VIEW, Pressed, Tap, chosen_moment, unpack

Unit = Callable[..., Any]

GREATEST_ID = 2**63 - 1
"""Any client can send any number; a greater one is no id."""

PURPOSES = frozenset({"sales", "marketing", "managers", "all"})


@dataclass(frozen=True, slots=True)
class Button:
    """What a tap does: a unit, what comes between the lead's id and the person, and where its card stands."""

    unit: Unit
    place: str | None = None
    choice: Callable[[str], Any] | None = None
    fixed: Any = None
    done: str = ""


def a_number(text: str) -> int:
    """The id that stands in a button; a ValueError for what is none."""
    number = int(text)
    if not 0 <= number <= GREATEST_ID:
        raise ValueError(text)
    return number


BUTTONS: dict[Tap, Button] = {
    Tap.CLAIM: Button(claim_lead, "sales"),
    Tap.RELEASE: Button(release_lead, "desk", done="tap.released"),
    Tap.WON: Button(win_lead, "desk"),
    Tap.LOST: Button(ask_loss_reason, "desk"),
    Tap.LOSS_REASON: Button(lose_lead, "desk", choice=LossReason),
    Tap.REJECT: Button(ask_reject_reason, "desk"),
    Tap.REJECT_REASON: Button(reject_lead, "desk", choice=RejectReason),
    Tap.MORE: Button(show_more, "desk"),
    Tap.BACK: Button(withdraw_choice, "desk"),
    Tap.AGREE: Button(settle_feedback, "feedback", fixed=FeedbackState.AGREED),
    Tap.DISPUTE: Button(offer_choice, "feedback", fixed="dispute", done="tap.say_why"),
    Tap.DISPUTE_SILENTLY: Button(settle_feedback, "feedback", fixed=FeedbackState.DISPUTED),
    Tap.WARM_UP: Button(offer_choice, fixed="warm", done="tap.choose_day"),
    Tap.WARM_TERM: Button(warm_up, choice=WarmUpTerm),
    Tap.WARM_DAY: Button(ask_warm_up_day, done="tap.asked_in_words"),
    Tap.DUPLICATE: Button(offer_choice, "feedback", fixed="duplicate", done="tap.choose_lead"),
    Tap.DUPLICATE_OF: Button(mark_duplicate, "feedback", choice=a_number),
    Tap.DUPLICATE_NUMBER: Button(ask_duplicate_number, "feedback", done="tap.asked_in_words"),
    Tap.MARKETING_BACK: Button(withdraw_choice_of_marketing),
    Tap.AGREE_ALL: Button(agree_to_all),
    Tap.OWN_CARD: Button(show_own_card, done="tap.card_below"),
    Tap.UPHOLD: Button(judge_dispute, "dispute", fixed=FeedbackState.UPHELD),
    Tap.OVERTURN: Button(judge_dispute, "dispute", fixed=FeedbackState.OVERTURNED),
    Tap.ANSWER: Button(answer_as_marketer, "marketing"),
    Tap.HAND_TO_SALES: Button(hand_to_sales, "marketing", done="tap.handed"),
    Tap.HAND_WITH_NOTE: Button(ask_handoff_note, "marketing", done="tap.asked_in_words"),
    Tap.NOT_SPAM: Button(take_back_spam, done="tap.not_spam"),
    Tap.SPAM: Button(reject_lead, "marketing", fixed=RejectReason.SPAM),
    Tap.ROUTE: Button(route_message, choice=str),
    Tap.NEW_REQUEST: Button(start_new_request),
    Tap.CALLED: Button(ask_how_it_went, "desk"),
    Tap.TALKED: Button(record_talk, "desk"),
    Tap.NO_ANSWER: Button(record_no_answer, "desk"),
    Tap.CALL_BACK: Button(ask_call_back, "desk"),
    Tap.CALL_BACK_AT: Button(call_back_at, choice=chosen_moment),
    Tap.LATER: Button(ask_until, "desk"),
    Tap.SNOOZE: Button(snooze_lead, choice=chosen_moment),
    Tap.NEEDS_NO_ANSWER: Button(needs_no_answer, "desk"),
    Tap.UNREACHABLE: Button(reject_lead, fixed=RejectReason.UNREACHABLE),
    Tap.AWAY: Button(be_away_until, choice=chosen_moment),
    Tap.UNDO: Button(undo_act),
    Tap.TRANSFER: Button(ask_colleague, "desk"),
    Tap.TRANSFER_TO: Button(ask_transfer_note, choice=a_number),
    Tap.WITHOUT_NOTE: Button(transfer_without_note),
    Tap.AMOUNT: Button(ask_amount, "desk"),
    Tap.PURCHASE: Button(ask_purchase, "desk"),
    Tap.REFUND: Button(ask_refund, "desk"),
    Tap.REFUND_ALL: Button(refund_all),
    Tap.REOPEN: Button(reopen_lead, "desk"),
    Tap.QUICK_REPLY: Button(choose_for_reply, choice=str),
    Tap.SHOW_CONTACT: Button(reveal_contact, "desk"),
}


def setup() -> Router:
    router = Router(name="taps")
    router.callback_query()(tap)
    return router


async def tap(query: CallbackQuery, house: House) -> Act:
    pressed = unpack(query.data)
    if pressed is None or not 0 <= pressed.number <= GREATEST_ID:
        return _outdated(house)
    person, now = person_of(query.from_user), house.clock.now()
    if pressed.tap is Tap.BIND:
        return _bind(query, pressed, person, house)
    if pressed.tap is Tap.SHOW:
        return _show(query, pressed.number, person, house)
    if pressed.tap is Tap.PAGE:
        return _turn_page(query, pressed, person, house)
    pushed = BUTTONS[pressed.tap]
    between: tuple[Any, ...] = () if pushed.fixed is None else (pushed.fixed,)
    if pushed.choice is not None:
        try:
            between = (pushed.choice(pressed.choice),)
        except ValueError:
            return _outdated(house)

    def unit(tx: Tx) -> Any:
        if pushed.place is not None and pressed.choice != VIEW:
            _recognise(tx, query, pressed, pushed.place, person, now)
        return pushed.unit(tx, pressed.number, *between, person, house.policy, now)

    return Act(unit, (), answerer(house, pushed.done))


def _show(query: CallbackQuery, lead_id: int, person: Person, house: House) -> Act:
    """The lead of a line in a list, as `/lead` shows it."""
    chat_id = query.message.chat.id if query.message is not None else person.telegram_id
    thread_id = query.message.message_thread_id if isinstance(query.message, Message) else None

    def unit(tx: Tx) -> Any:
        roles = roles_of(tx, person.telegram_id, house.policy.admins)
        if not roles:
            return NotAllowed("sales")
        values = {"lead": lead_id, "viewer": person.telegram_id, "manager": "managers" in roles}
        return show_view(tx, "lead", chat_id, thread_id, house.clock.now(), **values)

    return Act(unit, (), answerer(house))


def _bind(query: CallbackQuery, pressed: Pressed, person: Person, house: House) -> Act:
    if query.message is None or pressed.choice not in PURPOSES:
        return _outdated(house)
    chat = query.message.chat
    args = (pressed.choice, chat.id, chat.title, person, house.policy, house.clock.now())
    return Act(bind_this_chat, args, answerer(house))


def _turn_page(query: CallbackQuery, pressed: Pressed, person: Person, house: House) -> Act:
    """Another page of what the message tells of a lead, in its place."""
    page, _, number = pressed.choice.partition("-")
    if query.message is None or page not in PAGES or not (number.isascii() and number.isdigit() and len(number) < 5):
        return _outdated(house)
    place = (query.message.chat.id, query.message.message_id)
    args = (pressed.number, page, int(number), *place, person, house.policy, house.clock.now())
    return Act(turn_page, args, answerer(house))


def _outdated(house: House) -> Act:
    """Old or foreign buttons answer politely."""
    return Act(lambda _tx: None, (), lambda _result: Answer(house.texts.plain("tap.outdated"), alert=True))


def _recognise(tx: Tx, query: CallbackQuery, pressed: Pressed, place: str, person: Person, now: datetime) -> None:
    message = query.message
    if not isinstance(message, Message) or isinstance(message, InaccessibleMessage):
        return
    if place == "desk" or is_private(message.chat):
        mate = teammate_by_telegram(tx, person.telegram_id)
        if mate is None:
            return
        place = desk_place(mate.id)
    where = (message.chat.id, message.message_thread_id, message.message_id)
    recognise_card(tx, pressed.number, place, *where, now, beside=_beside(message, pressed))


def _beside(message: Message, pressed: Pressed) -> list[int]:
    """The other leads of a board: whose buttons do the same."""
    keys = message.reply_markup.inline_keyboard if message.reply_markup is not None else []
    found = [unpack(key.callback_data) for row in keys for key in row]
    numbers = [each.number for each in found if each is not None and each.tap is pressed.tap]
    return [number for number in numbers if number != pressed.number and 0 <= number <= GREATEST_ID]
