"""What our scripts tell of a visitor's way to us, read as what it is: whatever somebody's browser has sent."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bot.domain.messages import PageView, Touch, Trail, Visit

MARKS = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_content": "content",
    "utm_term": "term",
    "click_id": "click_id",
}
"""How the script names the marks of an address, and what a touch calls them."""

ADDRESSES = {"page": "landing_page", "referrer": "referrer"}

LONGEST_MARK = 256
LONGEST_ADDRESS = 512
LONGEST_READ_SECONDS = 1_800
MOST_PAGES = 20
REMEMBERED = timedelta(days=400)
"""No visit is older: browsers forget by then, and clocks that say so are wrong."""

_IS_METRICA = re.compile(r"[0-9]{8,32}")
_IS_PERSONAL = re.compile(r"(?<=/)[^/]*(?:@|%40)[^/]*", re.IGNORECASE)


def read_trail(given: Any, now: datetime) -> Trail:
    """Whatever is not as our scripts write it is left out: nobody's words are refused for their trail."""
    told = given if isinstance(given, Mapping) else {}
    metrica = _text(told.get("ym_uid"), LONGEST_MARK)
    ym_uid = metrica if metrica is not None and _IS_METRICA.fullmatch(metrica) else None
    found = [_visit(told.get(which), ym_uid, now) for which in ("first", "last")]
    by_key = {visit.key: visit for visit in found if visit is not None}
    pages = told.get("pages")
    views = [_page(one, now) for one in pages[-MOST_PAGES:]] if isinstance(pages, list) else []
    return Trail(tuple(by_key.values()), tuple(view for view in views if view is not None))


def credited(touch: Touch, trail: Trail | None) -> Touch:
    """A touch without marks of its own belongs to the last visit that was not direct."""
    marked = any(getattr(touch, field) for field in MARKS.values())
    if trail is None or not trail.visits or marked:
        return touch
    last = trail.visits[-1].touch
    return replace(touch, **{field: getattr(last, field) for field in MARKS.values()})


def _visit(given: Any, ym_uid: str | None, now: datetime) -> Visit | None:
    if not isinstance(given, Mapping):
        return None
    told: dict[str, Any] = {field: _text(given.get(name), LONGEST_MARK) for name, field in MARKS.items()}
    told |= {field: _address(given.get(name)) for name, field in ADDRESSES.items()}
    key = hashlib.sha256(orjson.dumps([_milliseconds(given.get("at")), told])).hexdigest()[:32]
    return Visit(Touch(**told, ym_uid=ym_uid), _moment(given.get("at"), now), key)


def _page(given: Any, now: datetime) -> PageView | None:
    if not isinstance(given, Mapping) or _milliseconds(given.get("at")) is None:
        return None
    page, seconds = _path(given.get("page")), given.get("seconds")
    if page is None or not isinstance(seconds, int | float) or not 0 <= seconds < LONGEST_READ_SECONDS * 2:
        return None
    return PageView(page, _moment(given["at"], now), min(round(seconds), LONGEST_READ_SECONDS))


def _moment(given: Any, now: datetime) -> datetime:
    """A browser's clock may be wrong: what cannot be is taken for now."""
    milliseconds = _milliseconds(given)
    if milliseconds is None:
        return now
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at if now - REMEMBERED < at < now else now


def _milliseconds(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**43 else None


def _text(given: Any, longest: int) -> str | None:
    """NUL is a letter that PostgreSQL keeps in no text."""
    return (given.replace("\0", "").strip()[:longest] or None) if isinstance(given, str) else None


def _address(given: Any) -> str | None:
    """Of a web address what comes before its query, in which there may be anything."""
    address = _text(given, LONGEST_ADDRESS)
    if address is None or not address.startswith(("http://", "https://")):
        return None
    return _bare(address)


def _path(given: Any) -> str | None:
    path = _text(given, LONGEST_ADDRESS)
    return _bare(path) if path is not None and path.startswith("/") else None


def _bare(address: str) -> str:
    return _IS_PERSONAL.sub("…", re.split(r"[?#]", address, maxsplit=1)[0])
