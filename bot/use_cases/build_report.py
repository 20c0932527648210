"""Build the report of a period: the one code path of digest, command line, export and dashboard."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.domain.kpi import (
    Audience,
    Booking,
    ChannelLeads,
    FirstThings,
    HandedOver,
    Money,
    Period,
    PeriodKind,
    Ratio,
    Rejections,
    Report,
    SalesLine,
    SourceLine,
    StateNow,
    Times,
    Totals,
    Trend,
    add_money,
    bookings,
)
from bot.domain.leads import OPEN, FeedbackState, LeadEvent, RejectReason, Status
from bot.domain.scoring import Band
from bot.storage import kpi_queries as kpi
from bot.storage import now_queries as at_present
from bot.storage.ratings import stars_given
from bot.storage.store import Tx

FIRST = 5
"""How many entries each list of "what to do first" holds."""

WAITING_FOR = {
    Audience.SALES: OPEN - {Status.NURTURING},
    Audience.MARKETING: frozenset({Status.NURTURING}),
    Audience.MANAGERS: OPEN,
}


def build_report(tx: Tx, period: Period, now: datetime, audience: Audience | frozenset[Audience]) -> Report:
    """The numbers of `period` as known at `now`. Chats shared by several audiences pass them all."""
    audiences = frozenset({audience}) if isinstance(audience, Audience) else frozenset(audience)
    new = kpi.new_leads(tx, period)
    booked, wins = _booked(tx, period), kpi.wins(tx, period)
    rejected = [
        Rejections(reason or RejectReason.OTHER, source, leads) for reason, source, leads in kpi.rejections(tx, period)
    ]
    waiting = at_present.waiting_by_owner(tx)
    return Report(
        period=period,
        now=now,
        audiences=audiences,
        first=_first_things(tx, now, audiences),
        state=_state(tx, waiting),
        totals=_totals(tx, period, booked),
        before_period=period.week_before(),
        before=_totals_of(tx, period.week_before()) if period.is_over(now) else None,
        by_channel=_by_channel(new),
        by_band=_bands(new),
        handed_over=HandedOver(*kpi.handed_over(tx, period, now)),
        conversion=Ratio(_leads(new, lambda row: row.status == Status.WON), _leads(new)),
        cohort_open=_leads(new, lambda row: row.status in OPEN),
        average_sale={currency: Ratio(sum_, sales) for currency, sum_, sales in sorted(kpi.amounts_won(tx, period))},
        ratings=Ratio(*stars_given(tx, period)),
        rejections=tuple(sorted(rejected, key=lambda row: (-row.leads, row.reason, row.source or ""))),
        sources=_sources(new, rejected, wins, booked),
        salespeople=_salespeople(tx, period, wins, booked, waiting) if Audience.MANAGERS in audiences else (),
    )


def build_trend(tx: Tx, period: Period) -> Trend:
    """The days of the period one by one, and as a whole: what the picture shows."""
    days = [Period.of(PeriodKind.DAY, period.first + timedelta(days=n), period.zone) for n in range(period.days)]
    return Trend(period, _totals_of(tx, period), tuple(_totals_of(tx, day) for day in days))


def _totals_of(tx: Tx, period: Period) -> Totals:
    return _totals(tx, period, _booked(tx, period))


def _totals(tx: Tx, period: Period, booked: list[Booking]) -> Totals:
    happened = kpi.leads_by_event(tx, period)
    return Totals(
        created=kpi.created(tx, period),
        handed_over=happened.get(LeadEvent.HANDED_OFF, 0),
        claimed=happened.get(LeadEvent.CLAIMED, 0),
        answered=happened.get(LeadEvent.ANSWERED, 0),
        won=happened.get(LeadEvent.WON, 0),
        lost=happened.get(LeadEvent.LOST, 0),
        rejected=happened.get(LeadEvent.REJECTED, 0),
        revenue=_money(booked),
        time_to_claim=Times.of(kpi.seconds_to_first_claim(tx, period)),
        first_response=Times.of(kpi.seconds_to_first_answer(tx, period)),
    )


def _booked(tx: Tx, period: Period) -> list[Booking]:
    since, until = period.since, period.until  # each of them takes longer than a booking
    return [booking for booking in bookings(kpi.amounts_of_sales(tx, period)) if since <= booking.at < until]


def _booked_by(key: str, booked: Iterable[Booking]) -> dict[Any, list[Booking]]:
    """By `source` or `seller_id`."""
    by: dict[Any, list[Booking]] = defaultdict(list)
    for booking in booked:
        by[getattr(booking, key)].append(booking)
    return by


def _money(booked: Iterable[Booking]) -> Money:
    return add_money((booking.currency, booking.amount) for booking in booked)


def _leads(new: Iterable[kpi.NewLeads], which: Callable[[kpi.NewLeads], bool] = lambda _row: True) -> int:
    return sum(row.leads for row in new if which(row))


def _bands(new: Iterable[kpi.NewLeads]) -> dict[str, int]:
    """All four, coldest first, also those without a lead."""
    bands = {str(band): 0 for band in Band}
    for row in new:
        bands[row.band] = bands.get(row.band, 0) + row.leads
    return bands


def _by_channel(new: Iterable[kpi.NewLeads]) -> tuple[ChannelLeads, ...]:
    channels: dict[str, list[kpi.NewLeads]] = defaultdict(list)
    for row in new:
        channels[row.channel].append(row)
    lines = [ChannelLeads(channel, _leads(rows), _bands(rows)) for channel, rows in channels.items()]
    return tuple(sorted(lines, key=lambda line: (-line.leads, line.channel)))


def _sources(
    new: list[kpi.NewLeads], rejected: list[Rejections], wins: list[kpi.Wins], booked: list[Booking]
) -> tuple[SourceLine, ...]:
    made, turned_down, won = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for row in new:
        made[row.source] += row.leads
    for rejection in rejected:
        turned_down[rejection.source] += rejection.leads
    for win in wins:
        won[win.source] += win.leads
    earned = _booked_by("source", booked)
    lines = [
        SourceLine(source, made[source], turned_down[source], won[source], _money(earned.get(source, ())))
        for source in {*made, *turned_down, *won, *earned}
    ]
    return tuple(sorted(lines, key=lambda line: (-line.leads, -line.won, line.source is None, line.source or "")))


def _state(tx: Tx, waiting: list[at_present.Waiting]) -> StateNow:
    unsettled = at_present.feedback_by_state(tx)
    return StateNow(
        waiting=sum(row.leads for row in waiting),
        waiting_unowned=sum(row.leads for row in waiting if row.owner_id is None),
        unclaimed=at_present.unclaimed(tx),
        feedback_unanswered=unsettled.get(FeedbackState.OPEN, 0),
        disputes_open=unsettled.get(FeedbackState.DISPUTED, 0),
    )


def _first_things(tx: Tx, now: datetime, audiences: frozenset[Audience]) -> FirstThings:
    statuses = frozenset().union(*(WAITING_FOR[audience] for audience in audiences))
    sells = bool(audiences & {Audience.SALES, Audience.MANAGERS})
    markets = bool(audiences & {Audience.MARKETING, Audience.MANAGERS})
    return FirstThings(
        waiting=at_present.longest_waiting(tx, now, statuses, FIRST),
        unclaimed=at_present.longest_unclaimed(tx, now, FIRST) if sells else (),
        feedback=at_present.oldest_feedback(tx, FeedbackState.OPEN, FIRST) if markets else (),
        disputes=at_present.oldest_feedback(tx, FeedbackState.DISPUTED, FIRST)
        if Audience.MANAGERS in audiences
        else (),
    )


def _salespeople(
    tx: Tx, period: Period, wins: list[kpi.Wins], booked: list[Booking], waiting: list[at_present.Waiting]
) -> tuple[SalesLine, ...]:
    taken = kpi.leads_by_actor(tx, period, LeadEvent.CLAIMED)
    answers: dict[int, list[kpi.FirstAnswer]] = defaultdict(list)
    for answer in kpi.first_answers(tx, period):
        if answer.actor_id is not None:
            answers[answer.actor_id].append(answer)
    won = Counter[int | None]()
    for win in wins:
        won[win.seller_id] += win.leads
    waiting_on = {row.owner_id: row.leads for row in waiting}
    earned = _booked_by("seller_id", booked)
    everybody = {*taken, *answers, *won, *waiting_on, *earned}
    names = kpi.teammate_names(tx, {someone for someone in everybody if someone is not None})
    lines = [
        SalesLine(
            teammate_id=id_,
            name=name,
            taken=taken.get(id_, 0),
            answered=len(answers[id_]),
            first_response=Times.of(answer.seconds for answer in answers[id_]),
            claim_to_answer=Times.of(answer.after_claim for answer in answers[id_] if answer.after_claim is not None),
            won=won[id_],
            revenue=_money(earned.get(id_, ())),
            waiting_now=waiting_on.get(id_, 0),
        )
        for id_, name in names.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.won, -line.taken, line.name, line.teammate_id)))
