"""Random histories counted twice: by the report's queries, and naively from every row of the log."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.kpi import Audience, Period, PeriodKind, Ratio, Report, Times
from bot.domain.leads import CLOSED, OPEN, LeadEvent, Status
from bot.storage.store import Store, Tx
from bot.storage.store.base import ENGINE_OPTIONS
from bot.storage.tables import lead_events, leads, metadata, touches
from bot.use_cases.build_report import build_report
from tests.use_cases.journal import Journal

ZONE = "Europe/Berlin"
START = datetime(2026, 10, 22, 20, tzinfo=UTC)  # the clocks change on the 25th
NOW = START + timedelta(days=8)
PERIODS = (
    Period.of(PeriodKind.DAY, date(2026, 10, 25), ZONE),
    Period.of(PeriodKind.WEEK, date(2026, 10, 25), ZONE),
    Period.of(PeriodKind.MONTH, date(2026, 10, 25), ZONE),
    Period.between(date(2026, 10, 24), date(2026, 10, 27), ZONE),
)


def random_history(tx: Tx, seed: int, size: int = 25) -> None:
    """Leads handed over, passed round, answered, won, corrected, rejected and won again, at any hour of a week."""
    dice = random.Random(seed)
    journal = Journal(tx)
    team = [journal.teammate(name) for name in ("Анна", "Борис")]
    for _ in range(size):
        hours = sorted(dice.choices(range(7 * 24), k=dice.randint(1, 8)))
        times = [START + timedelta(hours=hour) for hour in hours]
        lead = journal.lead(
            times[0],
            channel=dice.choice(["telegram", "webchat"]),
            band=dice.choice(["information", "sales_qualified"]),
            source=dice.choice([None, "", "yandex", "vk"]),
        )
        answered = False
        for at in times[1:]:
            someone, seconds = dice.choice(team), dice.choice([None, 5, 60, 3600])
            match dice.choice(["hand", "claim", "claim", "release", "answer", "win", "amount", "lose", "reject"]):
                case "hand":
                    journal.hand_off(lead, at)
                case "claim":
                    journal.claim(lead, someone, at, seconds)
                case "release":
                    journal.release(lead, someone, at)
                case "answer":
                    took = dice.choice([None, dice.random() * 10_000, dice.random() * 10_000])
                    journal.answer(lead, someone, at, took, first=not answered)
                    answered = True
                case "win":
                    journal.win(lead, someone, at)
                case "amount":
                    journal.amount(lead, someone, at, dice.randint(0, 10**12), dice.choice(["RUB", "USD"]))
                case "lose":
                    journal.lose(lead, someone, at)
                case "reject":
                    journal.reject(lead, someone, at, dice.choice(["spam", "no_budget"]))


class Recount:
    """Reads everything and counts with loops."""

    def __init__(self, tx: Tx, period: Period) -> None:
        self.period = period
        self.log = tx.execute(sa.select(lead_events).order_by(lead_events.c.id)).all()
        self.leads = tx.execute(
            sa.select(leads, touches.c.source).join(touches, touches.c.id == leads.c.first_touch_id)
        ).all()
        self.new = [lead for lead in self.leads if lead.created_at in period]

    def within(self, kind: LeadEvent) -> list[Any]:
        return [event for event in self.log if event.kind == kind and event.at in self.period]

    def unique(self, kind: LeadEvent) -> int:
        return len({event.lead_id for event in self.within(kind)})

    def of(self, lead_id: int, *kinds: LeadEvent) -> Iterator[Any]:
        return (event for event in self.log if event.lead_id == lead_id and event.kind in kinds)

    def worth(self, at: datetime) -> Counter[str]:
        """What all leads won before `at` were then thought to be worth: revenue is the growth of this."""
        worth: Counter[str] = Counter()
        for lead in self.leads:
            amounts = [event.data for event in self.of(lead.id, LeadEvent.AMOUNT_SET) if event.at < at]
            if amounts and any(event.at < at for event in self.of(lead.id, LeadEvent.WON)):
                worth[amounts[-1]["currency"]] += amounts[-1]["amount"]
        return worth

    def revenue(self) -> dict[str, int]:
        after, before = self.worth(self.period.until), self.worth(self.period.since)
        return {currency: after[currency] - before[currency] for currency in sorted({*after, *before})}

    def first_claims(self) -> Times:
        claims = [next(self.of(event.lead_id, LeadEvent.CLAIMED)) for event in self.within(LeadEvent.CLAIMED)]
        firsts = {claim.id: claim.data["seconds"] for claim in claims if claim.at in self.period}
        return Times.of(seconds for seconds in firsts.values() if seconds is not None)

    def first_answers(self) -> list[Any]:
        answers = self.within(LeadEvent.ANSWERED)
        return [event for event in answers if event.data["first"] and event.data["seconds"] is not None]

    def after_own_claim(self, answer: Any) -> Iterator[float]:
        own = [claim.at for claim in self.of(answer.lead_id, LeadEvent.CLAIMED) if claim.actor_id == answer.actor_id]
        if earlier := [at for at in own if at <= answer.at]:
            yield (answer.at - max(earlier)).total_seconds()

    def handed_over(self) -> tuple[int, int, int]:
        handed: dict[int, datetime] = {}
        for event in self.within(LeadEvent.HANDED_OFF):
            handed.setdefault(event.lead_id, event.at)
        worked = {
            lead_id
            for lead_id, at in handed.items()
            if any(event.at >= at for event in self.of(lead_id, LeadEvent.ANSWERED))
        }
        closed = {lead.id for lead in self.leads if lead.status in CLOSED}
        return len(handed), len(worked), len((handed.keys() - worked) & closed)

    def rejections(self) -> Counter[tuple[str, str | None]]:
        reasons = {event.lead_id: event.data["reason"] for event in self.within(LeadEvent.REJECTED)}
        return Counter((reasons[lead.id], lead.source) for lead in self.leads if lead.id in reasons)


def agrees(report: Report, naive: Recount) -> None:
    totals = report.totals
    for figure, kind in {
        "handed_over": LeadEvent.HANDED_OFF,
        "claimed": LeadEvent.CLAIMED,
        "answered": LeadEvent.ANSWERED,
        "won": LeadEvent.WON,
        "lost": LeadEvent.LOST,
        "rejected": LeadEvent.REJECTED,
    }.items():
        assert getattr(totals, figure) == naive.unique(kind), figure
    assert totals.created == len(naive.new)
    assert {money: sum_ for money, sum_ in totals.revenue.items() if sum_} == {
        money: sum_ for money, sum_ in naive.revenue().items() if sum_
    }
    assert totals.time_to_claim == naive.first_claims()
    answers = naive.first_answers()
    assert totals.first_response == Times.of(event.data["seconds"] for event in answers)
    for line in report.salespeople:
        own = [event for event in answers if event.actor_id == line.teammate_id]
        assert line.first_response == Times.of(event.data["seconds"] for event in own)
        assert line.claim_to_answer == Times.of(took for event in own for took in naive.after_own_claim(event))
    handed = report.handed_over
    assert (handed.leads, handed.worked, handed.closed_unanswered) == naive.handed_over()
    assert {(row.reason, row.source): row.leads for row in report.rejections} == naive.rejections()
    assert report.conversion == Ratio(sum(lead.status == Status.WON for lead in naive.new), len(naive.new))
    assert report.cohort_open == sum(lead.status in OPEN for lead in naive.new)
    assert {
        (line.channel, band): count for line in report.by_channel for band, count in line.by_band.items() if count
    } == (Counter((lead.channel, lead.band) for lead in naive.new))
    assert {line.source: line.leads for line in report.sources if line.leads} == Counter(
        lead.source for lead in naive.new
    )
    claims = {(event.actor_id, event.lead_id) for event in naive.within(LeadEvent.CLAIMED)}
    assert {line.teammate_id: line.taken for line in report.salespeople if line.taken} == Counter(
        actor for actor, _lead in claims
    )
    assert sum(line.won for line in report.salespeople) == totals.won
    assert sum(line.won for line in report.sources) == totals.won
    waits = [lead for lead in naive.leads if lead.waiting_since and lead.status in OPEN]
    assert report.state.waiting == len(waits)
    for currency, sum_ in totals.revenue.items():
        assert sum(line.revenue.get(currency, 0) for line in report.sources) == sum_
        assert sum(line.revenue.get(currency, 0) for line in report.salespeople) == sum_


def count_both_ways(tx: Tx) -> None:
    for period in PERIODS:
        agrees(build_report(tx, period, NOW, Audience.MANAGERS), Recount(tx, period))


@pytest.mark.parametrize("seed", range(4))
async def test_the_report_equals_a_naive_recount_on_both_databases(store: Store, seed: int) -> None:
    await store.write(random_history, seed)
    await store.read(count_both_ways)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_the_report_equals_a_naive_recount(seed: int, size: int) -> None:
    engine = sa.create_engine("sqlite://", **ENGINE_OPTIONS)
    with engine.begin() as tx:
        metadata.create_all(tx)
        random_history(tx, seed, size)
        count_both_ways(tx)
    engine.dispose()


def test_no_question_reads_a_whole_table_of_leads_or_events() -> None:
    """The promise behind reports that stay fast: each is answered from an index."""
    engine = sa.create_engine("sqlite://", **ENGINE_OPTIONS)
    asked: list[tuple[str, Any]] = []
    with engine.begin() as tx:
        metadata.create_all(tx)
        random_history(tx, 1)
        sa.event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        build_report(tx, PERIODS[0], NOW, Audience.MANAGERS)
        statements = list(asked)
        plans = [
            (statement, str(step[3]))
            for statement, values in statements
            for step in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    engine.dispose()
    big = ("leads", "lead_events", "touches", "contacts", "messages", "handoffs")
    scans = [(step, statement) for statement, step in plans if step.startswith(tuple(f"SCAN {table}" for table in big))]
    assert len(statements) > 10
    assert scans == []
