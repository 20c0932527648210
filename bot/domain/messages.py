"""What comes in from a customer, whatever the channel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

IS_PASS = re.compile(r"go-[A-Za-z0-9_-]{22}")
"""A one-time code that brings a visitor of the site with his conversation; fits into a link of Telegram's."""


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageStatus(StrEnum):
    RECEIVED = "received"
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class MessageKind(StrEnum):
    TEXT = "text"
    START = "start"
    FORM = "form"
    PHOTO = "photo"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    ANIMATION = "animation"
    STICKER = "sticker"
    DOCUMENT = "document"
    LOCATION = "location"
    VENUE = "venue"
    CONTACT = "contact"
    POLL = "poll"
    DICE = "dice"
    STORY = "story"
    CHECKLIST = "checklist"
    GAME = "game"
    INVOICE = "invoice"
    PAID_MEDIA = "paid_media"
    GIVEAWAY = "giveaway"
    OTHER = "other"


class NameRank(IntEnum):
    """How well a name names the person: a better one is never replaced by a worse."""

    GUEST = 0
    """He has told none, and this one is ours."""
    PROFILE = 1
    """What he calls himself on a channel: often a nickname."""
    TYPED = 2
    """Told to us."""
    SIGNED = 3
    """The firm's own site says so."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The person outside, as the channel names him."""

    external_id: str
    name: str
    username: str | None = None
    language: str | None = None
    phone: str | None = None
    email: str | None = None
    name_rank: NameRank = NameRank.PROFILE
    unproven: bool = False
    """Anybody could have typed this phone or e-mail: by it alone nobody reads what we say to another."""
    login: str | None = None
    """Under which the firm's own site knows him: it has signed that he is logged in there."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as Telegram keeps it; `size` in bytes."""

    id: str
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    upload: int | None = None
    """It came in over the web, and the store has it; `id` is empty until Telegram has it too."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One marketing contact; what is unknown is empty, never guessed."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    content: str | None = None
    term: str | None = None
    landing_page: str | None = None
    referrer: str | None = None
    offer: str | None = None
    click_id: str | None = None
    ym_uid: str | None = None
    """Under which Yandex Metrica knows the browser."""
    answers: Mapping[str, str] = field(default_factory=dict)

    def is_empty(self) -> bool:
        return self == Touch()


@dataclass(frozen=True, slots=True)
class Visit:
    """How somebody came to the site, and when."""

    touch: Touch
    at: datetime
    key: str
    """Told twice under one key it is one visit."""


@dataclass(frozen=True, slots=True)
class PageView:
    """`seconds` are those in which the page was to be seen."""

    page: str
    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Trail:
    """What a browser has kept of its way to us: the first visit and the last one that was not direct."""

    visits: tuple[Visit, ...] = ()
    pages: tuple[PageView, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """A box that the person ticked himself: beside which words, where, and for what purpose."""

    text_version: str
    source: str
    words: str | None = None
    purpose: str = "personal_data"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One item from a customer. `chat` and `external_id` together are unique on the channel."""

    channel: str
    sender: Sender
    chat: str
    external_id: str
    at: datetime
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    file: File | None = None
    album_id: str | None = None
    reply_to: str | None = None
    thread_id: int | None = None
    touch: Touch | None = None
    trail: Trail | None = None
    """What the browser tells of earlier visits, each of which is a touch of its own."""
    one_way: bool = False
    """Nothing can be sent back where it came from."""
    dated_by_us: bool = False
    """The channel tells no time: `at` is when it came in, by a clock that may have been set back since the last one."""
    link: str | None = None
    """A code that may stand for a stored link of ours."""
    pass_code: str | None = None
    """With which a visitor of the site goes on here."""
    edited_at: datetime | None = None
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody, a customer or a teammate, has put on a message; `chat` and `external_id` say on which."""

    person: int
    """His Telegram id."""
    chat: str
    external_id: str
    emoji: str | None
    """None: taken back, or one that is not everybody's to set."""
    taken_back: bool
