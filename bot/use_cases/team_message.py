"""What a teammate wrote, and what can become of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.messages import File, MessageKind
from bot.use_cases.team import NotAllowed, Person


@dataclass(frozen=True, slots=True)
class TeamMessage:
    """What a teammate wrote; `chat` is its address in the store, `chat_id` Telegram's number."""

    person: Person
    chat: str
    chat_id: int
    thread_id: int | None
    message_id: int
    at: datetime
    kind: MessageKind
    text: str
    private: bool
    file: File | None = None
    album_id: str | None = None
    reply_to: int | None = None
    reply_to_colleague: bool = False
    ready: bool = False
    """The words are a quick reply's, not those that stand in the chat."""


@dataclass(frozen=True, slots=True)
class SentOn:
    message_id: int


@dataclass(frozen=True, slots=True)
class NoteKept:
    lead_id: int


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """It answered a question of the bot."""


@dataclass(frozen=True, slots=True)
class AskedWhere:
    """The bot asks to whom it should go; until then it reaches nobody."""


@dataclass(frozen=True, slots=True)
class NobodyToTell:
    """There is no conversation here that it could belong to."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The question is not open any more: it was answered, or is too old."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It does not reach the customer, and the writer is told why."""

    text: str


Taken = SentOn | NoteKept | AnswerTaken | AskedWhere | NobodyToTell | NotAsked | Refused | NotAllowed
