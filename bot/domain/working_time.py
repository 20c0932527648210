"""When the team works: opening hours of an IANA zone, and time that counts only while they run."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

Minutes = tuple[int, int]
"""A half-open interval of a local day, in minutes since midnight; 1440 is the midnight that ends it."""

EXAMPLE = "Mon-Fri 09:00-18:00; Sat 10:00-15:00"
LONGEST_CLOSURE = 400  # days; a calendar that closes for longer is a mistake
_DAYS = {
    name: day
    for names in ("mon tue wed thu fri sat sun", "пн вт ср чт пт сб вс")
    for day, name in enumerate(names.split())
}
_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def _never(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Hours by weekday, Monday first. Where a clock change skips or repeats an hour, real time is counted."""

    week: tuple[tuple[Minutes, ...], ...]
    zone: str
    is_holiday: Callable[[date], bool] = field(default=_never, compare=False)
    is_workday: Callable[[date], bool] = field(default=_never, compare=False)
    """A day off by the week that is worked all the same: it has the hours of the last working weekday before it."""

    @classmethod
    def parse(
        cls,
        text: str,
        zone: str,
        is_holiday: Callable[[date], bool] = _never,
        is_workday: Callable[[date], bool] = _never,
    ) -> Self:
        """`Mon-Fri 09:00-13:00,14:00-18:00; Sat 10:00-15:00`. A ValueError names what is wrong."""
        ZoneInfo(zone)
        week: dict[int, tuple[Minutes, ...]] = {}
        for rule in filter(None, (part.strip() for part in text.replace("–", "-").split(";"))):
            days, intervals = _parse_rule(rule)
            for day in days:
                if day in week:
                    raise ValueError(f"{rule!r} gives hours to a day that has some already; list them after a comma")
                week[day] = intervals
        if not week:
            raise ValueError(f"no working hours at all; write them as {EXAMPLE!r}")
        return cls(tuple(week.get(day, ()) for day in range(7)), zone, is_holiday, is_workday)

    def is_working_day(self, day: date) -> bool:
        return bool(self._hours_of(day))

    def working_days(self, first: date, end: date) -> int:
        """How many days from `first` up to, not including, `end` are worked."""
        return sum(self.is_working_day(first + timedelta(days=number)) for number in range((end - first).days))

    def working_day_before(self, day: date) -> date:
        """The last day before `day` that is worked."""
        for back in range(1, LONGEST_CLOSURE + 1):
            if self.is_working_day(day - timedelta(days=back)):
                return day - timedelta(days=back)
        raise ValueError(f"closed for more than {LONGEST_CLOSURE} days before {day}")

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._openings(self._local_day(at)))

    def last_closing(self, at: datetime) -> datetime | None:
        """When the work of this day ends, in UTC; None on a day off."""
        return max((end for _start, end in self._openings(self._local_day(at))), default=None)

    def next_opening(self, at: datetime) -> datetime:
        """The first open moment not before `at`, in UTC: `at` itself while it is open."""
        for start, end in self._from(at):
            if at < end:
                return max(at, start).astimezone(UTC)
        raise ValueError(f"closed for more than {LONGEST_CLOSURE} days after {at}")

    def working_seconds(self, since: datetime, until: datetime) -> float:
        """Open time in [since, until); 0 when it ends before it begins."""
        seconds = 0.0
        day, last = self._local_day(since), self._local_day(until)
        while day <= last:
            for start, end in self._openings(day):
                seconds += max(0.0, (min(end, until) - max(start, since)).total_seconds())
            day += timedelta(days=1)
        return seconds

    def after(self, since: datetime, seconds: float) -> datetime:
        """The moment, in UTC, when so much open time has passed: how a promise becomes a deadline."""
        left = timedelta(seconds=seconds)
        for start, end in self._from(since):
            begin = max(start, since)
            if begin + left <= end:
                return (begin + left).astimezone(UTC)
            left -= max(timedelta(), end - begin)
            since = max(since, end)
        raise ValueError(f"closed for more than {LONGEST_CLOSURE} days after {since}")

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings of the day of `at` and of those after it, until none comes for too long."""
        day, closed_days = self._local_day(at), 0
        while closed_days <= LONGEST_CLOSURE:
            closed_days = 0 if self.is_working_day(day) else closed_days + 1
            yield from self._openings(day)
            day += timedelta(days=1)

    def _hours_of(self, day: date) -> tuple[Minutes, ...]:
        if self.is_holiday(day):
            return ()
        hours = self.week[day.weekday()]
        if hours or not self.is_workday(day):
            return hours
        return next(filter(None, (self.week[(day.weekday() - back) % 7] for back in range(1, 7))), ())

    def _openings(self, day: date) -> list[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.zone)
        return [(_instant(day, start, zone), _instant(day, end, zone)) for start, end in self._hours_of(day)]


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, when the wall clock shows this or more: in a skipped hour, the change itself."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), at
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return (low + timedelta(seconds=1)).replace(microsecond=0)


def _parse_rule(rule: str) -> tuple[list[int], tuple[Minutes, ...]]:
    found = re.match(r"(?P<days>\D*)(?P<intervals>.*)", rule)
    assert found
    days = [day for part in found["days"].split(",") if part.strip() for day in _parse_days(part.strip())]
    if not days:
        raise ValueError(f"{rule!r} names no day; write it as {EXAMPLE!r}")
    if not found["intervals"]:
        raise ValueError(f"{rule!r} names no hours; write it as {EXAMPLE!r}")
    intervals = sorted(_parse_interval(part.strip()) for part in found["intervals"].split(","))
    for (_start, end), (start, _end) in pairwise(intervals):
        if start < end:
            raise ValueError(f"the hours of {rule!r} overlap")
    return days, tuple(intervals)


def _parse_days(text: str) -> list[int]:
    """`Mon` or `Mon-Fri`; a range may run over the end of the week."""
    names = [name.strip().lower() for name in text.split("-")]
    for name in names:
        if name not in _DAYS:
            raise ValueError(f"{name!r} is no day; the days are Mon Tue Wed Thu Fri Sat Sun")
    if len(names) > 2:
        raise ValueError(f"{text!r} is no range of days; write it as Mon-Fri")
    first, last = _DAYS[names[0]], _DAYS[names[-1]]
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _parse_interval(text: str) -> Minutes:
    found = _INTERVAL.fullmatch(text.replace(" ", ""))
    if not found:
        raise ValueError(f"{text!r} are no hours; write them as 09:00-18:00, and days apart by a semicolon")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or max(start, end) > 24 * 60:
        raise ValueError(f"{text!r} holds a time that no clock shows")
    if end <= start:
        raise ValueError(f"{text!r} ends before it begins; hours over midnight are two: 22:00-24:00 and 00:00-06:00")
    return start, end
