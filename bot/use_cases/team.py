"""Who acts, and whether he may."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.policy import Policy
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, find_or_add_teammate, lock_teammate, roles_of


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who taps or writes on the team's side, as Telegram names him."""

    telegram_id: int
    name: str
    username: str | None = None


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """This needs a role that the person has not."""

    role: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such lead (any more)."""


@dataclass(frozen=True, slots=True)
class NotYours:
    """Somebody else owns the lead, or nobody does."""

    owner: str | None


@dataclass(frozen=True, slots=True)
class TooLate:
    """The lead has moved on; `status` says to where."""

    status: str


@dataclass(frozen=True, slots=True)
class Past:
    """The moment that the button named is over."""


@dataclass(frozen=True, slots=True)
class IsAway:
    """Who should get the lead is away, and its customer would wait."""

    name: str


Refusal = NotAllowed | Gone | NotYours | TooLate


def teammate_with(tx: Tx, person: Person, role: str, policy: Policy, now: datetime) -> Teammate | None:
    """The teammate, when he has the role in this very transaction."""
    lock_teammate(tx, person.telegram_id)
    if role not in roles_of(tx, person.telegram_id, policy.admins):
        return None
    return find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
