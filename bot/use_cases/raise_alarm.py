"""Something that only the administrator can mend: told once a day, to those who can."""

from datetime import datetime

import sqlalchemy as sa

from bot.storage.outbox import Priority, promise
from bot.storage.store.base import Tx, insert
from bot.storage.tables import marks, memberships, teammates
from bot.storage.team import ADMIN_STATUSES, get_team_chats
from bot.use_cases.promises import team_destination


def raise_alarm(tx: Tx, chat_id: int, trouble: str, now: datetime) -> None:
    """`trouble` is `chat_lost` or `no_rights`. Goes to every administrator and to the team chats that still work."""
    told = tx.execute(
        insert(tx, marks)
        .values(name=f"alarm:{trouble}:{chat_id}:{now.date()}", value=now.isoformat())
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(marks.c.name)
    ).scalar()
    if told is None:
        return
    chats = get_team_chats(tx).by_chat()
    for target in _who_can_help(tx, chats, chat_id):
        promise(
            tx,
            "say",
            lane=f"alarm:{target}",
            destination=team_destination(target),
            priority=Priority.PERSONAL,
            payload={
                "text": f"alarm.{trouble}",
                "values": {"purpose": f"purpose.{chats.get(chat_id, ['all'])[0]}"},
                "thread": None,
                "reply_to": None,
                "buttons": [],
            },
            now=now,
        )


def _who_can_help(tx: Tx, chats: dict[int, list[str]], chat_id: int) -> list[int]:
    admins = tx.scalars(
        sa.select(teammates.c.telegram_id)
        .distinct()
        .select_from(teammates.join(memberships, memberships.c.telegram_id == teammates.c.telegram_id))
        .where(memberships.c.status.in_(ADMIN_STATUSES), teammates.c.opened_at.is_not(None))
    )
    return [*(chat for chat in chats if chat != chat_id), *admins]
