"""The report for machines: the keys are a promise, what is unknown is empty."""

import csv
import io
from datetime import date

import orjson

from bot.domain.kpi import Audience, Period, PeriodKind, Report
from bot.storage.store import Store
from bot.use_cases.build_report import build_report
from bot.use_cases.report_formats import COLUMNS, to_csv, to_json
from tests.use_cases.journal import Journal, local
from tests.use_cases.test_build_report import MONDAY, TUESDAY_MORNING, worked_day


async def full(store: Store) -> Report:
    await store.write(worked_day)
    return await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)


async def test_json_has_stable_keys(store: Store) -> None:
    plain = orjson.loads(to_json(await full(store)))
    assert list(plain) == [
        "period",
        "now",
        "audiences",
        "first",
        "state",
        "totals",
        "before_period",
        "before",
        "by_channel",
        "by_band",
        "handed_over",
        "conversion",
        "cohort_open",
        "average_sale",
        "ratings",
        "rejections",
        "sources",
        "salespeople",
    ]
    assert plain["period"] == {
        "kind": "day",
        "first": "2026-11-16",
        "end": "2026-11-17",
        "zone": "Europe/Moscow",
        "since": "2026-11-15T21:00:00Z",
        "until": "2026-11-16T21:00:00Z",
        "complete": True,
    }
    assert plain["totals"]["revenue"] == {"RUB": 150_000_00}
    assert plain["totals"]["first_response"] == {
        "count": 2,
        "mean_seconds": 2250,
        "median_seconds": 2250,
        "p90_seconds": 3810,
    }
    assert plain["handed_over"] == {
        "leads": 4,
        "worked": 2,
        "closed_unanswered": 1,
        "not_worked": 2,
        "worked_share": 0.5,
    }
    assert plain["conversion"] == {"part": 1, "whole": 5, "value": 0.2}
    assert plain["first"]["waiting"][0]["since"] == "2026-11-16T10:00:00Z"


async def test_csv_has_one_figure_a_line(store: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(await full(store)))))
    assert tuple(rows[0]) == COLUMNS
    found = {tuple(row[column] for column in COLUMNS[:-2]): (row["unit"], row["value"]) for row in rows}
    assert len(found) == len(rows)
    assert found["created", "", "", "", "", "", ""] == ("count", "5")
    assert found["created_by_channel_and_band", "webchat", "sales_accepted", "", "", "", ""] == ("count", "2")
    assert found["rejected_by_reason_and_source", "", "", "vk", "spam", "", ""] == ("count", "1")
    assert found["teammate_revenue", "", "", "", "", "1", "Анна"] == ("RUB minor", "15000000")


async def test_what_has_no_value_is_empty_and_what_strangers_wrote_is_harmless(store: Store) -> None:
    period = Period.of(PeriodKind.DAY, date(2026, 11, 16), "Europe/Moscow")
    await store.write(lambda tx: Journal(tx).lead(local(16, 12), source="=cmd|' /C calc'!A0"))
    report = await store.read(build_report, period, TUESDAY_MORNING, Audience.SALES)
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert {row["value"] for row in rows if row["metric"] in {"win_rate", "first_response_median"}} == {""}
    assert "'=cmd|' /C calc'!A0" in {row["source"] for row in rows}
