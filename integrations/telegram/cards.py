"""A lead at one glance, on a phone. Always rebuilt from state, never patched."""

import hashlib
from dataclasses import dataclass, replace

import orjson
from markupsafe import Markup, escape

from bot.domain.contacts import show_phone
from bot.domain.leads import CLOSED, OWNED_BY_SALES, FeedbackState, RejectReason, Status
from bot.domain.messages import MessageKind
from bot.domain.scoring import Band
from bot.locales import Texts
from bot.storage.messages import Message
from bot.use_cases.join_feedback import JoinedCase, JoinedView
from bot.use_cases.view_lead import Calls, LeadView
from integrations.telegram.html import LONGEST_MARK, ago, bold, cut, lines, number
from integrations.telegram.keyboards import (
    Keyboard,
    desk_keyboard,
    dispute_keyboard,
    feedback_keyboard,
    joined_keyboard,
    marketing_keyboard,
    sales_keyboard,
    undo_keyboard,
)
from integrations.telegram.origin import marks_of, origin, pages

LONGEST_NAME = 64
LONGEST_WORDS = 280
REASONS_SHOWN = 4
MOST_JOINED = 20
ANSWERS_SHOWN = 3
MOST_FOLDED = 12

BAND_SIGNS = {
    Band.SALES_QUALIFIED: "🔥",
    Band.SALES_ACCEPTED: "🟢",
    Band.MARKETING_QUALIFIED: "🟡",
    Band.INFORMATION: "⚪",
}


