"""What a visitor filled in: read, checked field by field, and made one message."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.contacts import read_email, read_phone
from bot.domain.messages import Consent, InboundMessage, MessageKind, NameRank, Sender, Touch
from bot.locales import Texts
from integrations.forms.flatten import plain
from integrations.forms.names import ALIASES, MARKS, OURS, TRAIL, fold
from integrations.page.trail import credited, read_trail

CHANNEL = "form"

MOST_FIELDS = 60
LONGEST_NAME = 128
LONGEST_MESSAGE = 4_000
LONGEST_ANSWER = 1_000
LONGEST_LABEL = 200
LONGEST_ADDRESS = 2_000
LONGEST_TEXT = LONGEST_NAME * 2
"""Of everything that has no limit of its own."""

LONGEST = {
    "message": LONGEST_MESSAGE,
    "consent_text": LONGEST_MESSAGE,
    "page": LONGEST_ADDRESS,
    "referrer": LONGEST_ADDRESS,
}

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
    is_named: bool
    came: Mapping[str, Any]
    """The visitor's way to us, as our script tells it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What has to be mended: `{field: key of a text}`, each field by the name that the form gave it."""

    errors: Mapping[str, str]


def read_submission(
    form: str, given: Mapping[str, Any], region: str, *, needs_contact: bool = True
) -> Submission | Wrong:
    """`region` is the country whose phone numbers may be written without its code."""
    came = given.get(TRAIL)
    told, answers, theirs = _sorted_out(given)
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
    if not told.get("phone") and not told.get("email") and (needs_contact or not _says_anything(told, answers)):
        errors["phone"] = "form.no_contact"
    if errors:
        return Wrong({theirs.get(name, name): key for name, key in errors.items()})
    marks = {MARKS[name]: value for name, value in told.items() if name in MARKS and value}
    return Submission(
        form=form,
        name=told.get("name") or phone or email or form,
        is_named=bool(told.get("name")),
        phone=phone,
        email=email,
        message=told.get("message", ""),
        consent=told.get("consent", "").lower() in YES,
        consent_text=told.get("consent_text", ""),
        touch=Touch(**marks, answers=answers),
        submission_id=told.get("submission_id") or None,
        came=came if isinstance(came, Mapping) else {},
    )


def keep_as_typed(given: Mapping[str, Any], region: str, texts: Texts) -> dict[str, str]:
    """The same without a fault, and nothing lost: who sends it cannot ask the visitor any more."""
    told, answers, _theirs = _sorted_out(given)
    answers = {name[:LONGEST_LABEL]: _cut(said, LONGEST_ANSWER) for name, said in answers.items()}
    for name, reads in (("phone", lambda said: read_phone(said[:LONGEST_NAME], region)), ("email", read_email)):
        if told.get(name) and reads(told[name]) is None:
            answers = {texts.plain(f"form.as_typed_{name}"): _cut(told.pop(name), LONGEST_ANSWER), **answers}
    told = {name: _cut(said, LONGEST.get(name, LONGEST_TEXT)) for name, said in told.items()}
    room = MOST_FIELDS - len(told) - 1
    if len(answers) > room:
        rest = [f"{name}: {said}" for name, said in list(answers.items())[room:]]
        answers = {**dict(list(answers.items())[:room]), "…": _cut("\n".join(rest), LONGEST_ANSWER)}
    return answers | told


def reachable_by(submission: Submission) -> str:
    """Who he is on this channel; of one who left nothing readable, all that he left."""
    known = submission.phone or submission.email
    if known is not None:
        return known
    left = repr((submission.form, submission.name, submission.message, sorted(submission.touch.answers.items())))
    return f"typed:{hashlib.sha256(left.encode(errors='replace')).hexdigest()[:24]}"


def message_of(submission: Submission, number: str, at: datetime) -> InboundMessage:
    """Nothing can be sent back to a form: the person is reached by phone, by mail, or where else he writes."""
    trail = read_trail(submission.came, at) if submission.came else None
    answers = [f"{label}: {answer}" for label, answer in submission.touch.answers.items()]
    return InboundMessage(
        channel=CHANNEL,
        sender=Sender(
            reachable_by(submission),
            submission.name,
            phone=submission.phone,
            email=submission.email,
            name_rank=NameRank.TYPED if submission.is_named else NameRank.GUEST,
            unproven=True,
        ),
        chat=f"{CHANNEL}:{submission.form}",
        external_id=number,
        at=at,
        dated_by_us=True,
        kind=MessageKind.FORM,
        text="\n".join(filter(None, [submission.message, *answers])),
        touch=credited(submission.touch, trail),
        trail=trail,
        one_way=True,
        consents=_consents(submission),
    )


def _sorted_out(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What is told in our names, the other answers, and how the form calls what is ours."""
    fields = {
        str(name): plain(value) for name, value in given.items() if not (name == TRAIL and isinstance(value, dict))
    }
    told = {name.lower(): value for name, value in fields.items() if name.lower() in OURS}
    theirs = {name.lower(): name for name in fields if name.lower() in OURS}
    for name, value in fields.items():
        ours = ALIASES.get(fold(name))
        if ours is not None and (ours not in told or (value and not told[ours])):
            told[ours], theirs[ours] = value, name
    taken = set(theirs.values())
    answers = {
        name: value for name, value in fields.items() if value and name not in taken and name.lower() not in OURS
    }
    return told, answers, theirs


def _says_anything(told: Mapping[str, str], answers: Mapping[str, str]) -> bool:
    return bool(answers or told.get("name") or told.get("message"))


def _consents(submission: Submission) -> tuple[Consent, ...]:
    """The version changes with every letter of the words; without words it is the form itself that was agreed to."""
    if not submission.consent:
        return ()
    words = " ".join(submission.consent_text.split())
    version = f"{submission.form}:{hashlib.sha256(words.encode()).hexdigest()[:12]}" if words else submission.form
    return (Consent(version, f"{CHANNEL}:{submission.form}", words or None),)


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1] + "…"


def _too_long(told: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    errors = {name: "form.too_long" for name, value in told.items() if len(value) > LONGEST.get(name, LONGEST_TEXT)}
    for label, answer in answers.items():
        if len(answer) > LONGEST_ANSWER or len(label) > LONGEST_LABEL:
            errors[label[:LONGEST_LABEL]] = "form.too_long"
    if len(told) + len(answers) > MOST_FIELDS:
        errors["message"] = "form.too_many"
    return errors
