"""What people see: messages of a chat, and all chats of a person."""

import re
from typing import Any

from integrations.telegram.sandbox.people import People
from integrations.telegram.sandbox.render import message_json
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.state import Chat, Json, Message


class Views:
    def __init__(self, sandbox: Sandbox, people: People) -> None:
        self._world = sandbox.world
        self._people = people

    def messages(
        self,
        chat: int,
        thread: int | None = None,
        after: int = 0,
        limit: int | None = None,
        deleted: bool = True,
        from_bot: bool = False,
        pattern: str = "",
    ) -> list[Json]:
        """Messages in their order; a limit leaves the last ones, a pattern those whose text it is found in."""
        fits = re.compile(pattern).search
        found: list[Message] = []
        # From the newest backwards, so that looking for news costs the same in a long chat as in a short one.
        for message in reversed(self._people.chat(chat).messages.values()):
            if message.id <= after or (limit is not None and len(found) >= limit):
                break
            if (message.deleted and not deleted) or (thread is not None and message.thread != thread):
                continue
            if from_bot and message.sender != self._world.bot.id:
                continue
            if not pattern or fits(message.content.get("text") or message.content.get("caption") or ""):
                found.append(message)
        return [self._shown(message) for message in reversed(found)]

    def _shown(self, message: Message) -> Json:
        bot_id = self._world.bot.id
        return message_json(self._world, message) | {
            "kind": message.kind,
            "from_bot": message.sender == bot_id,
            "deleted": message.deleted,
            "reactions": {str(who): reactions for who, reactions in message.reactions.items() if reactions},
            "history": message.history,
            "keyboard": message.keyboard,
        }

    def view(self, person: int, limit: int = 100) -> Json:
        """All chats of a person with their last messages; a private chat is seen by its owner alone."""
        who = self._people.person(person)
        chats = [self._world.private_chat(who), *self._world.groups_of(person)]
        return {
            "now": self._world.clock.now(),
            "person": self._world.user(person),
            "chats": [self._chat(chat, limit) for chat in chats],
        }

    def _chat(self, chat: Chat, limit: int) -> Json:
        bot = self._world.bot
        keyboard = None
        if chat.private:
            last = next((each.keyboard for each in reversed(chat.messages.values()) if each.keyboard), {})
            keyboard = last if "keyboard" in last else None
        return {
            "id": chat.id,
            "type": chat.type,
            "title": chat.title or bot.first_name,
            "is_forum": chat.is_forum or (chat.private and bot.has_topics_enabled),
            "topics": [
                {"id": topic.id, "name": topic.name, "closed": topic.closed, "icon_color": topic.icon_color}
                for topic in chat.topics.values()
                if not topic.deleted
            ],
            "pinned": chat.pinned,
            "acting": [
                {"thread": thread, "action": action}
                for thread, (action, until) in chat.acting.items()
                if until > self._world.clock.now()
            ],
            "keyboard": keyboard,
            "messages": self.messages(chat.id, limit=limit, deleted=False),
        }

    def people(self) -> list[Json]:
        world = self._world
        flags: dict[int, dict[str, Any]] = {
            person.id: {"blocked": person.blocked, "deactivated": person.deactivated, "started": person.started}
            for person in world.people.values()
        }
        return [world.user(person) | flags[person] for person in world.people]
