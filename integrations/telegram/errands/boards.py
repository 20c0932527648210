"""Boards: several cards in one call, and one edit for all that happens to those who stand there."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.ports import OutboxItem
from bot.storage.boards import board_at, drop_board, get_board
from bot.storage.store.base import Tx
from bot.use_cases.gather_boards import bring_together, plan_gathering
from bot.use_cases.promises import refresh_board
from bot.use_cases.show_board import WAITS_IN, BoardView, find_waiting, lose_board, plan_board, post_board, see_board
from integrations.telegram.board_view import render_board
from integrations.telegram.callbacks import unpack
from integrations.telegram.cards import content_digest
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Nothing,
    PlainErrand,
    Prepared,
    Result,
    Surroundings,
    Verdict,
    chat_of,
)
from integrations.telegram.refusals import Refusal

BOARD = "board"
"""The step of a call that shows a board."""


class BoardErrand(PlainErrand):
    """What has changed for those who stand there. Payload: `board`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        board = get_board(tx, item.payload["board"])
        if board is None:
            return Nothing("the board is gone")
        view = see_board(tx, board, self.around.policy)
        call = _call(board.place, view, self.around, board.chat_id, board.message_id)
        return Nothing("it shows this already") if _content(call) == board.content else call

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        board = get_board(tx, item.payload["board"])
        return board_posted(tx, item, call, result, board.place, self.around, now) if board is not None else None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        return board_refused(tx, item, call, refusal, now)


class GatherErrand(PlainErrand):
    """After a burst: what waits on thin old boards comes to the newest, by one edit. Payload: `place`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        plan = plan_gathering(tx, item.payload["place"], chat_of(item), self.around.policy, now)
        if plan is None:
            return Nothing("they are as few as they can be")
        board, view, emptied = plan
        call = _call(board.place, view, self.around, board.chat_id, board.message_id)
        return replace(call, about=tuple(each.id for each in emptied))

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        place = item.payload["place"]
        bring_together(tx, place, chat_of(item), call.params["message_id"], call.about, _shown_by(call), now)
        return board_posted(tx, item, call, result, place, self.around, now)

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        return board_refused(tx, item, call, refusal, now)


def board_for(tx: Tx, item: OutboxItem, around: Surroundings, now: datetime) -> Call | None:
    """The board on which a card goes out together with the others that wait; None where it may have its own message."""
    place, ease = item.payload["place"], around.ease(item.destination)
    if place not in WAITS_IN:
        return None
    waiting = find_waiting(tx, item.destination, place, now)
    if len(waiting) <= max(ease, 1):
        return None
    board, view = plan_board(tx, place, chat_of(item), waiting, around.policy, now)
    return _call(place, view, around, chat_of(item), board.message_id if board is not None else None)


def board_posted(
    tx: Tx, item: OutboxItem, call: Call, result: Any, place: str, around: Surroundings, now: datetime
) -> Result:
    """Whoever was taken, forgotten or changed while it was on its way is looked at once more."""
    message_id = call.params.get("message_id") or result["message_id"]
    board = post_board(tx, place, chat_of(item), message_id, _shown_by(call), _content(call), now)
    if item.payload.get("plain"):
        return None  # looked at again, it would seem to have changed for ever
    view = see_board(tx, board, around.policy)
    if _content(_call(place, view, around, board.chat_id, board.message_id)) != _content(call):
        refresh_board(tx, board.id, now)
    elif not view.told:
        drop_board(tx, board.id)  # it says that all are taken, and has nothing more to say
    return None


def board_refused(tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
    if refusal is not Refusal.EDIT_GONE:
        return refusal.name.lower()
    board = board_at(tx, chat_of(item), call.params["message_id"])
    if board is not None:
        lose_board(tx, board, now)
    return Again()


def _call(place: str, view: BoardView, around: Surroundings, chat_id: int, message_id: int | None) -> Call:
    rendered = render_board(place, view, around.texts)
    params: dict[str, Any] = {
        "chat_id": chat_id,
        "text": str(rendered.text),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": rendered.keyboard},
    }
    if message_id is not None:
        return Call("editMessageText", {**params, "message_id": message_id}, BOARD)
    return Call("sendMessage", params, BOARD)


def _content(call: Call) -> str:
    return content_digest(call.params["text"], call.params["reply_markup"]["inline_keyboard"])


def _shown_by(call: Call) -> list[int]:
    """Whose buttons it has: that is what people see, whatever has happened since."""
    pressed = [unpack(key["callback_data"]) for row in call.params["reply_markup"]["inline_keyboard"] for key in row]
    return [each.number for each in pressed if each is not None]
