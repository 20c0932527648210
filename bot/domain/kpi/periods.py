"""Half-open runs of local days in an IANA zone, and the UTC instants they begin and end at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo


class PeriodKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` up to, not including, `end`. A day with a clock change has its true 23 or 25 hours."""

    kind: PeriodKind
    first: date
    end: date
    zone: str

    def __post_init__(self) -> None:
        if self.end <= self.first:
            raise ValueError(f"a period must end after it begins: {self.first} … {self.end}")
        ZoneInfo(self.zone)

    @classmethod
    def of(cls, kind: PeriodKind, day: date, zone: str) -> Self:
        """The day, the week (Monday to Sunday) or the month that holds `day`."""
        match kind:
            case PeriodKind.DAY:
                first, end = day, day + timedelta(days=1)
            case PeriodKind.WEEK:
                first = day - timedelta(days=day.weekday())
                end = first + timedelta(days=7)
            case PeriodKind.MONTH:
                first = day.replace(day=1)
                end = _next_month(first)
            case PeriodKind.RANGE:
                raise ValueError("a range needs two dates: use Period.between")
        return cls(kind, first, end, zone)

    @classmethod
    def between(cls, first: date, end: date, zone: str) -> Self:
        """Any run of days; `end` is the first day that no longer belongs to it."""
        return cls(PeriodKind.RANGE, first, end, zone)

    @classmethod
    def last_complete(cls, kind: PeriodKind, now: datetime, zone: str) -> Self:
        """The latest day, week or month that is over: what a digest reports."""
        return cls.of(kind, now.astimezone(ZoneInfo(zone)).date(), zone).previous()

    @property
    def since(self) -> datetime:
        return day_start(self.first, self.zone)

    @property
    def until(self) -> datetime:
        return day_start(self.end, self.zone)

    @property
    def days(self) -> int:
        return (self.end - self.first).days

    def previous(self) -> Self:
        """The period right before; it is of the same kind, a range of as many days."""
        if self.kind is PeriodKind.RANGE:
            return type(self)(self.kind, self.first - timedelta(days=self.days), self.first, self.zone)
        return type(self).of(self.kind, self.first - timedelta(days=1), self.zone)

    def week_before(self) -> Self:
        """The same days a week ago: a Monday is compared with a Monday, a weekend with a weekend.

        What is longer than a week goes back by as many whole weeks as it is long; a month, to the month before.
        """
        if self.kind is PeriodKind.MONTH:
            return self.previous()
        back = timedelta(weeks=-(-self.days // 7))
        return type(self)(self.kind, self.first - back, self.end - back, self.zone)

    def is_over(self, now: datetime) -> bool:
        return now >= self.until

    def __contains__(self, at: datetime) -> bool:
        return self.since <= at < self.until


def day_start(day: date, zone: str) -> datetime:
    """The instant a local day begins. Where midnight is skipped by a clock change, that is the moment of the change."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
