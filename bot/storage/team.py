"""Who is on our side, what they may do, and in which chats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, rows_by
from bot.storage.tables import memberships, team_chats, teammates

MEMBER_STATUSES = frozenset({"creator", "administrator", "member", "restricted"})
ADMIN_STATUSES = frozenset({"creator", "administrator"})
PURPOSES = ("sales", "marketing", "managers")
THE_BOT = 0
"""Where memberships would name a chat: who is administrator here administers the bot itself."""


@dataclass(frozen=True, slots=True)
class Teammate:
    id: int
    telegram_id: int
    name: str
    username: str | None
    opened_at: datetime | None
    plays_customer: bool
    away_since: datetime | None = None
    away_until: datetime | None = None

    def is_away(self, now: datetime) -> bool:
        return self.away_until is not None and self.away_until > now


@dataclass(frozen=True, slots=True)
class TeamChats:
    """The bound chats by purpose; marketing and managers fall back on sales."""

    bound: dict[str, int]

    @property
    def sales(self) -> int | None:
        return self.bound.get("sales")

    @property
    def marketing(self) -> int | None:
        return self.bound.get("marketing", self.sales)

    @property
    def managers(self) -> int | None:
        return self.bound.get("managers", self.sales)

    def by_chat(self) -> dict[int, list[str]]:
        """Each chat with the audiences that share it."""
        shared: dict[int, list[str]] = {}
        for purpose, chat_id in (("sales", self.sales), ("marketing", self.marketing), ("managers", self.managers)):
            if chat_id is not None:
                shared.setdefault(chat_id, []).append(purpose)
        return shared


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person is in the team's chats, and to the bot itself."""

    telegram_id: int
    chats: TeamChats
    known: Mapping[int, tuple[str, datetime]]
    """`{chat id: (status, when we were told)}`, for the bound chats and for `THE_BOT`."""

    def administers(self, admins: frozenset[int]) -> bool:
        """Named in the settings, or made administrator by the one-time code."""
        return self.telegram_id in admins or self._status(THE_BOT) in ADMIN_STATUSES

    def roles(self, admins: frozenset[int]) -> frozenset[str]:
        """`sales`, `marketing`, `managers`: what this person may do.

        Where the managers' chat is also somebody else's, managers are `ADMIN_IDS` and that chat's administrators.
        """
        chats = self.chats
        roles = {
            purpose
            for chat_id, purposes in chats.by_chat().items()
            if self._status(chat_id) in MEMBER_STATUSES
            for purpose in purposes
        }
        if chats.managers in (chats.sales, chats.marketing):
            roles.discard("managers")
            if chats.managers is not None and self._status(chats.managers) in ADMIN_STATUSES:
                roles.add("managers")
        if self.administers(admins):
            roles.add("managers")
        return frozenset(roles)

    def _status(self, chat_id: int) -> str:
        return self.known[chat_id][0] if chat_id in self.known else "left"


_COLUMNS = tuple(teammates.c[name] for name in Teammate.__dataclass_fields__)


def find_or_add_teammate(tx: Tx, telegram_id: int, name: str, username: str | None, now: datetime) -> Teammate:
    statement = insert(tx, teammates).values(telegram_id=telegram_id, name=name, username=username, created_at=now)
    row = tx.execute(
        statement.on_conflict_do_update(
            index_elements=["telegram_id"],
            set_={"name": statement.excluded.name, "username": statement.excluded.username},
        ).returning(*_COLUMNS)
    ).one()
    return Teammate(**row._mapping)


def lock_teammate(tx: Tx, telegram_id: int) -> None:
    """Whoever gives or takes a teammate's rights, or acts by them, does so one after another."""
    tx.execute(sa.select(teammates.c.id).where(teammates.c.telegram_id == telegram_id).with_for_update())


def get_teammate(tx: Tx, teammate_id: int) -> Teammate | None:
    return _one(tx, id=teammate_id)


