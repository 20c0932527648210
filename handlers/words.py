"""What teammates write: for a customer, for each other, or in answer to the bot."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiogram import Router
from aiogram.types import Message

from bot.ports import Act
from bot.storage.store.base import Tx
from bot.use_cases.edit_message import edit_answer
from bot.use_cases.join_team import open_bot
from bot.use_cases.take_team_message import take_team_message
from bot.use_cases.team_message import TeamMessage
from handlers.context import House, is_private, person_of
from integrations.telegram.parse import chat_address, is_service, message_content, message_text, own_topic


def setup() -> Router:
    router = Router(name="words")
    router.message()(wrote)
    router.edited_message()(edited)
    return router


async def wrote(message: Message, house: House, raw: Mapping[str, Any]) -> Act | None:
    """`raw` is the update as it arrived: content is read by the same parser as a customer's."""
    content = raw["message"]
    if message.from_user is None or message.from_user.is_bot or is_service(content):
        return None
    words, now = team_message(message, content, house), house.clock.now()
    topic = own_topic(content.get("reply_to_message"), house.bot_id)

    def unit(tx: Tx) -> Any:
        if words.private:
            open_bot(tx, words.person, now)
        return take_team_message(tx, words, house.policy, now, topic)

    return Act(unit)


def team_message(message: Message, content: Mapping[str, Any], house: House, text: str | None = None) -> TeamMessage:
    """`content` is the message as it arrived; `text` stands for its words where they are something else."""
    assert message.from_user is not None
    kind, file = message_content(content)
    quoted = message.reply_to_message
    # In a topic, an unquoted message "replies" to the service message that opened the topic.
    if quoted is not None and quoted.forum_topic_created is not None:
        quoted = None
    return TeamMessage(
        person=person_of(message.from_user),
        chat=chat_address(house.bot_id, message.chat.id),
        chat_id=message.chat.id,
        thread_id=message.message_thread_id,
        message_id=message.message_id,
        at=message.date,
        kind=kind,
        text=message_text(content) if text is None else text,
        private=is_private(message.chat),
        file=file,
        album_id=message.media_group_id,
        reply_to=quoted.message_id if quoted is not None else None,
        reply_to_colleague=quoted is not None
        and quoted.from_user is not None
        and quoted.from_user.id not in (house.bot_id, message.from_user.id),
    )


async def edited(message: Message, house: House) -> Act | None:
    if message.from_user is None:
        return None
    text = message.text or message.caption or ""
    address, person = chat_address(house.bot_id, message.chat.id), person_of(message.from_user)
    at = datetime.fromtimestamp(message.edit_date, UTC) if message.edit_date else None
    return Act(edit_answer, (address, str(message.message_id), text, person, house.policy, house.clock.now(), at))
