"""Objects as the Bot API shows them."""

from typing import TYPE_CHECKING

from integrations.telegram.sandbox.state import ADMIN_RIGHTS, PERMISSIONS, Bot, Chat, Json, Member, Message, Person

if TYPE_CHECKING:
    from integrations.telegram.sandbox.world import World


def user_json(person: Person) -> Json:
    user: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    for key in ("last_name", "username", "language_code"):
        if value := getattr(person, key):
            user[key] = value
    return user


def bot_json(bot: Bot) -> Json:
    return {"id": bot.id, "is_bot": True, "first_name": bot.first_name, "username": bot.username}


def me_json(bot: Bot) -> Json:
    return bot_json(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": bot.has_topics_enabled,
        "allows_users_to_create_topics": bot.allows_users_to_create_topics,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def chat_json(world: "World", chat: Chat) -> Json:
    if chat.person is not None:
        user = user_json(world.people[chat.person])
        names: Json = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
        return {"id": chat.id, **names, "type": "private"}
    result: Json = {"id": chat.id, "title": chat.title, "type": chat.type}
    if chat.is_forum:
        result["is_forum"] = True
    if chat.type == "group":
        result["all_members_are_administrators"] = False
    return result


def full_chat_json(world: "World", chat: Chat) -> Json:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    result = chat_json(world, chat) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, chat.private),
    }
    if not chat.private:
        result["permissions"] = dict.fromkeys((*PERMISSIONS, "can_send_media_messages"), True)
        result["invite_link"] = f"https://t.me/+{abs(chat.id)}"
    if pinned := [chat.messages[n] for n in chat.pinned if n in chat.messages and not chat.messages[n].deleted]:
        result["pinned_message"] = message_json(world, pinned[-1])
    return result


def member_json(user: Json, member: Member, *, by_bot: bool = False) -> Json:
    result: Json = {"user": user, "status": member.status}
    if member.status == "creator":
        result["is_anonymous"] = False
    elif member.status == "administrator":
        result |= {"can_be_edited": by_bot, "is_anonymous": False}
        result |= {right: member.rights.get(right, False) for right in ADMIN_RIGHTS}
    elif member.status == "restricted":
        result |= {"is_member": True, "until_date": 0}
        result |= {permission: member.rights.get(permission, False) for permission in PERMISSIONS}
    elif member.status == "kicked":
        result["until_date"] = 0
    return result


def message_json(world: "World", message: Message, *, nested: bool = False) -> Json:
    chat = world.chats[message.chat_id]
    result: Json = {"message_id": message.id, "from": world.user(message.sender)}
    result |= {"chat": chat_json(world, chat), "date": message.date}
    if message.thread is not None:
        result["message_thread_id"] = message.thread
        if message.in_topic:
            result["is_topic_message"] = True
    if message.edit_date is not None:
        result["edit_date"] = message.edit_date
    if message.origin is not None:
        result |= {"forward_origin": message.origin, "forward_date": message.origin["date"]}
        if "sender_user" in message.origin:
            result["forward_from"] = message.origin["sender_user"]
    if not nested:
        # A message in a topic without a reply of its own replies to the message that opened the topic.
        target = message.reply_to or (message.thread if message.in_topic and message.thread != message.id else None)
        replied = chat.messages.get(target) if target is not None else None
        if replied is not None and not replied.deleted:
            result["reply_to_message"] = message_json(world, replied, nested=True)
        if message.quote is not None:
            result["quote"] = message.quote
    if message.media_group_id is not None:
        result["media_group_id"] = message.media_group_id
    if message.protected:
        result["has_protected_content"] = True
    result |= world.content(message)
    if message.markup is not None:
        result["reply_markup"] = message.markup
    return result
