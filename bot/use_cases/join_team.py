"""Who is in the team's chats, who opened the bot, and what happens when somebody leaves."""

from datetime import datetime

from bot.domain.leads import Status, TakenBack
from bot.domain.policy import Policy
from bot.storage.leads import lock_open_leads_of, open_lead_of
from bot.storage.outbox import drop_kinds, release_held
from bot.storage.people import set_reachable
from bot.storage.store.base import Tx
from bot.storage.team import (
    Teammate,
    find_or_add_teammate,
    lock_teammate,
    record_membership,
    roles_of,
    teammate_by_telegram,
    update_teammate,
)
from bot.use_cases.keep_consent import tell_owner
from bot.use_cases.promises import refresh_cards, team_destination
from bot.use_cases.take_back import take_back
from bot.use_cases.team import Person

FOR_THE_TEAM = ("relay", "relay_edit", "say", "ask", "view", "remind")
"""What tells of customers in a private chat; his cards stay, to be edited into what says nothing any more."""


def record_member(tx: Tx, telegram_id: int, chat_id: int, status: str, policy: Policy, now: datetime) -> None:
    """Keeps the table of rights; who has lost his role loses his open leads in the same transaction."""
    lock_teammate(tx, telegram_id)
    record_membership(tx, telegram_id, chat_id, status, now)
    mate = teammate_by_telegram(tx, telegram_id)
    if mate is not None:
        give_up_leads(tx, mate, policy, now)


def give_up_leads(tx: Tx, mate: Teammate, policy: Policy, now: datetime) -> None:
    """Offers again what a teammate may no longer work; nothing more reaches him or passes from him."""
    roles = roles_of(tx, mate.telegram_id, policy.admins)
    if not roles:
        drop_kinds(tx, team_destination(mate.telegram_id), FOR_THE_TEAM, now)
    for lead in lock_open_leads_of(tx, mate.id):
        if ("marketing" if lead.status is Status.NURTURING else "sales") not in roles:
            take_back(tx, lead, TakenBack.LEFT, policy, now)


def open_bot(tx: Tx, person: Person, now: datetime) -> Teammate:
    """The teammate opened his private chat with the bot: what waited for that goes out."""
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    if mate.opened_at is None:
        update_teammate(tx, mate.id, opened_at=now)
    release_held(tx, team_destination(person.telegram_id), now)
    return mate


def close_bot(tx: Tx, telegram_id: int) -> None:
    """He blocked the bot, or never opened it: what is for him waits."""
    mate = teammate_by_telegram(tx, telegram_id)
    if mate is not None:
        update_teammate(tx, mate.id, opened_at=None)


def change_reach(tx: Tx, channel: str, telegram_id: int, reachable: bool, now: datetime) -> None:
    """Somebody, a customer or a teammate, blocked the bot or let it in again."""
    contact_id = set_reachable(tx, channel, str(telegram_id), reachable)
    lead = open_lead_of(tx, contact_id) if contact_id is not None else None
    if lead is not None:
        refresh_cards(tx, lead.id, now)
        tell_owner(tx, lead, "told.unblocked" if reachable else "told.blocked", now)
    mate = teammate_by_telegram(tx, telegram_id)
    if mate is None:
        return
    if reachable:
        open_bot(tx, Person(mate.telegram_id, mate.name, mate.username), now)
    else:
        close_bot(tx, telegram_id)


def play_customer(tx: Tx, person: Person, plays: bool, now: datetime) -> Teammate:
    mate = open_bot(tx, person, now)
    update_teammate(tx, mate.id, plays_customer=plays)
    return mate
