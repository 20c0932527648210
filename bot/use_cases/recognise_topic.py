"""A kill while a topic is being made leaves one that we do not know: the words that opened it tell whose it is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.policy import Policy
from bot.storage.messages import get_message
from bot.storage.outbox import Priority, promise, renew
from bot.storage.places import Desk, desk_of_thread, get_desk, set_thread
from bot.storage.store.base import Tx
from bot.storage.topics import is_being_erased, is_known_topic, talks_under_way
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import relay_to_owner
from bot.use_cases.promises import team_destination
from bot.use_cases.team_message import SentOn, Taken

CLOCKS_DIFFER = timedelta(minutes=1)
"""Telegram's clock and ours, at most."""

COPIED_WITHIN = 10.0
"""Seconds in which what was written in a topic is usually copied to the customer; later it goes from the store."""


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """A topic that the bot itself has opened, as Telegram tells of it."""

    chat_id: int
    thread_id: int
    name: str
    opened_at: datetime


def recognise_topic(tx: Tx, topic: OwnTopic, policy: Policy, now: datetime, *, words: bool = False) -> Desk | None:
    """Adopts an unknown topic for the one talk that it can be meant for, and removes it when that one has another.

    The desk of that talk, None where nobody can tell. With `words` somebody has written there: what could be
    for one of several stays where it stands, for the bot has to ask.
    """
    if is_known_topic(tx, topic.chat_id, topic.thread_id):
        return None
    if is_being_erased(tx, team_destination(topic.chat_id), topic.thread_id):
        return None
    meant = _may_be_meant(tx, topic, policy)
    if len(meant) == 1:
        (desk,) = meant
        if desk.thread_id is None:
            desk = replace(desk, thread_id=topic.thread_id)
            set_thread(tx, desk.lead_id, desk.thread_id)
        else:
            if words and not renew(tx, [_key(topic.chat_id, topic.thread_id)]):
                say(tx, desk.chat_id, "topic.repeated", now, thread_id=desk.thread_id)
            remove_topic(tx, topic.chat_id, topic.thread_id, now, delay=COPIED_WITHIN if words else 0)
        return desk
    if meant and not words and all(desk.thread_id is not None for desk in meant):
        remove_topic(tx, topic.chat_id, topic.thread_id, now)
    return None


def keep_topic(tx: Tx, lead_id: int, chat_id: int, thread_id: int, now: datetime) -> None:
    """The topic that was asked for is there; the talk may have moved meanwhile, or an earlier one was adopted."""
    desk = get_desk(tx, lead_id)
    if desk_of_thread(tx, chat_id, thread_id) is not None:
        return
    if desk is not None and desk.chat_id == chat_id and desk.thread_id is None:
        set_thread(tx, lead_id, thread_id)
    else:
        remove_topic(tx, chat_id, thread_id, now)


def remove_topic(tx: Tx, chat_id: int, thread_id: int, now: datetime, *, delay: float = 0) -> None:
    key = _key(chat_id, thread_id)
    promise(
        tx,
        "remove_topic",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.REFRESH,
        payload={"thread": thread_id},
        now=now,
        delay=delay,
    )


def bring_over(tx: Tx, desk: Desk, taken: Taken, now: datetime) -> None:
    """What was written in a topic that is going away stands with the rest of the talk as well."""
    if isinstance(taken, SentOn) and (message := get_message(tx, taken.message_id)) is not None:
        relay_to_owner(tx, desk, message, now)


def _key(chat_id: int, thread_id: int) -> str:
    return f"remove_topic:{chat_id}:{thread_id}"


def _may_be_meant(tx: Tx, topic: OwnTopic, policy: Policy) -> list[Desk]:
    """The talks that bear its name and were under way when it was opened."""
    since, until = topic.opened_at - CLOCKS_DIFFER, topic.opened_at + CLOCKS_DIFFER
    under_way = talks_under_way(tx, topic.chat_id, since, until)
    return [desk for desk, name in under_way if _bears(topic.name, policy.hide(name))]


def _bears(title: str, name: str) -> bool:
    """Telegram keeps a title on one line, and we shorten it to what it takes."""
    title, name = " ".join(title.split()), " ".join(name.split())
    return title == (name or "…") or (len(title) > 1 and title.endswith("…") and name.startswith(title[:-1]))
