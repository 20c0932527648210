"""Which group is sales, which marketing, which the managers'."""

from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import FeedbackState, Status
from bot.storage.boards import drop_boards_in
from bot.storage.cards import TEAM_PLACES, drop_card, drop_cards_in
from bot.storage.outbox import drop_kinds, redirect
from bot.storage.store.base import Tx, insert
from bot.storage.tables import desks, digests, feedback, leads, marks, prompts
from bot.storage.team import bind_chat, get_team_chats, move_chat
from bot.use_cases.promises import show_card, team_destination


def adopt_settings(tx: Tx, wanted: dict[str, int | None], now: datetime) -> None:
    """Takes chat ids from the environment. A stored binding wins, unless the environment itself was changed since."""
    bound = get_team_chats(tx).bound
    for purpose, chat_id in wanted.items():
        if chat_id is None:
            continue
        changed = _remember(tx, f"env:{purpose}", str(chat_id))
        if purpose not in bound or changed:
            bind_purpose(tx, purpose, chat_id, None, now)


def bind_purpose(tx: Tx, purpose: str, chat_id: int, title: str | None, now: datetime) -> None:
    """Binds the chat and shows there what waits for its people."""
    before = get_team_chats(tx)
    bind_chat(tx, purpose, chat_id, title, now)
    after = get_team_chats(tx)
    moved = {
        "sales": before.sales != after.sales,
        "marketing": before.marketing != after.marketing,
        "feedback": before.marketing != after.marketing,
        "dispute": before.managers != after.managers,
    }
    for place, is_moved in moved.items():
        for lead_id in _waiting_at(tx, place) if is_moved else ():
            drop_card(tx, lead_id, place)
            show_card(tx, lead_id, place, now)


def migrate_group(tx: Tx, old: int, new: int, now: datetime) -> bool:
    """A group became a supergroup: everything that pointed at the old chat follows, and open cards are shown anew.

    False when no team chat moved, or it had moved before: what is on its way to the old chat is redirected then too.
    """
    moved = move_chat(tx, old, new)
    drop_kinds(tx, team_destination(old), ("tick", "remove", "board"), now)  # the new chat has none of the old messages
    redirect(tx, team_destination(old), team_destination(new))
    tx.execute(desks.update().where(desks.c.chat_id == old).values(chat_id=new, thread_id=None))
    tx.execute(prompts.delete().where(prompts.c.chat_id == old))
    tx.execute(digests.update().where(digests.c.chat_id == old).values(chat_id=new))
    dropped = drop_cards_in(tx, old)
    drop_boards_in(tx, old)
    for place in TEAM_PLACES:
        waiting = set(_waiting_at(tx, place))
        for lead_id in sorted(lead_id for lead_id, where in dropped if where == place and lead_id in waiting):
            show_card(tx, lead_id, place, now)
    return moved


def _waiting_at(tx: Tx, place: str) -> list[int]:
    """The leads whose card in this place calls for a decision, hottest first."""
    if place in ("feedback", "dispute"):
        state = FeedbackState.OPEN if place == "feedback" else FeedbackState.DISPUTED
        return list(tx.scalars(sa.select(feedback.c.lead_id).where(feedback.c.state == state).order_by(feedback.c.id)))
    calling = [leads.c.status == Status.OFFERED]
    if place == "marketing":
        calling = [leads.c.status == Status.NURTURING, leads.c.owner_id.is_(None), leads.c.waiting_since.is_not(None)]
    return list(tx.scalars(sa.select(leads.c.id).where(*calling).order_by(leads.c.score.desc(), leads.c.id)))


def _remember(tx: Tx, name: str, value: str) -> bool:
    """Stores a mark; True when it differs from what was stored before."""
    before = tx.scalar(sa.select(marks.c.value).where(marks.c.name == name))
    if before == value:
        return False
    tx.execute(
        insert(tx, marks)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
    return True
