"""The numbers both departments read: periods, measures and the report. Definitions are in `docs/metrics.md`."""

from bot.domain.kpi.measures import NO_TIMES, Ratio, Times, change, median, p90, percentile
from bot.domain.kpi.periods import Period, PeriodKind
from bot.domain.kpi.report import (
    WHOLE_NUMBERS,
    Audience,
    ChannelLeads,
    FeedbackItem,
    FirstThings,
    HandedOver,
    Rejections,
    Report,
    SalesLine,
    SourceLine,
    StateNow,
    Totals,
    Trend,
    WaitingLead,
)
from bot.domain.kpi.revenue import AmountSet, Booking, Money, add_money, bookings

__all__ = [
    "NO_TIMES",
    "WHOLE_NUMBERS",
    "AmountSet",
    "Audience",
    "Booking",
    "ChannelLeads",
    "FeedbackItem",
    "FirstThings",
    "HandedOver",
    "Money",
    "Period",
    "PeriodKind",
    "Ratio",
    "Rejections",
    "Report",
    "SalesLine",
    "SourceLine",
    "StateNow",
    "Times",
    "Totals",
    "Trend",
    "WaitingLead",
    "add_money",
    "bookings",
    "change",
    "median",
    "p90",
    "percentile",
]