FEEDBACK_SIGNS = {
    FeedbackState.OPEN: "▫️",
    FeedbackState.AGREED: "🤝",
    FeedbackState.NURTURED: "🌱",
    FeedbackState.DISPUTED: "⚖️",
    FeedbackState.UPHELD: "⚖️",
    FeedbackState.OVERTURNED: "↩️",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    text: Markup
    keyboard: Keyboard
    leads: tuple[int, ...] = ()
    """Of whom it tells."""


def content_digest(text: str, keyboard: Keyboard) -> str:
    """Tells whether a card already shows this, without keeping what it shows."""
    return hashlib.sha1(orjson.dumps([text, keyboard]), usedforsecurity=False).hexdigest()


def render_card(view: LeadView, place: str, texts: Texts) -> Rendered:
    """The card of a lead in a place: `sales`, `marketing`, `desk:…`, `feedback` or `dispute`."""
    if place == "sales":
        return Rendered(_sales(view, texts), sales_keyboard(view, texts))
    if place == "marketing":
        return Rendered(_marketing(view, texts), marketing_keyboard(view, texts))
    if place == "feedback":
        return Rendered(_feedback(view, texts), feedback_keyboard(view, texts))
    if place == "dispute":
        return Rendered(_dispute(view, texts), dispute_keyboard(view, texts))
    owner_sees = view.owner is not None and place == f"desk:{view.owner.id}"
    if not owner_sees:
        whose = int(place.partition(":")[2])
        return Rendered(lines(headline(view, texts), texts("card.not_yours_now")), undo_keyboard(view, whose, texts))
    return Rendered(_desk(view, texts), desk_keyboard(view, texts))


def headline(view: LeadView, texts: Texts, *, numbered: bool = True) -> Markup:
    """«🔥 Горячий · 85 · №15» and the person's name: what the eye must catch."""
    band = Band(view.lead.band)
    sign = Markup("{} {} · {}").format(BAND_SIGNS[band], bold(texts.plain(f"band.{band}")), number(view.lead.score))
    tail = f" · №{view.lead.id}" if numbered else ""
    return Markup("{}{}\n{}").format(sign, tail, bold(cut(view.name, LONGEST_NAME)))


def summary(view: LeadView, texts: Texts) -> Markup:
    """Everything worth knowing before the first word: for /lead."""
    head = headline(view, texts, numbered=False)
    told = lines(head, _words(view, texts), "", *_details(view, texts), *_notes(view))
    return lines(told, "", *_settlement(view, texts)) if view.lead.status is Status.REJECTED else told


def quote(message: Message, texts: Texts) -> Markup:
    """The customer's words, or what kind of thing he sent."""
    words = cut(message.text, LONGEST_WORDS)
    if message.kind is MessageKind.TEXT:
        return Markup("«{}»").format(words)
    kind = texts.plain(f"kind.{message.kind}")
    return Markup("{}: «{}»").format(kind, words) if words else escape(kind)


def _sales(view: LeadView, texts: Texts) -> Markup:
    lead = view.lead
    if lead.status is Status.OFFERED:
        told = [headline(view, texts), _words(view, texts), "", *_why_here(view, texts), *_details(view, texts)]
        return lines(*told, *_notes(view))
    short = lines(headline(view, texts), origin(view, texts))
    return lines(_fate(view, texts), short)


def _marketing(view: LeadView, texts: Texts) -> Markup:
    """In full while somebody is needed; afterwards one line of fate that no further message changes."""
    lead = view.lead
    if lead.status is Status.NURTURING and view.owner is None:
        told = [headline(view, texts), _words(view, texts), "", *_details(view, texts)]
        return lines(_marketing_head(view, texts), "", *told, "", _question(view, texts))
    if lead.status is Status.NURTURING and view.owner is not None:
        fate = texts("card.answered_by", owner=cut(view.owner.name, LONGEST_NAME))
    else:
        fate = texts("card.spam" if lead.reject_reason == RejectReason.SPAM else "card.with_sales")
    return lines(fate, headline(view, texts), origin(view, texts))


def _desk(view: LeadView, texts: Texts) -> Markup:
    """The words themselves stand below it: a card that repeated them would be edited at every message."""
    lead = view.lead
    fate = None if lead.status in OWNED_BY_SALES or lead.status is Status.NURTURING else _fate(view, texts)
    question = texts(f"card.choose_{view.choice.kind}") if view.choice is not None else None
    told = [headline(view, texts), "", *_details(view, texts, waiting=False), *_notes(view)]
    return lines(fate, *told, *plans(view, texts), "", question)


def plans(view: LeadView, texts: Texts) -> list[Markup]:
    """What its owner means to do, and when."""
    until = view.lead.snoozed_until
    put_off = [texts("card.put_off", moment=texts.moment(until))] if until else []
    return [*put_off, *([texts("card.call_at", moment=texts.moment(view.call_at))] if view.call_at else [])]


def render_joined(view: JoinedView, texts: Texts) -> Rendered:
    """«Яндекс · «Осень»: 3 × нет бюджета», and a line for each."""
    marks = marks_of({"source": view.source, "campaign": view.campaign}, texts)
    reason = texts.plain(f"reject.{view.reason}").lower()
    head = texts("card.joined", marks=" · ".join(marks), times=len(view.cases), reason=reason)
    shown = view.cases[-MOST_JOINED:]
    more = texts("card.joined_more", count=left) if (left := len(view.cases) - len(shown)) else None
    return Rendered(lines(head, "", more, *(_joined_line(case) for case in shown)), joined_keyboard(view, texts))


def _joined_line(case: JoinedCase) -> Markup:
    feedback = case.feedback
    line = Markup("{} /lead_{} {} · {}").format(
        FEEDBACK_SIGNS[feedback.state], feedback.lead_id, bold(cut(case.name, 40)), cut(case.rejected_by or "–", 40)
    )
    note = Markup(": «{}»").format(cut(feedback.note, 80)) if feedback.note else Markup()
    return line + note


def _feedback(view: LeadView, texts: Texts) -> Markup:
    feedback = view.feedback
    if feedback is None:
        return headline(view, texts)
    reason = texts.plain(f"reject.{feedback.reason}")
    head = texts("card.rejected", reason=reason, by=cut(view.rejected_by or "–", LONGEST_NAME))
    told = [headline(view, texts), _words(view, texts), origin(view, texts)]
    return lines(head, _quoted(feedback.note), *_work(view, texts), "", *told, "", *_settlement(view, texts))


def _dispute(view: LeadView, texts: Texts) -> Markup:
    """Both sides' words, then what was done, then the customer: enough for a verdict at one glance."""
    feedback = view.feedback
    if feedback is None:
        return headline(view, texts)
    sales = texts("card.side_sales", name=cut(view.rejected_by or "–", LONGEST_NAME))
    marketing = texts("card.side_marketing", name=cut(view.settled_by or "–", LONGEST_NAME))
    told = [headline(view, texts), _words(view, texts), origin(view, texts)]
    verdict = None
    if feedback.state is not FeedbackState.DISPUTED:
        verdict = texts(
            f"feedback.{feedback.state}", by=cut(view.judged_by or view.settled_by or "–", LONGEST_NAME), day=""
        )
    return lines(
        texts("card.dispute", reason=texts.plain(f"reject.{feedback.reason}")),
        _side(sales, feedback.note),
        _side(marketing, feedback.comment),
        *_work(view, texts),
        "",
        *told,
        "",
        verdict,
    )


def _side(who: Markup, words: str | None) -> Markup:
    return Markup("{}: «{}»").format(who, cut(words, LONGEST_WORDS)) if words else who


def _quoted(words: str | None) -> Markup | None:
    return Markup("«{}»").format(cut(words, LONGEST_WORDS)) if words else None


def _work(view: LeadView, texts: Texts) -> list[Markup | None]:
    """What was done for the lead before it was rejected, and whether it is one of many."""
    feedback = view.feedback
    assert feedback is not None
    spent = None
    if view.lead.claimed_at is not None and view.lead.claimed_at <= feedback.created_at:
        seconds = (feedback.created_at - view.lead.claimed_at).total_seconds()
        spent = texts("card.rejected_after", duration=texts.duration(seconds))
    called = [_calls(calls, texts) for calls in view.calls[:3]] or [texts("card.no_calls")]
    first = marks_of({**(view.first_touch or {}), "landing_page": None, "offer": None}, texts)
    alike = texts("card.alike", times=view.alike, marks=" · ".join(first)) if view.alike > 1 and first else None
    return [spent, *called, alike]


def _calls(calls: Calls, texts: Texts) -> Markup:
    made = texts.plain("card.calls", count=calls.made)
    unanswered = texts.plain("card.calls_unanswered", count=calls.unanswered) if calls.unanswered else ""
    return Markup("☎️ {}: {}{}").format(cut(calls.name, LONGEST_NAME), made, f" ({unanswered})" if unanswered else "")


def _settlement(view: LeadView, texts: Texts) -> list[Markup | None]:
    """What has become of the rejection; or what is asked about it now."""
    feedback = view.feedback
    if feedback is None or feedback.state is FeedbackState.OPEN:
        return [_question(view, texts)]
    if feedback.duplicate_of_id is not None:
        by = cut(view.settled_by or "–", LONGEST_NAME)
        return [texts("card.duplicate", number=feedback.duplicate_of_id, by=by)]
    by = cut(view.judged_by or view.settled_by or "–", LONGEST_NAME)
    day = texts.short_day(feedback.warm_until) if feedback.warm_until else ""
    return [texts(f"feedback.{feedback.state}", by=by, day=day), _quoted(feedback.comment)]


def _question(view: LeadView, texts: Texts) -> Markup | None:
    return texts(f"card.ask_{view.asked_of_marketing.kind}") if view.asked_of_marketing is not None else None


def _marketing_head(view: LeadView, texts: Texts) -> Markup:
    """Why it stands before marketing: somebody writes, or the day has come, or it is not yet that day."""
    until = view.feedback.warm_until if view.feedback is not None else None
    if view.feedback is not None and until is not None:
        key = "card.time_to_return" if view.is_time_to_return else "card.warming_up"
        reason = texts.plain(f"reject.{view.feedback.reason}").lower()
        return texts(key, day=texts.short_day(until), reason=reason)
    return texts("card.marketing_head")


def _why_here(view: LeadView, texts: Texts) -> list[Markup | None]:
    """What lifted it over the threshold just now; or that a manager has sent it back, and what marketing said."""
    if (case := view.feedback) is not None and case.state is FeedbackState.OVERTURNED:
        return [texts("feedback.overturned", by=cut(view.judged_by or "–", LONGEST_NAME)), _quoted(case.comment)]
    if not view.why_now:
        return []
    news = [
        f"{number(one['points'], '+d')}\u00a0{one['text'].get(texts.locale, one['text']['en'])}" for one in view.why_now
    ]
    return [texts("card.why_now", news=", ".join(news[:REASONS_SHOWN]))]


def _duplicates(view: LeadView, texts: Texts) -> Markup | None:
    if not view.duplicates:
        return None
    return texts("card.duplicates", numbers=", ".join(f"№{number}" for number in view.duplicates[:MOST_JOINED]))


def _same_way(view: LeadView, texts: Texts) -> Markup | None:
    others = [f"№{number}" for number in view.same_way if number not in view.duplicates]
    return texts("card.same_way", numbers=", ".join(others)) if others else None


def _fate(view: LeadView, texts: Texts) -> Markup:
    """What became of the lead, for everybody who sees its card."""
    lead, owner = view.lead, cut(view.owner.name, LONGEST_NAME) if view.owner else ""
    match lead.status:
        case Status.CLAIMED | Status.WORKING:
            taken = (lead.claimed_at - lead.shown_at).total_seconds() if lead.claimed_at and lead.shown_at else None
            if taken is not None and taken < 1:
                return texts("card.claimed_at_once", owner=owner)
            if taken is not None:
                return texts("card.claimed_after", owner=owner, duration=texts.duration(taken))
            return texts("card.claimed", owner=owner)
        case Status.WON:
            if lead.amount is not None and lead.currency:
                amount = texts.money(lead.amount, lead.currency)
                return texts(
                    "card.won_for", owner=owner, amount=amount, product=cut(lead.product or "", LONGEST_MARK)
                ).rstrip(" ·")
            return texts("card.won", owner=owner)
        case Status.LOST:
            return texts("card.lost", owner=owner, reason=texts.plain(f"loss.{lead.loss_reason or 'other'}"))
        case Status.REJECTED:
            return texts("card.rejected", reason=texts.plain(f"reject.{lead.reject_reason or 'other'}"), by=owner)
        case _:
            return texts("card.nurturing")


def _words(view: LeadView, texts: Texts) -> Markup | None:
    said = [quote(_own_words(message, view), texts) for message in view.last_words]
    more = view.unanswered - len(said)
    if more > 0:
        said.insert(0, texts("card.more_messages", count=more))
    return lines(*said) if said else None


def _notes(view: LeadView) -> list[Markup]:
    return [Markup("📝 {}").format(cut(note, LONGEST_WORDS)) for note in view.notes[-3:]]


def _details(view: LeadView, texts: Texts, *, waiting: bool = True) -> list[Markup | None]:
    since = _waiting(view, texts) if waiting else None
    return [
        since,
        _barrier(view, texts),
        origin(view, texts),
        pages(view, texts),
        answers(view),
        _contact(view),
        texts("card.login", login=cut(view.login, LONGEST_NAME)) if view.login else None,
        _reasons(view, texts),
        _history(view, texts),
        _duplicates(view, texts),
        _same_way(view, texts),
        *due(view, texts),
    ]


def _barrier(view: LeadView, texts: Texts) -> Markup | None:
    """Why an answer would not reach the customer."""
    if view.stopped:
        return texts("card.stopped")
    return None if view.reachable else texts("card.unreachable")


def answers(view: LeadView, most: int = ANSWERS_SHOWN) -> Markup | None:
    """What the person said in the form; a long quiz is folded, and opens at a tap."""
    said = list(_answers_of(view).items())
    told = [f"{cut(name, LONGEST_MARK)}: {cut(answer, LONGEST_MARK)}" for name, answer in said[:MOST_FOLDED]]
    if len(said) <= most:
        return Markup("📋 {}").format(" · ".join(told)) if told else None
    more = ["…"] if len(said) > MOST_FOLDED else []
    return Markup("<blockquote expandable>📋 {}</blockquote>").format(Markup("\n").join([*told, *more]))


def _answers_of(view: LeadView) -> dict[str, str]:
    found = (view.last_touch or {}).get("answers") or {}
    return {str(name): str(answer) for name, answer in found.items()}


def _own_words(message: Message, view: LeadView) -> Message:
    """What was written beside the answers, which the card shows by themselves."""
    if message.kind is not MessageKind.FORM:
        return message
    shown = "\n".join(f"{name}: {answer}" for name, answer in _answers_of(view).items())
    return replace(message, text=message.text.removesuffix(shown).rstrip()) if shown else message


def due(view: LeadView, texts: Texts) -> list[Markup]:
    """What was promised, and when; with a closed lead nobody waits for it."""
    if view.lead.status in CLOSED:
        return []
    return [texts(f"due.{kind}", at=texts.moment(at)) for kind, at in view.due]


def _contact(view: LeadView) -> Markup | None:
    ways = [
        show_phone(view.phone) if view.phone else None,
        view.email,
        f"@{view.username}" if view.username else None,
    ]
    known = [cut(way, LONGEST_MARK) for way in ways if way]
    return Markup("📞 {}").format(" · ".join(known)) if known else None


def _reasons(view: LeadView, texts: Texts) -> Markup | None:
    """The strongest reasons; what they leave out is one line more, so that the points always sum to the score."""
    reasons = view.lead.reasons
    if not reasons:
        return None
    shown = reasons if len(reasons) <= REASONS_SHOWN else reasons[: REASONS_SHOWN - 1]
    told = [
        f"{number(reason['points'], '+d')}\u00a0{reason['text'].get(texts.locale, reason['text']['en'])}"
        for reason in shown
    ]
    rest = sum(reason["points"] for reason in reasons[len(shown) :])
    if len(shown) < len(reasons):
        told.append(texts.plain("card.other_reasons", points=number(rest, "+d"), count=len(reasons) - len(shown)))
    return Markup("💡 {}").format(", ".join(told))


def _waiting(view: LeadView, texts: Texts) -> Markup | None:
    since = view.lead.waiting_since
    return texts("card.waiting", ago=ago(since, texts.moment(since))) if since is not None else None


def _history(view: LeadView, texts: Texts) -> Markup | None:
    history = view.history
    told = []
    if history.earlier:
        told.append(texts.plain("history.leads", count=history.earlier))
    if history.won:
        sums = " + ".join(texts.money(amount, currency) for currency, amount in sorted(history.bought.items()))
        told.append(texts.plain("history.won", count=history.won) + (f" ({sums})" if sums else ""))
    if history.former_owner:
        told.append(texts.plain("history.former_owner", owner=cut(history.former_owner, LONGEST_NAME)))
    return Markup("↩️ {}").format(" · ".join(told)) if told else None
