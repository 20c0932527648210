"""Does a step of the tour for the visitor, by the same taps and words in the simulated Telegram."""

from typing import Any

from bot.demo.firm import Firm
from bot.demo.words import Words
from bot.locales import Texts
from integrations.telegram.sandbox.client import Json, SandboxClient

PATIENCE_SECONDS = 30.0
SETTLING_SECONDS = 1.0


class StandIn:
    def __init__(self, sandbox: SandboxClient, firm: Firm, words: Words, texts: Texts) -> None:
        self._sandbox, self._firm, self._words, self._says = sandbox, firm, words, texts.plain

    async def do(self, step: str, lead: Json | None) -> None:
        """Raises LookupError where there is no lead yet that could be claimed, answered or rejected."""
        if lead is None:
            raise LookupError("nobody has written yet")
        await {"claim": self.claim, "answer": self.answer, "reject": self.reject}[step](lead)

    async def claim(self, lead: Json) -> None:
        card = lead["cards"].get("sales")
        if card is None:
            raise LookupError("the card is not there yet")
        await self.tap(self._firm.anna.telegram_id, card["chat"], card["message"], self._says("button.claim"))

    async def answer(self, lead: Json) -> None:
        desk = self._desk(lead)
        await self._sandbox.send(desk["owner"], desk["chat"], self._words.tour_answer, thread=desk["thread"])

    async def reject(self, lead: Json) -> None:
        """First the button, then the reason on the same card."""
        desk, card = self._desk(lead), lead["cards"].get("desk")
        if card is None:
            raise LookupError("the owner's card is not there yet")
        place = desk["owner"], card["chat"], card["message"]
        await self.tap(*place, self._says("button.reject"))
        await self.tap(*place, self._says("reject.no_budget"))

    async def tap(self, person: int, chat: int, message: int, label: str) -> None:
        """Once the button is on the message."""

        async def shown() -> bool:
            found = await self._sandbox.messages(chat, after=message - 1, limit=None)
            return any(one["message_id"] == message and has_button(one, label) for one in found)

        await self._sandbox.wait_until(shown, PATIENCE_SECONDS, f"no button {label!r}")
        await self._sandbox.answer(await self._sandbox.tap(person, chat, message, label))

    def _desk(self, lead: Json) -> Json:
        desk: dict[str, Any] | None = lead["desk"]
        if desk is None:
            raise LookupError("nobody has taken it yet")
        return desk


def has_button(message: Json, label: str) -> bool:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return any(label in button["text"] for row in rows for button in row)