def teammate_by_telegram(tx: Tx, telegram_id: int) -> Teammate | None:
    return _one(tx, telegram_id=telegram_id)


def members_of(tx: Tx, chat_id: int) -> list[Teammate]:
    """The teammates whom we know in a chat, by name."""
    found = (
        sa.select(*_COLUMNS)
        .select_from(teammates.join(memberships, memberships.c.telegram_id == teammates.c.telegram_id))
        .where(memberships.c.chat_id == chat_id, memberships.c.status.in_(MEMBER_STATUSES))
        .order_by(teammates.c.name, teammates.c.id)
    )
    return [Teammate(**row._mapping) for row in tx.execute(found)]


def update_teammate(tx: Tx, teammate_id: int, **values: object) -> None:
    tx.execute(teammates.update().where(teammates.c.id == teammate_id).values(**values))


def get_team_chats(tx: Tx) -> TeamChats:
    rows = hot.rows(tx, rows_by((team_chats.c.purpose, team_chats.c.chat_id)), {})
    return TeamChats({row.purpose: row.chat_id for row in rows})


def was_bound_before(tx: Tx, chat_id: int, moment: datetime) -> bool:
    bound = sa.select(team_chats.c.purpose).where(team_chats.c.chat_id == chat_id, team_chats.c.bound_at < moment)
    return tx.execute(bound).first() is not None


def bind_chat(tx: Tx, purpose: str, chat_id: int, title: str | None, now: datetime) -> None:
    statement = insert(tx, team_chats).values(purpose=purpose, chat_id=chat_id, title=title, bound_at=now)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["purpose"],
            set_={"chat_id": chat_id, "title": title, "bound_at": now},
        )
    )


def move_chat(tx: Tx, old: int, new: int) -> bool:
    """A group became a supergroup: its binding and its members go along. False when the chat is none of ours."""
    moved = tx.execute(team_chats.update().where(team_chats.c.chat_id == old).values(chat_id=new))
    were_in_old = sa.select(memberships.c.telegram_id).where(memberships.c.chat_id == old)
    tx.execute(memberships.delete().where(memberships.c.chat_id == new, memberships.c.telegram_id.in_(were_in_old)))
    tx.execute(memberships.update().where(memberships.c.chat_id == old).values(chat_id=new))
    return moved.rowcount > 0


def record_membership(tx: Tx, telegram_id: int, chat_id: int, status: str, now: datetime) -> None:
    statement = insert(tx, memberships).values(telegram_id=telegram_id, chat_id=chat_id, status=status, checked_at=now)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["telegram_id", "chat_id"], set_={"status": status, "checked_at": now}
        )
    )


def standing_of(tx: Tx, telegram_id: int) -> Standing:
    rows = hot.rows(tx, _standing, {"telegram_id": telegram_id})
    return Standing(
        telegram_id,
        TeamChats({row.purpose: row.chat_id for row in rows if row.purpose is not None}),
        {row.chat_id: (row.status, row.checked_at) for row in rows if row.status is not None},
    )


_his = memberships.c.telegram_id == sa.bindparam("telegram_id")
_told = memberships.c.status, memberships.c.checked_at
_standing = sa.union_all(
    sa.select(team_chats.c.purpose, team_chats.c.chat_id, *_told).select_from(
        team_chats.outerjoin(memberships, sa.and_(memberships.c.chat_id == team_chats.c.chat_id, _his))
    ),
    sa.select(sa.null(), memberships.c.chat_id, *_told).where(
        memberships.c.chat_id == sa.literal_column(str(THE_BOT)), _his
    ),
)


def roles_of(tx: Tx, telegram_id: int, admins: frozenset[int]) -> frozenset[str]:
    """`sales`, `marketing`, `managers`: what this person may do."""
    return standing_of(tx, telegram_id).roles(admins)


def _one(tx: Tx, **where: int) -> Teammate | None:
    row = hot.first(tx, rows_by(_COLUMNS, *where), where)
    return Teammate(*row) if row is not None else None
