"""When, in a person's words or by a button: the moments to which a lead is put off."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.working_time import WorkingHours

AT_TEN = time(10)
"""When a day is named and no hour."""

LONGEST_WAIT = timedelta(days=366)
LONGEST_WORDS = 60

_BY_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<d>\d{1,2})[./](?P<m>\d{1,2})(?:[./](?P<y>\d{4}|\d{2})?)?"
)
_LATER = re.compile(r"(?:через|in)\s.*(?:мин|час|min|hour)")
_LEADING = re.compile(r"^(?:(?:до|на|во?|к|until|till|on|by|следующ\w+|ближайш\w+)\s+)+")
_TRAILING = re.compile(r"(?:^|\s)(?:в|к|at|by)$")
_HALF_HOUR = re.compile(r"\bhalf an hour\b")
_GENITIVES = {  # the library knows a weekday by its nominative alone
    "понедельника": "понедельник",
    "вторника": "вторник",
    "среды": "среда",
    "четверга": "четверг",
    "пятницы": "пятница",
    "субботы": "суббота",
    "воскресенья": "воскресенье",
}
_HALF_OF_DAY = r"am|pm|утра|дня|вечера|часов|часа|час|ч"
_TIMES = (
    re.compile(rf"(?<![\d.])(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?:\s*(?P<half>{_HALF_OF_DAY})\b)?"),
    re.compile(
        rf"(?:^|\s)(?:в|к|at|by)\s+(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?(?:\s*(?P<half>{_HALF_OF_DAY}))?$"
    ),
    re.compile(rf"^(?!через|in\s).*?(?<![\d.])(?P<hour>\d{{1,2}})(?P<minute>)\s*(?P<half>{_HALF_OF_DAY})\b"),
)
_PARTS_OF_DAY = {
    re.compile(r"\b(?:в полдень|at noon|noon)\b"): time(12),
    re.compile(r"\b(?:утром|in the morning|morning)\b"): time(10),
    re.compile(r"\b(?:дн[её]м|в обед|in the afternoon|afternoon)\b"): time(14),
    re.compile(r"\b(?:вечером|in the evening|evening)\b"): time(18),
}


def offered_moments(hours: WorkingHours, now: datetime) -> list[datetime]:
    """What the buttons offer: in an hour, the next working day at ten, the next Monday that is one at ten."""
    return sorted({_whole_minute(now + timedelta(hours=1)), *_mornings(hours, now)})


def offered_absences(hours: WorkingHours, now: datetime) -> list[datetime]:
    """Until when one may be away: the rest of today, until the next working day, until the next Monday that is one."""
    evening = hours.last_closing(now)
    return [*([evening] if evening is not None and evening > now else []), *_mornings(hours, now)]


def parse_moment(text: str, zone: str, now: datetime) -> datetime | None:
    """«завтра в 10», "next Monday 9:30", «через 2 часа», by the clock of `zone`; None for no time to come."""
    import dateparser  # large tables: only when somebody wrote words about time

    words = _HALF_HOUR.sub("30 minutes", " ".join(text.lower().split()))
    if not words or len(words) > LONGEST_WORDS:
        return None
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    settings = {"RELATIVE_BASE": local, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
    if _LATER.match(words):
        return _to_come(dateparser.parse(words, languages=["ru", "en"], settings=settings), zone, now)
    hour, rest = _time_of_day(words)
    rest = " ".join(_GENITIVES.get(word, word) for word in _LEADING.sub("", rest.strip(" ,") + " ").split())
    if not rest:
        if hour is None:
            return None
        today = datetime.combine(local.date(), hour)
        return _to_come(today if today > local else today + timedelta(days=1), zone, now)
    if by_date := _BY_DATE.fullmatch(rest):
        day = _in_figures(by_date, local.date())
    else:
        spoken: datetime | None = dateparser.parse(rest, languages=["ru", "en"], settings=settings)
        day = spoken.date() if spoken is not None else None
    return _to_come(datetime.combine(day, hour or AT_TEN), zone, now) if day is not None else None


def has_come(moment: datetime, now: datetime) -> bool:
    """It is past, or so far ahead that it must be a mistake."""
    return not now < moment <= now + LONGEST_WAIT


def _in_figures(found: re.Match[str], today: date) -> date | None:
    """Without a year, the next such day: today is one."""
    named = found["year"] or found["y"]
    year = int(named or today.year) + (2000 if named and len(named) == 2 else 0)
    try:
        day = date(year, int(found["month"] or found["m"]), int(found["day"] or found["d"]))
        return day.replace(year=year + 1) if day < today and not named else day
    except ValueError:
        return None


def _time_of_day(words: str) -> tuple[time | None, str]:
    """The hour named, and the words without it; the part of the day says which nine it is."""
    part, rest = _part_of_day(words)
    after_noon = part is not None and part >= time(12)
    for pattern in _TIMES:
        if found := pattern.search(rest):
            hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"] or ""
            at_night = hour < 8 and not half and not found["minute"] and part is None  # «в 3» is no hour of the night
            if hour < 12 and (half in ("pm", "дня", "вечера") or after_noon or at_night):
                hour += 12
            if hour > 23 or minute > 59:
                return None, words
            return time(hour, minute), _TRAILING.sub("", rest[: found.start("hour")].strip()) + rest[found.end() :]
    return part, rest


def _part_of_day(words: str) -> tuple[time | None, str]:
    for part, at in _PARTS_OF_DAY.items():
        if part.search(words):
            return at, " ".join(part.sub("", words).split())
    return None, words


def _to_come(wall: datetime | None, zone: str, now: datetime) -> datetime | None:
    if wall is None:
        return None
    moment = _whole_minute(wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    return None if has_come(moment, now) else moment


def _mornings(hours: WorkingHours, now: datetime) -> list[datetime]:
    """Of the next working day, and of the next Monday that is one."""
    local = now.astimezone(ZoneInfo(hours.zone))
    tomorrow = _working_morning(hours, local + timedelta(days=1))
    monday = _working_morning(hours, local + timedelta(days=7 - local.weekday()))
    return sorted({tomorrow, monday})


def _working_morning(hours: WorkingHours, day: datetime) -> datetime:
    """Ten o'clock of the first working day from this one on; where it opens later, the opening."""
    for _ in range(LONGEST_WAIT.days):
        if hours.is_working_day(day.date()):
            break
        day += timedelta(days=1)
    ten = datetime.combine(day.date(), AT_TEN, ZoneInfo(hours.zone)).astimezone(UTC)
    return hours.next_opening(ten)


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
