"""The buttons under a card, by what may be done from there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.domain.leads import CLOSED, OWNED_BY_SALES, FeedbackState, LossReason, RejectReason, Status, WarmUpTerm
from bot.locales import Texts
from bot.storage.leads import Lead
from bot.use_cases.join_feedback import JoinedView
from bot.use_cases.view_lead import Colleague, LeadView
from integrations.telegram.callbacks import IN_WORDS, Tap, moment_choice, pack
from integrations.telegram.html import LONGEST_BUTTON, cut

Button = dict[str, str]
Keyboard = list[list[Button]]

MOST_SINGLE = 12
"""More buttons under one card nobody looks through."""


def button(label: str, tap: Tap, number: int, choice: str = "", style: str | None = None) -> Button:
    made = {"text": cut(label, LONGEST_BUTTON), "callback_data": pack(tap, number, choice)}
    return {**made, "style": style} if style else made


def numbered(lead_id: int, name: str) -> str:
    """«№12 Иван»: a lead on a button."""
    return f"№{lead_id} {cut(name, 24)}".rstrip()


def sales_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    """Once taken, the button stays where the thumb is and says who has the lead: a late tap is told so."""
    if view.lead.status in OWNED_BY_SALES and view.owner is not None:
        return [[button(texts.plain("button.taken", owner=view.owner.name), Tap.CLAIM, view.lead.id)]]
    if view.lead.status is not Status.OFFERED:
        return []
    return [[button(texts.plain("button.claim"), Tap.CLAIM, view.lead.id, style="success")]]


def marketing_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    lead = view.lead
    if lead.status is not Status.NURTURING or lead.owner_id is not None:
        return []
    if view.asked_of_marketing is not None:
        return _choices_of_marketing(view, view.asked_of_marketing.kind, texts)
    return [
        [
            button(texts.plain("button.answer"), Tap.ANSWER, lead.id, style="success"),
            button(texts.plain("button.hand_to_sales"), Tap.HAND_TO_SALES, lead.id, style="primary"),
        ],
        [
            button(texts.plain("button.hand_with_note"), Tap.HAND_WITH_NOTE, lead.id),
            button(texts.plain("button.warm_up_again"), Tap.WARM_UP, lead.id)
            if view.is_time_to_return
            else button(texts.plain("button.spam"), Tap.SPAM, lead.id, style="danger"),
        ],
    ]


def desk_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    lead = view.lead
    if lead.status in OWNED_BY_SALES and view.choice is not None:
        return _choices(view, texts)
    reveal = button(texts.plain("button.show_contact"), Tap.SHOW_CONTACT, lead.id)
    hidden = [[reveal]] if view.masked and (view.phone or view.email or view.username) else []
    if lead.status is Status.NURTURING:
        return [
            *hidden,
            [
                button(texts.plain("button.hand_to_sales"), Tap.HAND_TO_SALES, lead.id, style="primary"),
                button(texts.plain("button.hand_with_note"), Tap.HAND_WITH_NOTE, lead.id),
            ],
        ]
    owner_id = view.owner.id if view.owner is not None else None
    rows = [*undo_keyboard(view, owner_id, texts)]
    if lead.status in CLOSED:
        return [*rows, *hidden, *_closed(lead, texts)]
    if lead.status not in OWNED_BY_SALES:
        return rows
    return [
        *rows,
        *hidden,
        [
            button(texts.plain("button.won"), Tap.WON, lead.id, style="success"),
            button(texts.plain("button.lost"), Tap.LOST, lead.id),
        ],
        [
            button(texts.plain("button.called"), Tap.CALLED, lead.id),
            button(texts.plain("button.later"), Tap.LATER, lead.id),
        ],
        [
            button(texts.plain("button.reject"), Tap.REJECT, lead.id, style="danger"),
            button(texts.plain("button.more"), Tap.MORE, lead.id),
        ],
    ]


def undo_keyboard(view: LeadView, teammate_id: int | None, texts: Texts) -> Keyboard:
    """For who did it, while it can be taken back."""
    undo = view.undo
    if undo is None or undo.what == "agreed" or undo.by != teammate_id:
        return []
    return [[button(texts.plain("button.undo"), Tap.UNDO, view.lead.id)]]


def manager_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    """Under `/lead`, for a lead that somebody else has."""
    lead = view.lead
    rows = [[button(texts.plain("button.undo"), Tap.UNDO, lead.id)]] if view.undo is not None else []
    if lead.status in CLOSED:
        return rows + _closed(lead, texts)
    if lead.status not in OWNED_BY_SALES:
        return rows
    return [
        *rows,
        [
            button(texts.plain("button.transfer"), Tap.TRANSFER, lead.id),
            button(texts.plain("button.release"), Tap.RELEASE, lead.id),
        ],
    ]


def colleague_buttons(colleagues: Iterable[Colleague], lead_id: int, texts: Texts) -> list[Button]:
    """Who is away can be chosen all the same, knowingly."""
    made = []
    for colleague in colleagues:
        label = texts.plain("button.away", name=colleague.name) if colleague.is_away else colleague.name
        made.append(button(label, Tap.TRANSFER_TO, lead_id, str(colleague.id)))
    return made


def feedback_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    if view.undo is not None and view.undo.what == "agreed":
        return [[button(texts.plain("button.undo"), Tap.UNDO, view.lead.id)]]
    if view.feedback is None or view.feedback.state is not FeedbackState.OPEN:
        return []
    lead_id = view.lead.id
    if view.asked_of_marketing is not None:
        return _choices_of_marketing(view, view.asked_of_marketing.kind, texts)
    return [
        [
            button(texts.plain("button.agree"), Tap.AGREE, lead_id, style="success"),
            button(texts.plain("button.dispute"), Tap.DISPUTE, lead_id, style="danger"),
        ],
        [
            button(texts.plain("button.warm_up"), Tap.WARM_UP, lead_id, style="primary"),
            button(texts.plain("button.duplicate"), Tap.DUPLICATE, lead_id),
        ],
    ]


def joined_keyboard(view: JoinedView, texts: Texts) -> Keyboard:
    """One tap for all of them; and each can have its own card back, to be disputed or warmed up."""
    unsettled = [case for case in view.cases if case.feedback.state is FeedbackState.OPEN]
    if not unsettled:
        return []
    label = texts.plain("button.agree_all", count=len(unsettled))
    each = [
        button(numbered(case.feedback.lead_id, case.name), Tap.OWN_CARD, case.feedback.lead_id)
        for case in unsettled[:MOST_SINGLE]
    ]
    return [[button(label, Tap.AGREE_ALL, view.cases[0].feedback.id, style="success")], *in_pairs(each)]


def dispute_keyboard(view: LeadView, texts: Texts) -> Keyboard:
    if view.feedback is None or view.feedback.state is not FeedbackState.DISPUTED:
        return []
    lead_id = view.lead.id
    return [
        [
            button(texts.plain("button.overturn"), Tap.OVERTURN, lead_id, style="success"),
            button(texts.plain("button.uphold"), Tap.UPHOLD, lead_id, style="danger"),
        ]
    ]


def moment_buttons(
    offered: Mapping[str, Any], tap: Tap, number: int, texts: Texts, *, alarm: bool = False
) -> list[Button]:
    """The moments that were worked out when the question was asked; each button carries its own.

    `alarm` marks those that stand beside other buttons, so that a bare time is no riddle.
    """
    asked = datetime.fromisoformat(offered["asked"])
    moments = [datetime.fromisoformat(moment) for moment in offered["moments"]]
    made = []
    for at in moments:
        moment = _begun(texts.when(at, asked))
        label = texts.plain("button.remind_at", moment=moment) if alarm else moment
        made.append(button(label, tap, number, moment_choice(at)))
    return [*made, button(texts.plain("button.in_words"), tap, number, IN_WORDS)]


def _begun(text: str) -> str:
    """With a capital letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def _choices(view: LeadView, texts: Texts) -> Keyboard:
    """What the card asks now, two in a row, and the way back."""
    assert view.choice is not None
    lead_id = view.lead.id
    match view.choice.kind:
        case "loss":
            made = [button(texts.plain(f"loss.{why}"), Tap.LOSS_REASON, lead_id, why) for why in LossReason]
        case "reject":
            made = [button(texts.plain(f"reject.{why}"), Tap.REJECT_REASON, lead_id, why) for why in RejectReason]
        case "called":
            made = [
                button(texts.plain("button.talked"), Tap.TALKED, lead_id, style="success"),
                button(texts.plain("button.no_answer"), Tap.NO_ANSWER, lead_id),
                button(texts.plain("button.call_back"), Tap.CALL_BACK, lead_id),
            ]
        case "call_back":
            made = moment_buttons(view.choice.data, Tap.CALL_BACK_AT, lead_id, texts)
        case "later":
            made = moment_buttons(view.choice.data, Tap.SNOOZE, lead_id, texts)
        case "transfer":
            made = colleague_buttons(view.colleagues, lead_id, texts)
        case _:
            made = [
                button(texts.plain("button.transfer"), Tap.TRANSFER, lead_id),
                button(texts.plain("button.release"), Tap.RELEASE, lead_id),
            ]
            if view.lead.waiting_since is not None:
                made.append(button(texts.plain("button.needs_no_answer"), Tap.NEEDS_NO_ANSWER, lead_id))
    return [*in_pairs(made), [button(texts.plain("button.back"), Tap.BACK, lead_id)]]


