"""Cards: sent once, edited ever after, sent anew when the message is gone.

Where more of them wait than the chat may have at once, one goes out as a board with all the others.
"""

from datetime import datetime
from typing import Any

from bot.domain.leads import Status
from bot.ports import OutboxItem
from bot.storage.cards import Card, desk_place, drop_card, get_card, put_card, set_card_content
from bot.storage.desks import get_desk
from bot.storage.leads import is_forgotten
from bot.storage.store.base import Tx
from bot.use_cases.join_feedback import view_joined
from bot.use_cases.mark_shown import mark_shown
from bot.use_cases.promises import remove_message
from bot.use_cases.show_board import is_left_out
from bot.use_cases.view_lead import LeadView, show_lead
from integrations.telegram.cards import Rendered, content_digest, render_card, render_joined
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Nothing,
    Prepared,
    Result,
    Verdict,
    chat_of,
    desk_needs,
    in_thread,
)
from integrations.telegram.errands.boards import BOARD, board_for, board_posted, board_refused
from integrations.telegram.errands.desks import DeskErrand, reopen_call
from integrations.telegram.refusals import Refusal

_SHOWN_WHILE = {"sales": Status.OFFERED, "marketing": Status.NURTURING}
"""Later a card there is news to nobody; one that stands there already says what became of the lead."""


class CardErrand(DeskErrand):
    """Payload: `lead`, `place`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        lead_id, place = item.payload["lead"], item.payload["place"]
        view = show_lead(tx, lead_id, self.around.policy, now)
        if view is None or view.forgotten_at is not None:
            return Nothing("the lead is gone")
        card = get_card(tx, lead_id, place)
        thread_id = None
        if place.startswith("desk:"):
            desk = get_desk(tx, lead_id)
            if desk is not None and place == desk_place(desk.teammate_id):
                if card is None and (needed := desk_needs(tx, desk, lambda: view.name, self.around)):
                    return needed
                if reopening := reopen_call(item, desk):
                    return reopening
                thread_id = desk.thread_id
            elif card is None:
                return Nothing("the desk is somebody else's now")
        if card is None and place in _SHOWN_WHILE and view.lead.status is not _SHOWN_WHILE[place]:
            return Nothing("taken before it was shown")
        if card is not None and card.board_id is not None:
            return Nothing("it stands on a board")
        if card is None and (board := board_for(tx, item, self.around, now)) is not None:
            return board
        rendered = self._render(tx, view, place)
        if rendered is None:
            return Nothing("nothing is joined there")
        if card is not None and card.content == content_digest(str(rendered.text), rendered.keyboard):
            return Nothing("it shows this already")
        return self._call(rendered, card, chat_of(item), thread_id, view, place)

    def _render(self, tx: Tx, view: LeadView, place: str) -> Rendered | None:
        kind, _, first_id = place.partition(":")
        if kind != "joined":
            return render_card(view, place, self.texts)
        joined = view_joined(tx, int(first_id), self.around.policy)
        return render_joined(joined, self.texts) if joined is not None else None

    def _call(
        self, rendered: Rendered, card: Card | None, chat_id: int, thread_id: int | None, view: LeadView, place: str
    ) -> Call:
        params: dict[str, Any] = {
            "text": str(rendered.text),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": rendered.keyboard},
        }
        if card is not None:
            return Call("editMessageText", {"chat_id": card.chat_id, "message_id": card.message_id, **params}, "edit")
        if place.startswith("desk:") or view.lead.status is Status.OFFERED:
            params["disable_notification"] = False
        return Call("sendMessage", in_thread({"chat_id": chat_id, **params}, thread_id))

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        lead_id, place = item.payload["lead"], item.payload["place"]
        if call.step == BOARD:
            landed = board_posted(tx, item, call, result, place, self.around, now)
            return Again() if is_left_out(tx, lead_id, place) else landed
        if is_forgotten(tx, lead_id):
            remove_message(tx, call.params["chat_id"], call.params.get("message_id") or result["message_id"], now)
            return None
        content = content_digest(call.params["text"], call.params["reply_markup"]["inline_keyboard"])
        if call.step == "edit":
            set_card_content(tx, lead_id, place, content)
            return None
        known = get_card(tx, lead_id, place)
        if known is not None and known.chat_id == call.params["chat_id"] and known.message_id != result["message_id"]:
            # Tapped while this one was on its way, an earlier send was adopted as the card: this is the repeat.
            remove_message(tx, known.chat_id, result["message_id"], now)
            return None
        thread_id = call.params.get("message_thread_id")
        put_card(tx, Card(lead_id, place, call.params["chat_id"], thread_id, result["message_id"], content), now)
        if place == "sales":
            mark_shown(tx, [lead_id], now)
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if call.step == BOARD:
            return board_refused(tx, item, call, refusal, now)
        if call.step == "edit" and refusal is Refusal.EDIT_GONE:
            drop_card(tx, item.payload["lead"], item.payload["place"])
            return Again()
        return super().refused(tx, item, call, refusal, now)
