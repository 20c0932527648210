"""Commands of the team."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.domain.days import read_past_days
from bot.domain.kpi.asked import read_period
from bot.domain.messages import IS_PASS
from bot.domain.policy import Policy
from bot.ports import Act
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats, roles_of, teammate_by_telegram
from bot.use_cases.administer import offer_binding, redeem_setup_code
from bot.use_cases.be_away import absences_to_choose, come_back, leave_in_words, teammate_in
from bot.use_cases.build_digest import show_digest
from bot.use_cases.join_team import open_bot, play_customer
from bot.use_cases.make_link import make_link
from bot.use_cases.promised_notices import say, show_view
from bot.use_cases.quick_reply import Quoted, use_replies
from bot.use_cases.team import Person
from handlers.context import House, is_private, person_of
from handlers.words import team_message
from integrations.telegram.html import LEAD_PAYLOAD
from integrations.telegram.parse import is_service, message_content, message_text

BACK_WORDS = frozenset({"off", "back", "нет", "стоп", "вернулся", "вернулась"})
ROLES = ("sales", "marketing", "managers")
MOST_PAGES = 1_000


def setup() -> Router:
    router = Router(name="commands")
    router.message(Command("start"))(start)
    router.message(Command("my"))(my)
    router.message(Command("queue"))(queue)
    router.message(Command("away"))(away)
    router.message(Command("lead"))(lead)
    router.message(Command(re.compile(r"lead_(\d{1,15})")))(lead)
    router.message(Command("rejects"))(rejects)
    router.message(Command("find"))(find)
    router.message(Command("t"))(quick_reply)
    router.message(Command("digest"))(digest)
    router.message(Command("link"))(link)
    router.message(Command("customer"))(customer)
    router.message(Command("help"))(help_)
    router.message(Command("setup"))(bind)
    return router


async def start(message: Message, command: CommandObject, house: House) -> Act | None:
    """The private chat is open now: what waited for that goes out. A link may have named a lead to show."""
    if message.from_user is None or not is_private(message.chat):
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id
    now, number = house.clock.now(), _number((command.args or "").removeprefix(LEAD_PAYLOAD))

    def unit(tx: Tx) -> None:
        mate = teammate_by_telegram(tx, person.telegram_id)
        if mate is None or mate.opened_at is None:
            say(tx, person.telegram_id, "opened", now)
        open_bot(tx, person, now)
        if IS_PASS.fullmatch(command.args or ""):
            say(tx, person.telegram_id, "told.pass", now)
        if number is not None and _may_look(tx, person, house.policy):
            show_view(tx, "lead", chat_id, thread_id, now, lead=number, viewer=person.telegram_id)

    return Act(unit)


async def my(message: Message, house: House) -> Act | None:
    return _view(message, house, "my", teammate=message.from_user.id if message.from_user else 0)


async def queue(message: Message, command: CommandObject, house: House) -> Act | None:
    """Who waits; `/queue spam`, or `/queue spam 2` for its second page, what was taken for spam."""
    asked = (command.args or "").lower().split()
    if not asked or asked[0] not in ("spam", "спам"):
        return _view(message, house, "queue")
    page = _number(asked[1]) if len(asked) > 1 else 1
    return _view(message, house, "spam", page=min(max(page or 1, 1), MOST_PAGES))


async def rejects(message: Message, command: CommandObject, house: House) -> Act | None:
    """What sales rejected, for marketing and managers: in their chats, or in private."""
    if message.from_user is None:
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id
    policy, now = house.policy, house.clock.now()
    zone = policy.hours.zone
    period = read_past_days(command.args or "week", now.astimezone(ZoneInfo(zone)).date(), zone)

    def unit(tx: Tx) -> None:
        if not roles_of(tx, person.telegram_id, policy.admins) & {"marketing", "managers"}:
            return
        chats = get_team_chats(tx)
        if not is_private(message.chat) and chat_id not in (chats.marketing, chats.managers):
            return
        _opened(tx, message, person, house)
        if period is None:
            say(tx, chat_id, "rejects.which", now, thread_id=thread_id)
        else:
            days = {"first": period.first.isoformat(), "end": period.end.isoformat()}
            show_view(tx, "rejects", chat_id, thread_id, now, **days)

    return Act(unit)


async def away(message: Message, command: CommandObject, house: House) -> Act | None:
    """`/away`, `/away 5 December`, `/away off`."""
    if message.from_user is None:
        return None
    person, words = person_of(message.from_user), (command.args or "").strip()
    policy, now = house.policy, house.clock.now()

    def unit(tx: Tx) -> None:
        mate = teammate_in(tx, person, policy, now)
        if mate is None:
            return
        _opened(tx, message, person, house)
        if words.lower() in BACK_WORDS:
            if not come_back(tx, mate, now):
                say(tx, person.telegram_id, "away.not_away", now)
        elif not leave_in_words(tx, mate, words, policy, now):
            show_view(
                tx,
                "away",
                person.telegram_id,
                None,
                now,
                teammate=mate.id,
                words=words,
                **absences_to_choose(policy, now),
            )

    return Act(unit)


async def lead(message: Message, command: CommandObject, house: House) -> Act | None:
    by_name = command.regexp_match  # «/lead_15», which Telegram makes a link that sends itself
    number = _number(by_name[1] if by_name else (command.args or "").strip().lstrip("№#"))
    if number is not None:
        return _view(message, house, "lead", lead=number, viewer=message.from_user.id if message.from_user else 0)
    if message.from_user is None:
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id

    def unit(tx: Tx) -> None:
        if _may_look(tx, person, house.policy):
            say(tx, chat_id, "lead.which", house.clock.now(), thread_id=thread_id)

    return Act(unit)


async def find(message: Message, command: CommandObject, house: House) -> Act | None:
    return _view(
        message,
        house,
        "find",
        query=" ".join((command.args or "").split()),
        region=house.policy.region,
        typed=message.message_id,
    )


async def quick_reply(message: Message, command: CommandObject, house: House, raw: Mapping[str, Any]) -> Act | None:
    """Ready words. What is quoted becomes a quick reply when it is the writer's own, else it says to whom."""
    if message.from_user is None:
        return None
    words = team_message(message, raw["message"], house, text=command.args or "")
    quoted = raw["message"].get("reply_to_message")
    kept = None
    if quoted is not None and quoted.get("from", {}).get("id") == message.from_user.id and not is_service(quoted):
        kind, file = message_content(quoted)
        kept = Quoted(kind, message_text(quoted), file)

    def unit(tx: Tx) -> Any:
        _opened(tx, message, words.person, house)
        return use_replies(tx, words, kept, house.policy, house.clock.now())

    return Act(unit)


