"""What the bot itself tells a teammate or a chat of the team: notices, reminders, views and questions."""

from datetime import datetime, timedelta
from typing import Any

from bot.storage.leads import Lead
from bot.storage.outbox import Priority, promise, renew
from bot.storage.store.base import Tx
from bot.storage.team import get_teammate
from bot.use_cases.promised_words import STALE_REACTION
from bot.use_cases.promises import team_destination

GATHERING = 3.0
"""Seconds in which reminders to one chat become one message."""

STALE_NOTICE = timedelta(hours=12)


def say(
    tx: Tx,
    chat_id: int,
    text: str,
    now: datetime,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    buttons: list[list[list[str]]] | None = None,
    **values: Any,
) -> None:
    """A short notice to a teammate: a text's key and its values. `buttons` are rows of [label key, callback data]."""
    promise(
        tx,
        "say",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"text": text, "values": values, "thread": thread_id, "reply_to": reply_to, "buttons": buttons or []},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def remind_owner(tx: Tx, lead: Lead, of: str, now: datetime) -> None:
    """A push in the owner's private chat, `of` an `answer`, a `call_back`, or a lead that has `woken`."""
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None:
        return
    promise(
        tx,
        "remind",
        key=f"remind:{lead.id}:{owner.id}:{of}",
        lane=f"remind:{lead.id}:{owner.id}",
        destination=team_destination(owner.telegram_id),
        priority=Priority.PERSONAL,
        payload={"lead": lead.id, "owner": owner.id, "of": of},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def remind_team(tx: Tx, place: str, chat_id: int | None, now: datetime) -> None:
    """One message for all that became overdue together: it names them from the log when it is sent."""
    key = f"overdue:{place}"
    if chat_id is None or renew(tx, [key]):
        return
    promise(
        tx,
        "overdue",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.NEW_CARD,
        payload={"place": place, "since": now.isoformat(), "told": []},
        now=now,
        delay=GATHERING,
        expires_at=now + STALE_NOTICE,
    )


def show_view(tx: Tx, view: str, chat_id: int, thread_id: int | None, now: datetime, **values: Any) -> None:
    """The reply to a command such as /my, made from the state at the time it is sent."""
    promise(
        tx,
        "view",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"view": view, "thread": thread_id, **values},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def ask(tx: Tx, prompt_id: int, chat_id: int, now: datetime) -> None:
    """The question of a prompt."""
    promise(
        tx,
        "ask",
        key=f"ask:{prompt_id}",
        lane=f"ask:{prompt_id}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"prompt": prompt_id},
        now=now,
    )


def tick(tx: Tx, chat_id: int, message_id: int, now: datetime) -> None:
    """Delivered: a reaction on the teammate's own message, not another message."""
    promise(
        tx,
        "tick",
        lane=f"tick:{chat_id}:{message_id}",
        destination=team_destination(chat_id),
        priority=Priority.REFRESH,
        payload={"chat": chat_id, "message": message_id},
        now=now,
        expires_at=now + STALE_REACTION,
    )


def show_link(tx: Tx, link_id: int, chat_id: int, thread_id: int | None, now: datetime) -> None:
    """The short link and its picture."""
    promise(
        tx,
        "link",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"link": link_id, "thread": thread_id},
        now=now,
        expires_at=now + STALE_NOTICE,
    )
