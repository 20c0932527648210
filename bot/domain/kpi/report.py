"""The report: one frozen value that digest, dashboard, export and command line all render."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.kpi.measures import Ratio, Times, change
from bot.domain.kpi.periods import Period
from bot.domain.kpi.revenue import Money


class Audience(StrEnum):
    SALES = "sales"
    MARKETING = "marketing"
    MANAGERS = "managers"


@dataclass(frozen=True, slots=True)
class WaitingLead:
    """A lead somebody should take up now; `since` is when the customer wrote, or when it was offered."""

    lead_id: int
    contact: str
    channel: str
    band: str
    score: int
    since: datetime
    owner: str | None


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """A rejection that still needs an answer from marketing, or a verdict from a manager."""

    feedback_id: int
    lead_id: int
    contact: str
    reason: str
    rejected_by: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class FirstThings:
    """What to do first, oldest first, as of `Report.now`; what the audience cannot act on is left empty."""

    waiting: tuple[WaitingLead, ...] = ()
    unclaimed: tuple[WaitingLead, ...] = ()
    feedback: tuple[FeedbackItem, ...] = ()
    disputes: tuple[FeedbackItem, ...] = ()


@dataclass(frozen=True, slots=True)
class StateNow:
    """Counts as of `Report.now`, whatever the period. Snoozed leads are counted too: their customers do wait."""

    waiting: int
    waiting_unowned: int
    unclaimed: int
    feedback_unanswered: int
    disputes_open: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Calendar figures: unique leads to which the thing happened within the period, whenever they were created."""

    created: int
    handed_over: int
    claimed: int
    answered: int
    won: int
    lost: int
    rejected: int
    revenue: Money
    time_to_claim: Times
    first_response: Times

    @property
    def win_rate(self) -> Ratio:
        """Won among the deals decided in the period, won or lost; rejected leads were never deals."""
        return Ratio(self.won, self.won + self.lost)


WHOLE_NUMBERS = ("created", "handed_over", "claimed", "answered", "won", "lost", "rejected")
"""The totals that are counts of leads."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Cohort: the leads handed over in the period, and what has become of them by `Report.now`."""

    leads: int
    worked: int
    """A human has answered since the handover."""
    closed_unanswered: int
    """Part of `not_worked`: closed without any answer, mostly rejected at sight."""

    @property
    def not_worked(self) -> int:
        return self.leads - self.worked

    @property
    def worked_share(self) -> Ratio:
        return Ratio(self.worked, self.leads)


@dataclass(frozen=True, slots=True)
class ChannelLeads:
    """Leads created in the period on one channel, by the band they are in at `Report.now`."""

    channel: str
    leads: int
    by_band: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rejections:
    """Calendar: leads whose last rejection in the period had this reason; `source` None means unknown."""

    reason: str
    source: str | None
    leads: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Calendar figures of one source by first touch; each column counts what happened in the period."""

    source: str | None
    leads: int
    rejected: int
    won: int
    revenue: Money


@dataclass(frozen=True, slots=True)
class SalesLine:
    """One teammate's period, and how many customers wait on him now."""

    teammate_id: int
    name: str
    taken: int
    answered: int
    first_response: Times
    """From the customer's first message, as in the totals: what the customer felt."""
    claim_to_answer: Times
    """From his own claim: what was in his hands."""
    won: int
    revenue: Money
    waiting_now: int


@dataclass(frozen=True, slots=True)
class Report:
    period: Period
    now: datetime
    audiences: frozenset[Audience]
    first: FirstThings
    state: StateNow
    totals: Totals
    before_period: Period
    """The same days a week ago: `Period.week_before`."""
    before: Totals | None
    """What happened then; None while this period still runs, since a part is not compared with a whole."""
    by_channel: tuple[ChannelLeads, ...]
    by_band: Mapping[str, int]
    handed_over: HandedOver
    conversion: Ratio
    """Cohort: leads created in the period that are won by `now`. It still grows while `cohort_open` is above 0."""
    cohort_open: int
    average_sale: Mapping[str, Ratio]
    """By currency: amounts of the leads won in the period (minor units) over the number of them that have one."""
    ratings: Ratio
    """Stars that customers gave in the period, one to five, over the number of their ratings."""
    rejections: tuple[Rejections, ...]
    sources: tuple[SourceLine, ...]
    salespeople: tuple[SalesLine, ...]
    """Managers only; empty for everybody else."""

    @property
    def complete(self) -> bool:
        return self.period.is_over(self.now)

    @property
    def quiet(self) -> bool:
        """Nothing happened, and nothing is left to do."""
        happened = (getattr(self.totals, name) for name in WHOLE_NUMBERS)
        return not any(happened) and not any(asdict(self.state).values()) and not any(self.totals.revenue.values())

    def change(self, figure: str) -> float | None:
        """Growth of one whole-number total against the same days a week ago; None where nothing can be compared."""
        if self.before is None:
            return None
        return change(getattr(self.totals, figure), getattr(self.before, figure))


@dataclass(frozen=True, slots=True)
class Trend:
    """A run of days, each by itself and all together; a lead counts once a day, and once in the whole."""

    period: Period
    whole: Totals
    days: tuple[Totals, ...]
