"""After a burst several boards stay behind, each with a few who still wait: they come together on the newest one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.policy import Policy
from bot.storage.boards import Board, board_at, boards_in, drop_board, get_board, leads_on, leave_board
from bot.storage.store.base import Tx
from bot.use_cases.promises import remove_message
from bot.use_cases.show_board import MOST_LINES, BoardLine, BoardView, fresh_view, hottest, see_board, show_anew

FEWEST_EMPTIED = 2
"""Each board that goes spares the edit that would say that all on it are taken; bringing them together costs one."""

DELETED_WITHIN = timedelta(hours=47)
"""A bot without the right to delete may take its own message back for 48 hours, and the call may have to wait."""


def plan_gathering(
    tx: Tx, place: str, chat_id: int, policy: Policy, now: datetime
) -> tuple[Board, BoardView, list[Board]] | None:
    """The board that stays, what it will show, and the boards that it empties; None when it would not be worth a call.

    Worth it is also to lay the one board anew when it becomes lower by that. A board that could not be deleted any more
    is left as it is: emptied, it would go on offering those who stand on the newest now.
    """
    boards = boards_in(tx, place, chat_id)
    if not boards:
        return None
    newest, *older = boards
    now_there = see_board(tx, newest, policy)
    told: list[BoardLine] = list(now_there.told)
    emptied: list[Board] = []
    views = [(see_board(tx, board, policy).told, board) for board in older if board.posted_at > now - DELETED_WITHIN]
    for lines, board in sorted(views, key=lambda view: len(view[0])):
        if len(told) + len(lines) <= MOST_LINES:
            told += lines
            emptied.append(board)
    gathered = fresh_view(hottest(told))
    if not told or (len(emptied) < FEWEST_EMPTIED and len(gathered.rows) >= len(now_there.rows)):
        return None
    return newest, gathered, emptied


def bring_together(
    tx: Tx,
    place: str,
    chat_id: int,
    message_id: int,
    emptied: Sequence[int],
    shown: Sequence[int],
    now: datetime,
) -> None:
    """The message shows all these leads now: they leave the places where they stood, and the emptied boards go.

    Who came back to such a place while the message was on its way is shown anew.
    """
    stood: set[int] = set()
    for board_id in emptied:
        if (old := get_board(tx, board_id)) is not None:
            stood |= set(drop_board(tx, board_id))
            remove_message(tx, chat_id, old.message_id, now)
    board = board_at(tx, chat_id, message_id)
    if board is not None:
        own = leads_on(tx, board.id)
        leave_board(tx, board.id, own)
        stood.update(own)
    show_anew(tx, stood.difference(shown), place, now)
