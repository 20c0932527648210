"""Where a teammate is asked about a lead, and what he reads at the tap that asks."""

from dataclasses import dataclass

from bot.storage.desks import get_desk
from bot.storage.store.base import Tx
from bot.storage.team import Teammate


@dataclass(frozen=True, slots=True)
class Asked:
    """The card now shows what to choose from, or the bot has put a question; `text` says which."""

    text: str = "tap.choose"


def seat_of(tx: Tx, lead_id: int, mate: Teammate) -> tuple[int, int | None]:
    """Chat and topic in which this teammate is asked about the lead: its desk, when that is his."""
    desk = get_desk(tx, lead_id)
    return (desk.chat_id, desk.thread_id) if desk and desk.teammate_id == mate.id else (mate.telegram_id, None)
