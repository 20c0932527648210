"""A kill while a topic is being made leaves one that we do not know: the words that opened it tell whose it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.policy import Policy
from bot.storage.desks import Desk, desk_of_thread, get_desk, set_thread
from bot.storage.outbox import Priority, drop_keys, promise
from bot.storage.store.base import Tx
from bot.storage.topics import is_asked_about, is_being_erased, is_known_topic, talks_under_way
from bot.use_cases.promises import team_destination

CLOCKS_DIFFER = timedelta(minutes=1)
"""Telegram's clock and ours, at most."""


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """A topic that the bot itself has opened, as Telegram tells of it."""

    chat_id: int
    thread_id: int
    name: str
    opened_at: datetime


def recognise_topic(tx: Tx, topic: OwnTopic, policy: Policy, now: datetime) -> None:
    """Adopts an unknown topic for the one talk that it can be meant for, and removes it when that one has another.

    What was written there meanwhile stays where it stands: of that the bot asks.
    """
    if is_asked_about(tx, topic.chat_id, topic.thread_id):
        return
    meant = meant_by_title(tx, topic, policy)
    if len(meant) == 1 and meant[0].thread_id is None:
        set_thread(tx, meant[0].lead_id, topic.thread_id)
    elif meant and all(desk.thread_id is not None for desk in meant):
        remove_topic(tx, topic.chat_id, topic.thread_id, now)


def meant_by_title(tx: Tx, topic: OwnTopic, policy: Policy) -> list[Desk]:
    """The talks that bear the name of an unknown topic and were under way when it was opened.

    Nothing is sent on the strength of it: people change their names, and talks their owners.
    """
    if is_known_topic(tx, topic.chat_id, topic.thread_id):
        return []
    if is_being_erased(tx, team_destination(topic.chat_id), topic.thread_id):
        return []
    since, until = topic.opened_at - CLOCKS_DIFFER, topic.opened_at + CLOCKS_DIFFER
    under_way = talks_under_way(tx, topic.chat_id, since, until)
    return [desk for desk, name in under_way if _bears(topic.name, policy.hide(name))]


def leave_topic(tx: Tx, topic: OwnTopic, now: datetime) -> None:
    """Somebody has written there, perhaps a colleague: with the topic his words would go."""
    drop_keys(tx, [_key(topic.chat_id, topic.thread_id)], now)


def keep_topic(tx: Tx, lead_id: int, chat_id: int, thread_id: int, now: datetime) -> None:
    """The topic that was asked for is there; the talk may have moved meanwhile, or an earlier one was adopted."""
    desk = get_desk(tx, lead_id)
    if desk_of_thread(tx, chat_id, thread_id) is not None:
        return
    if desk is not None and desk.chat_id == chat_id and desk.thread_id is None:
        set_thread(tx, lead_id, thread_id)
    else:
        remove_topic(tx, chat_id, thread_id, now)


def remove_topic(tx: Tx, chat_id: int, thread_id: int, now: datetime) -> None:
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
    )


def _key(chat_id: int, thread_id: int) -> str:
    return f"remove_topic:{chat_id}:{thread_id}"


def _bears(title: str, name: str) -> bool:
    """Telegram keeps a title on one line, and we shorten it to what it takes."""
    title, name = " ".join(title.split()), " ".join(name.split())
    return title == (name or "…") or (len(title) > 1 and title.endswith("…") and name.startswith(title[:-1]))
