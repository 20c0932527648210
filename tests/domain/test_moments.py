"""When, in a person's words: Tuesday noon in Moscow."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moments import has_come, offered_absences, offered_moments, parse_moment
from bot.domain.working_time import WorkingHours

ZONE = "Europe/Moscow"
NOON = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", ZONE)


def shown(at: datetime | None) -> str | None:
    return at.astimezone(ZoneInfo(ZONE)).strftime("%a %d.%m.%y %H:%M") if at else None


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("завтра в 10", "Wed 18.11.26 10:00"),
        ("Завтра 10:30", "Wed 18.11.26 10:30"),
        ("в понедельник в 10", "Mon 23.11.26 10:00"),
        ("в следующий понедельник", "Mon 23.11.26 10:00"),
        ("до пятницы", "Fri 20.11.26 10:00"),
        ("в среду утром", "Wed 18.11.26 10:00"),
        ("завтра утром в 9", "Wed 18.11.26 09:00"),
        ("завтра вечером в 7", "Wed 18.11.26 19:00"),
        ("завтра в полдень", "Wed 18.11.26 12:00"),
        ("friday at noon", "Fri 20.11.26 12:00"),
        ("friday morning at 7", "Fri 20.11.26 07:00"),
        ("вечером", "Tue 17.11.26 18:00"),
        ("сегодня в 7 вечера", "Tue 17.11.26 19:00"),
        ("завтра в 3", "Wed 18.11.26 15:00"),
        ("через полчаса", "Tue 17.11.26 12:30"),
        ("через 2 часа", "Tue 17.11.26 14:00"),
        ("через 3 дня", "Fri 20.11.26 10:00"),
        ("в 10", "Wed 18.11.26 10:00"),
        ("15:30", "Tue 17.11.26 15:30"),
        ("05.12 в 11", "Sat 05.12.26 11:00"),
        ("5 декабря", "Sat 05.12.26 10:00"),
        ("1 января", "Fri 01.01.27 10:00"),
        ("next Monday 9:30", "Mon 23.11.26 09:30"),
        ("tomorrow at 10", "Wed 18.11.26 10:00"),
        ("friday 3pm", "Fri 20.11.26 15:00"),
        ("until Friday", "Fri 20.11.26 10:00"),
        ("in half an hour", "Tue 17.11.26 12:30"),
        ("позже", None),
        ("вчера", None),
        ("в 25:00", None),
        ("31.02", None),
        ("", None),
        ("завтра " * 50, None),
    ],
)
def test_words(words: str, moment: str | None) -> None:
    assert shown(parse_moment(words, ZONE, NOON)) == moment


@given(st.text(max_size=80))
def test_any_text_is_a_moment_to_come_or_none(text: str) -> None:
    moment = parse_moment(text, ZONE, NOON)
    assert moment is None or not has_come(moment, NOON)


def test_the_buttons_name_working_days() -> None:
    assert [shown(at) for at in offered_moments(HOURS, NOON)] == [
        "Tue 17.11.26 13:00",
        "Wed 18.11.26 10:00",
        "Mon 23.11.26 10:00",
    ]
    friday = NOON + timedelta(days=3)
    assert [shown(at) for at in offered_moments(HOURS, friday)] == ["Fri 20.11.26 13:00", "Mon 23.11.26 10:00"]


def test_an_absence_is_the_rest_of_today_or_until_a_working_day() -> None:
    assert [shown(at) for at in offered_absences(HOURS, NOON)] == [
        "Tue 17.11.26 18:00",
        "Wed 18.11.26 10:00",
        "Mon 23.11.26 10:00",
    ]
    saturday = NOON + timedelta(days=4)
    assert [shown(at) for at in offered_absences(HOURS, saturday)] == ["Mon 23.11.26 10:00"]
