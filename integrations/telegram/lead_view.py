"""`/lead 15`: the summary, and by its buttons the touches, the log and the messages, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.domain.leads import OPEN, CallOutcome, LeadEvent, LossReason, RejectReason, Status
from bot.domain.messages import MessageKind
from bot.domain.policy import Policy
from bot.locales import Texts
from bot.storage.store.base import Tx
from bot.use_cases.turn_page import PAGES
from bot.use_cases.view_history import (
    EarlierLead,
    GivenConsent,
    Said,
    Step,
    TouchLine,
    earlier_leads,
    last_consent,
    said_with,
    steps_of,
    talk_with,
    touches_of,
)
from bot.use_cases.view_lead import LeadView, show_lead
from integrations.telegram.callbacks import VIEW, Tap
from integrations.telegram.cards import (
    LONGEST_NAME,
    LONGEST_WORDS,
    Rendered,
    plans,
    render_card,
    summary,
)
from integrations.telegram.html import LONGEST_MARK, LONGEST_TEXT, bold, cut, lines, number
from integrations.telegram.keyboards import Keyboard, button, manager_keyboard

LINES_A_PAGE = 10
TOUCH_KINDS = ("message", "start", "form", "visit", "page", "download", "subscribe", "call")


def render_lead(tx: Tx, asked: Mapping[str, Any], texts: Texts, now: datetime) -> Rendered:
    """In a group the short form: what is long is read in private."""
    policy: Policy = asked["policy"]
    view = show_lead(tx, asked["lead"], policy, now)
    if view is None:
        return Rendered(texts("lead.unknown", number=asked["lead"]), [])
    head = texts("lead.head", number=view.lead.id)
    if view.forgotten_at is not None:
        return Rendered(lines(head, texts("lead.forgotten", at=texts.moment(view.forgotten_at))), [])
    page, named = asked.get("page", "summary"), (view.lead.id,)
    if page == "summary":
        state = texts(f"status.{view.lead.status}", owner=view.owner.name if view.owner else "–")
        keyboard = _as_view(_buttons_for(view, asked["viewer"], texts, manages=bool(asked.get("manager"))))
        if not asked.get("private"):
            return Rendered(lines(head, state, "", summary(view, texts)), keyboard, named)
        told = (head, state, "", summary(view, texts), "", *_more(tx, view, texts))
        return Rendered(_fitting(told), [*keyboard, *_tabs(view.lead.id, page, texts)], named)
    entries, turning = _page(_told(tx, view, page, policy, texts, now), asked.get("number", 0), view.lead.id, page)
    title = Markup("{} · {}").format(head, texts.plain(f"page.{page}"))
    body = entries or [texts("page.empty")]
    return Rendered(_fitting((title, "", *body)), [*turning, *_tabs(view.lead.id, page, texts)], named)


def _more(tx: Tx, view: LeadView, texts: Texts) -> list[Markup | None]:
    """What is too long for a card, and worth knowing before the first word."""
    lead, touch = view.lead, view.last_touch or {}
    talk, consent = talk_with(tx, lead.contact_id), last_consent(tx, lead.contact_id)
    found = [touch.get(name) for name in ("medium", "content", "term")]
    ad = " · ".join(cut(str(mark), LONGEST_MARK) for mark in found if mark)
    return [
        *plans(view, texts),
        texts("lead.ad", marks=ad) if ad else None,
        texts("lead.referrer", address=cut(touch["referrer"], LONGEST_WORDS)) if touch.get("referrer") else None,
        *_earlier(earlier_leads(tx, lead), texts),
        texts(
            "lead.talk",
            messages=talk.messages,
            at=texts.moment(talk.last_at),
            names=", ".join(cut(name, LONGEST_NAME) for name in talk.with_whom) or "–",
        )
        if talk.last_at is not None
        else None,
        _consent(consent, texts) if consent is not None else None,
    ]


def _consent(consent: GivenConsent, texts: Texts) -> Markup:
    channel, _, form = consent.source.partition(":")
    where = (
        f"{texts.plain(f'channel.{channel}')} «{cut(form, LONGEST_MARK)}»"
        if form
        else texts.plain(f"channel.{channel}")
    )
    return texts(
        "lead.consent" if consent.given else "lead.consent_withdrawn", at=texts.moment(consent.at), where=where
    )


def _earlier(found: Sequence[EarlierLead], texts: Texts) -> list[Markup]:
    told = []
    for one in found:
        fate = texts.plain(f"status.{one.status}", owner=one.owner or "–")
        if one.amount is not None and one.currency:
            fate += f" · {texts.money(one.amount, one.currency)}"
        elif one.reason:
            fate += f" · {_reason(one.reason, texts)}"
        told.append(Markup("↩️ №{} · {} · {}").format(one.id, texts.moment(one.closed_at), cut(fate, LONGEST_WORDS)))
    return told


def _told(tx: Tx, view: LeadView, page: str, policy: Policy, texts: Texts, now: datetime) -> list[Markup]:
    hide = policy.hide
    contact_id = view.lead.contact_id
    match page:
        case "touches":
            found = touches_of(tx, contact_id, policy.rules, now)
            rest = view.lead.score - sum(line.points for line in found)
            told = [_touch(line, texts, hide) for line in found]
            return [*told, texts("page.rest", points=number(rest, "+d"), score=view.lead.score)] if found else []
        case "audit":
            return [_step(step, texts, hide) for step in steps_of(tx, view.lead.id)]
        case _:
            return [_said(said, view, texts, hide) for said in reversed(said_with(tx, contact_id))]


def _touch(line: TouchLine, texts: Texts, hide: Callable[[str], str]) -> Markup:
    kind = texts.plain(f"touch.{line.kind}") if line.kind in TOUCH_KINDS else line.kind
    told = [
        kind,
        *(cut(mark, LONGEST_MARK) for mark in line.marks),
        *(cut(hide(mark), LONGEST_MARK) for mark in line.typed),
    ]
    told += [f"{hide(name)}: {hide(str(said))}" for name, said in list(line.answers.items())[:3]]
    why = ", ".join(reason.get(texts.locale, reason["en"]) for reason in line.reasons)
    head = Markup("{} · {}").format(texts.moment(line.at), cut(" · ".join(told), LONGEST_WORDS))
    return head + (Markup("\n  <b>{}</b> {}").format(number(line.points, "+d"), cut(why, LONGEST_WORDS)) if why else "")


def _step(step: Step, texts: Texts, hide: Callable[[str], str]) -> Markup:
    known = step.kind in set(LeadEvent)
    what = texts.plain(f"audit.{step.kind}") if known else step.kind
    who = cut(step.actor, LONGEST_NAME) if step.actor else None
    told = " · ".join(part for part in (who, what, *_details(step.data, texts, hide)) if part)
    line = Markup("{} · {}").format(texts.moment(step.at), cut(told, LONGEST_WORDS))
    return Markup("<s>{}</s>").format(line) if step.undone else line


def _details(data: Mapping[str, Any], texts: Texts, hide: Callable[[str], str]) -> list[str]:
    told = []
    if (outcome := data.get("outcome")) in set(CallOutcome):
        told.append(texts.plain(f"outcome.{outcome}"))
    if reason := data.get("reason"):
        told.append(_reason(str(reason), texts))
    if isinstance(amount := data.get("amount"), int) and data.get("currency"):
        told.append(texts.money(amount, data["currency"]))
    if data.get("to"):
        told.append(f"→ {data['to']}")
    if isinstance(score := data.get("score"), int):
        told.append(str(score))
    for name in ("until", "due_at", "at"):
        if (moment := _moment(data.get(name))) is not None:
            told.append(texts.moment(moment))
    for name in ("note", "comment", "product"):
        if isinstance(said := data.get(name), str) and said:
            told.append(f"«{hide(said)}»")
    return told


def _said(said: Said, view: LeadView, texts: Texts, hide: Callable[[str], str]) -> Markup:
    who = cut(said.author if said.author is not None else view.name, LONGEST_NAME)
    kind = "" if said.kind is MessageKind.TEXT else texts.plain(f"kind.{said.kind}")
    words = cut(" ".join(filter(None, (kind, hide(said.text)))), LONGEST_WORDS)
    marks = f"{'✏️ ' if said.edited else ''}{'⚠️ ' if said.failed else ''}"
    arrow = "←" if said.author is None else "→"
    return Markup("{} {} · {}\n{}{}").format(arrow, texts.moment(said.at), bold(who), marks, words)


def _reason(reason: str, texts: Texts) -> str:
    if reason in set(RejectReason):
        return texts.plain(f"reject.{reason}")
    return texts.plain(f"loss.{reason}") if reason in set(LossReason) else reason


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None else None


def _page(told: list[Markup], number: int, lead_id: int, page: str) -> tuple[list[Markup], Keyboard]:
    """The lines of one page, and the buttons that turn it."""
    last = max(0, (len(told) - 1) // LINES_A_PAGE)
    at = min(number, last)
    shown = told[at * LINES_A_PAGE : (at + 1) * LINES_A_PAGE]
    if not last:
        return shown, []
    row = [button("‹", Tap.PAGE, lead_id, f"{page}-{at - 1}")] if at > 0 else []
    row.append(button(f"{at + 1} / {last + 1}", Tap.PAGE, lead_id, f"{page}-{at}"))
    if at < last:
        row.append(button("›", Tap.PAGE, lead_id, f"{page}-{at + 1}"))
    return shown, [row]


def _tabs(lead_id: int, page: str, texts: Texts) -> Keyboard:
    others = [button(texts.plain(f"page.{name}"), Tap.PAGE, lead_id, f"{name}-0") for name in PAGES if name != page]
    return [others]


def _fitting(parts: Sequence[Markup | str | None]) -> Markup:
    """As many of the lines as Telegram takes; escaping makes some longer than they look."""
    kept = [part for part in parts if part is not None]
    while len(told := lines(*kept)) > LONGEST_TEXT:
        kept.pop()
    return told


def _buttons_for(view: LeadView, viewer: int, texts: Texts, *, manages: bool) -> Keyboard:
    """The owner may close it from here, anybody may take what is free, and a manager may move what is another's."""
    if view.owner is not None and view.owner.telegram_id == viewer and view.choice is None:
        return render_card(view, f"desk:{view.owner.id}", texts).keyboard
    if view.lead.status in OPEN and view.owner is None:
        place = "marketing" if view.lead.status is Status.NURTURING else "sales"
        return render_card(view, place, texts).keyboard
    return manager_keyboard(view, texts) if manages else []


def _as_view(keyboard: Keyboard) -> Keyboard:
    """The buttons of a card under something that is not the card."""
    return [[{**key, "callback_data": f"{key['callback_data']}:{VIEW}"} for key in row] for row in keyboard]
