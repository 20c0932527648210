"""What a teammate is asked and has not answered yet, by a tap or in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx, new_id
from bot.storage.tables import prompts

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
class Prompt:
    id: int
    teammate_id: int
    lead_id: int | None
    kind: str
    chat_id: int
    thread_id: int | None
    message_id: int | None
    data: Mapping[str, Any]


_PROMPT = [prompts.c[name] for name in Prompt.__dataclass_fields__]


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
