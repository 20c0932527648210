"""What every handler is given."""

from dataclasses import dataclass

from aiogram.types import Chat, User

from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import Clock
from bot.use_cases.team import Person


@dataclass(frozen=True, slots=True)
class House:
    """The firm, as handlers see it. (Nothing given to a handler may be called `event` or `bot`.)"""

    policy: Policy
    texts: Texts
    clock: Clock
    bot_id: int
    bot_username: str


def person_of(user: User) -> Person:
    return Person(user.id, user.full_name[:128], user.username)


def is_private(chat: Chat) -> bool:
    return chat.type == "private"
