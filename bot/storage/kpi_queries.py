"""What the report asks the store. Every question is bounded by a time index or by an open state, never by all leads."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.kpi import AmountSet, Period
from bot.domain.leads import CLOSED, LeadEvent, Status
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events, leads, teammates, touches

log = lead_events.c


class NewLeads(NamedTuple):
    """Leads created in the period that share these four; band and status are today's."""

    channel: str
    band: str
    status: str
    source: str | None
    leads: int


class FirstAnswer(NamedTuple):
    """The first human answer of one lead, in seconds from the first message and from the answerer's own claim."""

    actor_id: int | None
    seconds: float
    after_claim: float | None


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
    """Unique leads for each kind of event in the period, so that A → B → A counts once."""
    rows = tx.execute(
        sa.select(log.kind, sa.func.count(log.lead_id.distinct())).where(_counts(period)).group_by(log.kind)
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
    each = (
        sa.select(is_worked.label("worked"), leads.c.status.in_(CLOSED).label("closed"))
        .select_from(handed.join(leads, leads.c.id == handed.c.lead_id))
        .subquery()
    )
    rows = tx.execute(sa.select(each.c.worked, each.c.closed, sa.func.count()).group_by(each.c.worked, each.c.closed))
    counts = {(bool(row[0]), bool(row[1])): int(row[2]) for row in rows}
    worked = sum(number for (answered, _closed), number in counts.items() if answered)
    return sum(counts.values()), worked, counts.get((False, True), 0)


def seconds_to_first_claim(tx: Tx, period: Period) -> list[float]:
    """From first shown to claimed. A lead claimed again after a release is not measured a second time."""
    earlier = lead_events.alias()
    claimed_before = sa.exists().where(
        earlier.c.lead_id == log.lead_id,
        earlier.c.kind == LeadEvent.CLAIMED,
        earlier.c.id < log.id,
        _stands(earlier.c),
    )
    rows = tx.scalars(sa.select(log.data).where(_counts(period), log.kind == LeadEvent.CLAIMED, ~claimed_before))
    return [float(data["seconds"]) for data in rows if data.get("seconds") is not None]


def first_answers(tx: Tx, period: Period) -> list[FirstAnswer]:
    """First human answers given in the period."""
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
    rows = tx.execute(
        sa.select(log.actor_id, log.data, log.at, claimed_at.label("claimed_at")).where(
            _counts(period), log.kind == LeadEvent.ANSWERED
        )
    )
    return [
        FirstAnswer(row.actor_id, float(row.data["seconds"]), _elapsed(row.claimed_at, row.at))
        for row in rows
        if row.data.get("seconds") is not None and row.data.get("first", True)
    ]


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
    moved = sa.select(moving.lead_id).where(
        _within(period, moving), moving.kind.in_((LeadEvent.WON, LeadEvent.AMOUNT_SET))
    )
    of_them = sa.select(log.lead_id, log.id, log.at).where(log.lead_id.in_(moved)).order_by(log.lead_id, log.id)
    won: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for win in tx.execute(of_them.add_columns(log.actor_id).where(log.kind == LeadEvent.WON)):
        won[win.lead_id].append(win)
    amounts = tx.execute(
        of_them.add_columns(log.data, touches.c.source)
        .select_from(_with_source())
        .where(log.kind == LeadEvent.AMOUNT_SET)
    )
    return [
        AmountSet(
            lead_id=row.lead_id,
            at=row.at,
            amount=row.data["amount"] or 0,
            currency=row.data["currency"],
            won_at=wins[0].at,
            seller_id=next((win for win in reversed(wins) if win.id < row.id), wins[0]).actor_id,
            source=row.source,
        )
        for row in amounts
        if (wins := won.get(row.lead_id))
    ]


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


def _elapsed(since: Any, until: datetime) -> float | None:
    return (until - since).total_seconds() if since else None
