"""Reminders, rendered when they are sent: what has been settled meanwhile is not mentioned."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from bot.domain.leads import LeadEvent, Status
from bot.ports import OutboxItem
from bot.storage.cards import get_card
from bot.storage.desks import get_desk
from bot.storage.messages import pending_answers
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events, leads
from bot.use_cases.list_leads import Line, lines_of
from bot.use_cases.promised_times import is_answer_due
from bot.use_cases.put_off import moments_to_choose
from bot.use_cases.view_lead import LeadView, show_lead
from integrations.telegram.callbacks import VIEW, Tap
from integrations.telegram.cards import quote
from integrations.telegram.client import Call
from integrations.telegram.errands.base import Hold, Landed, Nothing, Prepared, Result, chat_of
from integrations.telegram.errands.notices import NoticeErrand, must_wait
from integrations.telegram.html import cut, lines
from integrations.telegram.keyboards import Keyboard, button, moment_buttons
from integrations.telegram.views import hidden, lead_line

MOST_NAMED = 8


class RemindErrand(NoticeErrand):
    """Payload: `lead`, `owner`, and `of` what he is reminded: `answer`, `call_back` or `woken`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        lead_id, of = item.payload["lead"], item.payload["of"]
        view = show_lead(tx, lead_id, self.around.policy, now)
        if view is None or not self._is_needed(tx, view, item, now):
            return Nothing("settled meanwhile")
        if must_wait(tx, item):
            return Hold()
        chat_id, desk = chat_of(item), get_desk(tx, lead_id)
        thread_id = desk.thread_id if desk is not None and desk.chat_id == chat_id else None
        params: dict[str, Any] = {
            "chat_id": chat_id,
            "text": str(self._text(view, of, now)),
            "parse_mode": "HTML",
            "reply_markup": {"inline_keyboard": self._keyboard(view, of, now)},
        }
        head = get_card(tx, lead_id, f"desk:{item.payload['owner']}")
        reply_to = head.message_id if head is not None and head.chat_id == chat_id else None
        return Call("sendMessage", self.place(item, params, thread_id, reply_to), leads=(lead_id,))

    @staticmethod
    def _is_needed(tx: Tx, view: LeadView, item: OutboxItem, now: datetime) -> bool:
        if view.owner is None or view.owner.id != item.payload["owner"] or view.lead.closed_at is not None:
            return False
        if item.payload["of"] != "answer":
            return True
        return is_answer_due(view.lead, now) and not pending_answers(tx, view.lead.id)

    def _text(self, view: LeadView, of: str, now: datetime) -> Markup:
        lead, name = view.lead, cut(view.name, 64)
        phone = view.phone if of == "call_back" else None
        said = quote(view.last_words[-1], self.texts) if view.last_words and lead.waiting_since else None
        if of != "answer":
            head = self.texts(f"remind.{of}", name=name)
        elif lead.waiting_since is None:
            head = self.texts("remind.first_word", name=name)
        else:
            duration = self.texts.duration((now - lead.waiting_since).total_seconds())
            head = self.texts("remind.answer", name=name, duration=duration)
        return lines(head, phone, said)

    def _keyboard(self, view: LeadView, of: str, now: datetime) -> Keyboard:
        lead_id, texts = view.lead.id, self.texts
        offered = moments_to_choose(self.around.policy, now)
        later = moment_buttons(offered, Tap.SNOOZE, lead_id, texts, alarm=True)
        rows = [later[at : at + 2] for at in range(0, len(later), 2)]
        if of == "call_back":
            reveal = button(texts.plain("button.show_contact"), Tap.SHOW_CONTACT, lead_id, VIEW)
            hidden = [[reveal]] if view.masked and view.phone else []
            return [*hidden, [button(texts.plain("button.called"), Tap.CALLED, lead_id, VIEW, "success")], *rows]
        if view.lead.waiting_since is None and of == "woken":
            return rows
        return [[button(texts.plain("button.needs_no_answer"), Tap.NEEDS_NO_ANSWER, lead_id, VIEW)], *rows]


class OverdueErrand(NoticeErrand):
    """Payload: `place` (`sales`, `marketing` or `managers`), `since`, and whom it has `told` already.

    What nobody took in the promised time, in one message: who was reminded of since then, and is still free.
    """

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        found = self._overdue(tx, item)
        if not found:
            return Nothing("taken meanwhile")
        shown = hidden(lines_of(tx, found[:MOST_NAMED]), self.around.policy)
        more = len(found) - len(shown)
        place = item.payload["place"]
        told = [lead_line(line, self.texts, now) for line in shown]
        told += [self.texts("overdue.more", count=more)] if more else []
        head = self.texts("overdue.managers" if place == "managers" else "overdue.head", count=len(found))
        params: dict[str, Any] = {
            "chat_id": chat_of(item),
            "text": str(lines(head, *told)),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if keyboard := self._keyboard(shown, place):
            params["reply_markup"] = {"inline_keyboard": keyboard}
        card = get_card(tx, found[0], place) if len(found) == 1 else None
        reply_to = card.message_id if card is not None and card.chat_id == chat_of(item) else None
        named = tuple(line.lead.id for line in shown)
        return Call("sendMessage", self.place(item, params, None, reply_to), "overdue", tuple(found), leads=named)

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        return Landed({**item.payload, "told": [*item.payload["told"], *call.about]})

    def _keyboard(self, shown: list[Line], place: str) -> Keyboard:
        if place == "managers":
            return []
        label, tap = ("button.claim_named", Tap.CLAIM) if place == "sales" else ("button.answer_named", Tap.ANSWER)
        return [
            [button(self.texts.plain(label, name=cut(line.name, 30)), tap, line.lead.id, VIEW, "success")]
            for line in shown
        ]

    @staticmethod
    def _overdue(tx: Tx, item: OutboxItem) -> list[int]:
        statuses = {"sales": [Status.OFFERED], "marketing": [Status.NURTURING]}
        reminded = (
            sa.select(leads.c.id, leads.c.score)
            .distinct()
            .select_from(leads.join(lead_events, lead_events.c.lead_id == leads.c.id))
            .where(
                leads.c.owner_id.is_(None),
                leads.c.status.in_(statuses.get(item.payload["place"], [Status.OFFERED, Status.NURTURING])),
                lead_events.c.kind == LeadEvent.REMINDED,
                lead_events.c.data["of"].as_string() == "claim",
                lead_events.c.at >= datetime.fromisoformat(item.payload["since"]),
                leads.c.id.not_in(item.payload["told"]),
            )
            .order_by(leads.c.score.desc(), leads.c.id)
        )
        return list(tx.scalars(reminded))
