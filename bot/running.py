"""What runs just now, and whether it is well."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import StoreUnavailableError
from bot.runtime.delivery import Delivery
from bot.runtime.leader import Lease
from bot.storage.marks import has_tables, leave_mark
from bot.storage.store import Store
from bot.web.health import Finding, Probe
from integrations.telegram.introduction import Profile
from integrations.telegram.polling import Polling
from scheduler.timekeeper import Timekeeper

WELL_WITHIN_SECONDS = 60.0
"""`/readyz` says that delivery lags when the oldest due item has waited longer."""

DATABASE_SECONDS = 3.0
"""So long `/readyz` waits for a write, when the last one failed."""

NO_TABLES = (
    "this database has none of our tables: somebody has emptied it, or made it anew. Nothing more is acknowledged, and "
    "what comes meanwhile is sent again. Stop every process, restore a backup, start"
)


@dataclass(slots=True)
class Running:
    store: Store
    lease: Lease | None
    profile: Profile | None = None
    """Who we are, once Telegram has said it."""
    polling: Polling | None = None
    delivery: Delivery | None = None
    """As long as this process leads, like `polling`."""
    timekeeper: Timekeeper | None = None

    def probes(self, *, would_lead: bool) -> dict[str, Probe]:
        probes: dict[str, Probe] = {"database": self._database, "telegram": self._telegram}
        return probes | ({"delivery": self._delivery, "clock": self._clock} if would_lead else {})

    async def _database(self) -> Finding:
        """After a write that failed something is written, so that it is well again though nobody else writes."""
        with contextlib.suppress(StoreUnavailableError):  # whose trouble follows
            if not await self.store.read(has_tables):
                return Finding(False, {"trouble": NO_TABLES})
        if self.store.trouble is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.store.write(leave_mark, "readyz", "written"), DATABASE_SECONDS)
        trouble = self.store.trouble
        return Finding(trouble is None, {"trouble": trouble} if trouble else {})

    async def _telegram(self) -> Finding:
        if self.profile is None:
            return Finding(False, {"trouble": "Telegram has not answered yet"})
        trouble = self.polling.trouble if self.polling else None
        sending = self.delivery.reachable() if self.delivery else True
        return Finding(trouble is None and sending, {"trouble": trouble} if trouble else {})

    async def _delivery(self) -> Finding:
        if self.lease is not None and self.lease.stands_by:
            return Finding(True, {"leads": False})
        if self.delivery is None:
            return Finding(False, {"trouble": "this process does not lead yet"})
        lag = self.delivery.lag_seconds
        figures: dict[str, Any] = {
            "lag_seconds": round(lag, 1),
            "waiting": self.delivery.waiting,
            "resting": len(self.delivery.resting),
            "call_seconds": round(self.delivery.call_seconds, 1),
        }
        if self.delivery.held_up is not None:
            figures["held_up"] = self.delivery.held_up
        return Finding(lag < WELL_WITHIN_SECONDS, figures)

    async def _clock(self) -> Finding:
        """A clock that was set is told of; a process that goes on by it is well all the same."""
        return Finding(True, self.timekeeper.figures() if self.timekeeper is not None else {})
