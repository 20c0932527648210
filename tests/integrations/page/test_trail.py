"""A visitor's way to us, as his browser tells it: bounded, cleaned, and never a reason to refuse his words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Touch, Trail
from integrations.page.trail import (
    LONGEST_ADDRESS,
    LONGEST_MARK,
    LONGEST_READ_SECONDS,
    MOST_PAGES,
    REMEMBERED,
    credited,
    read_trail,
)
from tests.conftest import MONDAY_NOON as NOW


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


TEN_DAYS_AGO, AN_HOUR_AGO = NOW - timedelta(days=10), NOW - timedelta(hours=1)
AD = {
    "at": ms(TEN_DAYS_AGO),
    "utm_source": "yandex",
    "utm_campaign": "Осень",
    "click_id": "yclid:17",
    "page": "https://shop.example/kitchens",
    "referrer": "https://ya.ru/search",
}
SEARCH = {"at": ms(AN_HOUR_AGO), "page": "https://shop.example/", "referrer": "https://google.com/"}
PAGES = [{"page": "/kitchens", "at": ms(AN_HOUR_AGO), "seconds": 61.4}]


def test_first_last_pages_and_metrica() -> None:
    trail = read_trail({"first": AD, "last": SEARCH, "pages": PAGES, "ym_uid": "1700000000123456789"}, NOW)
    first, last = trail.visits
    assert first.at == TEN_DAYS_AGO and last.at == AN_HOUR_AGO
    assert first.touch == Touch(
        source="yandex",
        campaign="Осень",
        click_id="yclid:17",
        landing_page="https://shop.example/kitchens",
        referrer="https://ya.ru/search",
        ym_uid="1700000000123456789",
    )
    assert last.touch.source is None and last.touch.referrer == "https://google.com/"
    assert [(view.page, view.seconds) for view in trail.pages] == [("/kitchens", 61)]


def test_one_visit_told_twice_is_one() -> None:
    assert len(read_trail({"first": AD, "last": AD}, NOW).visits) == 1
    later = read_trail({"first": {**AD, "at": ms(NOW + timedelta(days=9))}}, NOW + timedelta(hours=1))
    sooner = read_trail({"first": {**AD, "at": ms(NOW + timedelta(days=9))}}, NOW)
    assert later.visits[0].key == sooner.visits[0].key, "also where the browser's clock is wrong"
    assert sooner.visits[0].at == NOW


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://shop.example/a?email=olga@mail.ru#x", "https://shop.example/a"),
        ("https://shop.example/unsubscribe/olga@mail.ru/now", "https://shop.example/unsubscribe/…/now"),
        ("https://shop.example/u/olga%40mail.ru", "https://shop.example/u/…"),
        ("https://olga:secret@shop.example/", "https://…/"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        (7, None),
    ],
)
def test_of_an_address_the_path_alone(address: Any, kept: str | None) -> None:
    (visit,) = read_trail({"last": {"at": ms(NOW), "page": address}}, NOW).visits
    assert visit.touch.landing_page == kept


def test_a_form_without_marks_belongs_to_the_last_visit() -> None:
    trail = read_trail({"last": AD}, NOW)
    filled = Touch(offer="Замер", answers={"Бюджет": "300 000"})
    assert credited(filled, trail) == Touch(
        source="yandex", campaign="Осень", click_id="yclid:17", offer="Замер", answers={"Бюджет": "300 000"}
    )
    marked = Touch(source="vk")
    assert credited(marked, trail) == marked
    assert credited(filled, Trail()) == credited(filled, None) == filled


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
moments = st.integers(-1, 2**45) | st.integers(ms(NOW - REMEMBERED), ms(NOW)) | anything
touches = st.fixed_dictionaries(
    {"at": moments},
    optional={name: st.text(max_size=600) | anything for name in ("utm_source", "utm_term", "click_id", "page", "x")},
)
views = st.fixed_dictionaries(
    {"page": st.text(max_size=600).map("/".__add__) | anything, "at": moments, "seconds": st.floats() | anything}
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "first": touches | anything,
            "last": touches | anything,
            "pages": st.lists(views | anything, max_size=40) | anything,
            "ym_uid": st.text(max_size=40) | anything,
        },
    )
    | anything
)
def test_whatever_is_sent_is_bounded(told: Any) -> None:
    trail = read_trail(told, NOW)
    assert len(trail.visits) <= 2 and len(trail.pages) <= MOST_PAGES
    for visit in trail.visits:
        assert NOW - REMEMBERED < visit.at <= NOW and visit.at.tzinfo is UTC
        touch = visit.touch
        for mark in (touch.source, touch.term, touch.click_id, touch.ym_uid):
            assert mark is None or (0 < len(mark) <= LONGEST_MARK and "\0" not in mark)
        for address in (touch.landing_page, touch.referrer):
            assert address is None or (len(address) <= LONGEST_ADDRESS and not set("?#@\0") & set(address))
    for view in trail.pages:
        assert len(view.page) <= LONGEST_ADDRESS and 0 <= view.seconds <= LONGEST_READ_SECONDS
        assert NOW - REMEMBERED < view.at <= NOW and not set("?#@\0") & set(view.page)
    orjson.dumps([visit.key for visit in trail.visits])
