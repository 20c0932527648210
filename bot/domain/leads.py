"""What a lead can be, who must act on it, and what may follow what."""

from enum import StrEnum


class Status(StrEnum):
    """Who must act; how ready the customer is says the band."""

    NURTURING = "nurturing"
    OFFERED = "offered"
    CLAIMED = "claimed"
    WORKING = "working"
    WON = "won"
    LOST = "lost"
    REJECTED = "rejected"


OPEN = frozenset({Status.NURTURING, Status.OFFERED, Status.CLAIMED, Status.WORKING})
OWNED_BY_SALES = frozenset({Status.CLAIMED, Status.WORKING})
CLOSED = frozenset(Status) - OPEN

ALLOWED: dict[Status, frozenset[Status]] = {
    Status.NURTURING: frozenset({Status.OFFERED, Status.REJECTED}),
    Status.OFFERED: frozenset({Status.CLAIMED, Status.NURTURING}),
    Status.CLAIMED: frozenset({Status.WORKING, Status.OFFERED, Status.WON, Status.LOST, Status.REJECTED}),
    Status.WORKING: frozenset({Status.OFFERED, Status.WON, Status.LOST, Status.REJECTED}),
    Status.WON: frozenset(),
    Status.LOST: frozenset(),
    Status.REJECTED: frozenset({Status.NURTURING, Status.OFFERED}),
}


class LeadEvent(StrEnum):
    """A row of the append-only log that the KPIs read."""

    CREATED = "created"
    SCORED = "scored"
    HANDED_OFF = "handed_off"
    SHOWN = "shown"
    CLAIMED = "claimed"
    RELEASED = "released"
    TAKEN_BACK = "taken_back"
    ANSWERED = "answered"
    WON = "won"
    AMOUNT_SET = "amount_set"
    LOST = "lost"
    REJECTED = "rejected"
    SET_ASIDE = "set_aside"
    """A robot filled in the form, as it seems."""
    NURTURED = "nurtured"
    OVERTURNED = "overturned"
    ANSWERED_BY_MARKETING = "answered_by_marketing"
    TRANSFERRED = "transferred"
    MESSAGE_FAILED = "message_failed"
    LATE_WORD = "late_word"
    UNDONE = "undone"
    REOPENED = "reopened"
    BOUGHT_AGAIN = "bought_again"
    REFUNDED = "refunded"
    CALLED = "called"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    NEEDS_NO_ANSWER = "needs_no_answer"
    PROMISED = "promised"
    REMINDED = "reminded"
    CONTACT_REVEALED = "contact_revealed"
    FORGOTTEN = "forgotten"
    """The person was erased: an open lead ends with it."""
    STOPPED = "stopped"
    RESUMED = "resumed"
    MARKED_DUPLICATE = "marked_duplicate"
    JOINED = "joined"
    """Two contacts turned out to be one person."""
    PARTED = "parted"
    """They did not."""


class DeadlineKind(StrEnum):
    """What the clock owes a lead."""

    CLAIM = "claim"
    """Nobody took it in the promised time: the sales chat is reminded."""
    ANSWER = "answer"
    """Its owner has not answered: he is reminded in private."""
    REOFFER = "reoffer"
    """He still has not: it is offered again."""
    PROMISE = "promise"
    """The time told to the customer has passed: he gets a new honest one."""
    SNOOZE = "snooze"
    CALL_BACK = "call_back"
    WARM_UP = "warm_up"
    """Marketing meant to come back to it."""
    UNREAD = "unread"
    """An answer stands in a window, and the visitor has not seen it: he is reached elsewhere."""
    UNDO = "undo"
    """Until then the last act can be taken back."""


ANSWER_OWED = (DeadlineKind.ANSWER, DeadlineKind.REOFFER)
"""What runs as long as an owner has not answered."""

OWED_IN: dict[DeadlineKind, frozenset[Status]] = {
    DeadlineKind.CLAIM: frozenset({Status.OFFERED, Status.NURTURING}),
    DeadlineKind.ANSWER: OWNED_BY_SALES | {Status.NURTURING},
    DeadlineKind.REOFFER: OWNED_BY_SALES | {Status.NURTURING},
    DeadlineKind.SNOOZE: OWNED_BY_SALES | {Status.NURTURING},
    DeadlineKind.CALL_BACK: frozenset(Status) - {Status.NURTURING},
}
"""In which statuses these can be due at all: a lead that moves to another one is owed them no more.

A call stays noted on a closed lead, for the case that it is opened again before that time.
"""


class CallOutcome(StrEnum):
    TALKED = "talked"
    NO_ANSWER = "no_answer"
    CALL_BACK = "call_back"


class TakenBack(StrEnum):
    """Why a lead was taken from its owner."""

    LEFT = "left"
    """He is in the team no more."""
    UNANSWERED = "unanswered"
    AWAY = "away"


class RejectReason(StrEnum):
    NO_CONTACT = "no_contact"
    WRONG_NUMBER = "wrong_number"
    UNREACHABLE = "unreachable"
    SPAM = "spam"
    NOT_OUR_PROFILE = "not_our_profile"
    NO_BUDGET = "no_budget"
    FREE_ONLY = "free_only"
    ALREADY_CUSTOMER = "already_customer"
    DUPLICATE = "duplicate"
    COMPETITOR = "competitor"
    OTHER = "other"


class WarmUpTerm(StrEnum):
    """When marketing means to come back to a lead."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class LossReason(StrEnum):
    PRICE = "price"
    COMPETITOR = "competitor"
    NOT_NOW = "not_now"
    SILENT = "silent"
    OTHER = "other"


class FeedbackState(StrEnum):
    """A rejected lead on its way to marketing."""

    OPEN = "open"
    AGREED = "agreed"
    NURTURED = "nurtured"
    DISPUTED = "disputed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


FEEDBACK_ALLOWED: dict[FeedbackState, frozenset[FeedbackState]] = {
    FeedbackState.OPEN: frozenset({FeedbackState.AGREED, FeedbackState.NURTURED, FeedbackState.DISPUTED}),
    FeedbackState.DISPUTED: frozenset({FeedbackState.UPHELD, FeedbackState.OVERTURNED}),
    FeedbackState.AGREED: frozenset(),
    FeedbackState.NURTURED: frozenset(),
    FeedbackState.UPHELD: frozenset(),
    FeedbackState.OVERTURNED: frozenset(),
}
