"""One day worked out by hand, the article's example, and the edges where reports usually lie."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.kpi import Audience, Period, PeriodKind, Ratio, Report
from bot.storage.store import Store, Tx
from bot.use_cases.build_report import build_report, build_trend
from tests.use_cases.journal import Journal, local

MONDAY = Period.of(PeriodKind.DAY, date(2026, 11, 16), "Europe/Moscow")
TUESDAY = Period.of(PeriodKind.DAY, date(2026, 11, 17), "Europe/Moscow")
TUESDAY_MORNING = local(17, 9)


def worked_day(tx: Tx) -> None:
    journal = Journal(tx)
    anna, boris = journal.teammate("Анна"), journal.teammate("Борис")

    sold = journal.lead(local(16, 9), name="Покупатель", source="yandex", band="sales_qualified")
    journal.hand_off(sold, local(16, 9))
    journal.claim(sold, anna, local(16, 9, 2), 120)
    journal.answer(sold, anna, local(16, 9, 5), 300)
    journal.win(sold, anna, local(16, 15))
    journal.amount(sold, anna, local(16, 15, 1), 150_000_00)

    passed = journal.lead(local(16, 10), name="Переданный", channel="webchat", source="yandex")
    journal.hand_off(passed, local(16, 10))
    journal.claim(passed, anna, local(16, 10, 1), 60)
    journal.release(passed, anna, local(16, 10, 5))
    journal.claim(passed, boris, local(16, 11), 3600)
    journal.answer(passed, boris, local(16, 11, 10), 4200)
    journal.set(passed, waiting_since=local(16, 18))

    junk = journal.lead(local(16, 12), name="Спамер", source="vk", band="information")
    journal.hand_off(junk, local(16, 12))
    journal.claim(junk, boris, local(16, 12, 4), 240)
    journal.reject(junk, boris, local(16, 12, 5), "spam")

    forgotten = journal.lead(local(16, 13), name="Забытый", channel="webchat", source=None)
    journal.hand_off(forgotten, local(16, 13))

    journal.lead(local(16, 14), name="Холодный", band="marketing_qualified", source="vk")

    old = journal.lead(local(13, 14), name="Прошлый", source="vk")
    journal.hand_off(old, local(13, 14))
    journal.claim(old, boris, local(13, 15), 3600)
    journal.answer(old, boris, local(13, 15, 30), 5400)
    journal.lose(old, boris, local(16, 16))

    asleep = journal.lead(local(12, 14), name="Отложенный", source="vk")
    journal.set(asleep, snoozed_until=local(20))


@pytest.fixture
async def report(store: Store) -> Report:
    await store.write(worked_day)
    return await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)


async def test_the_totals_of_a_worked_day(report: Report) -> None:
    totals = report.totals
    assert (totals.created, totals.handed_over, totals.claimed, totals.answered) == (5, 4, 3, 2)
    assert (totals.won, totals.lost, totals.rejected) == (1, 1, 1)
    assert totals.revenue == {"RUB": 150_000_00}
    assert totals.win_rate == Ratio(1, 2)
    assert report.average_sale == {"RUB": Ratio(150_000_00, 1)}


async def test_leads_by_channel_and_band(report: Report) -> None:
    none = {"information": 0, "marketing_qualified": 0, "sales_accepted": 0, "sales_qualified": 0}
    assert [(line.channel, line.leads, line.by_band) for line in report.by_channel] == [
        ("telegram", 3, none | {"information": 1, "marketing_qualified": 1, "sales_qualified": 1}),
        ("webchat", 2, none | {"sales_accepted": 2}),
    ]
    assert list(report.by_band.values()) == [1, 1, 2, 1]


async def test_times_are_of_first_claims_and_first_human_answers(report: Report) -> None:
    claim, response = report.totals.time_to_claim, report.totals.first_response
    assert (claim.count, claim.mean, claim.median, claim.p90) == (3, 140, 120, 216)
    assert (response.count, response.mean, response.median, response.p90) == (2, 2250, 2250, 3810)


async def test_handed_over_but_not_worked_is_a_cohort(report: Report) -> None:
    assert (report.handed_over.leads, report.handed_over.worked, report.handed_over.not_worked) == (4, 2, 2)
    assert report.handed_over.closed_unanswered == 1
    assert report.handed_over.worked_share.value == 0.5


async def test_conversion_is_a_cohort_and_says_how_ripe_it_is(report: Report) -> None:
    assert report.conversion == Ratio(1, 5)
    assert report.cohort_open == 3


async def test_what_is_rejected_and_what_sources_bring(report: Report) -> None:
    assert [(row.reason, row.source, row.leads) for row in report.rejections] == [("spam", "vk", 1)]
    assert [(row.source, row.leads, row.rejected, row.won, dict(row.revenue)) for row in report.sources] == [
        ("yandex", 2, 0, 1, {"RUB": 150_000_00}),
        ("vk", 2, 1, 0, {}),
        (None, 1, 0, 0, {}),
    ]


async def test_a_line_for_each_salesperson(report: Report) -> None:
    anna, boris = report.salespeople
    assert (anna.name, anna.taken, anna.answered, anna.won, anna.waiting_now) == ("Анна", 2, 1, 1, 0)
    assert (anna.first_response.median, anna.claim_to_answer.median) == (300, 180)
    assert anna.revenue == {"RUB": 150_000_00}
    assert (boris.name, boris.taken, boris.answered, boris.won, boris.waiting_now) == ("Борис", 2, 1, 0, 1)
    assert (boris.first_response.median, boris.claim_to_answer.median) == (4200, 600)


async def test_what_to_do_first_and_what_stands_open(report: Report) -> None:
    waiting = [(lead.contact, lead.since, lead.owner) for lead in report.first.waiting]
    assert waiting == [
        ("Забытый", local(16, 13), None),
        ("Холодный", local(16, 14), None),
        ("Переданный", local(16, 18), "Борис"),
    ]
    assert [(lead.contact, lead.since) for lead in report.first.unclaimed] == [("Забытый", local(16, 13))]
    assert [(item.contact, item.reason, item.rejected_by) for item in report.first.feedback] == [
        ("Спамер", "spam", "Борис")
    ]
    state = report.state
    assert (state.waiting, state.waiting_unowned, state.unclaimed) == (4, 3, 1)
    assert (state.feedback_unanswered, state.disputes_open) == (1, 0)


async def test_a_finished_day_is_compared_with_the_same_day_a_week_ago(store: Store) -> None:
    def two_mondays(tx: Tx) -> None:
        worked_day(tx)
        journal = Journal(tx)
        lead = journal.lead(local(9, 12))
        journal.win(lead, journal.teammate("Вера"), local(9, 13))
        journal.amount(lead, 1, local(9, 13), 70_00)
        journal.lead(local(15, 12))  # a Sunday

    await store.write(two_mondays)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    assert report.complete
    assert report.before_period == Period.of(PeriodKind.DAY, date(2026, 11, 9), "Europe/Moscow")
    assert report.before is not None
    assert (report.before.created, report.before.won, report.before.revenue) == (1, 1, {"RUB": 70_00})
    assert report.change("created") == 4


async def test_every_figure_of_the_week_before_is_that_of_its_own_report(store: Store) -> None:
    await store.write(worked_day)
    later = Period.of(PeriodKind.DAY, date(2026, 11, 23), "Europe/Moscow")
    compared = await store.read(build_report, later, local(24, 9), Audience.SALES)
    own = await store.read(build_report, MONDAY, local(24, 9), Audience.SALES)
    assert compared.before == own.totals


async def test_a_trend_is_its_days_and_their_whole(store: Store) -> None:
    await store.write(worked_day)
    week = Period.of(PeriodKind.WEEK, date(2026, 11, 16), "Europe/Moscow")
    trend = await store.read(build_trend, week)
    assert [totals.created for totals in trend.days] == [5, 0, 0, 0, 0, 0, 0]
    monday = await store.read(build_report, MONDAY, local(24), Audience.SALES)
    whole = await store.read(build_report, week, local(24), Audience.SALES)
    assert (trend.days[0], trend.whole) == (monday.totals, whole.totals)


async def test_a_running_day_is_compared_with_nothing(store: Store) -> None:
    await store.write(worked_day)
    report = await store.read(build_report, MONDAY, local(16, 16), Audience.MANAGERS)
    assert not report.complete
    assert report.before is None
    assert report.change("created") is None


async def test_an_empty_day_has_no_ratios(store: Store) -> None:
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    assert (report.totals.created, report.totals.revenue, report.average_sale) == (0, {}, {})
    assert report.conversion.value is None
    assert report.totals.win_rate.value is None
    assert report.handed_over.worked_share.value is None
    assert (report.totals.first_response.median, report.totals.first_response.p90) == (None, None)
    assert list(report.by_band.values()) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("audience", "waiting", "unclaimed", "feedback"),
    [
        (Audience.SALES, ["Забытый", "Переданный"], 1, 0),
        (Audience.MARKETING, ["Холодный"], 0, 1),
        (frozenset({Audience.SALES, Audience.MARKETING}), ["Забытый", "Холодный", "Переданный"], 1, 1),
    ],
)
async def test_each_audience_is_told_first_what_it_can_do(
    store: Store, audience: Audience | frozenset[Audience], waiting: list[str], unclaimed: int, feedback: int
) -> None:
    await store.write(worked_day)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, audience)
    assert [lead.contact for lead in report.first.waiting] == waiting
    assert (len(report.first.unclaimed), len(report.first.feedback)) == (unclaimed, feedback)
    assert report.state.waiting == 4
    assert report.salespeople == ()


async def test_the_articles_thousand_leads(store: Store) -> None:
    """1000 leads in four groups, 600 handed over, 200 worked, 400 left to the competitors."""

    def month(tx: Tx) -> None:
        journal = Journal(tx)
        anna = journal.teammate("Анна")
        for band, many in {
            "information": 100,
            "marketing_qualified": 300,
            "sales_accepted": 400,
            "sales_qualified": 200,
        }.items():
            for number in range(many):
                lead = journal.lead(local(3, 12), band=band)
                if band.startswith("sales"):
                    journal.hand_off(lead, local(3, 12))
                if band == "sales_qualified":
                    journal.claim(lead, anna, local(4, 12), number)
                    journal.answer(lead, anna, local(5, 12), number)

    await store.write(month)
    november = Period.of(PeriodKind.MONTH, date(2026, 11, 20), "Europe/Moscow")
    report = await store.read(build_report, november, local(1, month=12), Audience.SALES)
    assert report.totals.created == 1000
    assert list(report.by_band.values()) == [100, 300, 400, 200]
    assert (report.handed_over.leads, report.handed_over.worked, report.handed_over.not_worked) == (600, 200, 400)
    assert report.handed_over.worked_share.value == pytest.approx(0.3333, abs=0.0001)


async def test_a_late_evening_in_moscow_belongs_to_its_own_day(store: Store) -> None:
    await store.write(lambda tx: Journal(tx).lead(local(16, 23, 30)))  # 20:30 UTC
    await store.write(lambda tx: Journal(tx).lead(local(17, 0, 30)))  # 21:30 UTC, still the 16th there
    for period in (MONDAY, TUESDAY):
        report = await store.read(build_report, period, local(18), Audience.SALES)
        assert report.totals.created == 1


async def test_midnight_itself_opens_the_day(store: Store) -> None:
    await store.write(lambda tx: Journal(tx).lead(local(17)))
    monday = await store.read(build_report, MONDAY, local(18), Audience.SALES)
    tuesday = await store.read(build_report, TUESDAY, local(18), Audience.SALES)
    assert (monday.totals.created, tuesday.totals.created) == (0, 1)


async def test_the_day_of_25_hours_holds_them_all(store: Store) -> None:
    def each_hour(tx: Tx) -> None:
        for hour in range(30):
            Journal(tx).lead(datetime(2026, 10, 24 + (20 + hour) // 24, (20 + hour) % 24, tzinfo=UTC))

    await store.write(each_hour)
    autumn = Period.of(PeriodKind.DAY, date(2026, 10, 25), "Europe/Berlin")
    report = await store.read(build_report, autumn, local(1), Audience.SALES)
    assert report.totals.created == 25


async def test_a_handover_counts_as_worked_only_by_an_answer_after_it(store: Store) -> None:
    """Marketing answered, then handed over; sales has not said a word yet."""

    def day(tx: Tx) -> None:
        journal = Journal(tx)
        marketer, seller = journal.teammate("Марина"), journal.teammate("Анна")
        for _ in range(2):
            lead = journal.lead(local(16, 9))
            journal.event(lead, "answered", local(16, 10), actor=marketer, data={"seconds": 3600, "first": True})
            journal.hand_off(lead, local(16, 11))
        journal.claim(lead, seller, local(16, 12), 60)
        journal.event(lead, "claimed", local(16, 12, 5), actor=seller, moved=("claimed", "working"))

    await store.write(day)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.SALES)
    assert (report.handed_over.leads, report.handed_over.not_worked) == (2, 1)


async def test_there_and_back_again_counts_once(store: Store) -> None:
    def day(tx: Tx) -> None:
        journal = Journal(tx)
        anna, boris = journal.teammate("Анна"), journal.teammate("Борис")
        lead = journal.lead(local(16, 9), source="vk")
        journal.hand_off(lead, local(16, 9))
        for hour, someone in enumerate((anna, boris, anna), 10):
            journal.claim(lead, someone, local(16, hour), hour * 60)
            journal.release(lead, someone, local(16, hour, 30))
        journal.reject(lead, anna, local(16, 14), "spam", state="overturned")
        journal.event(lead, "overturned", local(16, 15), moved=("rejected", "offered"))
        journal.hand_off(lead, local(16, 15))
        journal.reject(lead, anna, local(16, 16), "no_budget", state="disputed")

    await store.write(day)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    totals = report.totals
    assert (totals.handed_over, totals.claimed, totals.rejected) == (1, 1, 1)
    assert (totals.time_to_claim.count, totals.time_to_claim.median) == (1, 600)
    assert [(row.reason, row.leads) for row in report.rejections] == [("no_budget", 1)]
    assert {line.name: line.taken for line in report.salespeople} == {"Анна": 1, "Борис": 1}
    assert [item.reason for item in report.first.disputes] == ["no_budget"]


async def test_what_was_in_his_hands_runs_from_his_own_last_claim(store: Store) -> None:
    def day(tx: Tx) -> None:
        journal = Journal(tx)
        anna, boris = journal.teammate("Анна"), journal.teammate("Борис")
        lead = journal.lead(local(16, 9))
        journal.claim(lead, boris, local(16, 9, 30))
        journal.claim(lead, boris, local(16, 10))
        journal.claim(lead, anna, local(16, 10, 5))
        journal.answer(lead, boris, local(16, 10, 10), 4200)
        journal.claim(lead, boris, local(16, 11))

    await store.write(day)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    [boris] = [line for line in report.salespeople if line.answered]
    assert (boris.name, boris.claim_to_answer.median, boris.first_response.median) == ("Борис", 600, 4200)


async def test_an_amount_told_the_next_morning_is_not_lost(store: Store) -> None:
    """Won on Monday, the amount on Tuesday, corrected on Wednesday: no closed day changes, the days sum to the week."""

    def days(tx: Tx) -> None:
        journal = Journal(tx)
        anna = journal.teammate("Анна")
        lead = journal.lead(local(16, 9))
        journal.win(lead, anna, local(16, 18))
        journal.amount(lead, anna, local(17, 9), 100_00)
        journal.amount(lead, anna, local(18, 9), 80_00)

    await store.write(days)
    revenue = []
    for day in (16, 17, 18):
        period = Period.of(PeriodKind.DAY, date(2026, 11, day), "Europe/Moscow")
        report = await store.read(build_report, period, local(25), Audience.MANAGERS)
        revenue.append(report.totals.revenue.get("RUB"))
    week = Period.of(PeriodKind.WEEK, date(2026, 11, 16), "Europe/Moscow")
    report = await store.read(build_report, week, local(25), Audience.MANAGERS)
    assert revenue == [None, 100_00, -20_00]
    assert report.totals.revenue == {"RUB": 80_00}
    assert report.average_sale == {"RUB": Ratio(80_00, 1)}


async def test_a_sale_is_its_sellers_also_when_a_colleague_wins_the_lead_again(store: Store) -> None:
    def days(tx: Tx) -> None:
        journal = Journal(tx)
        anna, boris = journal.teammate("Анна"), journal.teammate("Борис")
        lead = journal.lead(local(16, 9))
        journal.win(lead, anna, local(16, 18))
        journal.amount(lead, anna, local(16, 19), 100_00)
        journal.amount(lead, boris, local(17, 9), 0)  # reopened
        journal.win(lead, boris, local(18, 9))
        journal.amount(lead, boris, local(18, 10), 150_00)

    await store.write(days)
    brought = {}
    for day in (16, 17, 18):
        period = Period.of(PeriodKind.DAY, date(2026, 11, day), "Europe/Moscow")
        report = await store.read(build_report, period, local(25), Audience.MANAGERS)
        brought[day] = {line.name: line.revenue["RUB"] for line in report.salespeople if line.revenue}
    assert brought == {16: {"Анна": 100_00}, 17: {"Анна": -100_00}, 18: {"Борис": 150_00}}


async def test_currencies_stay_apart_and_large_sums_stay_exact(store: Store) -> None:
    def day(tx: Tx) -> None:
        journal = Journal(tx)
        anna = journal.teammate("Анна")
        for amount, currency in ((9_000_000_000_01, "RUB"), (9_000_000_000_02, "RUB"), (500_00, "USD"), (0, "USD")):
            lead = journal.lead(local(16, 9))
            journal.amount(lead, anna, local(13, 9), amount, currency)  # agreed before the deal was closed
            journal.win(lead, anna, local(16, 18))

    await store.write(day)
    report = await store.read(build_report, MONDAY, TUESDAY_MORNING, Audience.MANAGERS)
    assert report.totals.revenue == {"RUB": 18_000_000_000_03, "USD": 500_00}
    assert report.average_sale == {"RUB": Ratio(18_000_000_000_03, 2), "USD": Ratio(500_00, 2)}
