"""The people's side over HTTP: one address for every action, and the long poll of changes."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import web

from integrations.telegram.sandbox.errors import ApiError
from integrations.telegram.sandbox.faults import Fault
from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.groups import Groups
from integrations.telegram.sandbox.people import ImpossibleError, People
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.server import answered
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.views import Views

_LONGEST_WAIT = 60.0
_FLOCK_SECONDS = 0.01
_INERT = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")


class Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        people = People(sandbox)
        groups = Groups(sandbox, people)
        views = Views(sandbox, people)
        self._people = people
        own: tuple[Callable[..., Any], ...] = (
            *(self.create_person, self.send_media, self.answer, self.limits, self.fault, self.down, self.trouble),
            *(self.clear_faults, self.advance, self.now, self.calls, self.violations, self.about),
        )
        acts: tuple[Callable[..., Any], ...] = (
            *(
                people.start,
                people.send,
                people.send_content,
                people.send_contact,
                people.send_poll,
                people.new_album,
                people.edit,
                people.delete,
                people.tap,
                people.react,
            ),
            *(groups.create_group, groups.migrate, groups.set_bot_member, groups.set_bot),
            *(groups.join, groups.leave, groups.kick, groups.promote, groups.demote),
            *(groups.block, groups.unblock, groups.deactivate),
            *(groups.create_topic, groups.close_topic, groups.reopen_topic, groups.delete_topic),
            *(views.messages, views.view, views.people),
        )
        self._actions = {action.__name__: action for action in (*own, *acts)}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/changes", self.changes),
            web.get("/sandbox/file/{file_id}", self.file),
            web.post("/sandbox/{action}", self.act),
        ]

    async def act(self, request: web.Request) -> web.Response:
        action = self._actions.get(request.match_info["action"])
        if action is None:
            return answered(404, {"error": f"no action {request.match_info['action']}"})
        body = await request.read()
        try:
            arguments = orjson.loads(body) if body else {}
            return answered(200, {"result": action(**arguments)})
        except (ImpossibleError, ValueError, TypeError) as error:
            return answered(400, {"error": str(error)})
        except ApiError as error:
            return answered(400, {"error": error.description})

    async def changes(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "-1"))
        timeout = min(float(request.query.get("timeout", "25")), _LONGEST_WAIT)
        changes = self._sandbox.world.changes
        waited = after >= changes.version
        await changes.wait(after, timeout)
        if waited:
            # Changes come in flocks; an observer is woken once for each flock.
            await asyncio.sleep(_FLOCK_SECONDS)
        return answered(200, {"version": changes.version})

    async def file(self, request: web.Request) -> web.Response:
        stored = self._sandbox.world.files.by_id.get(request.match_info["file_id"].partition("~")[0])
        if stored is None:
            return answered(404, {"error": "no such file"})
        content = bytes(stored.size) if stored.content is None else stored.content
        # What people send is shown as a picture or saved, never run as a page of this address.
        if stored.kind == "photo" or stored.mime_type in _PICTURES:
            return web.Response(body=content, content_type="image/png", headers=_INERT)
        return web.Response(body=content, headers=_INERT | {"Content-Disposition": "attachment"})

    def create_person(self, **fields: Any) -> int:
        return self._sandbox.world.add_person(**fields).id

    def send_media(
        self,
        person: int,
        chat: int,
        kind: str,
        content: str | None = None,
        name: str = "file.bin",
        mime_type: str = "application/octet-stream",
        **more: Any,
    ) -> int:
        upload = Upload(name, base64.b64decode(content) if content is not None else b"", mime_type)
        return self._people.send_media(person, chat, kind, upload, **more)

    def answer(self, callback_id: str) -> Json:
        tap = self._sandbox.taps.find(callback_id)
        if tap is None:
            raise ImpossibleError(f"no tap {callback_id}")
        return {"answered": tap.answer is not None, **(tap.answer or {})}

    def limits(self, **rates: Any) -> Json:
        limiter = self._sandbox.limits
        limiter.rates = replace(limiter.rates, **rates)
        return dict(limiter.report())

    def fault(self, **fields: Any) -> Json:
        self._sandbox.faults.add(Fault(**fields))
        return self._sandbox.faults.report()

    def down(self, seconds: float) -> None:
        self._sandbox.faults.down(seconds)

    def trouble(self, duplicate: int = 0, reorder: bool = False, hold: int = 0, seconds: float = 0.0) -> None:
        """Troubles of the updates to come: delivered twice, in the wrong order, late."""
        updates = self._sandbox.updates
        if duplicate:
            updates.duplicate(duplicate)
        if reorder:
            updates.reorder()
        if hold:
            updates.hold(hold, seconds)

    def clear_faults(self) -> None:
        self._sandbox.faults.clear()
        self._sandbox.updates.calm()

    def advance(self, seconds: float) -> float:
        now = self._sandbox.clock.advance(seconds)
        self._sandbox.world.changes.touch()
        return now

    def now(self) -> float:
        return self._sandbox.clock.now()

    def calls(self, after: int = 0) -> list[Json]:
        return self._sandbox.journal.after(after)

    def violations(self) -> list[Json] | None:
        return None if self._sandbox.specification is None else self._sandbox.violations

    def about(self) -> Json:
        return {"bot": self._sandbox.world.bot.username, "version": self._sandbox.world.changes.version}
