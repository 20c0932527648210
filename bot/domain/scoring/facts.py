"""What scoring may know about a contact: what the customer did and said, never what sales did with the lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

KNOWN_FIELDS: Final = (
    "phone",
    "email",
    "name",
    "username",
    "language",
    "city",
    "country",
    "company",
    "position",
    "source",
    "medium",
    "campaign",
    "content",
    "term",
    "referrer",
    "landing_page",
    "returning_customer",
)
"""The only fields of `Facts.known` a rule may name.

The list is closed so that status, owner or the team's own messages and calls, which exist only because sales worked the
lead, cannot feed the score even when somebody adds them to the mapping.
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the customer did: wrote, filled in a form, visited, downloaded, called us.

    Raises ValueError when `at` has no time zone.
    """

    kind: str
    """Open vocabulary: message, start, form, download, visit, subscribe, call (an incoming one) …"""
    channel: str
    """Where it happened: telegram, form, webchat, vk …"""
    at: datetime
    text: str = ""
    """The customer's words, possibly none."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """utm_source, utm_campaign, page, offer, form answers …"""

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("Event.at needs a time zone")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the score of one contact is derived from. The order of events does not matter."""

    events: tuple[Event, ...] = ()
    known: Mapping[str, str | None] = field(default_factory=dict)
    """Fields from `KNOWN_FIELDS`; None, blank and absent all mean "not known"."""
