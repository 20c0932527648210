"""Rejected leads of some days, for reading on a phone: reasons by source, then the leads."""

from datetime import datetime, timedelta

from markupsafe import Markup

from bot.locales import Texts
from bot.use_cases.list_rejects import Reject, Rejects
from integrations.telegram.callbacks import Tap
from integrations.telegram.cards import FEEDBACK_SIGNS, Rendered
from integrations.telegram.html import bold, cut, lines, link, message_link
from integrations.telegram.keyboards import button, numbered

MOST_LINES = 12
"""Of each kind; all of it fits one message unless names and sources are at their longest."""

MOST_SOURCES = 6
MOST_BUTTONS = 6


def render_rejects(rejects: Rejects, texts: Texts, now: datetime) -> Rendered:
    days = texts.days(rejects.first, rejects.end - timedelta(days=1), now.astimezone(texts.zone).year)
    if not rejects.found:
        return Rendered(texts("rejects.none", days=days), [])
    unanswered, answered = rejects.unanswered, rejects.answered
    keyboard = [
        [button(numbered(one.lead_id, one.name), Tap.OWN_CARD, one.lead_id)] for one in unanswered[:MOST_BUTTONS]
    ]
    text = lines(
        texts("rejects.head", count=len(rejects.found), days=days),
        "",
        *(_reason(reason, sources, texts) for reason, sources in rejects.by_reason()),
        "",
        texts("rejects.unanswered", number=len(unanswered)) if unanswered else None,
        *_listed(unanswered, texts, now, waiting=True),
        "",
        texts("rejects.answered", number=len(answered)) if answered else None,
        *_listed(answered, texts, now, waiting=False),
    )
    named = tuple({one.lead_id for one in (*unanswered[:MOST_LINES], *answered[:MOST_LINES])})
    return Rendered(text, keyboard, named)


def _reason(reason: str, sources: list[tuple[str | None, int]], texts: Texts) -> Markup:
    shown = [f"{_source(source, texts)} {count}" for source, count in sources[:MOST_SOURCES]]
    if rest := sum(count for _, count in sources[MOST_SOURCES:]):
        shown.append(f"+{rest}")
    total = sum(count for _, count in sources)
    return Markup("{} – {}: {}").format(bold(texts.plain(f"reject.{reason}")), total, ", ".join(shown))


def _listed(found: list[Reject], texts: Texts, now: datetime, *, waiting: bool) -> list[Markup]:
    told = [_line(one, texts, now, waiting=waiting) for one in found[:MOST_LINES]]
    if left := len(found) - len(told):
        told.append(texts("rejects.more", number=left))
    return told


def _line(one: Reject, texts: Texts, now: datetime, *, waiting: bool) -> Markup:
    name, url = cut(one.name, 32), message_link(*one.card) if one.card else None
    parts = [
        link(name, url) if url else Markup.escape(name),
        texts.plain(f"reject.{one.reason}"),
        _source(one.source, texts),
    ]
    if one.campaign:
        parts.append(f"«{cut(one.campaign, 24)}»")
    if waiting:
        parts.append(Markup("⏳ {}").format(texts.duration((now - one.at).total_seconds())))
    told = Markup("{} /lead_{} ").format(FEEDBACK_SIGNS[one.state], one.lead_id)
    return told + Markup(" · ").join(parts)


def _source(source: str | None, texts: Texts) -> str:
    return cut(source, 24) if source else texts.plain("source.unknown")
