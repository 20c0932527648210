"""A client of the people's side, for tests and demonstrations, in this process or another."""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any

from integrations.telegram.sandbox.connection import SandboxError
from integrations.telegram.sandbox.images import PIXEL
from integrations.telegram.sandbox.trouble import Trouble

__all__ = ["Button", "Json", "SandboxClient", "SandboxError"]

Json = dict[str, Any]
Button = str | tuple[int, int]


class SandboxClient(Trouble):
    async def create(
        self,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
    ) -> int:
        fields = {"first_name": first_name, "last_name": last_name, "username": username}
        return int(await self.act("create_person", **fields, language_code=language_code))

    async def start(self, person: int, payload: str = "") -> int:
        return int(await self.act("start", person=person, payload=payload))

    async def send(
        self,
        person: int,
        chat: int,
        text: str,
        reply_to: int | None = None,
        thread: int | None = None,
        entities: list[Json] | None = None,
    ) -> int:
        place = {"reply_to": reply_to, "thread": thread, "entities": entities}
        return int(await self.act("send", person=person, chat=chat, text=text, **place))

    async def send_media(
        self,
        person: int,
        chat: int,
        kind: str,
        content: bytes | None = None,
        name: str = "file.bin",
        *,
        size: int | None = None,
        **more: Any,
    ) -> int:
        """A file of any kind; a size without content declares a large file that is never looked into.

        More may be caption, reply_to, thread, album, mime_type, details (duration, width …).
        """
        encoded = base64.b64encode(content).decode() if content is not None else None
        place = {"person": person, "chat": chat, "kind": kind}
        return int(await self.act("send_media", **place, content=encoded, name=name, size=size, **more))

    async def send_photo(self, person: int, chat: int, content: bytes | None = None, **more: Any) -> int:
        return await self.send_media(person, chat, "photo", content or PIXEL, more.pop("name", "photo.png"), **more)

    async def send_document(
        self, person: int, chat: int, content: bytes | None = b"document", name: str = "file.txt", **more: Any
    ) -> int:
        content = None if more.get("size") is not None else content
        return await self.send_media(person, chat, "document", content, name, **more)

    async def send_voice(self, person: int, chat: int, content: bytes = b"OggS", **more: Any) -> int:
        return await self.send_media(person, chat, "voice", content, "voice.ogg", **more)

    async def send_video_note(self, person: int, chat: int, content: bytes = b"video", **more: Any) -> int:
        return await self.send_media(person, chat, "video_note", content, "note.mp4", **more)

    async def send_sticker(self, person: int, chat: int, emoji: str = "👍", **more: Any) -> int:
        return await self.send_media(person, chat, "sticker", b"RIFF", "sticker.webp", details={"emoji": emoji}, **more)

    async def send_album(
        self, person: int, chat: int, photos: Sequence[bytes | None], caption: str = "", **more: Any
    ) -> list[int]:
        """Several photos at once; the caption goes with the first."""
        album = str(await self.act("new_album"))
        captions = [caption] + [""] * (len(photos) - 1)
        return [
            await self.send_photo(person, chat, photo, album=album, caption=text, **more)
            for photo, text in zip(photos, captions, strict=True)
        ]

    async def send_content(self, person: int, chat: int, kind: str, content: Json, **more: Any) -> int:
        place = {"person": person, "chat": chat, "kind": kind}
        return int(await self.act("send_content", **place, content=content, **more))

    async def send_location(self, person: int, chat: int, latitude: float, longitude: float, **more: Any) -> int:
        return await self.send_content(person, chat, "location", {"latitude": latitude, "longitude": longitude}, **more)

    async def send_contact(self, person: int, chat: int, phone: str | None = None, **more: Any) -> int:
        """The person's own contact, as the request_contact button sends it, or a card of someone else."""
        return int(await self.act("send_contact", person=person, chat=chat, phone=phone, **more))

    async def send_poll(self, person: int, chat: int, question: str, options: Sequence[str], **more: Any) -> int:
        return int(
            await self.act("send_poll", person=person, chat=chat, question=question, options=list(options), **more)
        )

    async def edit(self, person: int, chat: int, message_id: int, text: str) -> None:
        await self.act("edit", person=person, chat=chat, message_id=message_id, text=text)

    async def delete(self, person: int, chat: int, message_id: int) -> None:
        await self.act("delete", person=person, chat=chat, message_id=message_id)

    async def tap(self, person: int, chat: int, message_id: int, button: Button) -> str:
        """Press a button by its data, a part of its text, or its place; gives the id of the callback query."""
        return str(await self.act("tap", person=person, chat=chat, message_id=message_id, button=button))

    async def answer(self, callback_id: str, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """What the person was shown in answer to a tap: text, show_alert, url."""

        async def answered() -> Json | None:
            answer: Json = await self.act("answer", callback_id=callback_id)
            return answer if answer["answered"] else None

        return await self.wait_until(answered, timeout, f"no answer to the tap {callback_id}")

    async def react(self, person: int, chat: int, message_id: int, emoji: str | None) -> None:
        await self.act("react", person=person, chat=chat, message_id=message_id, emoji=emoji)

    async def create_group(
        self,
        title: str,
        members: Sequence[int] = (),
        admins: Sequence[int] = (),
        forum: bool = False,
        kind: str = "supergroup",
        bot: str | None = "administrator",
        bot_rights: dict[str, bool] | None = None,
    ) -> int:
        """The first of the administrators, or else of the members, owns the group."""
        fields = {"members": list(members), "admins": list(admins), "forum": forum, "kind": kind}
        return int(await self.act("create_group", title=title, **fields, bot=bot, bot_rights=bot_rights))

    async def migrate(self, chat: int) -> int:
        return int(await self.act("migrate", chat=chat))

    async def set_bot_member(self, chat: int, status: str, rights: dict[str, bool] | None = None) -> None:
        """The bot's place in a group: administrator, member, restricted, left or kicked."""
        await self.act("set_bot_member", chat=chat, status=status, rights=rights)

    async def join(self, person: int, chat: int) -> None:
        await self.act("join", person=person, chat=chat)

    async def leave(self, person: int, chat: int) -> None:
        await self.act("leave", person=person, chat=chat)

    async def kick(self, person: int, chat: int) -> None:
        await self.act("kick", person=person, chat=chat)

    async def promote(self, person: int, chat: int, rights: dict[str, bool] | None = None) -> None:
        await self.act("promote", person=person, chat=chat, rights=rights)

    async def demote(self, person: int, chat: int) -> None:
        await self.act("demote", person=person, chat=chat)

    async def block(self, person: int) -> None:
        await self.act("block", person=person)

    async def unblock(self, person: int) -> None:
        await self.act("unblock", person=person)

    async def deactivate(self, person: int) -> None:
        await self.act("deactivate", person=person)

    async def create_topic(self, person: int, chat: int, name: str) -> int:
        return int(await self.act("create_topic", person=person, chat=chat, name=name))

    async def close_topic(self, person: int, chat: int, thread: int) -> None:
        await self.act("close_topic", person=person, chat=chat, thread=thread)

    async def reopen_topic(self, person: int, chat: int, thread: int) -> None:
        await self.act("reopen_topic", person=person, chat=chat, thread=thread)

    async def delete_topic(self, person: int, chat: int, thread: int) -> None:
        """Take a topic away with its messages; the bot is not told."""
        await self.act("delete_topic", person=person, chat=chat, thread=thread)

    async def messages(self, chat: int, thread: int | None = None, **more: Any) -> list[Json]:
        """All messages of a chat, deleted ones too; more may be after, limit, deleted, from_bot, pattern."""
        return list(await self.act("messages", chat=chat, thread=thread, **more))

    async def view(self, person: int) -> Json:
        return dict(await self.act("view", person=person))

    async def wait_for(
        self,
        chat: int,
        text: str | re.Pattern[str] = "",
        timeout: float = 5.0,  # noqa: ASYNC109
        *,
        after: int = 0,
        thread: int | None = None,
        predicate: Callable[[Json], bool] | None = None,
    ) -> Json:
        """The first message of the bot in a chat that holds the text (or fits the pattern) and the predicate."""

        wanted = re.escape(text) if isinstance(text, str) else text.pattern
        flags = "" if isinstance(text, str) else _flags(text)

        async def found() -> Json | None:
            place = {"after": after, "deleted": False, "from_bot": True, "pattern": flags + wanted}
            messages = await self.messages(chat, thread, **place)
            return next((each for each in messages if predicate is None or predicate(each)), None)

        return await self.wait_until(found, timeout, f"no message with {text!r} in chat {chat}")


def _flags(pattern: re.Pattern[str]) -> str:
    named = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
    letters = "".join(letter for flag, letter in named.items() if pattern.flags & flag)
    return f"(?{letters})" if letters else ""
