"""The body of a submission, of whatever kind: read within bounds, or not at all."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

LARGEST_BODY = 64 * 1024
MOST_NESTED = 20
"""Lists in lists; deeper than any form, and far from where reading or storing them would fail."""

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


async def read_body(request: web.Request) -> tuple[dict[str, Any], bytes]:
    """The fields, and the body as it came where that can be had.

    Raises ValueError, TypeError or LookupError where the body is not what it says it is, and aiohttp's own errors.
    """
    bounded = request.clone(client_max_size=LARGEST_BODY)
    if bounded.content_type == "multipart/form-data":
        return _named_once(await bounded.post()), b""
    body = await bounded.read()
    if bounded.content_type in FORM_TYPES:
        return _named_once(await bounded.post()), body
    fields = orjson.loads(body)
    if not isinstance(fields, dict) or _nests(fields, MOST_NESTED):
        raise TypeError("an object is expected")
    return fields, body


def _named_once(posted: Mapping[str, Any]) -> dict[str, Any]:
    """A checkbox of several comes under one name again and again."""
    found: dict[str, list[str]] = {}
    for name, value in posted.items():
        found.setdefault(name, []).append(_named(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _named(value: object) -> str:
    """What a file field brings is told by its name: files have no place here."""
    return value.filename if isinstance(value, web.FileField) else str(value)


def _nests(value: object, levels: int) -> bool:
    """Whether there is something inside so many levels of it."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inside) and (levels == 0 or any(_nests(one, levels - 1) for one in inside))
