"""The contract of the buttons: what stands in `callback_data`, and nothing else knows it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

LONGEST = 64
LONGEST_MOMENT = 11  # digits
VIEW = "v"
"""The choice of a button that stands under a list or a view, not under the lead's own card."""
IN_WORDS = "words"
"""The choice of a button that asks for a moment in one's own words."""


class Tap(StrEnum):
    """Short codes that never change their meaning: old buttons stay in the chats for years."""

    CLAIM = "claim"
    RELEASE = "rel"
    WON = "won"
    LOST = "lost"
    LOSS_REASON = "lr"
    REJECT = "rej"
    REJECT_REASON = "rr"
    BACK = "back"
    AGREE = "agree"
    DISPUTE = "disp"
    WARM_UP = "warm"
    UPHOLD = "uph"
    OVERTURN = "over"
    ANSWER = "ans"
    HAND_TO_SALES = "hand"
    SPAM = "spam"
    ROUTE = "route"
    NEW_REQUEST = "new"
    BIND = "bind"
    MORE = "more"
    CALLED = "call"
    TALKED = "talk"
    NO_ANSWER = "noans"
    CALL_BACK = "cb"
    CALL_BACK_AT = "cbat"
    LATER = "late"
    SNOOZE = "snz"
    NEEDS_NO_ANSWER = "none"
    UNREACHABLE = "unr"
    AWAY = "away"
    WARM_TERM = "wt"
    WARM_DAY = "wd"
    DISPUTE_SILENTLY = "disq"
    DUPLICATE = "dup"
    DUPLICATE_OF = "dupof"
    DUPLICATE_NUMBER = "dupn"
    MARKETING_BACK = "mback"
    AGREE_ALL = "agall"
    OWN_CARD = "own"
    HAND_WITH_NOTE = "handn"
    NOT_SPAM = "nospam"
    UNDO = "undo"
    TRANSFER = "tr"
    TRANSFER_TO = "trto"
    WITHOUT_NOTE = "nonote"
    AMOUNT = "amt"
    PURCHASE = "buy"
    REFUND = "refund"
    REFUND_ALL = "refall"
    REOPEN = "reopen"
    QUICK_REPLY = "t"
    SHOW = "show"
    SHOW_CONTACT = "reveal"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Pressed:
    tap: Tap
    number: int
    """A lead's id, or a prompt's, or that of the first feedback on a joined card."""
    choice: str


def pack(tap: Tap, number: int, choice: str = "") -> str:
    data = f"{tap}:{number}:{choice}" if choice else f"{tap}:{number}"
    assert len(data.encode()) <= LONGEST
    return data


def moment_choice(at: datetime) -> str:
    return str(int(at.timestamp()))


def chosen_moment(choice: str) -> datetime | None:
    """The moment that a button carries; None when it shall be asked for in words. A ValueError for anything else."""
    if choice == IN_WORDS:
        return None
    if not choice.isascii() or not choice.isdigit() or len(choice) > LONGEST_MOMENT:
        raise ValueError(choice)
    return datetime.fromtimestamp(int(choice), UTC)


def unpack(data: str | None) -> Pressed | None:
    """What was pressed; None for what is none of our buttons (any client can send any data)."""
    code, _, rest = (data or "").partition(":")
    number, _, choice = rest.partition(":")
    try:
        return Pressed(Tap(code), int(number), choice)
    except ValueError:
        return None
