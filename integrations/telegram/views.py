"""What the team's commands show."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from bot.domain.contacts import show_phone
from bot.domain.kpi.periods import Period
from bot.domain.policy import Policy
from bot.domain.scoring import Band
from bot.locales import Texts
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_teammate, teammate_by_telegram
from bot.use_cases.find_leads import SHORTEST, Hit, find_leads
from bot.use_cases.list_leads import Line, lines_of, list_own_leads, list_waiting_leads
from bot.use_cases.list_rejects import list_rejects
from bot.use_cases.take_back_spam import list_spam
from bot.use_cases.view_lead import colleagues_of, show_lead, view_lead
from integrations.telegram.callbacks import VIEW, Tap
from integrations.telegram.cards import BAND_SIGNS, LONGEST_WORDS, Rendered, headline, quote
from integrations.telegram.html import ago, bold, clean, cut, fitting, lines, link, message_link, number
from integrations.telegram.keyboards import (
    button,
    colleague_buttons,
    in_pairs,
    moment_buttons,
)
from integrations.telegram.lead_view import render_lead
from integrations.telegram.rejects_view import render_rejects


def render_view(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """Never longer than a message: who has more in hand than that reads the first lines of it."""
    rendered = _VIEWS[asked["view"]](tx, asked, texts, now)
    return replace(rendered, text=fitting(rendered.text))


def _my(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """Who waits, and for how long; then the others; then what is put off, with its time."""
    found = _own(tx, asked)
    mate = teammate_by_telegram(tx, asked["teammate"])
    away = _away_line(mate, texts, now) if mate is not None else None
    if not found:
        return Rendered(lines(away, texts("my.empty")), [])
    at_hand = [lead_line(line, texts, now) for line in found if line.put_off is None]
    put_off = [lead_line(line, texts, now) for line in found if line.put_off is not None]
    told = [*at_hand, "", texts("my.put_off"), *put_off] if put_off else at_hand
    return Rendered(lines(away, texts("my.head", count=len(found)), *told), [], _named(found))


def _away(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """Is he away, and until when could he be?"""
    mate = get_teammate(tx, asked["teammate"])
    away = _away_line(mate, texts, now) if mate is not None else None
    not_understood = texts("away.not_understood") if asked["words"] else None
    if away is not None:
        return Rendered(lines(not_understood, away, texts("away.how_back")), [])
    made = moment_buttons(asked, Tap.AWAY, 0, texts)
    return Rendered(lines(not_understood, texts("away.until_when")), [[key] for key in made])


def _back(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """He is back: what his colleagues took over meanwhile, and what is his."""
    gone = hidden(lines_of(tx, asked["leads"]), asked["policy"])
    mine = _own(tx, asked)
    told = [texts("back.head"), "", texts("back.taken_over") if gone else texts("back.nothing")]
    told += [lead_line(line, texts, now) for line in gone]
    if mine:
        told += ["", texts("my.head", count=len(mine)), *(lead_line(line, texts, now) for line in mine)]
    return Rendered(lines(*told), [], _named([*gone, *mine]))


def _away_line(mate: Teammate, texts: Texts, now: datetime) -> Markup | None:
    if mate.away_until is None or not mate.is_away(now):
        return None
    return texts("away.line", moment=texts.when(mate.away_until, now))


def _queue(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    found = hidden(list_waiting_leads(tx), asked["policy"])
    if not found:
        return Rendered(texts("queue.empty"), [])
    keyboard = [
        [button(texts.plain("button.claim_named", name=cut(line.name, 30)), Tap.CLAIM, line.lead.id, VIEW, "success")]
        for line in found
        if line.lead.owner_id is None
    ][:8]
    told = lines(texts("queue.head", count=len(found)), *(lead_line(line, texts, now) for line in found))
    return Rendered(told, keyboard, _named(found))


def _spam(tx: Tx, asked: Mapping[str, Any], texts: Texts, _now: datetime) -> Rendered:
    page = asked.get("page", 1)
    shown = list_spam(tx, asked["policy"], page)
    if not (found := shown.lines):
        return Rendered(texts("spam.empty"), [])
    told = [
        lines(
            Markup("/lead_{} {} · {}").format(
                line.lead_id, bold(cut(line.name, 40)), texts.plain("spam.messages", count=line.count)
            ),
            quote(line.last, texts) if line.last is not None else None,
        )
        for line in found
    ]
    keyboard = [
        [button(texts.plain("button.not_spam", name=cut(line.name, 30)), Tap.NOT_SPAM, line.lead_id)] for line in found
    ]
    more = ("", texts("spam.more", page=page + 1)) if shown.more else ()
    text = lines(texts("spam.head"), *(part for line in told for part in ("", line)), *more)
    return Rendered(text, keyboard, tuple(line.lead_id for line in found))


def _rejects(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    period = Period.between(date.fromisoformat(asked["first"]), date.fromisoformat(asked["end"]), str(texts.zone))
    return render_rejects(list_rejects(tx, period, asked["policy"]), texts, now)


def _contact(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """To the owner alone: the number stands plain, so that a tap dials."""
    view = view_lead(tx, asked["lead"], now)
    if view is None or view.owner is None or view.owner.id != asked["teammate"] or view.forgotten_at is not None:
        return Rendered(texts("card.not_yours_now"), [])
    ways = (
        show_phone(view.phone) if view.phone else None,
        view.email,
        f"@{view.username}" if view.username else None,
    )
    told = lines(bold(cut(view.name, 64)), *(clean(way) for way in ways if way))
    return Rendered(told, [], (view.lead.id,))


def _colleagues(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    view = show_lead(tx, asked["lead"], asked["policy"], now)
    if view is None:
        return Rendered(texts("lead.unknown", number=asked["lead"]), [])
    keyboard = in_pairs(colleague_buttons(colleagues_of(tx, view.lead, now), view.lead.id, texts))
    question = texts("card.choose_transfer" if keyboard else "colleagues.none")
    return Rendered(lines(headline(view, texts), "", question), keyboard, (view.lead.id,))


def _find(tx: Tx, asked: Mapping[str, Any], texts: Texts, _now: datetime) -> Rendered:
    query = cut(asked["query"], LONGEST_WORDS)
    if len(query.replace(" ", "")) < SHORTEST:
        return Rendered(texts("find.what"), [])
    hide = asked["policy"].hide
    hits = [
        replace(hit, name=hide(hit.name), said=hide(hit.said or "")) for hit in find_leads(tx, query, asked["region"])
    ]
    if not hits:
        return Rendered(texts("find.nothing", query=query), [])
    keyboard = [button(f"№{hit.lead.id} {cut(hit.name, 20)}", Tap.SHOW, hit.lead.id) for hit in hits]
    told = lines(texts("find.head", count=len(hits), query=query), "", *(_hit(hit, texts) for hit in hits))
    return Rendered(told, in_pairs(keyboard), tuple(hit.lead.id for hit in hits))


def _hit(hit: Hit, texts: Texts) -> Markup:
    lead = hit.lead
    state = texts.plain(f"status.{lead.status}", owner=cut(hit.owner or "–", 40))
    head = Markup("{} №{} · {} · {}").format(BAND_SIGNS[Band(lead.band)], lead.id, bold(cut(hit.name, 40)), state)
    return lines(head, Markup("<i>«{}»</i>").format(cut(hit.said, 100)) if hit.said else None)


def _help(_tx: Tx, asked: Mapping[str, Any], texts: Texts, _now: datetime) -> Rendered:
    roles = asked["roles"]
    what = (part for role in roles for part in (texts(f"help.{role}"), ""))
    theirs = None if set(roles) <= {"sales"} else texts("help.of_marketing")
    return Rendered(lines(texts("help.head"), "", *what, texts("help.commands"), theirs), [])


def _setup(_tx: Tx, _asked: Mapping[str, Any], texts: Texts, _now: datetime) -> Rendered:
    keyboard = [
        [button(texts.plain(f"button.bind_{purpose}"), Tap.BIND, 0, purpose)]
        for purpose in ("all", "sales", "marketing", "managers")
    ]
    return Rendered(texts("setup.choose"), keyboard)


def _own(tx: Tx, asked: Mapping[str, Any]) -> list[Line]:
    """Whose they are needs no saying."""
    found = hidden(list_own_leads(tx, asked["teammate"]), asked["policy"])
    return [replace(line, owner=None) for line in found]


def hidden(found: list[Line], policy: Policy) -> list[Line]:
    """Some people are called by their number."""
    return [replace(line, name=policy.hide(line.name)) for line in found]


def _named(found: list[Line]) -> tuple[int, ...]:
    return tuple(line.lead.id for line in found)


def lead_line(line: Line, texts: Texts, now: datetime) -> Markup:
    """One lead in a list: how hot, who, whose, how long he waits, and until when it can."""
    lead = line.lead
    url = message_link(*line.card) if line.card else None
    name = cut(line.name, 40)
    parts = [
        Markup("{} {}").format(BAND_SIGNS[Band(lead.band)], number(lead.score)),
        link(name, url) if url else name,
        Markup("№{}").format(lead.id),
    ]
    if line.owner:
        parts.append(cut(line.owner, 40))
    if lead.waiting_since is not None:
        parts.append(Markup("⏳ {}").format(ago(lead.waiting_since, texts.moment(lead.waiting_since))))
    if line.put_off is not None:
        parts.append(Markup("💤 {}").format(texts.when(line.put_off, now)))
    if line.call_at is not None:
        parts.append(Markup("📞 {}").format(texts.when(line.call_at, now)))
    return Markup(" · ").join(parts)


_VIEWS: dict[str, Callable[[Tx, Mapping[str, Any], Texts, datetime], Rendered]] = {
    "my": _my,
    "queue": _queue,
    "away": _away,
    "back": _back,
    "spam": _spam,
    "rejects": _rejects,
    "lead": render_lead,
    "contact": _contact,
    "colleagues": _colleagues,
    "find": _find,
    "help": _help,
    "setup": _setup,
}
