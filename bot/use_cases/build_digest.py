"""The morning summary: each audience once a working day, however often the clock is asked."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.kpi import Period, Trend
from bot.domain.working_time import WorkingHours
from bot.storage.outbox import Priority, promise
from bot.storage.store.base import Tx, insert
from bot.storage.tables import digests
from bot.storage.team import get_team_chats, was_bound_before
from bot.use_cases.build_report import build_trend
from bot.use_cases.promised_notices import STALE_NOTICE
from bot.use_cases.promises import team_destination

KIND = "daily"
LONGEST_GAP = timedelta(days=7)
"""A digest looks back no further, unless the team was away for longer."""

PICTURED_DAYS = 14
LONGEST_PICTURE = 92
"""Days beyond which the bars of a picture would be too thin to read."""


def post_due_digests(tx: Tx, hours: WorkingHours, digest_time: str, now: datetime) -> int:
    """Promises the digests that are due; how many. A missed one goes out later the same local day, never the day after.

    Uniqueness is the database's: kind, chat and local date.
    """
    local = now.astimezone(ZoneInfo(hours.zone))
    due_at = datetime.combine(local.date(), time.fromisoformat(digest_time), local.tzinfo)
    if local < due_at or not hours.is_working_day(local.date()):
        return 0
    posted = 0
    for chat_id, audiences in get_team_chats(tx).by_chat().items():
        if not was_bound_before(tx, chat_id, due_at):
            continue  # a chat bound at noon has nothing to read of yesterday
        period = _period(tx, chat_id, local.date(), hours)
        added = tx.execute(
            insert(tx, digests)
            .values(
                kind=KIND,
                chat_id=chat_id,
                local_date=local.date().isoformat(),
                since=period.since,
                until=period.until,
            )
            .on_conflict_do_nothing(index_elements=["kind", "chat_id", "local_date"])
            .returning(digests.c.id)
        ).scalar()
        if added is None:
            continue
        posted += 1
        promise(
            tx,
            "digest",
            key=f"digest:{KIND}:{chat_id}:{local.date()}",
            lane=f"digest:{chat_id}",
            destination=team_destination(chat_id),
            priority=Priority.DIGEST,
            payload=_intent(period, audiences) | {"digest": added},
            now=now,
            expires_at=_midnight_after(local),
        )
    return posted


def show_digest(
    tx: Tx,
    chat_id: int,
    thread_id: int | None,
    audiences: Collection[str],
    hours: WorkingHours,
    now: datetime,
    asked: Period | None = None,
) -> None:
    """At once: what the next digest would say, or the period asked for."""
    chats = get_team_chats(tx)
    chat = chat_id if chat_id in chats.by_chat() else chats.sales or chat_id
    period = asked or _period(tx, chat, now.astimezone(ZoneInfo(hours.zone)).date(), hours)
    promise(
        tx,
        "digest",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload=_intent(period, audiences) | {"thread": thread_id},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def _intent(period: Period, audiences: Collection[str]) -> dict[str, Any]:
    return {
        "audiences": sorted(audiences),
        "kind": period.kind,
        "first": period.first.isoformat(),
        "end": period.end.isoformat(),
        "zone": period.zone,
    }


def _period(tx: Tx, chat_id: int, today: date, hours: WorkingHours) -> Period:
    """Everything since the last digest of an earlier day: on Monday, Friday to Sunday; after holidays, all of them.

    One that Telegram never took has told nobody anything. The last is the one that was posted last: one of a later day
    was posted by a clock that was ahead, and knew little of its days.
    """
    last = tx.scalar(
        sa.select(digests.c.local_date)
        .where(
            digests.c.kind == KIND,
            digests.c.chat_id == chat_id,
            digests.c.local_date < today.isoformat(),
            digests.c.posted_at.is_not(None),
        )
        .order_by(digests.c.id.desc())
        .limit(1)
    )
    worked = hours.working_day_before(today)
    first = max(date.fromisoformat(last), min(worked, today - LONGEST_GAP)) if last else worked
    return Period.between(first, today, hours.zone)


# The picture ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PictureToDraw:
    """A digest whose text stands in its chat, and whose picture may follow."""

    digest_id: int
    chat_id: int
    end: date


def pictures_to_draw(tx: Tx, hours: WorkingHours, now: datetime) -> list[PictureToDraw]:
    """Of today's digests only: a picture is never posted the day after, and never before its text."""
    local = now.astimezone(ZoneInfo(hours.zone))
    rows = tx.execute(
        sa.select(digests.c.id, digests.c.chat_id, digests.c.until)
        .where(
            digests.c.kind == KIND,
            digests.c.local_date == local.date().isoformat(),
            digests.c.posted_at.is_not(None),
            digests.c.pictured_at.is_(None),
        )
        .order_by(digests.c.id)
    )
    return [PictureToDraw(row.id, row.chat_id, row.until.astimezone(local.tzinfo).date()) for row in rows]


def trend_until(tx: Tx, period: Period) -> Trend:
    """The period, or the two weeks that end with it, whichever is longer: what its picture shows."""
    days = min(max(period.days, PICTURED_DAYS), LONGEST_PICTURE)
    return build_trend(tx, Period.between(period.end - timedelta(days=days), period.end, period.zone))


def note_posted(tx: Tx, digest_id: int, message_id: int, nameless: str, now: datetime) -> None:
    posted = {"posted_at": now, "message_id": message_id, "nameless": nameless}
    tx.execute(digests.update().where(digests.c.id == digest_id).values(posted))


def posted_digests(tx: Tx, message_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """By chat and message, those of the morning's digests that stand under one of these numbers."""
    posted = sa.select(digests.c.chat_id, digests.c.message_id, digests.c.id).where(
        digests.c.message_id.in_(list(message_ids))
    )
    return {(row.chat_id, row.message_id): row.id for row in tx.execute(posted)}


def without_names(tx: Tx, digest_id: int) -> str | None:
    text: str | None = tx.scalar(sa.select(digests.c.nameless).where(digests.c.id == digest_id))
    return text


def post_picture(tx: Tx, digest_id: int, picture: bytes | None, zone: str, now: datetime) -> bool:
    """Promises the picture once; without one, that the digest stays without is written down."""
    chat_id = tx.execute(
        digests.update()
        .where(digests.c.id == digest_id, digests.c.pictured_at.is_(None))
        .values(pictured_at=now)
        .returning(digests.c.chat_id)
    ).scalar()
    if chat_id is None or picture is None:
        return False
    promise(
        tx,
        "picture",
        key=f"picture:{digest_id}",
        lane=f"picture:{chat_id}",
        destination=team_destination(chat_id),
        priority=Priority.DIGEST,
        payload={"png": base64.b64encode(picture).decode()},
        now=now,
        expires_at=_midnight_after(now.astimezone(ZoneInfo(zone))),
    )
    return True


def _midnight_after(local: datetime) -> datetime:
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
