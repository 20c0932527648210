"""What the report asks the store. Every question is bounded by a time index or by an open state, never by all leads."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.kpi import AmountSet, Period
from bot.domain.leads import CLOSED, LeadEvent, Status
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events, leads, teammates, touches

log = lead_events.c

TOTALLED = (
    *(LeadEvent.HANDED_OFF, LeadEvent.CLAIMED, LeadEvent.ANSWERED),
    *(LeadEvent.WON, LeadEvent.LOST, LeadEvent.REJECTED),
)
"""The events that the totals of a period count."""

_SECONDS = log.data["seconds"].as_float()


class NewLeads(NamedTuple):
    """Leads created in the period that share these four; band and status are today's."""

    channel: str
    band: str
    status: str
    source: str | None
    leads: int


class FirstAnswer(NamedTuple):
    """The first human answer of one lead, in seconds from its first message, and when its giver had claimed it."""

    actor_id: int | None
    seconds: float
    at: datetime
    claimed_at: datetime | None

    @property
    def after_claim(self) -> float | None:
        return (self.at - self.claimed_at).total_seconds() if self.claimed_at else None


class Wins(NamedTuple):
    seller_id: int | None
    source: str | None
    leads: int


def new_leads(tx: Tx, period: Period) -> list[NewLeads]:
    keys = (leads.c.channel, leads.c.band, leads.c.status, touches.c.source)
    rows = tx.execute(
        sa.select(*keys, sa.func.count())
        .select_from(leads.outerjoin(touches, touches.c.id == leads.c.first_touch_id))
        .where(*_created(period))
        .group_by(*keys)
    )
    return [NewLeads(*row) for row in rows]


def created(tx: Tx, period: Period) -> int:
    return tx.scalar(sa.select(sa.func.count()).where(*_created(period))) or 0


