"""The firm's rules, as units of work need them."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.scoring import Rules

LATE_WORD = timedelta(hours=72)
"""A message this soon after closing ("thank you!") opens no new lead."""

PROMPT_LIFE = timedelta(hours=24)

QUIET_BEFORE_GREETING = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Policy:
    rules: Rules
    currency: str
    conversations: str
    """`private` or `topics`."""
    admins: frozenset[int]
    region: str = "RU"
    """Whose phone numbers may be written without a country code."""
