"""What a visitor filled in: read, checked field by field, and made one message."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.contacts import read_email, read_phone
from bot.domain.messages import Consent, InboundMessage, MessageKind, Sender, Touch
from integrations.page.trail import credited, read_trail

CHANNEL = "form"

MOST_FIELDS = 60
LONGEST_NAME = 128
LONGEST_MESSAGE = 4_000
LONGEST_ANSWER = 1_000
LONGEST_LABEL = 64
LONGEST_ADDRESS = 2_000

MARKS = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_content": "content",
    "utm_term": "term",
    "page": "landing_page",
    "referrer": "referrer",
    "offer": "offer",
    "click_id": "click_id",
}
"""Fields that say where the visitor came from, and what a touch calls them."""

TRAIL = "trail"
"""Where our script puts what the browser tells of earlier visits; typed into a field, it is an answer as any other."""

ALIASES = {
    "имя": "name",
    "fio": "name",
    "фио": "name",
    "tel": "phone",
    "telephone": "phone",
    "телефон": "phone",
    "e-mail": "email",
    "mail": "email",
    "почта": "email",
    "comment": "message",
    "comments": "message",
    "text": "message",
    "комментарий": "message",
    "сообщение": "message",
    "tranid": "submission_id",
}
"""What form builders call our fields: Tilda's `Comments` and `tranid`, plain labels, the types of HTML inputs."""

OURS = {"name", "phone", "email", "message", "consent", "consent_text", "submission_id", *MARKS}
YES = {"1", "true", "yes", "on", "y", "да"}


@dataclass(frozen=True, slots=True)
class Submission:
    form: str
    name: str
    phone: str | None
    """As +79161234567."""
    email: str | None
    message: str
    consent: bool
    consent_text: str
    """The words beside the box, where the form tells them."""
    touch: Touch
    submission_id: str | None
    came: Mapping[str, Any]
    """The visitor's way to us, as our script tells it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What has to be mended: `{field: key of a text}`."""

    errors: Mapping[str, str]


def read_submission(form: str, given: Mapping[str, Any], region: str) -> Submission | Wrong:
    """`region` is the country whose phone numbers may be written without its code."""
    came = given.get(TRAIL)
    fields = {str(name): _plain(value) for name, value in given.items() if name != TRAIL or isinstance(value, str)}
    told = {name.lower(): value for name, value in fields.items() if name.lower() in OURS}
    known_otherwise = {name: ours for name in fields if (ours := ALIASES.get(name.lower())) and ours not in told}
    told |= {ours: fields[name] for name, ours in known_otherwise.items()}
    answers = {
        name: value
        for name, value in fields.items()
        if value and name.lower() not in OURS and name not in known_otherwise
    }
    errors = _too_long(told, answers)
    phone = email = None
    if told.get("phone"):
        phone = read_phone(told["phone"][:LONGEST_NAME], region)
        if phone is None:
            errors.setdefault("phone", "form.bad_phone")
    if told.get("email"):
        email = read_email(told["email"])
        if email is None:
            errors.setdefault("email", "form.bad_email")
    if not told.get("phone") and not told.get("email"):
        errors["phone"] = "form.no_contact"
    if errors:
        return Wrong(errors)
    marks = {MARKS[name]: value for name, value in told.items() if name in MARKS and value}
    return Submission(
        form=form,
        name=told.get("name") or phone or email or "",
        phone=phone,
        email=email,
        message=told.get("message", ""),
        consent=told.get("consent", "").lower() in YES,
        consent_text=told.get("consent_text", ""),
        touch=Touch(**marks, answers=answers),
        submission_id=told.get("submission_id") or None,
        came=came if isinstance(came, Mapping) else {},
    )


def is_trial(given: Mapping[str, Any]) -> bool:
    """A form builder asks whether anybody is here (Tilda, when the address is entered: `test=test`)."""
    return dict(given) in ({"test": "test"}, {"test": ["test"]})


def message_of(submission: Submission, number: str, at: datetime) -> InboundMessage:
    """Nothing can be sent back to a form: the person is reached by phone, by mail, or where else he writes."""
    reachable_by = submission.phone or submission.email
    assert reachable_by is not None
    trail = read_trail(submission.came, at) if submission.came else None
    answers = [f"{label}: {answer}" for label, answer in submission.touch.answers.items()]
    return InboundMessage(
        channel=CHANNEL,
        sender=Sender(reachable_by, submission.name, phone=submission.phone, email=submission.email),
        chat=f"{CHANNEL}:{submission.form}",
        external_id=number,
        at=at,
        kind=MessageKind.FORM,
        text="\n".join(filter(None, [submission.message, *answers])),
        touch=credited(submission.touch, trail),
        trail=trail,
        one_way=True,
        consents=_consents(submission),
    )


def _consents(submission: Submission) -> tuple[Consent, ...]:
    """The version changes with every letter of the words; without words it is the form itself that was agreed to."""
    if not submission.consent:
        return ()
    words = " ".join(submission.consent_text.split())
    version = f"{submission.form}:{hashlib.sha256(words.encode()).hexdigest()[:12]}" if words else submission.form
    return (Consent(version, f"{CHANNEL}:{submission.form}", words or None),)


def _plain(value: Any) -> str:
    """Checkboxes come as lists, numbers as numbers; anything deeper is kept as it is written."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case str():
            return value.strip()
        case list():
            return ", ".join(filter(None, map(_plain, value)))
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _too_long(told: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    limits = {
        "message": LONGEST_MESSAGE,
        "consent_text": LONGEST_MESSAGE,
        "page": LONGEST_ADDRESS,
        "referrer": LONGEST_ADDRESS,
    }
    errors = {name: "form.too_long" for name, value in told.items() if len(value) > limits.get(name, LONGEST_NAME * 2)}
    for label, answer in answers.items():
        if len(answer) > LONGEST_ANSWER or len(label) > LONGEST_LABEL:
            errors[label[:LONGEST_LABEL]] = "form.too_long"
    if len(told) + len(answers) > MOST_FIELDS:
        errors["message"] = "form.too_many"
    return errors


IS_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")
