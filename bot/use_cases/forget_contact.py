"""Erases a person everywhere; what he brought to the numbers stays, without him."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN, FeedbackState, LeadEvent, RejectReason, Status
from bot.storage.boards import boards_of
from bot.storage.leads import change_status, get_lead
from bot.storage.passes import forget_passes_of
from bot.storage.store import Store
from bot.storage.store.base import Tx
from bot.storage.tables import (
    cards,
    channel_identities,
    consents,
    contacts,
    conversations,
    deadlines,
    desks,
    feedback,
    intake_events,
    lead_events,
    leads,
    memberships,
    mentions,
    merges,
    message_copies,
    message_versions,
    messages,
    notes,
    outbox,
    page_views,
    prompts,
    ratings,
    teammates,
    touches,
    uploads,
    window_lines,
)
from bot.storage.traces import Lookout, Traces, find_events, find_items, traces_of
from bot.use_cases.build_digest import posted_digests
from bot.use_cases.join_feedback import leave_joined_cards
from bot.use_cases.promised_erasures import erase_message, erase_topic
from bot.use_cases.promises import refresh_board, refresh_cards

NOBODY = "…"
"""The name of whom we have forgotten."""

_CODE = re.compile(r"[a-z_ ]{1,32}|[A-Z]{3}|[\d:.T+Z-]{8,40}")
_CODED = frozenset(
    {
        "reason",
        "band",
        "before",
        "why",
        "shown_at",
        "currency",
        "result",
        "outcome",
        "kind",
        "until",
        "at",
        "due_at",
        "state",
        "status",
        "channel",
        "evidence",
        "from",
        "to",
    }
)
"""What may stay as text in the log: codes and times, never words."""

_VERDICTS = {FeedbackState.OPEN: FeedbackState.AGREED, FeedbackState.DISPUTED: FeedbackState.UPHELD}
"""Nobody can answer a question about somebody who is gone: what sales said stands."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    leads: int
    messages: int
    to_erase: int
    """How many messages and topics in our chats are to be deleted."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Raw events and promised acts, by the contact of whom they tell, and up to where they were looked through."""

    events: Mapping[int, list[int]] = field(default_factory=dict)
    events_to: int = 0
    items: Mapping[int, list[int]] = field(default_factory=dict)
    items_to: int = 0


async def forget(store: Store, contact_id: int, now: datetime) -> Forgotten | None:
    """None when there is no such contact, or it is forgotten already."""
    return (await forget_all(store, [contact_id], now)).get(contact_id)


async def forget_all(store: Store, contact_ids: Iterable[int], now: datetime) -> dict[int, Forgotten]:
    """Looks everything through once for all, in short reads, so that each write which erases is short as well."""
    known = [await store.read(_traces, contact_id) for contact_id in contact_ids]
    people = [traces for traces in known if traces is not None]
    lookout, seen = Lookout(people), _Seen()
    while people and (more := await store.read(_look_on, lookout, seen)) is not None:
        seen = more
    done = {one.contact_id: await store.write(forget_contact, one.contact_id, seen, now) for one in people}
    return {contact_id: told for contact_id, told in done.items() if told is not None}


