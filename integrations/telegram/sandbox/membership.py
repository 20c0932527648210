"""Changes of who is in a chat and with what rights, with the updates they cause."""

from integrations.telegram.sandbox.render import chat_json, member_json
from integrations.telegram.sandbox.state import ADMIN_RIGHTS, Chat, Json, Member, Person
from integrations.telegram.sandbox.world import World

_ENTERED = ("left", "kicked")


def admin(rights: dict[str, bool] | None = None) -> Member:
    """An administrator with all rights but those denied."""
    return Member("administrator", dict.fromkeys(ADMIN_RIGHTS, True) | (rights or {}))


def set_status(world: World, chat: Chat, user_id: int, by: int, member: Member, *, quietly: bool = False) -> None:
    """A change of a member; quietly leaves out the service message about it."""
    before = chat.members.get(user_id, Member("left"))
    chat.members[user_id] = member
    world.changes.touch()
    is_bot = user_id == world.bot.id
    if is_bot or world.bot_member(chat).status == "administrator":
        kind = "my_chat_member" if is_bot else "chat_member"
        _emit(world, kind, chat, user_id, by, (before, member))
    if quietly:
        return
    if member.present and before.status in _ENTERED:
        user = world.user(user_id)
        content: Json = {"new_chat_participant": user, "new_chat_member": user, "new_chat_members": [user]}
        world.post_service(chat, by, "new_chat_members", content)
    elif before.present and member.status in _ENTERED:
        user = world.user(user_id)
        content = {"left_chat_participant": user, "left_chat_member": user}
        message = world.post(chat, by, "left_chat_member", content)
        # Of a chat it lost the bot hears one thing more: that it left.
        world.announce(message, regardless=is_bot)


def set_blocked(world: World, person: Person, *, blocked: bool) -> None:
    if person.blocked == blocked:
        return
    person.blocked = blocked
    before, after = Member("member"), Member("kicked")
    change = (before, after) if blocked else (after, before)
    _emit(world, "my_chat_member", world.private_chat(person), world.bot.id, person.id, change)
    world.changes.touch()


def _emit(world: World, kind: str, chat: Chat, user_id: int, by: int, change: tuple[Member, Member]) -> None:
    user = world.user(user_id)
    payload = {
        "chat": chat_json(world, chat),
        "from": world.user(by),
        "date": world.now(),
        "old_chat_member": member_json(user, change[0]),
        "new_chat_member": member_json(user, change[1]),
    }
    world.updates.emit(kind, payload, f"{kind}:{chat.id}")
