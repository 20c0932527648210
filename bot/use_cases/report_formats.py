"""The report as JSON and as a long table, for machines and spreadsheets. Keys and columns are a promise."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import orjson

from bot.domain.kpi import WHOLE_NUMBERS, Money, Period, Ratio, Report, Times
from bot.use_cases.write_rows import csv_text, iso

COLUMNS = ("metric", "channel", "band", "source", "reason", "teammate_id", "teammate", "unit", "value")


def to_json(report: Report) -> str:
    """Money in minor units by currency, times in seconds, instants in UTC; what has no value is null."""
    return orjson.dumps(to_plain(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def to_plain(report: Report) -> dict[str, Any]:
    """What `to_json` writes, as dicts and lists."""
    plain: dict[str, Any] = _plain(report)
    for name in ("period", "before_period"):
        period: Period = getattr(report, name)
        plain[name] |= {"since": iso(period.since), "until": iso(period.until), "complete": period.is_over(report.now)}
    plain["totals"]["win_rate"] = _plain(report.totals.win_rate)
    if report.before:
        plain["before"]["win_rate"] = _plain(report.before.win_rate)
    plain["handed_over"] |= {
        "not_worked": report.handed_over.not_worked,
        "worked_share": report.handed_over.worked_share.value,
    }
    return plain


def to_csv(report: Report) -> str:
    """One figure a line. A figure without a value has an empty cell, never 0."""
    return csv_text(COLUMNS, ([line.get(column) for column in COLUMNS] for line in _lines(report)))


def _plain(value: Any) -> Any:
    if isinstance(value, Ratio):
        return {"part": value.part, "whole": value.whole, "value": value.value}
    if isinstance(value, Times):
        seconds = {f"{name}_seconds": getattr(value, name) for name in ("mean", "median", "p90")}
        return {"count": value.count} | seconds
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    totals, state, handed = report.totals, report.state, report.handed_over
    for name in WHOLE_NUMBERS:
        yield _count(name, getattr(totals, name))
    yield from _money("revenue", totals.revenue)
    yield _share("win_rate", totals.win_rate)
    yield from _times("time_to_claim", totals.time_to_claim)
    yield from _times("first_response", totals.first_response)
    for line in report.by_channel:
        for band, leads in line.by_band.items():
            yield _count("created_by_channel_and_band", leads, channel=line.channel, band=band)
    yield _count("handed_over_worked", handed.worked)
    yield _count("handed_over_not_worked", handed.not_worked)
    yield _count("handed_over_closed_unanswered", handed.closed_unanswered)
    yield _share("handed_over_worked_share", handed.worked_share)
    yield _share("conversion", report.conversion)
    yield _count("conversion_sample", report.conversion.whole)
    yield _count("conversion_still_open", report.cohort_open)
    for currency, average in report.average_sale.items():
        yield {"metric": "average_sale", "unit": f"{currency} minor", "value": average.value}
        yield _count(f"average_sale_sample_{currency}", average.whole)
    yield {"metric": "rating", "unit": "stars", "value": report.ratings.value}
    yield _count("rating_sample", report.ratings.whole)
    for name in ("waiting", "waiting_unowned", "unclaimed", "feedback_unanswered", "disputes_open"):
        yield _count(f"{name}_now", getattr(state, name))
    for row in report.rejections:
        yield _count("rejected_by_reason_and_source", row.leads, reason=row.reason, source=row.source)
    for source in report.sources:
        for name in ("leads", "rejected", "won"):
            yield _count(f"source_{name}", getattr(source, name), source=source.source)
        yield from _money("source_revenue", source.revenue, source=source.source)
    for person in report.salespeople:
        who: dict[str, Any] = {"teammate_id": person.teammate_id, "teammate": person.name}
        for name in ("taken", "answered", "won", "waiting_now"):
            yield _count(f"teammate_{name}", getattr(person, name), **who)
        yield from _times("teammate_first_response", person.first_response, **who)
        yield from _times("teammate_claim_to_answer", person.claim_to_answer, **who)
        yield from _money("teammate_revenue", person.revenue, **who)


def _count(metric: str, value: int, **of: Any) -> dict[str, Any]:
    return {"metric": metric, "unit": "count", "value": value, **of}


def _share(metric: str, ratio: Ratio) -> dict[str, Any]:
    return {"metric": metric, "unit": "ratio", "value": ratio.value}


def _times(metric: str, times: Times, **of: Any) -> Iterator[dict[str, Any]]:
    yield _count(f"{metric}_sample", times.count, **of)
    for name in ("mean", "median", "p90"):
        yield {"metric": f"{metric}_{name}", "unit": "seconds", "value": getattr(times, name), **of}


def _money(metric: str, money: Money, **of: Any) -> Iterator[dict[str, Any]]:
    for currency, amount in money.items():
        yield {"metric": metric, "unit": f"{currency} minor", "value": amount, **of}
