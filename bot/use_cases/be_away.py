"""A teammate is away until a date: his customers notice nothing, and no one of them is left alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import LeadEvent, TakenBack
from bot.domain.moments import has_come, offered_absences, parse_moment
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import lock_open_leads_of
from bot.storage.messages import pending_answers
from bot.storage.prompts import Prompt, add_prompt, close_prompt
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events, leads, teammates
from bot.storage.team import Teammate, get_teammate, lock_teammate, update_teammate
from bot.use_cases.promised_notices import ask, say, show_view
from bot.use_cases.promised_times import is_answer_due
from bot.use_cases.seat import Asked
from bot.use_cases.take_back import take_back
from bot.use_cases.team import NotAllowed, Past, Person, teammate_with


@dataclass(frozen=True, slots=True)
class WentAway:
    until: datetime
    given_away: int


def go_away(tx: Tx, mate: Teammate, until: datetime, policy: Policy, now: datetime) -> int:
    """Who waits for him now goes to his colleagues at once; who writes later, then. How many went now.

    Who has his answer already, though it is still on its way, does not wait.
    """
    lock_teammate(tx, mate.telegram_id)
    since = mate.away_since if mate.is_away(now) else now
    update_teammate(tx, mate.id, away_since=since, away_until=until)
    owned = lock_open_leads_of(tx, mate.id)
    waiting = [lead for lead in owned if is_answer_due(lead, now) and not pending_answers(tx, lead.id)]
    for lead in waiting:
        take_back(tx, lead, TakenBack.AWAY, policy, now)
    values: dict[str, Any] = {"count": len(waiting)} if waiting else {}
    say(tx, mate.telegram_id, "away.given_away" if waiting else "away.gone", now, moment=until.isoformat(), **values)
    return len(waiting)


def be_away_until(
    tx: Tx, _lead_id: int, until: datetime | None, person: Person, policy: Policy, now: datetime
) -> WentAway | Asked | Past | NotAllowed:
    """A tap on one of the moments under /away; without one it is asked for."""
    mate = teammate_in(tx, person, policy, now)
    if mate is None:
        return NotAllowed("sales")
    if until is None:
        _ask_until(tx, mate, "ask.away", now)
        return Asked("tap.asked")
    if has_come(until, now):
        return Past()
    return WentAway(until, go_away(tx, mate, until, policy, now))


def answer_away(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """Until when, in words; what names no moment to come is asked for again, with examples."""
    close_prompt(tx, prompt.id)
    mate = teammate_in(tx, person, policy, now)
    if mate is not None and not leave_in_words(tx, mate, text, policy, now):
        _ask_until(tx, mate, "ask.when_again", now)


def leave_in_words(tx: Tx, mate: Teammate, words: str, policy: Policy, now: datetime) -> bool:
    """«до пятницы»: he is away until then, and is told so. False when the words name no moment to come."""
    until = parse_moment(words, policy.hours.zone, now)
    if until is None:
        return False
    go_away(tx, mate, until, policy, now)
    return True


def absences_to_choose(policy: Policy, now: datetime) -> dict[str, object]:
    return {"asked": now.isoformat(), "moments": [at.isoformat() for at in offered_absences(policy.hours, now)]}


def teammate_in(tx: Tx, person: Person, policy: Policy, now: datetime) -> Teammate | None:
    """Whoever owns leads may be away from them: salespeople and marketers."""
    return teammate_with(tx, person, "sales", policy, now) or teammate_with(tx, person, "marketing", policy, now)


def come_back(tx: Tx, mate: Teammate, now: datetime) -> bool:
    """He is told what his colleagues took over meanwhile. False when he was not away."""
    lock_teammate(tx, mate.telegram_id)
    current = get_teammate(tx, mate.id)
    if current is None or current.away_until is None:
        return False
    gone = leads_given_away(tx, current)
    update_teammate(tx, mate.id, away_since=None, away_until=None)
    show_view(tx, "back", mate.telegram_id, None, now, leads=gone, teammate=mate.telegram_id)
    return True


def returned(tx: Tx, now: datetime) -> list[int]:
    """Ids of the teammates whose absence is over."""
    return list(tx.scalars(sa.select(teammates.c.id).where(teammates.c.away_until <= now)))


def end_absence(tx: Tx, teammate_id: int, now: datetime) -> None:
    mate = get_teammate(tx, teammate_id)
    if mate is not None and not mate.is_away(now):
        come_back(tx, mate, now)


def leads_given_away(tx: Tx, mate: Teammate) -> list[int]:
    """Leads that were taken from him since he went away, and are not his again."""
    data = lead_events.c.data
    taken = (
        sa.select(lead_events.c.lead_id)
        .distinct()
        .select_from(lead_events.join(leads))
        .where(
            lead_events.c.kind == LeadEvent.TAKEN_BACK,
            lead_events.c.at >= mate.away_since,
            data["why"].as_string() == TakenBack.AWAY,
            data["from"].as_integer() == mate.id,
            leads.c.owner_id.is_distinct_from(mate.id),
        )
        .order_by(lead_events.c.lead_id)
    )
    return list(tx.scalars(taken))


def _ask_until(tx: Tx, mate: Teammate, text: str, now: datetime) -> None:
    chat_id = mate.telegram_id
    ask(tx, add_prompt(tx, mate.id, "away", chat_id, None, now, now + PROMPT_LIFE, data={"text": text}), chat_id, now)
