"""What was shown where: cards, desks and prompts. No Telegram id ever reaches a lead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import ANSWER_OWED, OPEN, Status
from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, new_id, rows_by
from bot.storage.tables import cards, deadlines, desks, leads, mentions, prompts, teammates

TEAM_PLACES = ("sales", "marketing", "feedback", "dispute")
"""Where the team's chats show cards; besides, each owner has one at his desk."""


def desk_place(teammate_id: int) -> str:
    return f"desk:{teammate_id}"


CARD_CHOICES = ("more", "loss", "reject", "called", "call_back", "later", "transfer")
"""What a desk card asks by buttons in place of its usual ones; one is open at a time."""

FEEDBACK_CHOICES = ("warm", "dispute", "duplicate")
"""The same on marketing's cards."""

MARKETING_QUESTIONS = ("warm_day", "dispute_comment", "duplicate_number", "handoff_note")
"""What a marketer answers in words."""

_ABOUT_FATE = (
    *("amount", "purchase", "refund", "reject_note", "transfer_note", "until_when", "call_when"),
    *MARKETING_QUESTIONS,
)

WORD_QUESTIONS = (*_ABOUT_FATE, "value", "link", "away")
"""What is answered in words."""

FATE_QUESTIONS = (*CARD_CHOICES, *FEEDBACK_CHOICES, *_ABOUT_FATE)
"""What is asked about what shall become of a lead."""


@dataclass(frozen=True, slots=True)
class Card:
    lead_id: int
    place: str
    chat_id: int
    thread_id: int | None
    message_id: int
    content: str | None = None
    """A digest of what the message shows; None when nobody knows."""
    board_id: int | None = None
    """The message is a board, on which the lead is one of many."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the talk of one lead goes on with its owner: a topic, or the whole private chat (`thread_id` None)."""

    lead_id: int
    teammate_id: int
    chat_id: int
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class Prompt:
    id: int
    teammate_id: int
    lead_id: int | None
    kind: str
    chat_id: int
    thread_id: int | None
    message_id: int | None
    data: Mapping[str, Any]


_CARD = tuple(cards.c[name] for name in Card.__dataclass_fields__)
_DESK = tuple(desks.c[name] for name in Desk.__dataclass_fields__)
_PROMPT = [prompts.c[name] for name in Prompt.__dataclass_fields__]


def get_card(tx: Tx, lead_id: int, place: str) -> Card | None:
    row = hot.first(tx, rows_by(_CARD, "lead_id", "place"), {"lead_id": lead_id, "place": place})
    return Card(*row) if row is not None else None


def card_at(tx: Tx, chat_id: int, message_id: int) -> Card | None:
    """Whose card this message is. A board is nobody's alone."""
    here = (cards.c.chat_id == chat_id, cards.c.message_id == message_id, cards.c.board_id.is_(None))
    row = tx.execute(sa.select(*_CARD).where(*here)).first()
    return Card(**row._mapping) if row is not None else None


def put_card(tx: Tx, card: Card, now: datetime) -> None:
    place = {
        "chat_id": card.chat_id,
        "thread_id": card.thread_id,
        "message_id": card.message_id,
        "content": card.content,
        "board_id": card.board_id,
        "shown_at": now,
    }
    tx.execute(
        insert(tx, cards)
        .values(lead_id=card.lead_id, place=card.place, **place)
        .on_conflict_do_update(index_elements=["lead_id", "place"], set_=place)
    )


def set_card_content(tx: Tx, lead_id: int, place: str, content: str) -> None:
    tx.execute(cards.update().where(cards.c.lead_id == lead_id, cards.c.place == place).values(content=content))


def drop_card(tx: Tx, lead_id: int, place: str) -> None:
    tx.execute(cards.delete().where(cards.c.lead_id == lead_id, cards.c.place == place))


def drop_cards_in(tx: Tx, chat_id: int) -> list[tuple[int, str]]:
    """Forgets every card in a chat; `(lead id, place)` of each."""
    gone = tx.execute(cards.delete().where(cards.c.chat_id == chat_id).returning(cards.c.lead_id, cards.c.place))
    return [(row.lead_id, row.place) for row in gone]