async def digest(message: Message, command: CommandObject, house: House) -> Act | None:
    """In a team chat, that chat's digest; in private, everything the person may see. A period may be named."""
    if message.from_user is None:
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id
    policy, now, words = house.policy, house.clock.now(), (command.args or "").strip()
    zone = policy.hours.zone
    asked = read_period(words, now.astimezone(ZoneInfo(zone)).date(), zone) if words else None

    def unit(tx: Tx) -> None:
        roles = roles_of(tx, person.telegram_id, policy.admins)
        audiences = set(get_team_chats(tx).by_chat().get(chat_id, roles)) if roles else set()
        if not audiences:
            return
        _opened(tx, message, person, house)
        if words and asked is None:
            say(tx, chat_id, "digest.which", now, thread_id=thread_id)
        else:
            show_digest(tx, chat_id, thread_id, audiences, policy.hours, now, asked)

    return Act(unit)


async def link(message: Message, command: CommandObject, house: House) -> Act | None:
    """A marketer's short link: what it shall say comes after the command, or is asked for."""
    if message.from_user is None:
        return None
    person, now = person_of(message.from_user), house.clock.now()
    place = (message.chat.id, message.message_thread_id, message.message_id)

    def unit(tx: Tx) -> None:
        if _may_look(tx, person, house.policy):
            _opened(tx, message, person, house)
            make_link(tx, command.args or "", *place, person, house.policy, now)

    return Act(unit)


async def customer(message: Message, house: House) -> Act | None:
    """Plays the customer, and back."""
    if message.from_user is None or not is_private(message.chat):
        return None
    person, policy, now = person_of(message.from_user), house.policy, house.clock.now()

    def unit(tx: Tx) -> None:
        if not roles_of(tx, person.telegram_id, policy.admins):
            return
        mate = teammate_by_telegram(tx, person.telegram_id)
        plays = mate is None or not mate.plays_customer
        play_customer(tx, person, plays, now)
        say(tx, person.telegram_id, "customer.on" if plays else "customer.off", now)

    return Act(unit)


async def help_(message: Message, house: House) -> Act | None:
    if message.from_user is None:
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id

    def unit(tx: Tx) -> None:
        roles = roles_of(tx, person.telegram_id, house.policy.admins)
        if roles:
            _opened(tx, message, person, house)
            shown = [role for role in ROLES if role in roles]
            show_view(tx, "help", chat_id, thread_id, house.clock.now(), roles=shown)

    return Act(unit)


async def bind(message: Message, command: CommandObject, house: House) -> Act | None:
    """In a group: whose chat is it? In private: the one-time code of the first run."""
    if message.from_user is None:
        return None
    person, chat_id, now = person_of(message.from_user), message.chat.id, house.clock.now()
    if not is_private(message.chat):
        return Act(offer_binding, (person, chat_id, message.message_thread_id, house.policy, now))
    code = (command.args or "").strip()

    def unit(tx: Tx) -> None:
        if not redeem_setup_code(tx, person, code, house.policy, now):
            say(tx, chat_id, "setup.in_group", now)

    return Act(unit)


def _view(message: Message, house: House, view: str, **values: int | str) -> Act | None:
    if message.from_user is None:
        return None
    person, chat_id, thread_id = person_of(message.from_user), message.chat.id, message.message_thread_id
    policy, now = house.policy, house.clock.now()

    def unit(tx: Tx) -> None:
        if _may_look(tx, person, policy):
            _opened(tx, message, person, house)
            manages = "managers" in roles_of(tx, person.telegram_id, policy.admins)
            show_view(tx, view, chat_id, thread_id, now, manager=manages, **values)

    return Act(unit)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _may_look(tx: Tx, person: Person, policy: Policy) -> bool:
    return bool(roles_of(tx, person.telegram_id, policy.admins))


def _opened(tx: Tx, message: Message, person: Person, house: House) -> None:
    if is_private(message.chat):
        open_bot(tx, person, house.clock.now())
