"""Every text exists, is used, is whole, fits its place in Telegram, and reads well in both languages."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.commands import people
from bot.commands.failed import COLUMNS
from bot.domain.leads import CallOutcome, FeedbackState, LeadEvent, LossReason, RejectReason, Status, WarmUpTerm
from bot.domain.messages import MessageKind
from bot.domain.scoring import Band
from bot.locales import LOCALES, Texts
from bot.storage.migrate import SchemaState
from bot.storage.prompts import CARD_CHOICES, FEEDBACK_CHOICES, MARKETING_QUESTIONS
from bot.storage.team import PURPOSES
from bot.use_cases.automatic_words import DAYS
from bot.use_cases.show_board import WAITS_IN
from bot.use_cases.turn_page import PAGES
from bot.use_cases.view_lead import PROMISES
from handlers.commands import ROLES
from handlers.taps import PURPOSES as BINDABLE
from integrations.telegram.digest_picture import STEPS
from integrations.telegram.html import LONGEST_BUTTON, LONGEST_TEXT, cut
from integrations.telegram.introduction import COMMANDS
from integrations.telegram.lead_view import TOUCH_KINDS
from integrations.telegram.sandbox.entities import parse_html
from tests.locales.source import Use, read_source

CHANNELS = ("telegram", "form", "webchat")

FAMILIES: dict[str, tuple[str, ...]] = {
    "alarm.": ("chat_lost", "no_rights"),
    "ask.": MARKETING_QUESTIONS,
    "audit.": tuple(LeadEvent),
    "band.": tuple(Band),
    "board.head_": tuple(WAITS_IN),
    "button.bind_": tuple(BINDABLE),
    "button.warm_": tuple(WarmUpTerm),
    "card.ask_": FEEDBACK_CHOICES,
    "card.choose_": CARD_CHOICES,
    "channel.": CHANNELS,
    "cli.person_": people.COLUMNS,
    "cli.failed_": COLUMNS,
    "duplicate.": ("self", "unknown", "circle"),
    "due.": tuple(PROMISES),
    "feedback.": tuple(state for state in FeedbackState if state is not FeedbackState.OPEN),
    "form.as_typed_": ("phone", "email"),
    "form.field_": ("name", "phone", "email", "message"),
    "help.": ROLES,
    "kind.": tuple(kind for kind in MessageKind if kind is not MessageKind.TEXT),  # words speak for themselves
    "loss.": tuple(LossReason),
    "menu.": COMMANDS,
    "outcome.": tuple(CallOutcome),
    "page.": PAGES,
    "picture.answer_": ("minutes", "hours"),
    "picture.step_": STEPS,
    "introduce.": ("sales", "marketing"),
    "opening.": (*DAYS, "today", "tomorrow", "date"),
    "purpose.": (*PURPOSES, "all"),
    "reject.": tuple(RejectReason),
    "remind.": ("call_back", "woken"),
    "touch.": TOUCH_KINDS,
    "status.": (*Status, *FeedbackState),
    "tap.not_allowed_": PURPOSES,
}
"""What may follow the beginning of a key that the source puts together."""

SCHEMA_KINDS = get_args(get_type_hints(SchemaState)["kind"])

PLAIN = ("button.", "check.", "cli.", "duration.", "greet.", "menu.", "tap.", "why.")
"""Where Telegram or a terminal takes no markup."""

LONGEST_ALERT = 200
LONGEST_MENU_LINE = 256
LONGEST_PERSON = "Константин Константинович Константинопольский-Задунайский"
GLUED = {"digest.change"}
"""Stands right after a number, and brings its own space."""


@cache
def messages(locale: str) -> dict[str, Message]:
    file = Path(__file__).parents[2] / "bot" / "locales" / f"{locale}.po"
    with file.open("rb") as opened:
        return {_key(message): message for message in read_po(opened, locale=locale) if message.id}


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def texts_of(locale: str) -> Iterator[tuple[str, str]]:
    for key, message in messages(locale).items():
        for form in forms(message):
            yield key, form


def fields(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def families() -> dict[str, tuple[str, ...]]:
    checked = read_source().checked
    whole = (*checked, *(f"schema_{kind}" for kind in SCHEMA_KINDS))
    return {**FAMILIES, "check.": tuple(name for name in whole if f"check.{name}" in messages("en"))}


def expanded() -> set[str]:
    begun = read_source().beginnings
    return {f"{start}{name}" for start, names in families().items() if start in begun for name in names}


def fill(text: str, value: str) -> str:
    numbers = {"seconds": 9.0, "count": 5}
    return text.format(**{name: numbers.get(name, value) for name in fields(text)})


def test_both_languages_have_the_same_keys() -> None:
    assert list(messages("ru")) == list(messages("en"))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_written_once(locale: str) -> None:
    """Of two `msgstr` under one key, as a careless merge leaves them, the reader silently takes one."""
    source = (Path(__file__).parents[2] / "bot" / "locales" / f"{locale}.po").read_text("utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert [key for key in keys if keys.count(key) > 1] == []
    assert re.findall(r'^msgstr ".*"\n(?:msgstr ".*"\n)+', source, re.MULTILINE) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_help_names_every_command_of_the_menu(locale: str) -> None:
    texts = Texts(locale, ZoneInfo("Europe/Moscow"))
    told = texts.plain("help.commands") + texts.plain("help.of_marketing")
    assert [command for command in COMMANDS if f"/{command} " not in told] == []


def test_every_composed_key_is_of_a_known_family() -> None:
    spaces = {key.partition(".")[0] for key in messages("en")}
    begun = {start: where for start, where in read_source().beginnings.items() if start.partition(".")[0] in spaces}
    assert {start: where for start, where in begun.items() if start not in families()} == {}
    assert [start for start in FAMILIES if start not in begun] == []


def test_no_text_is_missing() -> None:
    known = messages("en")
    spaces = {key.partition(".")[0] for key in known if "." in key}
    named = {text for text in read_source().literals if re.fullmatch(r"[a-z]+\.[a-z][a-z_]*", text)}
    asked = {use.key for use in read_source().uses}
    needed = asked | expanded() | {text for text in named if text.partition(".")[0] in spaces}
    assert sorted(needed - set(known)) == []


def test_no_text_is_left_over() -> None:
    assert sorted(set(messages("en")) - read_source().literals - expanded()) == []


@pytest.mark.parametrize(
    "use", [use for use in read_source().uses if use.values is not None], ids=lambda use: use.where
)
def test_a_text_is_given_what_it_names(use: Use) -> None:
    """A number called `count` chooses the plural form, so a text with forms is given one, and no other text is."""
    message = messages("en").get(use.key)
    assert message is not None, f"{use.where}: {use.key}"
    assert use.values is not None
    assert fields(forms(message)[0]) <= use.values, f"{use.where}: {use.key}"
    assert ("count" in use.values) is bool(message.pluralizable), f"{use.where}: {use.key}"


@pytest.mark.parametrize("key", messages("en"))
def test_all_forms_name_the_same_values(key: str) -> None:
    in_all = {fields(form) for locale in LOCALES for form in forms(messages(locale)[key])}
    assert len(in_all) == 1, in_all


@pytest.mark.parametrize("locale", LOCALES)
def test_plurals_have_all_their_forms(locale: str) -> None:
    wanted = {"ru": 3, "en": 2}[locale]
    for key, message in messages(locale).items():
        counted = "count" in fields(forms(message)[0])
        assert message.pluralizable is counted, f"{key}: a text with {{count}} has plural forms"
        assert len(forms(message)) == (wanted if counted else 1), key
        assert all(forms(message)), f"{key} is empty"
        if counted:
            assert (message.id if isinstance(message.id, tuple) else ()) == (key, key)


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 лид"), (3, "3 лида"), (5, "5 лидов"), (11, "11 лидов"), (21, "21 лид"), (112, "112 лидов")],
)
def test_russian_counts(count: int, words: str) -> None:
    assert Texts("ru", ZoneInfo("Europe/Moscow")).plain("my.head", count=count) == f"<b>У вас {words}</b>"


@pytest.mark.parametrize("locale", LOCALES)
def test_labels_fit_their_buttons(locale: str) -> None:
    """A person's name may be cut; the words of the product never are."""
    for key, text in texts_of(locale):
        if key.startswith(("button.", "reject.", "loss.")):
            assert len(fill(text, "Константин Константинопольский")) <= LONGEST_BUTTON, key
            assert len(cut(fill(text, LONGEST_PERSON * 2), LONGEST_BUTTON)) <= LONGEST_BUTTON
        if key.startswith("menu."):
            assert len(text) <= LONGEST_MENU_LINE


