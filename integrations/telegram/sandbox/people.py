"""What people do in their chats: write, send files, edit, delete, tap, react."""

from typing import Any

from integrations.telegram.sandbox.callbacks import LIFETIME, Tap
from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.formatting import caption as caption_of
from integrations.telegram.sandbox.formatting import message_text
from integrations.telegram.sandbox.media import keep, media_json
from integrations.telegram.sandbox.membership import set_blocked
from integrations.telegram.sandbox.methods.callbacks import EMOJI
from integrations.telegram.sandbox.render import chat_json, message_json, user_json
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.state import Chat, Json, Member, Message, Person


class ImpossibleError(Exception):
    """What a person cannot do in Telegram either."""


class People:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    def person(self, person: int) -> Person:
        if person not in self._world.people:
            raise ImpossibleError(f"no person {person}")
        return self._world.people[person]

    def chat(self, chat: int) -> Chat:
        if chat == self._world.bot.id:
            raise ImpossibleError("the private chat with the bot goes by the identifier of the person")
        if chat in self._world.people:
            return self._world.private_chat(self._world.people[chat])
        if chat not in self._world.chats:
            raise ImpossibleError(f"no chat {chat}")
        return self._world.chats[chat]

    def message(self, chat: int, message_id: int) -> Message:
        message = self.chat(chat).messages.get(message_id)
        if message is None or message.deleted:
            raise ImpossibleError(f"no message {message_id} in chat {chat}")
        return message

    def start(self, person: int, payload: str = "") -> int:
        who = self.person(person)
        if who.blocked:
            set_blocked(self._world, who, blocked=False)
        who.started = True
        return self.send(person, person, f"/start {payload}".strip())

    def send(
        self,
        person: int,
        chat: int,
        text: str,
        reply_to: int | None = None,
        thread: int | None = None,
        entities: list[Json] | None = None,
    ) -> int:
        return self._post(person, chat, "text", message_text(text, None, entities), reply_to, thread)

    def send_media(
        self,
        person: int,
        chat: int,
        kind: str,
        upload: Upload,
        size: int | None = None,
        caption: str = "",
        reply_to: int | None = None,
        thread: int | None = None,
        album: str | None = None,
        details: Json | None = None,
    ) -> int:
        stored = keep(self._world.files, kind, upload, size=size)
        content = media_json(kind, stored, details) | caption_of(caption, None, None)
        return self._post(person, chat, kind, content, reply_to, thread, media_group_id=album)

    def send_content(
        self,
        person: int,
        chat: int,
        kind: str,
        content: Json,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> int:
        return self._post(person, chat, kind, {kind: content}, reply_to, thread)

    def new_album(self) -> str:
        return self._world.unique()

    def send_contact(
        self,
        person: int,
        chat: int,
        phone: str | None = None,
        first_name: str | None = None,
        user_id: int | None = None,
        **place: Any,
    ) -> int:
        """One's own contact carries one's identifier; a card of someone else need not carry any."""
        who = self.person(person)
        contact: Json = {"phone_number": phone or who.phone, "first_name": first_name or who.first_name}
        if first_name is None and who.last_name:
            contact["last_name"] = who.last_name
        if user_id is not None or first_name is None:
            contact["user_id"] = user_id or person
        return self.send_content(person, chat, "contact", contact, **place)

    def send_poll(self, person: int, chat: int, question: str, options: list[str], **place: Any) -> int:
        answers = [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(options)]
        poll: Json = {"id": self._world.unique(), "question": question, "options": answers, "type": "regular"}
        poll |= {"total_voter_count": 0, "is_closed": False, "is_anonymous": True}
        poll |= {"allows_multiple_answers": False, "allows_revoting": True, "members_only": False}
        return self.send_content(person, chat, "poll", poll, **place)

    def _post(
        self, person: int, chat_id: int, kind: str, content: Json, reply_to: int | None, thread: int | None, **more: Any
    ) -> int:
        who, chat = self.person(person), self.chat(chat_id)
        self.check_may_write(who, chat)
        replied = self.message(chat.id, reply_to) if reply_to is not None else None
        if replied is not None and thread is None:
            in_plain_supergroup = chat.type == "supergroup" and not chat.is_forum
            thread = replied.thread or (replied.id if in_plain_supergroup else None)
        in_topic = thread is not None and thread in chat.topics
        if in_topic and thread is not None:
            topic = chat.topics[thread]
            manages = chat.members.get(person, Member()).can("can_manage_topics")
            if topic.deleted or (topic.closed and not manages and topic.creator != person and not chat.private):
                raise ImpossibleError(f"topic {thread} is {'deleted' if topic.deleted else 'closed'}")
        elif thread is not None and replied is None:
            raise ImpossibleError(f"no topic {thread} in chat {chat.id}")
        fields = {"thread": thread, "in_topic": in_topic, "reply_to": reply_to, **more}
        message = self._world.post(chat, person, kind, content, **fields)
        self._world.announce(message)
        return message.id

    def check_may_write(self, who: Person, chat: Chat) -> None:
        if who.deactivated:
            raise ImpossibleError("the account is deleted")
        if chat.migrated_to is not None:
            raise ImpossibleError(f"the group became the supergroup {chat.migrated_to}")
        if chat.private:
            if chat.id != who.id:
                raise ImpossibleError("a private chat belongs to another person")
            if who.blocked:
                raise ImpossibleError("the person blocked the bot")
            # To write to a bot is to start it.
            who.started = True
        elif not chat.members.get(who.id, Member("left")).present:
            raise ImpossibleError(f"person {who.id} is not in chat {chat.id}")

    def edit(self, person: int, chat: int, message_id: int, text: str) -> None:
        message = self.message(chat, message_id)
        if message.sender != person:
            raise ImpossibleError("only one's own messages can be edited")
        if message.kind == "text":
            content = message_text(text, None, None)
        else:
            content = {key: value for key, value in message.content.items() if not key.startswith("caption")}
            content |= caption_of(text, None, None)
        self._world.edit(message, content, None)
        self._world.announce(message, "edited_message")

    def delete(self, person: int, chat: int, message_id: int) -> None:
        """Deletion gives the bot no update."""
        message = self.message(chat, message_id)
        place = self.chat(chat)
        moderates = place.members.get(person, Member("left")).can("can_delete_messages")
        if message.sender != person and not place.private and not moderates:
            raise ImpossibleError("only one's own messages can be deleted")
        self._world.delete(message)

    def tap(self, person: int, chat: int, message_id: int, button: str | list[int]) -> str:
        who, place, message = self.person(person), self.chat(chat), self.message(chat, message_id)
        self.check_may_write(who, place)
        pressed = _find_button(message, button)
        if pressed.get("disabled"):
            raise ImpossibleError(f"the button {pressed['text']!r} is disabled")
        if "callback_data" not in pressed:
            raise ImpossibleError(f"the button {pressed['text']!r} sends nothing to the bot")
        tap = Tap(self._world.unique(), person, chat, message_id, pressed["callback_data"], self._world.clock.now())
        self._sandbox.taps.add(tap)
        payload: Json = {"id": tap.id, "from": user_json(who), "message": message_json(self._world, message)}
        payload |= {"chat_instance": place.instance, "data": tap.data}
        self._world.updates.emit("callback_query", payload, f"user:{person}", LIFETIME)
        self._world.changes.touch()
        return tap.id

    def react(self, person: int, chat: int, message_id: int, emoji: str | None) -> None:
        """An ordinary emoji, or the identifier of a custom one; none takes the reaction back."""
        who, place, message = self.person(person), self.chat(chat), self.message(chat, message_id)
        if message.service:
            raise ImpossibleError("nobody can react to a service message")
        before = message.reactions.get(person, [])
        after = [_reaction(emoji)] if emoji else []
        if after == before:
            return
        message.reactions[person] = after
        self._world.changes.touch()
        if not place.private and self._world.bot_member(place).status != "administrator":
            return
        payload: Json = {"chat": chat_json(self._world, place), "message_id": message_id, "user": user_json(who)}
        payload |= {"date": self._world.now(), "old_reaction": before, "new_reaction": after}
        self._world.updates.emit("message_reaction", payload, f"reaction:{chat}")


def _reaction(emoji: str) -> Json:
    if emoji.isascii() and emoji.isdigit():
        return {"type": "custom_emoji", "custom_emoji_id": emoji}
    if emoji.replace("\ufe0f", "") not in EMOJI:
        raise ImpossibleError(f"{emoji!r} is no reaction")
    return {"type": "emoji", "emoji": emoji}


def _find_button(message: Message, button: str | list[int]) -> Json:
    rows = (message.markup or {}).get("inline_keyboard", [])
    if isinstance(button, list | tuple):
        row, column = button
        if row >= len(rows) or column >= len(rows[row]):
            raise ImpossibleError(f"no button at {button}")
        return dict(rows[row][column])
    buttons = [item for row in rows for item in row]
    for fits in (lambda item: item.get("callback_data") == button, lambda item: button in item["text"]):
        for item in buttons:
            if fits(item):
                return dict(item)
    raise ImpossibleError(f"no button {button!r}, only {[item['text'] for item in buttons]}")