def _created(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    """What seems to be a robot's is nobody's lead until a human says otherwise."""
    return leads.c.created_at >= period.since, leads.c.created_at < period.until, leads.c.set_aside.is_(False)


def leads_by_event(tx: Tx, period: Period) -> dict[str, int]:
    """Unique leads for each kind of event among the totals, so that A → B → A counts once."""
    rows = tx.execute(
        sa.select(log.kind, sa.func.count(log.lead_id.distinct()))
        .where(_counts(period), log.kind.in_(TOTALLED))
        .group_by(log.kind)
    )
    return {row[0]: row[1] for row in rows}


def handed_over(tx: Tx, period: Period, now: datetime) -> tuple[int, int, int]:
    """Leads handed over in the period; of these, answered by a human since; of the others, closed all the same."""
    handed = (
        sa.select(log.lead_id, sa.func.min(log.at).label("at"))
        .where(_counts(period), log.kind == LeadEvent.HANDED_OFF)
        .group_by(log.lead_id)
        .subquery()
    )
    later = lead_events.alias()
    is_worked = sa.exists().where(
        later.c.lead_id == handed.c.lead_id,
        later.c.at >= handed.c.at,
        later.c.at <= now,
        (later.c.kind == LeadEvent.ANSWERED) | (later.c.to_status == Status.WORKING),
    )
    fate = sa.case((is_worked, "worked"), (leads.c.status.in_(CLOSED), "closed"), else_="open")
    rows = tx.execute(
        sa.select(fate.label("fate"), sa.func.count())
        .select_from(handed.join(leads, leads.c.id == handed.c.lead_id))
        .group_by("fate")
    )
    counts = {row[0]: int(row[1]) for row in rows}
    return sum(counts.values()), counts.get("worked", 0), counts.get("closed", 0)


def seconds_to_first_claim(tx: Tx, period: Period) -> list[float]:
    """From first shown to claimed. A lead claimed again after a release is not measured a second time."""
    earlier = lead_events.alias()
    claimed_before = sa.exists().where(
        earlier.c.lead_id == log.lead_id,
        earlier.c.kind == LeadEvent.CLAIMED,
        earlier.c.id < log.id,
        _stands(earlier.c),
    )
    first = (_counts(period), log.kind == LeadEvent.CLAIMED, ~claimed_before)
    return list(tx.scalars(sa.select(_SECONDS).where(*first, _SECONDS.is_not(None))))


def seconds_to_first_answer(tx: Tx, period: Period) -> list[float]:
    """From the first message to the first human answer, over the answers given in the period."""
    return list(tx.scalars(sa.select(_SECONDS).where(*_answered(period))))


def first_answers(tx: Tx, period: Period) -> list[FirstAnswer]:
    """The same answers, each with who gave it and when he had claimed the lead."""
    claim = lead_events.alias()
    claimed_at = (
        sa.select(sa.func.max(claim.c.at))
        .where(
            claim.c.lead_id == log.lead_id,
            claim.c.kind == LeadEvent.CLAIMED,
            claim.c.actor_id == log.actor_id,
            claim.c.at <= log.at,
            _stands(claim.c),
        )
        .scalar_subquery()
    )
    rows = tx.execute(sa.select(log.actor_id, _SECONDS, log.at, claimed_at).where(*_answered(period)))
    return [FirstAnswer(*row) for row in rows]


def _answered(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    is_first = log.data["first"].as_boolean().is_not(sa.false())
    return _counts(period), log.kind == LeadEvent.ANSWERED, _SECONDS.is_not(None), is_first


def leads_by_actor(tx: Tx, period: Period, kind: LeadEvent) -> dict[int, int]:
    """Unique leads for each teammate who did this in the period."""
    rows = tx.execute(
        sa.select(log.actor_id, sa.func.count(log.lead_id.distinct()))
        .where(_counts(period), log.kind == kind, log.actor_id.is_not(None))
        .group_by(log.actor_id)
    )
    return {row[0]: row[1] for row in rows}


def rejections(tx: Tx, period: Period) -> list[tuple[str | None, str | None, int]]:
    """(reason, source, leads) by the last rejection each lead had in the period."""
    each = (
        sa.select(log.data["reason"].as_string().label("reason"), touches.c.source)
        .select_from(_with_source())
        .where(log.id.in_(_last(period, LeadEvent.REJECTED)))
        .subquery()
    )
    rows = tx.execute(sa.select(each.c.reason, each.c.source, sa.func.count()).group_by(each.c.reason, each.c.source))
    return [(row[0], row[1], row[2]) for row in rows]


def wins(tx: Tx, period: Period) -> list[Wins]:
    """Leads won in the period by who won them last and where they came from."""
    keys = (log.actor_id, touches.c.source)
    rows = tx.execute(
        sa.select(*keys, sa.func.count())
        .select_from(_with_source())
        .where(log.id.in_(_last(period, LeadEvent.WON)))
        .group_by(*keys)
    )
    return [Wins(*row) for row in rows]


def amounts_of_sales(tx: Tx, period: Period) -> list[AmountSet]:
    """Every amount ever set on the won leads to which a win or an amount came in the period: the ledger needs both.

    Wins that were taken back are among them: what they had brought is booked back by an amount of 0, on that day.
    The seller is who had won it when the amount was set, so that a later win by a colleague takes nothing from him.
    """
    moving = lead_events.alias().c
    kinds = (LeadEvent.WON, LeadEvent.AMOUNT_SET)
    moved = sa.select(moving.lead_id).where(_within(period, moving), moving.kind.in_(kinds))
    rows = tx.execute(
        sa.select(log.lead_id, log.kind, log.at, log.actor_id, touches.c.source, log.data)
        .select_from(_with_source())
        .where(log.lead_id.in_(moved), log.kind.in_(kinds))
        .order_by(log.lead_id, log.id)
    )
    return [amount for _lead, of_lead in groupby(rows, itemgetter(0)) for amount in _amounts(list(of_lead))]


def _amounts(of_lead: Sequence[Any]) -> Iterator[AmountSet]:
    """Of one lead that has a win; what was agreed before the first one belongs to who won it."""
    first_win = next((row for row in of_lead if row.kind == LeadEvent.WON), None)
    if first_win is None:
        return
    won_at, seller = first_win.at, first_win.actor_id
    for lead_id, kind, at, actor_id, source, data in of_lead:
        if kind == LeadEvent.WON:
            seller = actor_id
        else:
            yield AmountSet(lead_id, at, data["amount"] or 0, data["currency"], won_at, seller, source)


def amounts_won(tx: Tx, period: Period) -> list[tuple[str, int, int]]:
    """(currency, sum in minor units, leads) over the leads won in the period that have an amount by now."""
    won = sa.select(log.lead_id).where(_counts(period), log.kind == LeadEvent.WON)
    rows = tx.execute(
        sa.select(leads.c.currency, sa.func.sum(leads.c.amount), sa.func.count())
        .where(leads.c.id.in_(won), leads.c.amount.is_not(None), leads.c.currency.is_not(None))
        .group_by(leads.c.currency)
    )
    return [(row[0], int(row[1]), row[2]) for row in rows]


def teammate_names(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    rows = tx.execute(sa.select(teammates.c.id, teammates.c.name).where(teammates.c.id.in_(sorted(ids))))
    return {row[0]: row[1] for row in rows}


def _within(period: Period, event: Any = log) -> sa.ColumnElement[bool]:
    return sa.and_(event.at >= period.since, event.at < period.until)


def _stands(event: Any = log) -> sa.ColumnElement[bool]:
    """Nobody has taken it back since, by an undo or by reopening."""
    later = lead_events.alias()
    return ~sa.exists().where(later.c.undoes_id == event.id)


def _counts(period: Period, event: Any = log) -> sa.ColumnElement[bool]:
    return sa.and_(_within(period, event), _stands(event))


def _last(period: Period, kind: LeadEvent) -> sa.Select[tuple[int]]:
    """The last event of this kind that each lead had in the period."""
    event = lead_events.alias().c
    return sa.select(sa.func.max(event.id)).where(_counts(period, event), event.kind == kind).group_by(event.lead_id)


def _with_source() -> sa.FromClause:
    return lead_events.join(leads, leads.c.id == log.lead_id).outerjoin(touches, touches.c.id == leads.c.first_touch_id)
