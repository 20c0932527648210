"""The firm's rules, as units of work need them."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.contacts import mask_contacts
from bot.domain.scoring import Rules
from bot.domain.working_time import WorkingHours

LATE_WORD = timedelta(hours=72)
"""A message this soon after closing ("thank you!") opens no new lead."""

PROMPT_LIFE = timedelta(hours=24)

QUIET_BEFORE_GREETING = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """Promised times, each in working hours."""

    claim: timedelta = timedelta(minutes=15)
    """From the offer until somebody has taken the lead; then the sales chat is reminded."""
    answer: timedelta = timedelta(minutes=30)
    """From the customer's message until the owner's answer; then the owner is reminded."""
    reoffer: timedelta = timedelta(minutes=60)
    """From that reminder until the lead is offered again."""


def _round_the_clock() -> WorkingHours:
    return WorkingHours.parse("Mon-Sun 00:00-24:00", "UTC")


@dataclass(frozen=True, slots=True)
class Policy:
    rules: Rules
    currency: str
    conversations: str
    """`private` or `topics`."""
    admins: frozenset[int]
    region: str = "RU"
    """Whose phone numbers may be written without a country code, and whose public holidays the team keeps."""
    sla: SlaPolicy = SlaPolicy()
    hours: WorkingHours = field(default_factory=_round_the_clock)
    mask_contacts: bool = False
    """Phones and e-mails show only to the owner, by a tap that is logged."""
    privacy_url: str | None = None
    """What the customer consents to."""

    def hide(self, words: str) -> str:
        """A person's name or words as the team reads them: ways to reach him are masked where the firm wants it so."""
        return mask_contacts(words) if self.mask_contacts else words
