"""What somebody's form calls our fields, and what becomes of everything else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from integrations.forms.flatten import Said, flatten
from integrations.forms.names import ALIASES, OURS, fold
from integrations.forms.secret import Secret


@dataclass(frozen=True, slots=True)
class Reply:
    """What a builder wants to hear, where it is not what we tell everybody."""

    status: int = 200
    text: str = "ok"


@dataclass(frozen=True, slots=True)
class Form:
    """One `[forms.<name>]` of the settings; all of it at its default is a form that needs no settings."""

    preset: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """Their name, folded → ours. A name is a path, a question or the last part of a path, and may hold `*`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """By the place of an answer what a person calls it."""
    constant: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    cookies: str | None = None
    """The field that brings the visitor's cookies along, marks of the visit among them."""
    trial: Mapping[str, str] = field(default_factory=dict)
    """Fields that only a test of the connection has."""
    reply: Reply | None = None
    secret: Secret | None = None
    script: bool = False
    """It is filled in where our script runs: what comes without its seal is set aside."""
    keeps_errors: bool = False
    """Nobody is there to mend anything: what is wrong is kept as it was typed, and the lead with it."""


def apply(form: Form, given: Mapping[str, Any]) -> dict[str, str]:
    """Flat, in our names where the settings tell them, everything else by the name that a person gave it."""
    told: dict[str, str] = {}
    answers: dict[str, str] = {}
    again: Counter[str] = Counter()
    for said in flatten(given):
        if said.path == form.cookies:
            for name, value in _marks_in(said.text).items():
                told.setdefault(name, value)
        elif (ours := _ours(form, said)) is not None and not told.get(ours):
            told[ours] = said.text
        elif not said.text:
            answers.setdefault(said.label, "")
        elif ours is not None or not any(_is(said, pattern) for pattern in form.drop):
            answers[_free(form.labels.get(fold(said.path), said.label), said, answers, again)] = said.text
    return answers | told | dict(form.constant)


def is_trial(form: Form, given: Mapping[str, Any]) -> bool:
    """A builder asks whether anybody is here: it sends this and nothing more."""
    said = {one.path: one.text for one in flatten(given)}
    return bool(form.trial) and said == dict(form.trial)


def _ours(form: Form, said: Said) -> str | None:
    """Its exact place counts before what is dropped, and that before a name that it shares with others."""
    if (ours := form.fields.get(fold(said.path))) is not None:
        return ours
    if any(_is(said, pattern) for pattern in form.drop):
        return None
    named = next((ours for theirs, ours in form.fields.items() if _is(said, theirs)), None)
    return named or (_known(said) if "." in said.path else None)


def _known(said: Said) -> str | None:
    """What lies deeper is found by the names that all know; what stands at the top is read by them anyway."""
    names = (fold(said.label), fold(said.path.rpartition(".")[2]))
    return next((ALIASES.get(name, name) for name in names if name in ALIASES or name in OURS), None)


def _is(said: Said, pattern: str) -> bool:
    names = {fold(said.path), fold(said.label), fold(said.path.rpartition(".")[2])}
    return pattern in names or ("*" in pattern and any(fnmatchcase(name, pattern) for name in names))


def _free(label: str, said: Said, taken: Mapping[str, str], again: Counter[str]) -> str:
    """Nothing that was said is written over. `again` is how often a label has come: of a thousand answers to one
    question each would else look at all that came before it."""
    for free in (label, said.longer_label):
        if not taken.get(free):
            return free
    free = label
    while free in taken:
        again[label] += 1
        free = f"{label} {again[label] + 1}"
    return free


def _marks_in(cookies: str) -> dict[str, str]:
    """Tilda keeps them in `TILDAUTM`: `utm_source=yandex|||utm_campaign=…`, percent-encoded within the cookie."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == "TILDAUTM":
            pairs = (pair.partition("=") for pair in unquote(value).split("|||"))
            return {mark: unquote(told) for mark, _, told in pairs if mark.startswith("utm_") and told}
    return {}