def add_mention(tx: Tx, lead_id: int, chat_id: int, message_id: int) -> None:
    """Another message of ours tells of this lead."""
    tx.execute(
        insert(tx, mentions)
        .values(lead_id=lead_id, chat_id=chat_id, message_id=message_id)
        .on_conflict_do_nothing(index_elements=["lead_id", "chat_id", "message_id"])
    )


def cards_of(tx: Tx, lead_id: int) -> list[Card]:
    return [Card(*row) for row in hot.rows(tx, rows_by(_CARD, "lead_id"), {"lead_id": lead_id})]


def cards_near(tx: Tx, lead_ids: Collection[int], chat_id: int) -> dict[int, tuple[int, int]]:
    """Chat and message of a card of each lead that has one in a team chat: in this chat, or else in another."""
    rows = tx.execute(
        sa.select(cards.c.lead_id, cards.c.chat_id, cards.c.message_id)
        .where(cards.c.lead_id.in_(list(lead_ids)), cards.c.place.in_(TEAM_PLACES))
        .order_by(cards.c.chat_id == chat_id, cards.c.id.desc())
    )
    return {row.lead_id: (row.chat_id, row.message_id) for row in rows}  # of several the last one stays


def get_desk(tx: Tx, lead_id: int) -> Desk | None:
    row = hot.first(tx, rows_by(_DESK, "lead_id"), {"lead_id": lead_id})
    return Desk(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Post:
    """Who owns a lead and where he talks with its customer, as it is now: what every message asks, at one go."""

    desk: Desk | None
    head_id: int | None
    """The message of the card that says who is speaking there."""
    contact_id: int
    status: Status
    telegram_id: int
    opened_at: datetime | None
    away_until: datetime | None
    owes: bool
    """Until when he must answer is set already."""

    def is_away(self, now: datetime) -> bool:
        return self.away_until is not None and self.away_until > now


def get_post(tx: Tx, lead_id: int) -> Post | None:
    """None for a lead that nobody owns."""
    row = hot.first(tx, _post, {"lead_id": lead_id})
    if row is None:
        return None
    lead, mate, chat, thread, head, contact, status, *rest = row
    desk = Desk(lead, mate, chat, thread) if chat is not None else None
    return Post(desk, head, contact, Status(status), *rest)


_own_place = sa.literal_column("'desk:'", sa.Text) + sa.cast(leads.c.owner_id, sa.Text)
"""As `desk_place` has it."""

_owes = sa.exists().where(
    deadlines.c.lead_id == leads.c.id,
    deadlines.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in ANSWER_OWED]),
)
_post = (
    sa.select(
        leads.c.id,
        leads.c.owner_id,
        desks.c.chat_id,
        desks.c.thread_id,
        cards.c.message_id,
        leads.c.contact_id,
        leads.c.status,
        teammates.c.telegram_id,
        teammates.c.opened_at,
        teammates.c.away_until,
        _owes.label("owes"),
    )
    .select_from(
        leads.join(teammates, teammates.c.id == leads.c.owner_id)
        .outerjoin(desks, sa.and_(desks.c.lead_id == leads.c.id, desks.c.teammate_id == leads.c.owner_id))
        .outerjoin(cards, sa.and_(cards.c.lead_id == leads.c.id, cards.c.place == _own_place))
    )
    .where(leads.c.id == sa.bindparam("lead_id"))
)


def put_desk(tx: Tx, desk: Desk) -> None:
    place = {
        "teammate_id": desk.teammate_id,
        "chat_id": desk.chat_id,
        "thread_id": desk.thread_id,
        "introduced_at": None,
    }
    tx.execute(
        insert(tx, desks)
        .values(lead_id=desk.lead_id, **place)
        .on_conflict_do_update(index_elements=["lead_id"], set_=place)
    )


