"""Our fields, and what the world calls them."""

import re
from collections.abc import Mapping

MARKS: Mapping[str, str] = {
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

IS_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")

OURS = frozenset({"name", "phone", "email", "message", "consent", "consent_text", "submission_id", *MARKS})

TRAIL = "trail"
"""Where our script puts what the browser tells of earlier visits; typed into a field, it is an answer as any other."""

_CALLED = {
    "name": "имя, ваше имя, fio, фио, your name, your-name, как вас зовут, как к вам обращаться, full name",
    "phone": "tel, telephone, phone number, телефон, ваш телефон, номер телефона, your-phone, your-tel",
    "email": "e-mail, mail, почта, ваша почта, электронная почта, адрес электронной почты, email address, your-email",
    "message": "comment, comments, text, комментарий, сообщение, ваше сообщение, your-message, textarea",
    "submission_id": "tranid",
}
ALIASES: Mapping[str, str] = {alias: ours for ours, line in _CALLED.items() for alias in line.split(", ")}
"""Names of form builders, plain labels, the types of HTML inputs."""


def fold_pattern(name: str) -> str:
    """The same of a name in which `*` at the end stands for anything."""
    return fold(name) + ("*" if name.rstrip().endswith("*") else "")


def fold(name: str) -> str:
    """Forms differ in capitals, in spaces and in what stands after a question."""
    return " ".join(name.casefold().split()).rstrip(" :*?")
