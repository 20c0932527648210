"""A lead is taken from its owner: he has left, is away, or let the customer wait too long."""

from datetime import datetime

from bot.domain.leads import OWED_IN, LeadEvent, Status, TakenBack
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.desks import get_desk
from bot.storage.leads import Lead, get_lead, log, update_lead
from bot.storage.outbox import drop_lane
from bot.storage.store.base import Tx
from bot.storage.team import get_teammate
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.promised_times import expect_next_step, is_answer_due
from bot.use_cases.promises import desk_lane, refresh_cards, repost_card


def take_back(tx: Tx, lead: Lead, why: TakenBack, policy: Policy, now: datetime) -> None:
    """`lead` is locked by this unit. Its department is offered it again; the customer notices nothing."""
    desk = get_desk(tx, lead.id)
    if desk is not None:
        drop_lane(tx, desk_lane(desk), now)
    data = {"why": why, "from": lead.owner_id}
    if lead.status is Status.NURTURING:
        clear_deadlines(tx, lead.id, *OWED_IN)
        update_lead(tx, lead.id, owner_id=None, former_owner_id=lead.owner_id, snoozed_until=None)
        log(tx, lead.id, LeadEvent.TAKEN_BACK, now, data=data)
        withdraw_answers(tx, lead, policy, now)
        repost_card(tx, lead.id, "marketing", now)
        expect_next_step(tx, lead.id, policy, now)
    else:
        offer_again(tx, lead, LeadEvent.TAKEN_BACK, policy, now, data=data)
    refresh_cards(tx, lead.id, now)


def expect_somebody(tx: Tx, lead_id: int, policy: Policy, now: datetime) -> None:
    """A lead has come back to life: its owner's time runs, or where he is away and somebody waits, his colleagues'."""
    lead = get_lead(tx, lead_id)
    owner = get_teammate(tx, lead.owner_id) if lead is not None and lead.owner_id is not None else None
    if lead is not None and owner is not None and owner.is_away(now) and is_answer_due(lead, now):
        take_back(tx, lead, TakenBack.AWAY, policy, now)
    else:
        expect_next_step(tx, lead_id, policy, now)
