"""The morning summary: each audience once a working day, however often the clock is asked."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.kpi import Audience, Period, Report
from bot.domain.working_time import WorkingHours
from bot.storage.outbox import Priority, promise
from bot.storage.store.base import Tx, insert
from bot.storage.tables import digests
from bot.storage.team import get_team_chats, was_bound_before
from bot.use_cases.build_report import build_report
from bot.use_cases.promises import team_destination

KIND = "daily"
LONGEST_GAP = timedelta(days=7)


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
        period = _period(tx, chat_id, local.date(), hours.zone)
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
            payload={
                "audiences": sorted(audiences),
                "first": period.first.isoformat(),
                "end": period.end.isoformat(),
                "zone": hours.zone,
            },
            now=now,
            expires_at=datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(hours.zone)),
        )
    return posted


def digest_report(tx: Tx, chat_id: int, audiences: frozenset[str], now: datetime, zone: str) -> Report:
    """What the next digest of this chat would say: for /digest."""
    period = _period(tx, chat_id, now.astimezone(ZoneInfo(zone)).date(), zone)
    return build_report(tx, period, now, frozenset(Audience(name) for name in audiences))


def _period(tx: Tx, chat_id: int, today: date, zone: str) -> Period:
    """Everything since the last digest of an earlier day: on a Monday, Friday to Sunday."""
    last = tx.scalar(
        sa.select(sa.func.max(digests.c.local_date)).where(
            digests.c.kind == KIND, digests.c.chat_id == chat_id, digests.c.local_date < today.isoformat()
        )
    )
    first = date.fromisoformat(last) if last else today - timedelta(days=3 if today.weekday() == 0 else 1)
    return Period.between(max(first, today - LONGEST_GAP), today, zone)
