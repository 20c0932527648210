"""The webhook sender: order within a queue, queues side by side, and patience with a failing receiver."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import orjson

from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.updates import DEFAULT_KINDS, Update, UpdateQueue

_LONGEST_DELAY = 60.0
_TIMEOUT = aiohttp.ClientTimeout(total=60)
# What a receiver may not call in its response: reading methods and those that manage the webhook itself.
_NOT_IN_RESPONSE = ("get", "setwebhook", "deletewebhook", "close", "logout")
Run = Callable[[str, Json], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    connections: int


class WebhookSender:
    def __init__(self, updates: UpdateQueue, clock: Clock, run: Run) -> None:
        self.webhook: Webhook | None = None
        self._updates = updates
        self._clock = clock
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None

    def set(self, webhook: Webhook | None) -> None:
        if self._task is not None:
            self._task.cancel()
        self.webhook, self._task, self._last_error = webhook, None, None
        if webhook is not None:
            self._task = asyncio.get_running_loop().create_task(self._send_all(webhook))

    async def stop(self) -> None:
        task = self._task
        self.set(None)
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def info(self) -> Json:
        self._updates.expire()
        pending = len(self._updates.pending)
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": pending}
        if self.webhook is not None:
            info |= {"url": self.webhook.url, "max_connections": self.webhook.connections, "ip_address": "127.0.0.1"}
            if self._last_error is not None:
                info |= {"last_error_date": self._last_error[0], "last_error_message": self._last_error[1]}
        if self._updates.allowed != DEFAULT_KINDS:
            info["allowed_updates"] = sorted(self._updates.allowed)
        return info

    async def _send_all(self, webhook: Webhook) -> None:
        queues: dict[str, deque[Update]] = {}
        slots = asyncio.Semaphore(webhook.connections)
        last = -1
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http, asyncio.TaskGroup() as workers:
            while True:
                version = self._updates.arrivals.version
                for update in [update for update in self._updates.pending.values() if update.id > last]:
                    last = update.id
                    if update.queue in queues:
                        queues[update.queue].append(update)
                    else:
                        queues[update.queue] = deque([update])
                        workers.create_task(self._drain(webhook, http, slots, queues, update.queue))
                await self._updates.arrivals.wait(version, 3600)

    async def _drain(
        self,
        webhook: Webhook,
        http: aiohttp.ClientSession,
        slots: asyncio.Semaphore,
        queues: dict[str, deque[Update]],
        name: str,
    ) -> None:
        while queue := queues[name]:
            update, delay = queue[0], 1.0
            while update.id in self._updates.pending and update.expires > self._clock.now():
                async with slots:
                    delivered, wait = await self._post(webhook, http, update)
                if delivered and update.copies == 0:
                    break
                if delivered:
                    update.copies -= 1
                    continue
                await self._clock.sleep(delay if wait is None else wait)
                delay = min(delay * 2, _LONGEST_DELAY)
            self._updates.confirm(update)
            queue.popleft()
        del queues[name]

    async def _post(self, webhook: Webhook, http: aiohttp.ClientSession, update: Update) -> tuple[bool, float | None]:
        """Whether it was taken, and how long the receiver asked to wait if not."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        try:
            async with http.post(webhook.url, data=update.body, headers=headers) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return False, None
        if 200 <= response.status < 300:
            await self._execute(body)
            return True, None
        self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
        asked = response.headers.get("Retry-After", "")
        return False, float(min(int(asked), 3600)) if asked.isdecimal() else None

    async def _execute(self, body: bytes) -> None:
        with contextlib.suppress(orjson.JSONDecodeError):
            call = orjson.loads(body) if body.startswith(b"{") else None
            name = call.pop("method", None) if isinstance(call, dict) else None
            if isinstance(call, dict) and isinstance(name, str) and not name.lower().startswith(_NOT_IN_RESPONSE):
                await self._run(name, call)

    def _failed(self, message: str) -> None:
        self._last_error = int(self._clock.now()), message
