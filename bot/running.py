"""What runs just now, and whether it is well."""

from dataclasses import dataclass
from typing import Any

from bot.runtime.delivery import Delivery
from bot.runtime.leader import Lease
from bot.storage.store import Store
from bot.web.health import Finding, Probe
from integrations.telegram.introduction import Profile
from integrations.telegram.polling import Polling

WELL_WITHIN_SECONDS = 60.0
"""`/readyz` says that delivery lags when the oldest due item has waited longer."""


@dataclass(slots=True)
class Running:
    store: Store
    lease: Lease | None
    profile: Profile | None = None
    """Who we are, once Telegram has said it."""
    polling: Polling | None = None
    delivery: Delivery | None = None
    """As long as this process leads, like `polling`."""

    def probes(self, *, would_lead: bool) -> dict[str, Probe]:
        probes: dict[str, Probe] = {"database": self._database, "telegram": self._telegram}
        return probes | ({"delivery": self._delivery} if would_lead else {})

    async def _database(self) -> Finding:
        await self.store.read(lambda tx: tx.exec_driver_sql("SELECT 1").scalar())
        return Finding(True, {})

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
        }
        if self.delivery.held_up is not None:
            figures["held_up"] = self.delivery.held_up
        return Finding(lag < WELL_WITHIN_SECONDS, figures)