def is_introduced(tx: Tx, lead_id: int) -> bool:
    """Whether the customer has been told who answers him at this desk."""
    return tx.scalar(sa.select(desks.c.introduced_at).where(desks.c.lead_id == lead_id)) is not None


def mark_introduced(tx: Tx, lead_id: int, teammate_id: int, at: datetime) -> None:
    tx.execute(
        desks.update().where(desks.c.lead_id == lead_id, desks.c.teammate_id == teammate_id).values(introduced_at=at)
    )


def set_thread(tx: Tx, lead_id: int, thread_id: int | None) -> None:
    tx.execute(desks.update().where(desks.c.lead_id == lead_id).values(thread_id=thread_id))


def desk_of_thread(tx: Tx, chat_id: int, thread_id: int) -> Desk | None:
    """The newest desk in a topic."""
    row = tx.execute(
        sa.select(*_DESK)
        .where(desks.c.chat_id == chat_id, desks.c.thread_id == thread_id)
        .order_by(desks.c.id.desc())
        .limit(1)
    ).first()
    return Desk(**row._mapping) if row is not None else None


def desk_of_contact(tx: Tx, contact_id: int, teammate_id: int, chat_id: int) -> Desk | None:
    """Where this teammate last talked with this contact, in this chat."""
    row = tx.execute(
        sa.select(*_DESK)
        .select_from(desks.join(leads, leads.c.id == desks.c.lead_id))
        .where(leads.c.contact_id == contact_id, desks.c.teammate_id == teammate_id, desks.c.chat_id == chat_id)
        .order_by(desks.c.id.desc())
        .limit(1)
    ).first()
    return Desk(**row._mapping) if row is not None else None


def open_desks(tx: Tx, teammate_id: int, chat_id: int) -> list[Desk]:
    """The desks in this chat whose leads the teammate still owns."""
    rows = tx.execute(
        sa.select(*_DESK)
        .select_from(desks.join(leads, leads.c.id == desks.c.lead_id))
        .where(
            desks.c.chat_id == chat_id,
            desks.c.teammate_id == teammate_id,
            leads.c.owner_id == teammate_id,
            leads.c.status.in_(OPEN),
        )
        .order_by(desks.c.id)
    )
    return [Desk(**row._mapping) for row in rows]


