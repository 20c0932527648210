"""The digest, rendered when it is sent, and the picture that follows it."""

import base64
from datetime import date, datetime
from typing import Any

from bot.domain.kpi import Audience, Period, PeriodKind
from bot.ports import OutboxItem
from bot.storage.outbox import blank_payload
from bot.storage.store.base import Tx
from bot.use_cases.build_digest import note_posted
from bot.use_cases.build_report import build_report
from integrations.telegram.client import Call, Upload
from integrations.telegram.digest_view import leads_named, named_with_links, nameless, render_digest
from integrations.telegram.errands.base import Hold, Nothing, PlainErrand, Prepared, Result, Verdict, chat_of
from integrations.telegram.errands.notices import NoticeErrand, must_wait
from integrations.telegram.refusals import Refusal


class DigestErrand(NoticeErrand):
    """Payload: `audiences` and the period: `kind`, `first`, `end` and `zone`.

    The morning's has its row, `digest`; one that was asked for, the `thread` it was asked in.
    """

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        if must_wait(tx, item):
            return Hold()
        asked, policy = item.payload, self.around.policy
        first, end = date.fromisoformat(asked["first"]), date.fromisoformat(asked["end"])
        period = Period(PeriodKind(asked["kind"]), first, end, asked["zone"])
        report = build_report(tx, period, now, frozenset(Audience(name) for name in asked["audiences"]))
        bot = self.around.bot_username
        named = named_with_links(tx, report, chat_of(item), bot, policy)
        params: dict[str, Any] = {
            "chat_id": chat_of(item),
            "text": str(render_digest(report, self.texts, policy.hours, named)),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        spare = str(render_digest(report, self.texts, policy.hours, nameless(bot)))
        leads = tuple(sorted(leads_named(report)))
        return Call("sendMessage", self.place(item, params, asked.get("thread")), leads=leads, spare=spare)

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        if "digest" in item.payload:
            note_posted(tx, item.payload["digest"], result["message_id"], call.spare, now)
        return None


class PictureErrand(PlainErrand):
    """Payload: `png`, in base64, until it is sent. It rings nobody's phone: the text has done so."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        if "png" not in item.payload:
            return Nothing("it was let go")
        picture = Upload("gemba.png", base64.b64decode(item.payload["png"]), "image/png")
        return Call("sendPhoto", {"chat_id": chat_of(item), "disable_notification": True}, files={"photo": picture})

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        blank_payload(tx, item)
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        blank_payload(tx, item)
        return super().refused(tx, item, call, refusal, now)

    def lost(self, tx: Tx, item: OutboxItem, why: str, now: datetime) -> None:  # noqa: ARG002
        blank_payload(tx, item)
