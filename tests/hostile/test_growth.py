"""Four times as much takes about four times as long, whatever it is made of: nobody stops the process by one body."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.contacts import mask_contacts, read_email, read_phone
from bot.domain.money import parse_amount
from bot.storage.store.base import dumps
from bot.use_cases.write_rows import guarded
from integrations.forms.flatten import flatten
from integrations.forms.mapping import Form, apply
from integrations.forms.submission import read_submission
from integrations.page.trail import read_trail
from integrations.telegram.html import clean, clip, cut, without_markup
from integrations.webchat.filetypes import JPEG, clean_name
from integrations.webchat.words import read_words
from tests.hostile import LONGER

SMALL = 2_000 * min(LONGER, 4)
"""Characters; in the long form four times as many are as much as a frame of the chat holds, and half a form."""

MOST = 9
"""Four would be even; sixteen is what a square gives."""

NOISE_SECONDS = 0.003
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FORM = Form(fields={"почта*": "email", "*тел*": "phone"}, drop=("utm*",))

PIECES = [
    "1",
    "1 ",
    "1-",
    "a",
    "a.",
    "a@",
    "@",
    "я",
    "я1",
    " ",
    "\t",
    "\n",
    "<",
    "&",
    "<a",
    "\\",
    '"',
    "\x00",
    "\u202e",
]
PIECES += ["=", "; ", "/", "+7 916 ", "a@b.", "\u0345", "😀", "[", "][", "%", "."]

TEXTS: dict[str, Callable[[str], Any]] = {
    "masks": mask_contacts,
    "phone": lambda text: read_phone(text, "RU"),
    "email": lambda text: (read_email(f"a@{text}"), read_email(f"{text}@b.ru")),
    "amount": lambda text: (parse_amount(f"1{text}", "RUB"), parse_amount(text, "RUB")),
    "json": lambda text: dumps({"text": text, text: [text]}),
    "cell": guarded,
    "markup": lambda text: (clean(text), clip(text, 99), cut(text, 99), without_markup(text)),
    "file name": lambda text: clean_name(text, JPEG),
    "trail": lambda text: read_trail({"first": {"page": f"https://{text}", "utm_source": text}}, NOW),
    "window": lambda text: read_words({"id": "0123456789", "text": "x", "who": {"contact": text, "name": text}}, "RU"),
    "form": lambda text: read_submission("x", apply(FORM, {"phone": text, "email": text, text: text}), "RU"),
}

SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "one question": lambda size: {"answers": [{"q": "x", "a": "1"}] * (size // 20)},
    "one name": lambda size: {"a": {f"{number}": {"x": "1"} for number in range(size // 20)}},
    "brackets": lambda size: {f"a[{number}]": "1" for number in range(size // 10)},
    "one branch": lambda size: {f"a[b][c][d]{'[e]' * (number % 9)}[{number}]": "1" for number in range(size // 30)},
    "lists": lambda size: {"a": [["1"]] * (size // 6)},
    "names": lambda size: {f"телефон {number}": "1" for number in range(size // 20)},
}


def seconds(work: Callable[[], object]) -> float:
    """Of this thread alone, at the best of two: others work on the machine as well."""

    def once() -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(once() for _ in range(2))


def assert_even(read: Callable[[Any], object], given: Sequence[Any]) -> None:
    read(given[0])
    few, many = (seconds(lambda one=one: read(one)) for one in given)  # type: ignore[misc]
    assert many < MOST * few + NOISE_SECONDS, f"{few:.4f} s, then {many:.4f} s"


@pytest.mark.parametrize("surface", TEXTS)
def test_a_long_text_takes_no_longer_than_it_is_long(surface: str) -> None:
    for piece in PIECES:
        assert_even(TEXTS[surface], [(piece * size)[:size] for size in (SMALL, 4 * SMALL)])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_form_takes_no_longer_than_it_is_large(shape: str) -> None:
    given = [SHAPES[shape](size) for size in (4 * SMALL, 16 * SMALL)]
    assert_even(lambda form: read_submission("x", apply(FORM, form), "RU"), given)
    assert_even(flatten, given)
