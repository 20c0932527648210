"""What must vanish from the chats of the team when a person is forgotten."""

from collections.abc import Collection
from datetime import datetime

from bot.storage.cards import add_mention
from bot.storage.leads import forgotten_among
from bot.storage.outbox import Priority, promise
from bot.storage.store.base import Tx
from bot.storage.traces import Place
from bot.use_cases.promises import team_destination


def erase_message(tx: Tx, contact_id: int, place: Place, now: datetime, *, digest: int | None = None) -> None:
    """A message that tells of a forgotten person is deleted, or blanked where it can only be edited.

    A `digest` stays, without anybody's name.
    """
    key = f"erase:{place.chat_id}:{place.message_id}"
    promise(
        tx,
        "erase",
        key=key,
        lane=key,
        destination=team_destination(place.chat_id),
        priority=Priority.DIGEST,
        payload={
            "contact": contact_id,
            "message": place.message_id,
            "kind": place.kind,
            "ours": place.ours,
            **({"digest": digest} if digest is not None else {}),
        },
        now=now,
    )


def note_mentions(tx: Tx, lead_ids: Collection[int], chat_id: int, message_id: int, now: datetime) -> None:
    """A message that tells of these leads stands there; who was forgotten while it was on its way is taken out."""
    forgotten = forgotten_among(tx, lead_ids, lock=True)
    for lead_id in lead_ids:
        if lead_id in forgotten:
            erase_message(tx, forgotten[lead_id], Place(chat_id, message_id), now)
        else:
            add_mention(tx, lead_id, chat_id, message_id)


def erase_topic(tx: Tx, contact_id: int, chat_id: int, thread_id: int, now: datetime) -> None:
    key = f"erase_topic:{chat_id}:{thread_id}"
    promise(
        tx,
        "erase_topic",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.DIGEST,
        payload={"contact": contact_id, "thread": thread_id},
        now=now,
    )
