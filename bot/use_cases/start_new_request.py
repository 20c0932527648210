"""The former owner says that a late word was a new request after all."""

from datetime import datetime

from bot.domain.policy import Policy
from bot.domain.scoring import handoff
from bot.storage.leads import get_lead, lock_lead, open_lead_of, update_lead
from bot.storage.messages import set_lead_of
from bot.storage.store.base import Tx
from bot.use_cases.claim_lead import Claimed, claim_lead, owner_name
from bot.use_cases.hand_off_lead import hand_off
from bot.use_cases.pass_on_late_word import late_words_of
from bot.use_cases.receive_message import open_new_lead
from bot.use_cases.score_lead import rescore
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, TooLate, teammate_with


def start_new_request(tx: Tx, closed_lead_id: int, person: Person, policy: Policy, now: datetime) -> Claimed | Refusal:
    """A new lead for the same contact, claimed at once by whom the late word reached."""
    mate = teammate_with(tx, person, "sales", policy, now)
    if mate is None:
        return NotAllowed("sales")
    closed = lock_lead(tx, closed_lead_id)
    if closed is None:
        return Gone()
    if (current := open_lead_of(tx, closed.contact_id)) is not None:
        return TooLate(current.status)
    if closed.owner_id != mate.id:
        return NotYours(owner_name(tx, closed))
    late = late_words_of(tx, closed.contact_id)
    lead = open_new_lead(tx, closed.contact_id, closed.channel, now)
    for message in late:
        set_lead_of(tx, message.id, lead.id)
    since = min((message.at for message in late), default=None)
    update_lead(tx, lead.id, first_inbound_at=since, waiting_since=since)
    score = rescore(tx, lead, policy.rules, now)
    fresh = get_lead(tx, lead.id)
    assert fresh is not None
    hand_off(tx, fresh, policy, now, actor=mate.id, why="score" if handoff(score, policy.rules) else "new request")
    claimed = claim_lead(tx, lead.id, person, policy, now)
    assert isinstance(claimed, Claimed)
    return claimed