@pytest.mark.parametrize("locale", LOCALES)
def test_answers_to_taps_fit_their_alert(locale: str) -> None:
    longest_status = max(len(fill(text, "")) for key, text in texts_of(locale) if key.startswith("status."))
    for key, text in texts_of(locale):
        if key.startswith(("tap.", "refused.")):
            value = "x" * longest_status if "status" in fields(text) else LONGEST_PERSON
            assert len(fill(text, value)) <= LONGEST_ALERT, key


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_html_that_telegram_takes(locale: str) -> None:
    texts = Texts(locale, ZoneInfo("Europe/Moscow"))
    for key, text in texts_of(locale):
        values = {name: 5 if name in ("count", "seconds") else f'<b>{LONGEST_PERSON} & "' for name in fields(text)}
        written = str(texts(key, **values))
        words, entities = parse_html(written)
        assert len(words) <= LONGEST_TEXT, key
        assert "&" not in re.sub(r"&(lt|gt|amp|#34|quot|#39);", "", written), key
        if key.startswith(PLAIN):
            assert "<" not in text and entities == [], f"{key} stands where there is no markup"


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_begin_and_end_with_words(locale: str) -> None:
    ragged = [key for key, text in texts_of(locale) if text != text.strip() and key not in GLUED]
    assert ragged == []
    assert [key for key, text in texts_of(locale) if "  " in text or " \n" in text] == []


