"""The third rejection of a day for the same reason from one campaign: all of them on one card."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.kpi.periods import day_start
from bot.domain.leads import FeedbackState
from bot.domain.policy import Policy
from bot.storage.cards import drop_card
from bot.storage.feedback import Feedback, alike, feedback_on_card, joined_with, lock_feedback, settle, update_feedback
from bot.storage.leads import lock_lead
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads, touches
from bot.storage.team import get_teammate
from bot.use_cases.ask_marketer import marketer_on, withdraw_questions
from bot.use_cases.promises import joined_place, refresh_card, refresh_cards, repost_card, show_card, take_away_card
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with

JOINED_FROM = 3


@dataclass(frozen=True, slots=True)
class AllSettled:
    count: int


@dataclass(frozen=True, slots=True)
class JoinedCase:
    """One rejection on a joined card."""

    feedback: Feedback
    name: str
    rejected_by: str | None
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class JoinedView:
    reason: str
    source: str | None
    campaign: str | None
    cases: list[JoinedCase]


def show_feedback(tx: Tx, case: Feedback, policy: Policy, now: datetime) -> None:
    """A new rejection before marketing: on a card of its own, or with those that are like it."""
    today = now.astimezone(ZoneInfo(policy.hours.zone)).date()
    since, until = day_start(today, policy.hours.zone), day_start(today + timedelta(days=1), policy.hours.zone)
    group = alike(tx, case.lead_id, case.reason, since, until)
    if group:
        lock_feedback(tx, group[0].id)
        group = alike(tx, case.lead_id, case.reason, since, until)
    if len(group) < JOINED_FROM:
        drop_card(tx, case.lead_id, "feedback")  # a lead rejected again is a new feedback, and a new message
        show_card(tx, case.lead_id, "feedback", now)
        return
    first_id = next((one.joined_id for one in group if one.joined_id is not None), group[0].id)
    before = feedback_on_card(tx, first_id)
    joined = {one.id for one in before} if len(before) > 1 else set()
    drop_card(tx, case.lead_id, "feedback")
    for one in group:
        if one.id != first_id:
            update_feedback(tx, one.id, joined_id=first_id)
        if one.id not in joined and one.state is FeedbackState.OPEN:
            take_away_card(tx, one.lead_id, "feedback", now)
    (first, *_) = feedback_on_card(tx, first_id)
    if any(one.state is FeedbackState.OPEN for one in group if one.id in joined):
        show_card(tx, first.lead_id, joined_place(first_id), now)
    else:
        repost_card(tx, first.lead_id, joined_place(first_id), now)  # an edit of what was settled would call nobody


def refresh_feedback(tx: Tx, case: Feedback, now: datetime) -> None:
    """All cards that tell of this rejection, also the one it shares with others."""
    refresh_cards(tx, case.lead_id, now)
    first_id = case.joined_id or case.id
    for one in feedback_on_card(tx, first_id)[:1]:
        refresh_card(tx, one.lead_id, joined_place(first_id), now)


def leave_joined_cards(tx: Tx, lead_ids: Collection[int], now: datetime) -> None:
    """Leads of somebody who is forgotten: what stood on a card with them stands there without him, or alone."""
    for first_id in joined_with(tx, lead_ids):
        (first, *others) = feedback_on_card(tx, first_id)
        if first.lead_id not in lead_ids:
            refresh_card(tx, first.lead_id, joined_place(first_id), now)
            continue
        for case in others:  # the card itself is being erased
            if case.state is FeedbackState.OPEN:
                show_card(tx, case.lead_id, "feedback", now)


def agree_to_all(tx: Tx, first_id: int, person: Person, policy: Policy, now: datetime) -> AllSettled | Refusal:
    """Whatever on the joined card nobody has settled yet."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    for lead_id in sorted(case.lead_id for case in feedback_on_card(tx, first_id)):
        lock_lead(tx, lead_id)
    group = feedback_on_card(tx, first_id)
    if not group:
        return Gone()
    settled = [case for case in group if settle(tx, case, FeedbackState.AGREED, now, settled_by=mate.id)]
    if not settled:
        return TooLate(FeedbackState.AGREED)
    for case in settled:
        withdraw_questions(tx, case.lead_id, now)
        refresh_cards(tx, case.lead_id, now)
    refresh_card(tx, group[0].lead_id, joined_place(first_id), now)
    return AllSettled(len(settled))


def show_own_card(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """From a list or a joined card: this one's own card comes, to be disputed or warmed up."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    repost_card(tx, lead_id, "feedback", now)
    return None


def view_joined(tx: Tx, first_id: int, policy: Policy) -> JoinedView | None:
    group = feedback_on_card(tx, first_id)
    if not group:
        return None
    about = tx.execute(
        sa.select(leads.c.id, contacts.c.name, touches.c.source, touches.c.campaign)
        .select_from(leads.join(contacts).outerjoin(touches, touches.c.id == leads.c.first_touch_id))
        .where(leads.c.id.in_([case.lead_id for case in group]))
    )
    of_lead = {row.id: row for row in about}
    first = of_lead[group[0].lead_id]
    cases = [
        JoinedCase(
            replace(case, note=policy.hide(case.note) if case.note else None),
            policy.hide(of_lead[case.lead_id].name),
            _name(tx, case.rejected_by),
            _name(tx, case.judged_by or case.settled_by),
        )
        for case in group
    ]
    return JoinedView(group[0].reason, first.source, first.campaign, cases)


def _name(tx: Tx, teammate_id: int | None) -> str | None:
    mate = get_teammate(tx, teammate_id) if teammate_id is not None else None
    return mate.name if mate else None