def silent_contacts(tx: Tx, since: datetime, most: int) -> list[int]:
    """Whose leads are all closed, and of whom nothing was heard and with whom nothing was done, since a moment."""

    def lately(table: sa.Table, at: sa.Column[datetime], *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(table.c.contact_id == contacts.c.id, sa.or_(at >= since, *more))

    said = (
        sa.exists()
        .where(conversations.c.contact_id == contacts.c.id, messages.c.at >= since)
        .where(messages.c.conversation_id == conversations.c.id)
    )
    silent = (
        sa.select(contacts.c.id)
        .where(contacts.c.created_at < since, contacts.c.forgotten_at.is_(None))
        .where(~lately(leads, leads.c.closed_at, leads.c.status.in_(OPEN)), ~lately(touches, touches.c.at), ~said)
        .order_by(contacts.c.id)
        .limit(most)
    )
    return list(tx.scalars(silent))


def forget_contact(tx: Tx, contact_id: int, seen: _Seen, now: datetime) -> Forgotten | None:
    traces = _traces(tx, contact_id, lock=True)
    if traces is None:
        return None
    lookout = Lookout([traces])
    events, items = list(seen.events.get(contact_id, ())), list(seen.items.get(contact_id, ()))
    since = _Seen(events_to=seen.events_to, items_to=seen.items_to)
    while (more := _look_on(tx, lookout, since)) is not None:
        since = more
    events += since.events.get(contact_id, ())
    items += since.items.get(contact_id, ())
    _close_leads(tx, traces, now)
    _blank_events(tx, events)
    _blank_items(tx, traces, items, now)
    _forget_questions(tx, traces, lookout, now)
    to_erase = _erase_from_chats(tx, traces, now)
    _forget_shown(tx, traces, now)
    _forget_said(tx, traces)
    _blank_leads(tx, traces, now)
    _forget_who(tx, traces, lookout, now)
    leave_joined_cards(tx, traces.leads, now)
    return Forgotten(len(traces.leads), len(traces.messages), to_erase)


def _traces(tx: Tx, contact_id: int, *, lock: bool = False) -> Traces | None:
    known = sa.select(contacts.c.id).where(contacts.c.id == contact_id, contacts.c.forgotten_at.is_(None))
    if tx.scalar(known.with_for_update() if lock else known) is None:
        return None
    return traces_of(tx, contact_id)


def _look_on(tx: Tx, lookout: Lookout, seen: _Seen) -> _Seen | None:
    """One step further; None when there is nothing more."""
    events, events_to = find_events(tx, lookout, seen.events_to)
    items, items_to = find_items(tx, lookout, seen.items_to)
    if events_to is None and items_to is None:
        return None
    return _Seen(
        _both(seen.events, events), events_to or seen.events_to, _both(seen.items, items), items_to or seen.items_to
    )


def _both(before: Mapping[int, list[int]], more: Mapping[int, list[int]]) -> dict[int, list[int]]:
    return {**before, **{contact_id: [*before.get(contact_id, ()), *ids] for contact_id, ids in more.items()}}


def _close_leads(tx: Tx, traces: Traces, now: datetime) -> None:
    """Whom nobody can reach any more nobody owes an answer. An offered lead goes back to marketing on its way."""
    open_ones = sa.select(leads.c.id).where(leads.c.id.in_(traces.leads), leads.c.status.in_(OPEN))
    for lead_id in tx.scalars(open_ones.with_for_update()).all():
        lead = get_lead(tx, lead_id)
        if lead is not None and lead.status is Status.OFFERED:
            change_status(tx, lead, Status.NURTURING, LeadEvent.FORGOTTEN, now)
            lead = get_lead(tx, lead_id)
        if lead is not None:
            change_status(
                tx,
                lead,
                Status.REJECTED,
                LeadEvent.FORGOTTEN,
                now,
                closed_at=now,
                waiting_since=None,
                snoozed_until=None,
                reject_reason=RejectReason.OTHER,
            )


def _blank_events(tx: Tx, events: list[int]) -> None:
    """The rows stay: by them a redelivery is recognised."""
    for ids in _portions(events):
        tx.execute(
            intake_events.update()
            .where(intake_events.c.id.in_(ids))
            .values(raw="{}", status="done", error=None, retry_at=None, answer=None)
        )


def _blank_items(tx: Tx, traces: Traces, items: list[int], now: datetime) -> None:
    """What is under way is charged when it ends, and nothing of it is kept."""
    for ids in _portions(items):
        told = outbox.update().where(outbox.c.id.in_(ids))
        tx.execute(
            told.where(outbox.c.status.in_(["pending", "failed"])).values(
                status="dropped", finished_at=now, version=outbox.c.version + 1
            )
        )
        tx.execute(told.values(payload={}, key=None, lane="forgotten", error=None))
        tx.execute(told.where(outbox.c.destination.in_(traces.addresses)).values(destination="telegram:0"))


def _forget_questions(tx: Tx, traces: Traces, lookout: Lookout, now: datetime) -> None:
    asked = tx.execute(sa.select(prompts.c.id, prompts.c.lead_id, prompts.c.data)).all()
    about = [row.id for row in asked if row.lead_id in traces.leads or lookout.in_values(row.data)]
    for ids in _portions(about):
        tx.execute(prompts.delete().where(prompts.c.id.in_(ids)))
    choosing = sa.select(prompts.c.lead_id).where(prompts.c.kind == "duplicate", prompts.c.lead_id.is_not(None))
    for lead_id in tx.scalars(choosing).all():  # he may stand on a button of somebody else's card
        refresh_cards(tx, lead_id, now)


def _erase_from_chats(tx: Tx, traces: Traces, now: datetime) -> int:
    for chat_id, thread_id in sorted(traces.topics):
        erase_topic(tx, traces.contact_id, chat_id, thread_id, now)
    posted = posted_digests(tx, [place.message_id for place in traces.places])
    for place in traces.places:
        digest = posted.get((place.chat_id, place.message_id))
        erase_message(tx, traces.contact_id, place, now, digest=digest)
    return len(traces.topics) + len({(place.chat_id, place.message_id) for place in traces.places})


def _forget_shown(tx: Tx, traces: Traces, now: datetime) -> None:
    for board_id in boards_of(tx, traces.leads):
        refresh_board(tx, board_id, now)
    for table in (cards, desks, mentions, deadlines, notes):
        tx.execute(table.delete().where(table.c.lead_id.in_(traces.leads)))


def _forget_said(tx: Tx, traces: Traces) -> None:
    tx.execute(window_lines.delete().where(window_lines.c.conversation_id.in_(traces.conversations)))
    for ids in _portions(sorted(traces.messages)):
        for table in (message_versions, message_copies):
            tx.execute(table.delete().where(table.c.message_id.in_(ids)))
    tx.execute(uploads.delete().where(uploads.c.address.in_(traces.addresses)))
    talk = messages.c.conversation_id.in_(traces.conversations)
    tx.execute(messages.delete().where(talk))


def _blank_leads(tx: Tx, traces: Traces, now: datetime) -> None:
    tx.execute(leads.update().where(leads.c.id.in_(traces.leads)).values(product=None, verdict_note=None))
    tx.execute(ratings.update().where(ratings.c.lead_id.in_(traces.leads)).values(word=None))
    for row in tx.execute(
        sa.select(lead_events.c.id, lead_events.c.data).where(lead_events.c.lead_id.in_(traces.leads))
    ).all():
        kept = {name: value if _is_plain(name, value) else None for name, value in row.data.items()}
        if kept != row.data:
            tx.execute(lead_events.update().where(lead_events.c.id == row.id).values(data=kept))
    about = feedback.update().where(feedback.c.lead_id.in_(traces.leads))
    tx.execute(about.values(note=None, comment=None))
    for state, verdict in _VERDICTS.items():
        tx.execute(about.where(feedback.c.state == state).values(state=verdict, settled_at=now))


def _is_plain(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in _CODED and _CODE.fullmatch(value) is not None
    return value is None or isinstance(value, bool | int | float)


def _forget_who(tx: Tx, traces: Traces, lookout: Lookout, now: datetime) -> None:
    """Source and campaign of a touch stay, for the numbers, unless they name the person himself."""
    own = touches.c.contact_id == traces.contact_id
    for row in tx.execute(sa.select(touches).where(own)).mappings().all():
        marks = ("source", "medium", "campaign", "offer")
        tx.execute(
            touches.update()
            .where(touches.c.id == row["id"])
            .values({name: None if lookout.in_text(row[name] or "") else row[name] for name in marks})
        )
    tx.execute(
        touches.update()
        .where(own)
        .values(content=None, term=None, landing_page=None, referrer=None, click_id=None, ym_uid=None, answers={})
    )
    on_team = sa.select(teammates.c.telegram_id)
    numbers = [int(sender) for sender in traces.senders if sender.isascii() and sender.isdigit()]
    tx.execute(
        memberships.delete().where(memberships.c.telegram_id.in_(numbers), memberships.c.telegram_id.not_in(on_team))
    )
    one = traces.contact_id
    tx.execute(merges.delete().where(sa.or_(merges.c.contact_id == one, merges.c.from_id == one)))
    for address in traces.addresses:
        channel, _, external_id = address.partition(":")
        forget_passes_of(tx, channel, external_id)
    for table in (conversations, channel_identities, consents, page_views):
        tx.execute(table.delete().where(table.c.contact_id == traces.contact_id))
    tx.execute(
        contacts.update()
        .where(sa.or_(contacts.c.id == traces.contact_id, contacts.c.joined_id == traces.contact_id))
        .values(name=NOBODY, phone=None, email=None, language=None, stopped_at=None, forgotten_at=now)
    )


def _portions(ids: Iterable[int], most: int = 500) -> list[list[int]]:
    found = list(ids)
    return [found[at : at + most] for at in range(0, len(found), most)]
