"""Who is in the team's chats: the table kept by updates, and Telegram's word where it is silent or old."""

import asyncio
from datetime import timedelta

import structlog

from bot.domain.policy import Policy
from bot.ports import Clock
from bot.storage.people import is_known
from bot.storage.store import Store, Tx
from bot.storage.team import MEMBER_STATUSES, standing_of, teammate_by_telegram
from bot.use_cases.join_team import record_member
from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.parse import CHANNEL

log = structlog.get_logger(__name__)

MEMBER_IS_FRESH = timedelta(hours=1)
STRANGER_IS_FRESH = timedelta(minutes=1)
PATIENCE_SECONDS = 5.0

_NO_MEMBER = ("user not found", "member not found", "participant_id_invalid", "user_not_participant")
"""Telegram's ways to say that a person is not in the chat; any other refusal says nothing about the person."""


class Roster:
    def __init__(self, store: Store, client: TelegramClient, policy: Policy, clock: Clock) -> None:
        self._store, self._client, self._policy, self._clock = store, client, policy, clock

    async def refresh(self, telegram_id: int) -> bool:
        """Asks Telegram where the table is silent or old; whether there was anything to ask.

        When it does not answer, the table stands.
        """
        now = self._clock.now()
        standing = await self._store.read(standing_of, telegram_id)
        doubtful = []
        for chat_id in standing.chats.by_chat():
            status, checked = standing.known.get(chat_id, ("", now - timedelta(days=1)))
            if now - checked > (MEMBER_IS_FRESH if status in MEMBER_STATUSES else STRANGER_IS_FRESH):
                doubtful.append(chat_id)
        await asyncio.gather(*(self._ask(telegram_id, chat_id) for chat_id in doubtful))
        return bool(doubtful)

    async def is_teammate(self, telegram_id: int) -> bool:
        """Whether a private message comes from our side.

        Telegram is asked when the person is new to us, and of a teammate when its word has become old.
        """
        works_here, is_new = await self._store.read(_standing, telegram_id, self._policy)
        if (works_here or is_new) and await self.refresh(telegram_id):
            works_here, _ = await self._store.read(_standing, telegram_id, self._policy)
        return works_here

    def may_work_here(self, tx: Tx, telegram_id: int) -> bool:
        """In the transaction of a message: False for a customer whom we know, so that nobody has to be asked."""
        works_here, is_new = _standing(tx, telegram_id, self._policy)
        return works_here or is_new

    async def _ask(self, telegram_id: int, chat_id: int) -> None:
        asked = {"chat_id": chat_id, "user_id": telegram_id}
        try:
            member = await self._client.call("getChatMember", asked, patience=PATIENCE_SECONDS)
            status = member["status"]
            if status == "restricted" and not member.get("is_member"):
                status = "left"
        except TelegramError as error:
            log.info("roster.refused", code=error.code)
            if not any(text in error.description.lower() for text in _NO_MEMBER):
                return
            status = "left"
        except TelegramUnreachableError:
            return
        await self._store.write(record_member, telegram_id, chat_id, status, self._policy, self._clock.now())


def _standing(tx: Tx, telegram_id: int, policy: Policy) -> tuple[bool, bool]:
    """`(works here, is new to us)`; new is also a teammate of whom one of our chats has no word yet."""
    standing, mate = standing_of(tx, telegram_id), teammate_by_telegram(tx, telegram_id)
    if mate is not None and mate.plays_customer:
        return False, False
    if standing.roles(policy.admins):
        return True, False
    never_asked = not standing.known.keys() >= standing.chats.by_chat().keys()
    return False, never_asked and (mate is not None or not is_known(tx, CHANNEL, str(telegram_id)))
