"""What a visitor says: read, checked, and made one message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.contacts import read_email, read_phone
from bot.domain.messages import Consent, InboundMessage, NameRank, Sender
from integrations.page.trail import read_trail
from integrations.webchat.identity import Identity

CHANNEL = "webchat"

LONGEST_TEXT = 4_000
LONGEST_NAME = 128

IS_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Words:
    id: str
    """Given by the browser: said twice under one id it is one message."""
    text: str
    name: str
    phone: str | None
    email: str | None
    language: str | None
    came: Mapping[str, Any]
    """His way to us, as the script tells it."""
    agreed: Mapping[str, str]
    """By purpose the version of the words beside the box."""
    file: str | None = None
    """What goes with them, by the id that the browser gave it when it brought it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What the visitor has to mend: a field of the window, and the key of a text."""

    field: str
    text: str


def read_words(given: Mapping[str, Any], region: str) -> Words | Wrong:
    """Raises TypeError or ValueError where no window of ours has written it."""
    number, text, who = _str(given.get("id")), _str(given.get("text")).strip(), _dict(given.get("who"))
    if not IS_ID.fullmatch(number):
        raise ValueError("a message has an id of its own")
    file = _str(_dict(given.get("file")).get("id")) or None
    if file is not None and not IS_ID.fullmatch(file):
        raise ValueError("a file has an id of its own")
    if not (text or file) or len(text) > LONGEST_TEXT:
        return Wrong("text", "chat.too_long" if text else "chat.empty")
    contact = _str(who.get("contact")).strip()
    phone, email = (None, read_email(contact)) if "@" in contact else (read_phone(contact[:LONGEST_NAME], region), None)
    if contact and phone is None and email is None:
        return Wrong("contact", "form.bad_email" if "@" in contact else "form.bad_phone")
    agreed = {_str(purpose): _str(version) for purpose, version in _dict(given.get("agreed")).items()}
    return Words(
        id=number,
        text=text,
        name=_str(who.get("name")).strip()[:LONGEST_NAME],
        phone=phone,
        email=email,
        language=_str(given.get("lang"))[:2] or None,
        came=_dict(given.get("from")),
        agreed=agreed,
        file=file,
    )


def message_of(
    words: Words, visitor: str, guest: str, consents: Mapping[tuple[str, str], str], at: datetime
) -> InboundMessage:
    """`guest` is the name of who gives none; `consents` are our words by purpose and version."""
    ticked = tuple(
        Consent(version, CHANNEL, consents[purpose, version], purpose)
        for purpose, version in words.agreed.items()
        if (purpose, version) in consents
    )
    return InboundMessage(
        channel=CHANNEL,
        sender=Sender(
            visitor,
            words.name or guest,
            language=words.language,
            phone=words.phone,
            email=words.email,
            name_rank=NameRank.TYPED if words.name else NameRank.GUEST,
            unproven=True,
        ),
        chat=f"{CHANNEL}:{visitor}",
        external_id=words.id,
        at=at,
        dated_by_us=True,
        text=words.text,
        trail=read_trail(words.came, at) if words.came else None,
        consents=ticked,
    )


def signed(message: InboundMessage, identity: Identity | None) -> InboundMessage:
    """With what the site vouches for in place of what anybody could have typed."""
    if identity is None:
        return message
    sender = replace(message.sender, login=identity.login)
    if identity.name:
        sender = replace(sender, name=identity.name, name_rank=NameRank.SIGNED)
    if identity.phone or identity.email:
        sender = replace(sender, phone=identity.phone, email=identity.email, unproven=False)
    return replace(message, sender=sender)


def _str(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _dict(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value
