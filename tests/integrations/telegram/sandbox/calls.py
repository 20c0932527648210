"""A bare caller of the Bot API, so that no client library stands between a test and the wire."""

from typing import Any

import aiohttp
import orjson

from integrations.telegram.sandbox import RunningSandbox, SandboxClient

Json = dict[str, Any]
_HELD = (
    *("text", "photo", "contact", "pinned_message"),
    *("new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"),
)


class Api:
    def __init__(self, running: RunningSandbox, http: aiohttp.ClientSession) -> None:
        self.running = running
        self.people: SandboxClient = running.client
        self.http = http
        self.base = f"{running.url}/bot{running.token}"
        self._offset = 0

    async def raw(self, method: str, **params: Any) -> tuple[int, Json]:
        async with self.http.post(f"{self.base}/{method}", json=params) as response:
            return response.status, orjson.loads(await response.read())

    async def __call__(self, method: str, **params: Any) -> Any:
        status, body = await self.raw(method, **params)
        assert (status, body["ok"]) == (200, True), body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        status, body = await self.raw(method, **params)
        assert body["ok"] is False, body
        assert body["error_code"] == status
        return status, body["description"]

    async def updates(self, **params: Any) -> list[Json]:
        """The updates that came since the last look."""
        found: list[Json] = await self("getUpdates", offset=self._offset, **params)
        if found:
            self._offset = found[-1]["update_id"] + 1
        return found

    async def kinds(self) -> list[str]:
        """The kinds of the new updates; messages by what they hold."""
        return [_kind(update) for update in await self.updates()]


def _kind(update: Json) -> str:
    kind = next(key for key in update if key != "update_id")
    if kind != "message":
        return kind
    held = [key for key in update[kind] if key in _HELD or key.startswith("forum_topic")]
    return str(held[0]) if held else kind
