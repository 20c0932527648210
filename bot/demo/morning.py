"""What goes on in the firm when one opens the page: one customer waits for an answer, with another Boris is talking."""

import asyncio

from bot.demo.firm import Firm
from bot.demo.stand_in import has_button
from bot.demo.words import Words
from bot.locales import Texts
from integrations.telegram.sandbox.client import SandboxClient

PATIENCE_SECONDS = 60


class Morning:
    def __init__(self, sandbox: SandboxClient, firm: Firm, words: Words, texts: Texts) -> None:
        self._sandbox, self._firm, self._words, self._texts = sandbox, firm, words, texts

    async def pass_by(self) -> None:
        """Returns when both cards are there and Boris's words have reached the customer."""
        sandbox, firm, words = self._sandbox, self._firm, self._words
        for mate in firm.team:
            await sandbox.start(mate.telegram_id)
        await self._writes(words.talking, "vk__ideas", words.talking_says)
        await self._writes(words.early, "yandex__autumn__kitchen", words.early_says)
        await asyncio.gather(self._boris_talks(), sandbox.wait_for(firm.sales, words.early[0], PATIENCE_SECONDS))

    async def _boris_talks(self) -> None:
        sandbox, boris, words = self._sandbox, self._firm.boris.telegram_id, self._words
        claim = self._texts.plain("button.claim")
        card = await sandbox.wait_for(
            self._firm.sales, words.talking[0], PATIENCE_SECONDS, predicate=lambda one: has_button(one, claim)
        )
        await sandbox.answer(await sandbox.tap(boris, self._firm.sales, card["message_id"], claim))
        won = self._texts.plain("button.won")
        desk = await sandbox.wait_for(
            boris, words.talking[0], PATIENCE_SECONDS, predicate=lambda one: has_button(one, won)
        )
        await sandbox.send(boris, boris, words.talking_answer, thread=desk["message_thread_id"])

    async def _writes(self, name: tuple[str, str], payload: str, text: str) -> None:
        person = await self._sandbox.create(*name, language_code=self._texts.locale)
        await self._sandbox.start(person, payload)
        await self._sandbox.send(person, person, text)
