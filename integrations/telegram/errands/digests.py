"""The digest, rendered when it is sent."""

from datetime import date, datetime

from bot.domain.kpi import Audience, Period
from bot.ports import OutboxItem
from bot.storage.store.base import Tx
from bot.use_cases.build_report import build_report
from integrations.telegram.client import Call
from integrations.telegram.digest_view import render_digest
from integrations.telegram.errands.base import PlainErrand, Prepared, chat_of


class DigestErrand(PlainErrand):
    """Payload: `audiences`, and the local days `first` … `end` of `zone`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        asked = item.payload
        period = Period.between(date.fromisoformat(asked["first"]), date.fromisoformat(asked["end"]), asked["zone"])
        report = build_report(tx, period, now, frozenset(Audience(name) for name in asked["audiences"]))
        return Call(
            "sendMessage",
            {
                "chat_id": chat_of(item),
                "text": str(render_digest(report, self.texts)),
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
            },
        )
