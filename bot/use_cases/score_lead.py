"""Derives a lead's score from what the customer did and said."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import Status
from bot.domain.messages import Direction, MessageKind, NameRank
from bot.domain.scoring import Band, Event, Facts, Rules, Score, score
from bot.storage.leads import Lead, update_lead
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, contacts, conversations, leads, messages, page_views, touches

LOOKED_AT = 50
"""The newest messages and touches of a contact that its score is derived from."""


_EVENTS = {MessageKind.START: "start", MessageKind.FORM: "form"}
"""Messages that are more than words to the rules."""


def rescore(tx: Tx, lead: Lead, rules: Rules, now: datetime) -> Score:
    """Scores the lead anew and stores total, band and reasons."""
    fresh = score(gather_facts(tx, lead.contact_id), rules, now, Band(lead.band))
    update_lead(
        tx,
        lead.id,
        score=fresh.total,
        band=fresh.band,
        reasons=[
            {"rule": reason.rule_id, "points": reason.points, "text": dict(reason.texts)}
            for reason in fresh.reasons
            if reason.points
        ],
    )
    return fresh


def what_changed(before: Lead, fresh: Score, since: datetime) -> dict[str, Any]:
    """Score before, and the reasons that came or grew with the newest event; empty for a lead that is scored first."""
    if not before.reasons:
        return {}
    had = {reason["rule"]: reason["points"] for reason in before.reasons}
    news = []
    for reason in fresh.reasons:
        gained = reason.points - had.get(reason.rule_id, 0)
        if gained <= 0 and reason.last_at is not None and reason.last_at >= since:
            gained = reason.points  # what had faded since is worth its points again
        if gained > 0:
            news.append({"rule": reason.rule_id, "points": gained, "text": dict(reason.texts)})
    return {"before": before.score, "news": sorted(news, key=lambda reason: -reason["points"])}


def gather_facts(tx: Tx, contact_id: int) -> Facts:
    """What the customer did and said; never what sales did with the lead."""
    events = [*_touches(tx, contact_id), *_pages(tx, contact_id), *_messages(tx, contact_id)]
    return Facts(events=tuple(events), known=_known(tx, contact_id))


def _messages(tx: Tx, contact_id: int) -> list[Event]:
    rows = tx.execute(
        sa.select(messages.c.kind, messages.c.text, messages.c.at, channel_identities.c.channel)
        .select_from(messages.join(conversations).join(channel_identities))
        .where(conversations.c.contact_id == contact_id, messages.c.direction == Direction.INBOUND)
        .order_by(messages.c.at.desc())
        .limit(LOOKED_AT)
    )
    marks = _marks_of_forms(tx, contact_id)
    return [
        Event(_EVENTS.get(row.kind, "message"), row.channel, row.at, row.text, marks.get((row.channel, row.at), {}))
        for row in rows
    ]


def _marks_of_forms(tx: Tx, contact_id: int) -> dict[tuple[str, datetime], dict[str, str]]:
    """What was answered in a form, and where it stood, by its channel and moment."""
    rows = tx.execute(
        sa.select(touches)
        .where(touches.c.contact_id == contact_id, touches.c.kind == "form")
        .order_by(touches.c.at.desc())
        .limit(LOOKED_AT)
    )
    return {(row.channel, row.at): _attributes(row._mapping) for row in rows}


def _touches(tx: Tx, contact_id: int) -> list[Event]:
    """Touches of the messages themselves are counted with the messages."""
    rows = tx.execute(
        sa.select(touches)
        .where(touches.c.contact_id == contact_id, touches.c.kind.not_in(["message", *_EVENTS.values()]))
        .order_by(touches.c.at.desc())
        .limit(LOOKED_AT)
    )
    return [Event(row.kind, row.channel, row.at, "", _attributes(row._mapping)) for row in rows]


def _pages(tx: Tx, contact_id: int) -> list[Event]:
    rows = tx.execute(sa.select(page_views).where(page_views.c.contact_id == contact_id).limit(LOOKED_AT))
    return [Event("page", row.channel, row.at, "", {"page": row.page, "seconds": str(row.seconds)}) for row in rows]


def _attributes(touch: sa.RowMapping) -> dict[str, str]:
    named = {
        "utm_source": touch["source"],
        "utm_medium": touch["medium"],
        "utm_campaign": touch["campaign"],
        "utm_content": touch["content"],
        "utm_term": touch["term"],
        "page": touch["landing_page"],
        "referrer": touch["referrer"],
        "offer": touch["offer"],
    }
    return {**touch["answers"], **{name: value for name, value in named.items() if value}}


def _known(tx: Tx, contact_id: int) -> dict[str, str | None]:
    contact = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
    last = tx.execute(
        sa.select(touches)
        .where(touches.c.contact_id == contact_id, touches.c.source.is_not(None))
        .order_by(touches.c.at.desc(), touches.c.id.desc())
        .limit(1)
    ).first()
    username = tx.scalar(
        sa.select(channel_identities.c.username)
        .where(channel_identities.c.contact_id == contact_id, channel_identities.c.username.is_not(None))
        .limit(1)
    )
    bought = tx.scalar(sa.select(sa.func.count()).where(leads.c.contact_id == contact_id, leads.c.status == Status.WON))
    return {
        "phone": contact.phone,
        "email": contact.email,
        "name": contact.name if contact.name_rank > NameRank.GUEST else None,
        "language": contact.language,
        "username": username,
        "source": last.source if last else None,
        "medium": last.medium if last else None,
        "campaign": last.campaign if last else None,
        "content": last.content if last else None,
        "term": last.term if last else None,
        "landing_page": last.landing_page if last else None,
        "referrer": last.referrer if last else None,
        "returning_customer": "yes" if bought else None,
    }
