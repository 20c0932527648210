"""One sandbox: the world, the queue, the rates, the faults, and the way a call takes through them."""

import inspect
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integrations.telegram.sandbox.callbacks import Taps
from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.errors import METHOD_NOT_FOUND, ApiError, bad_request
from integrations.telegram.sandbox.faults import Faults
from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.journal import Journal
from integrations.telegram.sandbox.limits import RateLimiter
from integrations.telegram.sandbox.methods import METHODS, Call
from integrations.telegram.sandbox.parameters import parse
from integrations.telegram.sandbox.polling import Poller
from integrations.telegram.sandbox.specification import from_environment
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.updates import UpdateQueue
from integrations.telegram.sandbox.webhook import WebhookSender
from integrations.telegram.sandbox.world import World

_log = logging.getLogger(__name__)
_VIOLATIONS_KEPT = 1_000


class Sandbox:
    def __init__(self, token: str, clock_file: Path | None = None) -> None:
        self.token = token
        self.clock = Clock(clock_file)
        self.updates = UpdateQueue(self.clock)
        self.world = World(self.clock, self.updates, int(token.partition(":")[0]))
        self.limits = RateLimiter(self.clock)
        self.faults = Faults(self.clock)
        self.journal = Journal()
        self.specification = from_environment()
        self.violations: list[Json] = []
        self.taps = Taps(self.clock)
        self.poller = Poller(self.updates)
        self.sender = WebhookSender(self.updates, self.clock, self._run_from_webhook)

    async def call(self, name: str, raw: Mapping[str, Any], uploads: dict[str, Upload]) -> Any:
        method = METHODS.get(name.lower())
        if method is None:
            raise METHOD_NOT_FOUND
        fields = {key: upload for key, upload in uploads.items() if key in method.required or key in method.optional}
        problems = self._problems(name, raw, uploads)
        args = parse({**raw, **fields}, method.required, method.optional)
        if problems:
            raise bad_request(f"the call breaks the specification: {problems[0]}")
        if "business_connection_id" in args:
            raise bad_request("business connection not found")
        result = method.handler(Call(self, args, uploads, method.cost(args)))
        return await result if inspect.isawaitable(result) else result

    def _problems(self, name: str, raw: Mapping[str, Any], uploads: dict[str, Upload]) -> list[str]:
        if self.specification is None:
            return []
        problems = self.specification.problems(name, raw, uploads)
        if problems and len(self.violations) < _VIOLATIONS_KEPT:
            self.violations.append({"time": self.clock.now(), "method": name, "problems": problems})
        return problems

    async def answer(self, name: str, raw: Mapping[str, Any], uploads: dict[str, Upload]) -> tuple[int, Json]:
        """The status and the body of the answer to a call."""
        try:
            return 200, {"ok": True, "result": await self.call(name, raw, uploads)}
        except ApiError as error:
            return error.code, error.body()
        except Exception:
            _log.exception("%s failed", name)
            return 500, ApiError(500, "Internal Server Error").body()

    async def _run_from_webhook(self, name: str, raw: Json) -> None:
        status, body = await self.answer(name, raw, {})
        self.record(name, raw, {}, status, body)

    def record(self, name: str, raw: Mapping[str, Any], uploads: dict[str, Upload], status: int, body: Any) -> None:
        shown = dict(raw) | {key: {"file": item.name, "size": len(item.content)} for key, item in uploads.items()}
        answer = body.get("result", body) if isinstance(body, dict) else body
        polled = name.lower() == "getupdates" and isinstance(answer, list)
        self.journal.add(self.clock.now(), name, shown, status, len(answer) if polled else answer)
        if not polled:
            self.world.changes.touch()

    async def stop(self) -> None:
        self.updates.stop()
        self.poller.end("terminated by other getUpdates request; make sure that only one bot instance is running")
        await self.sender.stop()
