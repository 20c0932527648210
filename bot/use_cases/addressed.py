"""For which customers a teammate's words may be meant."""

from bot.domain.policy import Policy
from bot.storage.cards import card_at
from bot.storage.desks import desk_of_thread, open_desks
from bot.storage.leads import Lead, get_lead, open_lead_of
from bot.storage.messages import message_at
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.recognise_topic import OwnTopic, meant_by_title
from bot.use_cases.team_message import TeamMessage


def addressed_leads(tx: Tx, message: TeamMessage, mate: Teammate, *, internal: bool) -> tuple[list[Lead], bool]:
    """The leads a message may be meant for, and whether that is certain.

    By what it quotes, by its topic, else his open conversations here. A reply to something else, such as a question of
    the bot that was answered long ago, or a topic that we do not know, may be meant for any of them, or for none.
    """
    certain = True
    if message.reply_to is not None:
        quoted = message_at(tx, message.chat, str(message.reply_to))
        card = card_at(tx, message.chat_id, message.reply_to)
        lead_id = quoted.lead_id if quoted else card.lead_id if card else None
        if lead_id is None:
            certain = False
        elif message.private or internal or card is None or card.place.startswith("desk:"):
            return _current(tx, lead_id), True
    if message.thread_id is not None:
        if desk := desk_of_thread(tx, message.chat_id, message.thread_id):
            return _current(tx, desk.lead_id), certain
        certain = False
    if not message.private:
        return [], certain
    found = [get_lead(tx, desk.lead_id) for desk in open_desks(tx, mate.id, message.chat_id)]
    return [lead for lead in found if lead is not None], certain


def leads_by_title(tx: Tx, topic: OwnTopic, mate: Teammate, policy: Policy, *, internal: bool) -> list[Lead]:
    """For whom words in a topic of ours that we do not know may be: whose name it bears, then his other talks here.

    None of them is certain. A note, which leaves the house in no case, is for those who bear the name.
    """
    titled = meant_by_title(tx, topic, policy)
    here = titled if internal else [*titled, *open_desks(tx, mate.id, topic.chat_id)]
    found = [lead for desk in here for lead in _current(tx, desk.lead_id)]
    return list({lead.id: lead for lead in found}.values())


def _current(tx: Tx, lead_id: int) -> list[Lead]:
    """A talk goes on with the contact's open lead, also where the quoted message belonged to an earlier one."""
    lead = get_lead(tx, lead_id)
    return [] if lead is None else [open_lead_of(tx, lead.contact_id) or lead]