def _choices_of_marketing(view: LeadView, kind: str, texts: Texts) -> Keyboard:
    lead_id = view.lead.id
    match kind:
        case "warm":
            made = [button(texts.plain(f"button.warm_{term}"), Tap.WARM_TERM, lead_id, term) for term in WarmUpTerm]
            made.append(button(texts.plain("button.warm_other"), Tap.WARM_DAY, lead_id))
        case "duplicate":
            made = [
                button(numbered(one.lead_id, one.name), Tap.DUPLICATE_OF, lead_id, str(one.lead_id))
                for one in view.candidates
            ]
            made.append(button(texts.plain("button.duplicate_other"), Tap.DUPLICATE_NUMBER, lead_id))
        case _:
            made = [button(texts.plain("button.dispute_silently"), Tap.DISPUTE_SILENTLY, lead_id)]
    return [*in_pairs(made), [button(texts.plain("button.back"), Tap.MARKETING_BACK, lead_id)]]


def _closed(lead: Lead, texts: Texts) -> Keyboard:
    reopen = button(texts.plain("button.reopen"), Tap.REOPEN, lead.id)
    if lead.status is not Status.WON:
        return [[reopen]]
    return [
        [
            button(texts.plain("button.amount"), Tap.AMOUNT, lead.id),
            button(texts.plain("button.purchase"), Tap.PURCHASE, lead.id),
        ],
        [button(texts.plain("button.refund"), Tap.REFUND, lead.id), reopen],
    ]


def in_pairs(made: list[Button]) -> Keyboard:
    return [made[at : at + 2] for at in range(0, len(made), 2)]
