"""A lead goes from one owner to another; its status stays."""

from datetime import datetime

from bot.domain.leads import DeadlineKind, LeadEvent
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.leads import Lead, log, update_lead
from bot.storage.outbox import drop_lane
from bot.storage.places import close_questions, get_desk
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.claim_lead import open_conversation
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.promised_times import expect_answer, wake
from bot.use_cases.promises import desk_lane, refresh_cards


def transfer(tx: Tx, lead: Lead, to: Teammate, actor: int | None, policy: Policy, now: datetime) -> None:
    """`lead` is locked by this unit and owned by sales."""
    desk = get_desk(tx, lead.id)
    if desk is not None:
        drop_lane(tx, desk_lane(desk), now)
    close_questions(tx, lead.id)
    withdraw_answers(tx, lead, policy, now)
    update_lead(tx, lead.id, owner_id=to.id, former_owner_id=lead.owner_id, claimed_at=now)
    log(tx, lead.id, LeadEvent.TRANSFERRED, now, actor=actor, data={"from": lead.owner_id, "to": to.id})
    wake(tx, lead, "transferred", now)
    clear_deadlines(tx, lead.id, DeadlineKind.ANSWER, DeadlineKind.REOFFER)
    expect_answer(tx, lead.id, policy, now)
    open_conversation(tx, lead, to, policy.conversations, now)
    refresh_cards(tx, lead.id, now)
