"""The part of the client that governs the sandbox: the bot's settings, rates, faults, time, the journal."""

from typing import Any

from integrations.telegram.sandbox.connection import Connection

Json = dict[str, Any]


class Trouble(Connection):
    async def set_bot(self, **settings: Any) -> Json:
        """Settings made at BotFather: has_topics_enabled, allows_users_to_create_topics, privacy, username …"""
        return dict(await self.act("set_bot", **settings))

    async def limits(self, **rates: float) -> Json:
        """Change rates and see them with the refusals by chat; 0 switches a rate off.

        The rates: overall_per_second, private_per_second, private_burst, group_per_minute.
        """
        return dict(await self.act("limits", **rates))

    async def unlimited(self) -> None:
        await self.limits(overall_per_second=0, private_per_second=0, group_per_minute=0)

    async def refused(self, chat: int) -> int:
        """How many calls to the chat were answered 429."""
        return int((await self.limits())["refused"].get(str(chat), 0))

    async def faults(
        self, kind: str, method: str | None = None, chat_id: int | None = None, count: int = 1, **more: Any
    ) -> Json:
        """Arm a fault: bad_gateway, bad_gateway_after, cut_before, cut_after, delay_before, delay_after or error.

        More may be about (words that the call's text contains), skip (calls let through first), seconds, code,
        description, parameters.
        """
        return dict(await self.act("fault", kind=kind, method=method, chat_id=chat_id, count=count, **more))

    async def down(self, seconds: float) -> None:
        """For so long, by the clock of the sandbox, every connection of the bot is cut."""
        await self.act("down", seconds=seconds)

    async def duplicate_updates(self, count: int = 1) -> None:
        await self.act("trouble", duplicate=count)

    async def reorder_updates(self) -> None:
        """The next two updates change places."""
        await self.act("trouble", reorder=True)

    async def hold_updates(self, count: int, seconds: float) -> None:
        await self.act("trouble", hold=count, seconds=seconds)

    async def clear_faults(self) -> None:
        await self.act("clear_faults")

    async def advance(self, seconds: float) -> float:
        return float(await self.act("advance", seconds=seconds))

    async def now(self) -> float:
        return float(await self.act("now"))

    async def calls(self, after: int = 0, method: str | None = None) -> list[Json]:
        """The journal of Bot API calls: n, time, method, params, status, answer."""
        calls = await self.act("calls", after=after)
        return [call for call in calls if method is None or call["method"].lower() == method.lower()]

    async def violations(self) -> list[Json] | None:
        """Calls that break the published specification; None where the specification is not at hand."""
        found: list[Json] | None = await self.act("violations")
        return found
