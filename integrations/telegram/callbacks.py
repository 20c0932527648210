"""The contract of the buttons: what stands in `callback_data`, and nothing else knows it."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST = 64
VIEW = "v"
"""The choice of a button that stands under a list or a view, not under the lead's own card."""


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


@dataclass(frozen=True, slots=True)
class Pressed:
    tap: Tap
    number: int
    """A lead's id, or a prompt's."""
    choice: str


def pack(tap: Tap, number: int, choice: str = "") -> str:
    data = f"{tap}:{number}:{choice}" if choice else f"{tap}:{number}"
    assert len(data.encode()) <= LONGEST
    return data


def unpack(data: str | None) -> Pressed | None:
    """What was pressed; None for what is none of our buttons (any client can send any data)."""
    code, _, rest = (data or "").partition(":")
    number, _, choice = rest.partition(":")
    try:
        return Pressed(Tap(code), int(number), choice)
    except ValueError:
        return None
