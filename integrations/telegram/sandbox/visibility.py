"""Which messages of a chat reach the bot."""

from typing import TYPE_CHECKING

from integrations.telegram.sandbox import utf16
from integrations.telegram.sandbox.state import Chat, Message

if TYPE_CHECKING:
    from integrations.telegram.sandbox.world import World


def bot_sees(world: "World", chat: Chat, message: Message) -> bool:
    if chat.private:
        return True
    member = world.bot_member(chat)
    if not member.present:
        return False
    if member.status == "administrator" or not world.bot.privacy or message.service:
        return True
    replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    return (replied is not None and replied.sender == world.bot.id) or _addressed(world, message)


def _addressed(world: "World", message: Message) -> bool:
    name = f"@{world.bot.username}".lower()
    text = message.content.get("text") or message.content.get("caption") or ""
    entities = message.content.get("entities") or message.content.get("caption_entities") or []
    for entity in entities:
        word = utf16.cut(text, entity["offset"], entity["length"]).lower()
        if entity["type"] == "mention" and word == name:
            return True
        if entity["type"] == "text_mention" and entity["user"]["id"] == world.bot.id:
            return True
        if entity["type"] == "bot_command" and ("@" not in word or word.endswith(name)):
            return True
    return False
