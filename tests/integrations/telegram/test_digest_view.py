"""The digest as a person reads it on a phone."""

import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.domain.kpi import Audience, Period, PeriodKind, Report
from bot.domain.public_holidays import PublicHolidays
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.storage.cards import Card, put_card
from bot.storage.store import Store
from bot.use_cases.build_digest import trend_until
from bot.use_cases.build_report import build_report
from integrations.telegram.digest_picture import picture_of
from integrations.telegram.digest_view import named_with_links, render_digest
from integrations.telegram.html import seen_length, without_markup
from integrations.telegram.sandbox.entities import parse_html
from tests.use_cases.house import POLICY
from tests.use_cases.journal import Journal, local
from tests.use_cases.test_build_report import MONDAY, TUESDAY_MORNING, worked_day

RU = PublicHolidays("RU")
HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow", RU.is_holiday, RU.is_workday)
SALES, MANAGERS = -1001234, -1005678
BOTH = pytest.mark.parametrize("locale", ["ru", "en"])


@pytest.fixture
async def report(store: Store) -> Report:
    await store.write(worked_day)
    return await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)


def texts_of(locale: str) -> Texts:
    return Texts(locale, ZoneInfo("Europe/Moscow"))


@BOTH
async def test_it_begins_with_who_has_waited_longest_and_whose_they_are(report: Report, locale: str) -> None:
    texts = texts_of(locale)
    told = without_markup(str(render_digest(report, texts, HOURS))).splitlines()
    first = told.index(without_markup(texts.plain("digest.first")))
    assert told[0] == without_markup(texts.plain("digest.title", when=texts.days(MONDAY.first, MONDAY.first, 2026)))
    names = [re.split(r" № ?\d+", line)[0].split()[-1] for line in told[first + 1 : first + 4]]
    assert names == ["Забытый", "Холодный", "Переданный"]
    assert texts.plain("digest.waits_for", owner="Борис") in told[first + 3]
    assert "Спамер" in told[first + 4]
    assert told[first + 6].startswith("📥")


async def test_names_lead_to_the_card_of_this_chat_and_numbers_into_the_bot(store: Store, report: Report) -> None:
    lead_id = report.first.waiting[0].lead_id
    for place, chat in (("sales", SALES), ("dispute", MANAGERS)):
        await store.write(put_card, Card(lead_id, place, chat, None, 77), TUESDAY_MORNING)
    for chat, number in ((SALES, 1234), (MANAGERS, 5678), (-1009999, 1234)):
        named = await store.read(named_with_links, report, chat, "gemba_bot", POLICY)
        written = str(render_digest(report, texts_of("ru"), HOURS, named))
        assert f'<a href="https://t.me/c/{number}/77">Забытый</a>' in written
        assert f'<a href="https://t.me/gemba_bot?start=lead_{lead_id}">№{lead_id}</a>' in written
        cardless = report.first.waiting[1].lead_id
        assert f'<a href="https://t.me/gemba_bot?start=lead_{cardless}">Холодный</a>' in written
        assert len(parse_html(written)[1]) < 100  # Telegram drops what is beyond


@BOTH
async def test_a_quiet_day_is_one_friendly_line(store: Store, locale: str) -> None:
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    _title, words = str(render_digest(report, texts_of(locale), HOURS)).splitlines()
    assert words == texts_of(locale).plain("digest.quiet")


@pytest.mark.parametrize(
    ("first", "end", "words"),
    [
        (date(2026, 11, 16), date(2026, 11, 17), "В скобках – неделю назад: понедельник, 9 ноября"),
        (date(2026, 11, 13), date(2026, 11, 16), "В скобках – неделю назад: пт 6 – вс 8 ноября"),
        (
            date(2026, 11, 11),
            date(2026, 11, 12),
            "В скобках – неделю назад: среда, 4 ноября. Рабочих дней тогда: 0, сейчас: 1",
        ),
        (
            date(2026, 11, 1),
            date(2026, 11, 15),
            "В скобках – для сравнения: 18 – 31 октября. Рабочих дней тогда: 10, сейчас: 9",
        ),
    ],
)
async def test_what_it_is_compared_with_stands_there_and_so_does_a_holiday(
    store: Store, first: date, end: date, words: str
) -> None:
    await store.write(worked_day)
    period = Period.between(first, end, "Europe/Moscow")
    report = await store.read(build_report, period, local(20), Audience.SALES)
    assert without_markup(str(render_digest(report, texts_of("ru"), HOURS))).splitlines()[-1] == words


async def test_a_month_is_compared_with_the_month_before(store: Store) -> None:
    await store.write(worked_day)
    november = Period.of(PeriodKind.MONTH, date(2026, 11, 1), "Europe/Moscow")
    report = await store.read(build_report, november, local(5, month=12), Audience.SALES)
    assert "1 – 31 октября" in str(render_digest(report, texts_of("ru"), HOURS)).splitlines()[-1]


async def test_a_large_team_fits_a_message(report: Report) -> None:
    line = replace(report.salespeople[0], name="Константин Константинопольский-Задунайский")
    crowd = replace(report, salespeople=(line,) * 80)
    written = str(render_digest(crowd, texts_of("ru"), HOURS))
    assert 3_500 < seen_length(written) <= 4_096
    parse_html(written)


@BOTH
async def test_the_picture_says_what_the_report_says(store: Store, locale: str) -> None:
    await store.write(worked_day)
    await store.write(lambda tx: Journal(tx).lead(local(9, 12)))
    trend = await store.read(trend_until, MONDAY)
    picture = picture_of(trend, texts_of(locale), HOURS, TUESDAY_MORNING)
    assert [day.new for day in picture.days] == [0] * 6 + [1, 0, 0, 1, 1, 0, 0, 5]
    assert [number for number, day in enumerate(picture.days, 3) if day.off] == [4, 7, 8, 14, 15]
    assert [step.leads for step in picture.funnel] == [8, 5, 4, 3, 1]
    assert picture.days[-1].answer == 37.5  # minutes
