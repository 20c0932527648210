"""Who administers the bot, and which group is whose."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.policy import Policy
from bot.storage.store.base import Tx, insert
from bot.storage.tables import marks, memberships
from bot.storage.team import PURPOSES, THE_BOT, record_membership, standing_of
from bot.use_cases.bind_chats import bind_purpose
from bot.use_cases.join_team import open_bot
from bot.use_cases.promised_notices import say, show_view
from bot.use_cases.team import NotAllowed, Person

SETUP_CODE = "setup_code"


@dataclass(frozen=True, slots=True)
class Bound:
    purpose: str


def make_setup_code(tx: Tx) -> str:
    """The one-time code that makes whoever sends it the administrator; the same one until it is used."""
    fresh = secrets.token_hex(4)
    tx.execute(insert(tx, marks).values(name=SETUP_CODE, value=fresh).on_conflict_do_nothing(index_elements=["name"]))
    return str(tx.scalar(sa.select(marks.c.value).where(marks.c.name == SETUP_CODE)))


def has_admin(tx: Tx, policy: Policy) -> bool:
    stored = sa.select(memberships.c.telegram_id).where(memberships.c.chat_id == THE_BOT)
    return bool(policy.admins) or tx.execute(stored).first() is not None


def redeem_setup_code(tx: Tx, person: Person, code: str, policy: Policy, now: datetime) -> bool:
    """In private: the code of the first run. It works once, and only while nobody administers the bot."""
    expected = tx.scalar(sa.select(marks.c.value).where(marks.c.name == SETUP_CODE))
    if expected is None or has_admin(tx, policy) or not hmac.compare_digest(expected.encode(), code.encode()):
        return False
    redeemed = tx.execute(marks.delete().where(marks.c.name == SETUP_CODE, marks.c.value == expected))
    if redeemed.rowcount == 0:
        return False
    record_membership(tx, person.telegram_id, THE_BOT, "administrator", now)
    open_bot(tx, person, now)
    say(tx, person.telegram_id, "setup.admin_now", now)
    return True


def offer_binding(tx: Tx, person: Person, chat_id: int, thread_id: int | None, policy: Policy, now: datetime) -> None:
    """/setup in a group: the administrator is asked whose chat this is; anybody else is told that he may not."""
    if administers(tx, person, policy):
        show_view(tx, "setup", chat_id, thread_id, now)
    else:
        say(tx, chat_id, "setup.only_admins", now, thread_id=thread_id)


def bind_this_chat(
    tx: Tx, purpose: str, chat_id: int, title: str | None, person: Person, policy: Policy, now: datetime
) -> Bound | NotAllowed:
    if not administers(tx, person, policy):
        return NotAllowed("managers")
    for name in PURPOSES if purpose == "all" else (purpose,):
        bind_purpose(tx, name, chat_id, title, now)
    record_membership(tx, person.telegram_id, chat_id, "administrator", now)
    say(tx, chat_id, "setup.done", now, purpose=f"purpose.{purpose}")
    return Bound(purpose)


def administers(tx: Tx, person: Person, policy: Policy) -> bool:
    return standing_of(tx, person.telegram_id).administers(policy.admins)
