"""The state of the sandbox and the few ways to change it; synchronous, and all time comes from the clock."""

import itertools
from collections.abc import Iterator
from typing import Any

from integrations.telegram.sandbox.changes import Changes
from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.files import FileStore
from integrations.telegram.sandbox.render import bot_json, message_json, user_json
from integrations.telegram.sandbox.state import Bot, Chat, Json, Member, Message, Person
from integrations.telegram.sandbox.updates import UpdateQueue
from integrations.telegram.sandbox.visibility import bot_sees

MESSAGES_KEPT = 50_000


class World:
    def __init__(self, clock: Clock, updates: UpdateQueue, bot_id: int) -> None:
        self.clock = clock
        self.updates = updates
        self.changes = Changes()
        self.files = FileStore()
        self.bot = Bot(bot_id)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self._person_ids = itertools.count(7_000_000_001)
        self._group_ids = itertools.count(4_000_001)
        self._supergroup_ids = itertools.count(1_002_000_000_001)
        # As for real accounts, private chats and basic groups share one counter of messages.
        self._shared_message_id = 0
        self._unique = itertools.count(int(clock.now() * 1000))

    def now(self) -> int:
        return int(self.clock.now())

    def unique(self) -> str:
        return str(next(self._unique) * 1_000_003)

    def add_person(self, **fields: Any) -> Person:
        person = Person(next(self._person_ids), **fields)
        person.phone = person.phone or f"+7900{person.id % 10_000_000:07d}"
        self.people[person.id] = person
        self.changes.touch()
        return person

    def add_group(self, title: str, *, supergroup: bool, forum: bool = False) -> Chat:
        number = -next(self._supergroup_ids) if supergroup else -next(self._group_ids)
        chat = Chat(number, "supergroup" if supergroup else "group", title, is_forum=forum, instance=self.unique())
        self.chats[chat.id] = chat
        self.changes.touch()
        return chat

    def private_chat(self, person: Person) -> Chat:
        if person.id not in self.chats:
            self.chats[person.id] = Chat(person.id, "private", person=person.id, instance=self.unique())
        return self.chats[person.id]

    def user(self, user_id: int) -> Json:
        return bot_json(self.bot) if user_id == self.bot.id else user_json(self.people[user_id])

    def bot_member(self, chat: Chat) -> Member:
        return chat.members.get(self.bot.id, Member("left"))

    def groups_of(self, person_id: int) -> Iterator[Chat]:
        for chat in self.chats.values():
            member = chat.members.get(person_id)
            if member is not None and member.present:
                yield chat

    def content(self, message: Message) -> Json:
        if message.kind != "pinned_message":
            return message.content
        pinned = self.chats[message.chat_id].messages.get(message.content["pinned_message"])
        if pinned is None or pinned.deleted:
            return {}
        return {"pinned_message": message_json(self, pinned, nested=True)}

    def next_message_id(self, chat: Chat) -> int:
        if chat.type == "supergroup":
            chat.last_message_id += 1
        else:
            self._shared_message_id += 1
            chat.last_message_id = self._shared_message_id
        return chat.last_message_id

    def post(self, chat: Chat, sender: int, kind: str, content: Json, **fields: Any) -> Message:
        message = Message(self.next_message_id(chat), chat.id, self.now(), sender, kind, content, **fields)
        chat.messages[message.id] = message
        if sender == self.bot.id:
            chat.acting.pop(message.thread, None)
        if len(chat.messages) > MESSAGES_KEPT:
            del chat.messages[next(iter(chat.messages))]
        self.changes.touch()
        return message

    def post_service(self, chat: Chat, sender: int, kind: str, content: Json, **fields: Any) -> Message:
        """A service message reaches the bot even where the bot itself caused it."""
        message = self.post(chat, sender, kind, content, **fields)
        self.announce(message)
        return message

    def announce(self, message: Message, kind: str = "message", *, regardless: bool = False) -> None:
        chat = self.chats[message.chat_id]
        if regardless or bot_sees(self, chat, message):
            self.updates.emit(kind, message_json(self, message), f"chat:{chat.id}")

    def edit(self, message: Message, content: Json, markup: Json | None, *, kind: str | None = None) -> None:
        before = {"at": message.edit_date or message.date, "content": message.content, "markup": message.markup}
        message.history.append(before)
        message.content, message.markup, message.kind = content, markup, kind or message.kind
        message.edit_date = self.now()
        self.changes.touch()

    def delete(self, message: Message) -> None:
        message.deleted = True
        chat = self.chats[message.chat_id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        self.changes.touch()
