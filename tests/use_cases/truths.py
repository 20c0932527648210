"""What is true of every lead after every act, looked up row by row, apart from the queries of the product."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.kpi import Period, add_money, bookings
from bot.domain.leads import ALLOWED, CLOSED, OPEN, OWNED_BY_SALES, DeadlineKind, LeadEvent, Status
from bot.domain.messages import Direction, MessageKind
from bot.storage import kpi_queries
from bot.storage.messages import pending_answers, waiting_since
from bot.storage.store import Tx
from bot.storage.tables import cards, contacts, deadlines, desks, feedback, lead_events, leads, messages, outbox
from bot.storage.tables import teammates as teammates_table
from bot.storage.team import Teammate, get_teammate, roles_of

DORMANT = {DeadlineKind.UNDO, DeadlineKind.PROMISE, DeadlineKind.WARM_UP, DeadlineKind.CALL_BACK}
"""What a closed lead may still have, in case it is opened again: none of them does anything to a closed one."""

GIVES_UP = {LeadEvent.RELEASED, LeadEvent.HANDED_OFF, LeadEvent.NURTURED, LeadEvent.OVERTURNED}
"""After these, when they move the lead, nobody owns it."""


def all_is_well(tx: Tx, now: datetime) -> None:
    by_lead: dict[int, list[Any]] = defaultdict(list)
    log = tx.execute(sa.select(lead_events).order_by(lead_events.c.id)).all()
    for event in log:
        by_lead[event.lead_id].append(event)
    known = tx.execute(sa.select(leads).order_by(leads.c.id)).all()
    team = {mate: get_teammate(tx, mate) for mate in tx.scalars(sa.select(teammates_table.c.id)).all()}
    forgotten = set(tx.scalars(sa.select(contacts.c.id).where(contacts.c.forgotten_at.is_not(None))))
    owed: dict[int, set[str]] = defaultdict(set)
    for row in tx.execute(sa.select(deadlines)):
        owed[row.lead_id].add(row.kind)
    for lead in known:
        status_and_owner_agree(tx, lead, team)
        the_log_tells_the_whole_story(lead, by_lead[lead.id])
        the_clock_watches_whom_it_must(lead, owed[lead.id], by_lead[lead.id], now)
        if lead.status in OPEN:
            assert lead.waiting_since == waiting_since(tx, lead.id, lead.contact_id), lead
    nobody_has_two_open_leads(known)
    nobody_waits_without_somebody_to_answer(tx, known, team, now)
    what_is_forgotten_leaves_no_trace(tx, known, forgotten)
    rejections_stand_on_cards_that_are_there(tx, known, forgotten)
    the_report_counts_what_stands(tx, log, known, now)


def status_and_owner_agree(tx: Tx, lead: Any, team: Mapping[int, Teammate | None]) -> None:
    assert (lead.closed_at is not None) == (lead.status in CLOSED), lead
    if lead.status in OWNED_BY_SALES:
        assert lead.owner_id is not None, lead
    if lead.status == Status.OFFERED:
        assert lead.owner_id is None, lead
    if lead.status in CLOSED:
        assert lead.waiting_since is None and lead.snoozed_until is None, lead
    elif lead.owner_id is not None:
        desk = tx.execute(sa.select(desks).where(desks.c.lead_id == lead.id)).one()
        assert desk.teammate_id == lead.owner_id, lead
        owner = team[lead.owner_id]
        assert owner is not None
        role = "marketing" if lead.status == Status.NURTURING else "sales"
        assert role in roles_of(tx, owner.telegram_id, frozenset()), lead
    else:
        assert lead.snoozed_until is None, lead


def the_log_tells_the_whole_story(lead: Any, events: list[Any]) -> None:
    """Played again from the beginning, it ends where the lead stands."""
    status: str | None = None
    owner: int | None = None
    before: dict[int, int | None] = {}
    for event in events:
        before[event.id] = owner
        if event.undoes_id is not None:
            assert event.undoes_id in before and event.kind in ("undone", "reopened"), event
        if event.to_status is not None:
            assert event.from_status == status, event
            way = event.from_status, event.to_status
            assert status is None or event.undoes_id is not None or way[1] in ALLOWED[Status(status)], event
            status = event.to_status
        owner = _owner_after(event, owner, before)
    assert (status, owner) == (lead.status, lead.owner_id), lead
    firsts = [event for event in events if event.kind == "answered" and event.data["first"]]
    assert len(firsts) == (lead.first_answered_at is not None), lead


def _owner_after(event: Any, owner: int | None, before: Mapping[int, int | None]) -> int | None:
    match event.kind:
        case LeadEvent.CLAIMED | LeadEvent.ANSWERED_BY_MARKETING:
            return int(event.actor_id)
        case LeadEvent.TRANSFERRED:
            return int(event.data["to"])
        case LeadEvent.TAKEN_BACK:
            return None
        case LeadEvent.UNDONE if event.undoes_id is not None:
            return before[event.undoes_id]
        case LeadEvent.REOPENED if event.undoes_id is not None:
            return owner if event.to_status in OWNED_BY_SALES else None
        case kind if kind in GIVES_UP and event.to_status is not None:
            return None
    return owner


def the_clock_watches_whom_it_must(lead: Any, owed: set[str], events: list[Any], now: datetime) -> None:
    if lead.status in CLOSED:
        assert owed <= DORMANT, (lead, owed)
        return
    assert (lead.snoozed_until is not None) == (DeadlineKind.SNOOZE in owed), (lead, owed)
    waits = lead.waiting_since is not None
    if lead.owner_id is not None:
        if waits:
            put_off = {DeadlineKind.SNOOZE, DeadlineKind.CALL_BACK}
            assert owed & {DeadlineKind.ANSWER, DeadlineKind.REOFFER, *put_off}, (lead, owed)
        assert DeadlineKind.CLAIM not in owed, (lead, owed)
    elif waits or lead.status == Status.OFFERED:
        reminded = Counter(event.data.get("time") for event in events if event.kind == LeadEvent.REMINDED)
        assert DeadlineKind.CLAIM in owed or reminded[2], (lead, owed)
        assert not owed & {DeadlineKind.ANSWER, DeadlineKind.REOFFER}, (lead, owed)


def nobody_has_two_open_leads(known: Sequence[Any]) -> None:
    of_whom = [lead.contact_id for lead in known if lead.status in OPEN]
    assert len(of_whom) == len(set(of_whom))


def nobody_waits_without_somebody_to_answer(
    tx: Tx, known: Sequence[Any], team: Mapping[int, Teammate | None], now: datetime
) -> None:
    stood = {(row.lead_id, row.place) for row in tx.execute(sa.select(cards))}
    promised = tx.execute(sa.select(outbox).where(outbox.c.status.in_(["pending", "done"]))).all()
    promised = [item for item in promised if item.payload]
    coming = {(item.payload["lead"], item.payload["place"]) for item in promised if item.kind == "card"}
    relayed = {(item.payload["message"], item.destination) for item in promised if item.kind == "relay"}
    for lead in known:
        if lead.waiting_since is None:
            continue
        if lead.owner_id is None:
            place = "sales" if lead.status == Status.OFFERED else "marketing"
            assert (lead.id, place) in stood | coming, lead
            continue
        owner = team[lead.owner_id]
        assert owner is not None
        answered = pending_answers(tx, lead.id)  # on its way: he does not wait, though it is not there yet
        assert answered or lead.snoozed_until is not None or not owner.is_away(now), (lead, owner)
        for message_id in _unanswered(tx, lead):
            assert (message_id, f"telegram:{owner.telegram_id}") in relayed, (lead, message_id)


def what_is_forgotten_leaves_no_trace(tx: Tx, known: Sequence[Any], forgotten: set[int]) -> None:
    gone = [lead.id for lead in known if lead.contact_id in forgotten]
    for table in (cards, desks, deadlines, messages):
        assert not tx.execute(sa.select(table.c.id).where(table.c.lead_id.in_(gone))).all(), table
    assert not [lead for lead in known if lead.id in gone and lead.status in OPEN]


def rejections_stand_on_cards_that_are_there(tx: Tx, known: Sequence[Any], forgotten: set[int]) -> None:
    """A joined rejection names the first of its card, which itself is joined to none; and each open one is shown."""
    cases = {row.id: row for row in tx.execute(sa.select(feedback).order_by(feedback.c.id))}
    of_whom = {lead.id: lead for lead in known}
    stood = {(row.lead_id, row.place) for row in tx.execute(sa.select(cards))}
    promised = tx.execute(sa.select(outbox.c.payload).where(outbox.c.kind == "card", outbox.c.status == "pending"))
    shown = stood | {(item.payload["lead"], item.payload["place"]) for item in promised if item.payload}
    for case in cases.values():
        if case.joined_id is not None:
            assert cases[case.joined_id].joined_id is None, case
        if case.state == "open" and of_whom[case.lead_id].contact_id not in forgotten:
            first = cases[case.joined_id or case.id]
            assert {(case.lead_id, "feedback"), (first.lead_id, f"joined:{first.id}")} & shown, case


def the_report_counts_what_stands(tx: Tx, log: Sequence[Any], known: Sequence[Any], now: datetime) -> None:
    """What the queries say, counted again row by row."""
    taken_back = {event.undoes_id for event in log}
    stands = [event for event in log if event.id not in taken_back]
    period = Period.between(now.date() - timedelta(days=900), now.date() + timedelta(days=2), "UTC")
    counted = kpi_queries.leads_by_event(tx, period)
    for kind in ("claimed", "won", "lost", "rejected"):
        assert counted.get(kind, 0) == len({event.lead_id for event in stands if event.kind == kind}), kind
    won = [lead for lead in known if lead.status == Status.WON]
    assert {lead.id for lead in won} == {event.lead_id for event in stands if event.kind == "won"}
    booked = bookings(kpi_queries.amounts_of_sales(tx, period))
    kept = [(lead.currency, lead.amount) for lead in won if lead.amount]
    revenue = add_money((one.currency, one.amount) for one in booked)
    assert {currency: total for currency, total in revenue.items() if total} == add_money(kept)


def _unanswered(tx: Tx, lead: Any) -> list[int]:
    said = sa.select(messages.c.id).where(
        messages.c.lead_id == lead.id,
        messages.c.direction == Direction.INBOUND,
        messages.c.kind != MessageKind.START,
        messages.c.at >= lead.waiting_since,
    )
    return list(tx.scalars(said))
