"""A list of any length is one message, cut between lines and never within one."""

from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from bot.locales import Texts
from bot.storage.store import Tx
from integrations.telegram import views
from integrations.telegram.cards import Rendered
from integrations.telegram.html import LONGEST_TEXT, bold, fitting, lines, seen_length
from integrations.telegram.sandbox.entities import parse_html

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)


def a_list(count: int, name: str) -> Markup:
    return lines(*(bold(f"{number} {name}") for number in range(count)))


@pytest.mark.parametrize("name", ["Иван", "<b>&amp;" * 8, "👩‍👩‍👧‍👦" * 10])
def test_what_is_too_long_ends_at_a_whole_line(name: str) -> None:
    whole = a_list(2_000, name)
    shown = fitting(whole)
    parse_html(str(shown))
    *kept, last = shown.split("\n")
    assert last == "…" and kept == whole.split("\n")[: len(kept)]
    assert seen_length(shown) <= LONGEST_TEXT < seen_length(shown) + seen_length(kept[-1]) + 10


def test_what_fits_is_left_alone() -> None:
    assert fitting(a_list(3, "Иван")) == a_list(3, "Иван")


def test_no_command_shows_more_than_a_message_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def queue(*_asked: Any) -> Rendered:
        return Rendered(a_list(500, "Иван Петров"), [])

    monkeypatch.setitem(views._VIEWS, "queue", queue)
    texts = Texts("ru", ZoneInfo("Europe/Moscow"))
    shown = views.render_view(cast(Tx, None), {"view": "queue"}, texts, NOON)
    assert seen_length(shown.text) <= LONGEST_TEXT