def add_prompt(
    tx: Tx,
    teammate_id: int,
    kind: str,
    chat_id: int,
    thread_id: int | None,
    now: datetime,
    expires_at: datetime,
    *,
    lead_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Asks; an earlier question of the same kind about the same lead is thereby withdrawn."""
    if lead_id is not None:
        close_prompts(tx, teammate_id, kind, lead_id)
    return new_id(
        tx.execute(
            prompts.insert().values(
                teammate_id=teammate_id,
                lead_id=lead_id,
                kind=kind,
                chat_id=chat_id,
                thread_id=thread_id,
                data=dict(data or {}),
                created_at=now,
                expires_at=expires_at,
            )
        )
    )


def get_prompt(tx: Tx, prompt_id: int, now: datetime) -> Prompt | None:
    return _prompt(tx, now, prompts.c.id == prompt_id)


def prompt_at(tx: Tx, teammate_id: int, chat_id: int, message_id: int, now: datetime) -> Prompt | None:
    return _prompt(
        tx, now, prompts.c.teammate_id == teammate_id, prompts.c.chat_id == chat_id, prompts.c.message_id == message_id
    )


def prompt_being_asked(tx: Tx, teammate_id: int, chat_id: int, now: datetime) -> Prompt | None:
    """A question that has just gone out: the person may answer before we have written down where it stands."""
    return _prompt(
        tx,
        now,
        prompts.c.teammate_id == teammate_id,
        prompts.c.chat_id == chat_id,
        prompts.c.message_id.is_(None),
        prompts.c.kind.in_(WORD_QUESTIONS),
    )


def open_prompt(tx: Tx, teammate_id: int, kind: str, lead_id: int, now: datetime) -> Prompt | None:
    return _prompt(tx, now, prompts.c.teammate_id == teammate_id, prompts.c.kind == kind, prompts.c.lead_id == lead_id)


def question_here(tx: Tx, teammate_id: int, chat_id: int, thread_id: int | None, now: datetime) -> Prompt | None:
    """The newest question in this place that waits for words, not for a tap."""
    return _prompt(
        tx,
        now,
        prompts.c.teammate_id == teammate_id,
        prompts.c.chat_id == chat_id,
        prompts.c.thread_id.is_not_distinct_from(thread_id),
        prompts.c.kind.in_(WORD_QUESTIONS),
    )


def choice_on_card(tx: Tx, lead_id: int, now: datetime) -> Prompt | None:
    """The open choice (what more, a reason to reject or to lose …) that the lead's desk card shows as buttons."""
    return _prompt(tx, now, prompts.c.lead_id == lead_id, prompts.c.kind.in_(CARD_CHOICES))


def choice_of_marketing(tx: Tx, lead_id: int, now: datetime) -> Prompt | None:
    """The same for the card that stands before marketing."""
    return _prompt(tx, now, prompts.c.lead_id == lead_id, prompts.c.kind.in_(FEEDBACK_CHOICES))


def asked_of_marketing(tx: Tx, lead_id: int) -> list[Prompt]:
    """Whatever marketing is asked about the lead."""
    kinds = (*FEEDBACK_CHOICES, *MARKETING_QUESTIONS)
    rows = tx.execute(sa.select(*_PROMPT).where(prompts.c.lead_id == lead_id, prompts.c.kind.in_(kinds)))
    return [Prompt(**row._mapping) for row in rows]


def open_routes(tx: Tx, teammate_id: int, chat_id: int, now: datetime) -> list[Prompt]:
    """The questions to whom a message should go that wait for a tap here."""
    rows = tx.execute(
        sa.select(*_PROMPT)
        .where(
            prompts.c.teammate_id == teammate_id,
            prompts.c.chat_id == chat_id,
            prompts.c.kind == "route",
            prompts.c.expires_at > now,
        )
        .order_by(prompts.c.id)
    )
    return [Prompt(**row._mapping) for row in rows]


def set_prompt_data(tx: Tx, prompt_id: int, data: Mapping[str, Any]) -> None:
    tx.execute(prompts.update().where(prompts.c.id == prompt_id).values(data=dict(data)))


def set_prompt_message(tx: Tx, prompt_id: int, message_id: int) -> None:
    tx.execute(prompts.update().where(prompts.c.id == prompt_id).values(message_id=message_id))


def close_prompt(tx: Tx, prompt_id: int) -> None:
    tx.execute(prompts.delete().where(prompts.c.id == prompt_id))


def close_prompts(tx: Tx, teammate_id: int, kind: str, lead_id: int) -> None:
    tx.execute(
        prompts.delete().where(
            prompts.c.teammate_id == teammate_id, prompts.c.kind == kind, prompts.c.lead_id == lead_id
        )
    )


def close_questions(tx: Tx, lead_id: int) -> None:
    """The lead has moved on: nothing that was asked about its fate, whoever was asked, is open any more."""
    asked = prompts.c.kind.in_(FATE_QUESTIONS)
    tx.execute(prompts.delete().where(prompts.c.lead_id == lead_id, asked))


def forget_prompts(tx: Tx, before: datetime, most: int = 1_000) -> int:
    """Prunes questions that ceased to wait for an answer long ago; how many went."""
    old = sa.select(prompts.c.id).where(prompts.c.expires_at < before).limit(most)
    return int(tx.execute(prompts.delete().where(prompts.c.id.in_(old))).rowcount)


def _prompt(tx: Tx, now: datetime, *conditions: sa.ColumnElement[bool]) -> Prompt | None:
    row = tx.execute(
        sa.select(*_PROMPT).where(prompts.c.expires_at > now, *conditions).order_by(prompts.c.id.desc()).limit(1)
    ).first()
    return Prompt(**row._mapping) if row is not None else None
