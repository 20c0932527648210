"""Groups from the people's side: made, upgraded, joined, left, administered, and their topics."""

from typing import Any

from integrations.telegram.sandbox.membership import admin, set_blocked, set_status
from integrations.telegram.sandbox.people import ImpossibleError, People
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.state import Chat, Json, Member, Topic
from integrations.telegram.sandbox.topics import delete_topic, open_topic, set_closed


class Groups:
    def __init__(self, sandbox: Sandbox, people: People) -> None:
        self._world = sandbox.world
        self._people = people

    def create_group(
        self,
        title: str,
        members: list[int] | None = None,
        admins: list[int] | None = None,
        forum: bool = False,
        kind: str = "supergroup",
        bot: str | None = "administrator",
        bot_rights: dict[str, bool] | None = None,
    ) -> int:
        """The first of the administrators, or else of the members, owns the group."""
        if kind not in ("supergroup", "group") or (forum and kind == "group"):
            raise ImpossibleError("a group is a supergroup or a group, and only a supergroup has topics")
        chat = self._world.add_group(title, supergroup=kind == "supergroup", forum=forum)
        everyone = [*(admins or []), *(members or [])]
        for person in everyone:
            self._people.person(person)
            chat.members[person] = Member()
        for person in admins or []:
            chat.members[person] = admin()
        owner = everyone[0] if everyone else self._world.add_person(first_name="Owner").id
        chat.members[owner] = Member("creator")
        created = "supergroup_chat_created" if kind == "supergroup" else "group_chat_created"
        # A basic group is made together with the bot, which therefore sees the very first message.
        together = bot is not None and kind == "group"
        if together:
            set_status(self._world, chat, self._world.bot.id, owner, Member(), quietly=True)
        self._world.post_service(chat, owner, created, {created: True})
        if bot is not None and not (together and bot == "member"):
            self.set_bot_member(chat.id, bot, bot_rights, by=owner)
        return chat.id

    def owner(self, chat: Chat) -> int:
        return next(person for person, member in chat.members.items() if member.status == "creator")

    def migrate(self, chat: int) -> int:
        old = self._people.chat(chat)
        if old.type != "group" or old.migrated_to is not None:
            raise ImpossibleError("only a basic group can be upgraded, and only once")
        new = self._world.add_group(old.title, supergroup=True)
        new.members = dict(old.members)
        owner = self.owner(old)
        self._world.post_service(old, owner, "migrate_to_chat_id", {"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self._world.post_service(new, owner, "migrate_from_chat_id", {"migrate_from_chat_id": old.id})
        return new.id

    def set_bot_member(
        self, chat: int, status: str, rights: dict[str, bool] | None = None, by: int | None = None
    ) -> None:
        """The bot's place: administrator, member, restricted, left or kicked; rights are named exceptions."""
        place = self._people.chat(chat)
        if status == "administrator" and place.type == "group":
            rights = {"can_manage_topics": False} | (rights or {})
        member = admin(rights) if status == "administrator" else Member(status, rights or {})
        before = self._world.bot_member(place)
        if before.status == "left" and status in ("administrator", "restricted"):
            set_status(self._world, place, self._world.bot.id, by or self.owner(place), Member())
        set_status(self._world, place, self._world.bot.id, by or self.owner(place), member)

    def join(self, person: int, chat: int) -> None:
        self._change(person, chat, person, Member())

    def leave(self, person: int, chat: int) -> None:
        self._change(person, chat, person, Member("left"))

    def kick(self, person: int, chat: int, by: int | None = None) -> None:
        self._change(person, chat, by, Member("kicked"))

    def promote(self, person: int, chat: int, rights: dict[str, bool] | None = None, by: int | None = None) -> None:
        self._change(person, chat, by, admin(rights))

    def demote(self, person: int, chat: int, by: int | None = None) -> None:
        self._change(person, chat, by, Member())

    def _change(self, person: int, chat: int, by: int | None, member: Member) -> None:
        self._people.person(person)
        place = self._people.chat(chat)
        set_status(self._world, place, person, by or self.owner(place), member)

    def block(self, person: int) -> None:
        set_blocked(self._world, self._people.person(person), blocked=True)

    def unblock(self, person: int) -> None:
        set_blocked(self._world, self._people.person(person), blocked=False)

    def deactivate(self, person: int) -> None:
        self._people.person(person).deactivated = True
        self._world.changes.touch()

    def create_topic(self, person: int, chat: int, name: str) -> int:
        place = self._forum(person, chat)
        return open_topic(self._world, place, person, name).id

    def close_topic(self, person: int, chat: int, thread: int) -> None:
        place = self._forum(person, chat)
        set_closed(self._world, place, person, self._topic(place, thread), closed=True)

    def reopen_topic(self, person: int, chat: int, thread: int) -> None:
        place = self._forum(person, chat)
        set_closed(self._world, place, person, self._topic(place, thread), closed=False)

    def delete_topic(self, person: int, chat: int, thread: int) -> None:
        place = self._forum(person, chat)
        delete_topic(self._world, place, self._topic(place, thread))

    def _forum(self, person: int, chat: int) -> Chat:
        place = self._people.chat(chat)
        self._people.check_may_write(self._people.person(person), place)
        if not place.is_forum and not (place.private and self._world.bot.has_topics_enabled):
            raise ImpossibleError(f"chat {chat} has no topics")
        return place

    def _topic(self, chat: Chat, thread: int) -> Topic:
        topic = chat.topics.get(thread)
        if topic is None or topic.deleted:
            raise ImpossibleError(f"no topic {thread} in chat {chat.id}")
        return topic

    def set_bot(self, **fields: Any) -> Json:
        known = ("has_topics_enabled", "allows_users_to_create_topics", "privacy", "username", "first_name")
        for name, value in fields.items():
            if name not in known:
                raise ImpossibleError(f"the bot has no {name}, only {', '.join(known)}")
            setattr(self._world.bot, name, value)
        self._world.changes.touch()
        return {name: getattr(self._world.bot, name) for name in known} | {"id": self._world.bot.id}
