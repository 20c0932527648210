"""Who comes and goes, and what happens to the groups themselves."""

from aiogram import F, Router
from aiogram.enums import ChatMemberStatus
from aiogram.types import ChatMemberUpdated, Message

from bot.ports import Act
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats
from bot.use_cases.bind_chats import migrate_group
from bot.use_cases.join_team import record_member
from bot.use_cases.raise_alarm import raise_alarm
from handlers.context import House


def setup() -> Router:
    router = Router(name="members")
    router.chat_member()(member_changed)
    router.my_chat_member()(bot_changed)
    router.message(F.migrate_to_chat_id)(migrated)
    router.message(F.left_chat_member)(left)
    return router


async def member_changed(update: ChatMemberUpdated, house: House) -> Act:
    member = update.new_chat_member
    status = ChatMemberStatus(member.status).value
    if status == "restricted" and not getattr(member, "is_member", False):
        status = "left"
    return Act(record_member, (member.user.id, update.chat.id, status, house.policy, house.clock.now()))


async def left(message: Message, house: House) -> Act | None:
    """Where the bot is no administrator this service message is all that tells."""
    gone = message.left_chat_member
    if gone is None or gone.id == house.bot_id:
        return None
    return Act(record_member, (gone.id, message.chat.id, "left", house.policy, house.clock.now()))


async def bot_changed(update: ChatMemberUpdated, house: House) -> Act | None:
    if update.new_chat_member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.KICKED):
        return None
    chat_id, now = update.chat.id, house.clock.now()

    def unit(tx: Tx) -> None:
        if chat_id in get_team_chats(tx).bound.values():
            raise_alarm(tx, chat_id, "chat_lost", now)

    return Act(unit)


async def migrated(message: Message, house: House) -> Act | None:
    if message.migrate_to_chat_id is None:
        return None
    return Act(migrate_group, (message.chat.id, message.migrate_to_chat_id, house.clock.now()))