def test_russian_is_set_as_russian_books_are() -> None:
    """«» and –, never "" and a hyphen between words."""
    for key, text in texts_of("ru"):
        prose = re.sub(r"python -m \S+|<[^>]+>", "", text)
        assert not re.search(r"[\"“”„'’—]|(?<!\w)-|-(?!\w)", prose), f"{key}: {text}"
        assert prose.count("«") == prose.count("»"), key


def test_english_is_set_as_english_books_are() -> None:
    for key, text in texts_of("en"):
        prose = re.sub(r"python -m \S+|<[^>]+>", "", text)
        assert not re.search(r"[\"'«»—]|(?<!\w)-|-(?!\w)", prose), f"{key}: {text}"


def test_a_word_is_spelled_with_ё_everywhere_or_nowhere() -> None:
    words = set(chain.from_iterable(re.findall(r"[а-яё]+", text.lower()) for _, text in texts_of("ru")))
    plain = {word.replace("ё", "е") for word in words if "ё" in word} - {
        "все",
        "узнает",
    }  # these are words of their own
    always = {"еще", "ее", "нее", "ждет", "ведет", "придет", "берет", "найдет", "отчет", "счет", "свое", "чье"}
    assert words & (plain | always) == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_is_taken_for_a_man_or_a_woman(locale: str) -> None:
    """We know a name and no more: «взято», not «взял»; "they", not "he"."""
    russian = r"взяла?|купила?|ушёл|ушла|пропала?|открыла?|ответила?|написала?|отклонила?|согласна|рада?|должна?"
    guessed = re.compile(rf"\b({russian}|he|she|his|her|him)\b", re.IGNORECASE)
    assert [(key, found[0]) for key, text in texts_of(locale) if (found := guessed.search(text))] == []


def test_a_mean_of_money_is_told_without_cents() -> None:
    russian, english = (Texts(locale, ZoneInfo("UTC")) for locale in ("ru", "en"))
    assert russian.rounded_money(16_233_333.3, "RUB") == "162\u00a0333\u00a0₽"
    assert english.rounded_money(4_999.5, "USD") == english.money(50_00, "USD")
    assert russian.rounded_money(1_234.4, "JPY") == russian.money(1_234, "JPY")
