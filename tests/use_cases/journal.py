"""Writes what happened to leads the way the units of work record it, one line a fact."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.leads import LeadEvent, Status
from bot.storage.store import Tx
from bot.storage.store.base import new_id
from bot.storage.tables import contacts, feedback, handoffs, lead_events, leads, teammates, touches

MOSCOW = ZoneInfo("Europe/Moscow")


def local(day: int, hour: int = 0, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 on the wall clock in Moscow."""
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW).astimezone(UTC)


class Journal:
    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    def teammate(self, name: str) -> int:
        number = self.tx.scalar(sa.select(sa.func.count()).select_from(teammates)) or 0
        return self._add(teammates, telegram_id=number + 1, name=name, created_at=local(1))

    def lead(
        self,
        at: datetime,
        *,
        name: str = "Иван",
        channel: str = "telegram",
        band: str = "sales_accepted",
        source: str | None = None,
        **columns: Any,
    ) -> int:
        contact = self._add(contacts, name=name, created_at=at)
        touch = self._add(
            touches, contact_id=contact, kind="message", channel=channel, at=at, source=source, answers={}
        )
        values = {"status": Status.NURTURING, "score": 50, "reasons": [], "waiting_since": at} | columns
        lead = self._add(
            leads, contact_id=contact, band=band, channel=channel, created_at=at, first_touch_id=touch, **values
        )
        self.event(lead, "created", at, data={"channel": channel, "source": source, "campaign": None})
        return lead

    def hand_off(self, lead: int, at: datetime) -> None:
        self._add(handoffs, lead_id=lead, at=at, score=50, band="sales_accepted", reasons=[], policy={})
        self.event(lead, "handed_off", at, moved=("nurturing", "offered"))
        self.set(lead, status=Status.OFFERED, offered_at=at)

    def claim(self, lead: int, by: int, at: datetime, seconds: float | None = None) -> None:
        data = {"shown_at": None, "seconds": seconds}
        self.event(lead, "claimed", at, actor=by, data=data, moved=("offered", "claimed"))
        self.set(lead, status=Status.CLAIMED, owner_id=by, claimed_at=at)

    def release(self, lead: int, by: int, at: datetime) -> None:
        self.event(lead, "released", at, actor=by, moved=("claimed", "offered"))
        self.set(lead, status=Status.OFFERED, owner_id=None)

    def answer(self, lead: int, by: int, at: datetime, seconds: float | None, *, first: bool = True) -> None:
        data = {"seconds": seconds, "first": first}
        self.event(lead, "answered", at, actor=by, data=data, moved=("claimed", "working"))
        self.set(lead, status=Status.WORKING, waiting_since=None)

    def win(self, lead: int, by: int, at: datetime) -> None:
        self.event(lead, "won", at, actor=by, moved=("working", "won"))
        self.set(lead, status=Status.WON, closed_at=at, waiting_since=None)

    def amount(self, lead: int, by: int, at: datetime, amount: int, currency: str = "RUB") -> None:
        previous = self.tx.scalar(sa.select(leads.c.amount).where(leads.c.id == lead))
        data = {"amount": amount, "previous": previous, "currency": currency, "product": None}
        self.event(lead, "amount_set", at, actor=by, data=data)
        self.set(lead, amount=amount, currency=currency)

    def lose(self, lead: int, by: int, at: datetime, reason: str = "price") -> None:
        self.event(lead, "lost", at, actor=by, data={"reason": reason}, moved=("working", "lost"))
        self.set(lead, status=Status.LOST, closed_at=at, waiting_since=None)

    def reject(self, lead: int, by: int, at: datetime, reason: str, state: str = "open") -> int:
        data = {"reason": reason, "note": None}
        self.event(lead, "rejected", at, actor=by, data=data, moved=("claimed", "rejected"))
        self.set(lead, status=Status.REJECTED, closed_at=at, reject_reason=reason, waiting_since=None)
        return self._add(feedback, lead_id=lead, state=state, reason=reason, rejected_by=by, created_at=at)

    def event(
        self,
        lead: int,
        kind: str,
        at: datetime,
        *,
        actor: int | None = None,
        data: dict[str, Any] | None = None,
        moved: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self._add(
            lead_events,
            lead_id=lead,
            at=at,
            kind=LeadEvent(kind),
            actor_id=actor,
            from_status=moved[0],
            to_status=moved[1],
            data=data or {},
        )

    def set(self, lead: int, **columns: Any) -> None:
        self.tx.execute(leads.update().where(leads.c.id == lead).values(**columns))

    def _add(self, table: sa.Table, **columns: Any) -> int:
        return new_id(self.tx.execute(table.insert().values(**columns)))


def after(at: datetime, **delta: float) -> datetime:
    return at + timedelta(**delta)
