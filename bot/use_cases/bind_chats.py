"""Which group is sales, which marketing, which the managers'."""

from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import FeedbackState, Status
from bot.storage.outbox import redirect
from bot.storage.places import drop_card, drop_cards_in
from bot.storage.store.base import Tx, insert
from bot.storage.tables import desks, feedback, leads, marks, prompts
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
    """Binds the chat and shows there what has waited for one."""
    before = get_team_chats(tx)
    bind_chat(tx, purpose, chat_id, title, now)
    after = get_team_chats(tx)
    if after.sales is not None and before.sales != after.sales:
        for lead_id in _ids(tx, leads.c.status == Status.OFFERED):
            _move_card(tx, lead_id, "sales", now)
    if after.marketing is not None and before.marketing != after.marketing:
        waiting = sa.and_(leads.c.status == Status.NURTURING, leads.c.waiting_since.is_not(None))
        for lead_id in _ids(tx, waiting):
            _move_card(tx, lead_id, "marketing", now)
        for lead_id in tx.scalars(sa.select(feedback.c.lead_id).where(feedback.c.state == FeedbackState.OPEN)).all():
            _move_card(tx, lead_id, "feedback", now)


def migrate_group(tx: Tx, old: int, new: int, now: datetime) -> bool:
    """A group became a supergroup: everything that pointed at the old chat follows, and open cards are shown anew."""
    if not move_chat(tx, old, new):
        return False
    redirect(tx, team_destination(old), team_destination(new))
    tx.execute(desks.update().where(desks.c.chat_id == old).values(chat_id=new, thread_id=None))
    tx.execute(prompts.delete().where(prompts.c.chat_id == old))
    for lead_id, place in drop_cards_in(tx, old):
        if place in ("sales", "marketing", "feedback", "dispute"):
            show_card(tx, lead_id, place, now)
    return True


def _ids(tx: Tx, condition: sa.ColumnElement[bool]) -> list[int]:
    return list(tx.scalars(sa.select(leads.c.id).where(condition).order_by(leads.c.score.desc(), leads.c.id)))


def _move_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    drop_card(tx, lead_id, place)
    show_card(tx, lead_id, place, now)


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
