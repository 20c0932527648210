"""`POST /forms/<form>`: checked, bounded, and answered 202 only when it is stored together with its lead."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.domain.errors import StoreUnavailableError
from bot.locales import Texts
from bot.ports import Answer, RawEvent
from integrations.forms.interpreter import submission_event
from integrations.forms.submission import IS_FORM, Wrong, is_trial, read_submission
from integrations.gate import Gate

log = structlog.get_logger(__name__)

LARGEST_BODY = 64 * 1024
MOST_NESTED = 20
"""Lists in lists; deeper than any form, and far from where reading or storing them would fail."""

PREFLIGHT_SECONDS = "600"
RETRY_AFTER_SECONDS = "5"


class Receiver:
    """`texts` are those of every language; the visitor's own is chosen from what his browser asks for."""

    def __init__(
        self,
        take: Callable[[RawEvent], Awaitable[Answer | None]],
        gate: Gate,
        texts: Mapping[str, Texts],
        default_locale: str,
        region: str,
    ) -> None:
        self._take, self._gate, self._texts = take, gate, texts
        self._default_locale, self._region = default_locale, region

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/forms/{form}", self.submit), web.options("/forms/{form}", self.preflight)]

    async def preflight(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin", "")
        if not self._gate.knows(origin):
            return web.Response(status=403)
        return web.Response(
            status=204,
            headers={
                **_shared_with(origin),
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Max-Age": PREFLIGHT_SECONDS,
            },
        )

    async def submit(self, request: web.Request) -> web.Response:
        origin, form = request.headers.get("Origin"), request.match_info["form"]
        if origin is not None and not self._gate.knows(origin):
            return _told(403, self._page_error(request, "form.foreign_site"))
        shared = _shared_with(origin) if origin is not None else {}
        if not IS_FORM.fullmatch(form):
            return _told(404, self._page_error(request, "form.unknown"), shared)
        if wait := self._gate.wait(request):
            return _told(429, self._page_error(request, "form.too_often"), {**shared, "Retry-After": str(wait)})
        if (request.content_length or 0) > LARGEST_BODY:
            return _told(413, self._page_error(request, "form.too_large"), shared)
        try:
            fields = await _fields(request)
        except web.HTTPRequestEntityTooLarge:
            return _told(413, self._page_error(request, "form.too_large"), shared)
        except (ValueError, TypeError, LookupError, HttpProcessingError):
            return _told(400, self._page_error(request, "form.broken"), shared)
        if is_trial(fields):
            return _told(200, {"status": "ok"}, shared)
        submission = read_submission(form, fields, self._region)
        if isinstance(submission, Wrong):
            texts = self._spoken(request)
            return _told(422, {"errors": {name: texts.plain(key) for name, key in submission.errors.items()}}, shared)
        event = submission_event(submission, fields)
        try:
            answer = await self._take(event)
        except StoreUnavailableError:
            error = self._page_error(request, "form.later")
            return _told(503, error, {**shared, "Retry-After": RETRY_AFTER_SECONDS})
        accepted = answer.text if answer is not None else event.raw["number"]  # kept, and tried again by itself
        return _told(202, {"status": "accepted", "id": accepted}, shared)

    def _page_error(self, request: web.Request, key: str) -> dict[str, str]:
        return {"error": self._spoken(request).plain(key)}

    def _spoken(self, request: web.Request) -> Texts:
        wanted = request.headers.get("Accept-Language", "").lower()
        for part in wanted.split(","):
            if (language := part.strip()[:2]) in self._texts:
                return self._texts[language]
        return self._texts[self._default_locale]


async def _fields(request: web.Request) -> dict[str, Any]:
    """Raises ValueError or TypeError where the body is not what it says it is."""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        posted = await request.post()
        return {name: [_named(value) for value in posted.getall(name)] for name in posted}
    fields = orjson.loads(await request.read())
    if not isinstance(fields, dict) or _nests(fields, MOST_NESTED):
        raise TypeError("a flat object is expected")
    return fields


def _nests(value: object, levels: int) -> bool:
    """Whether there is something inside so many levels of it."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inside) and (levels == 0 or any(_nests(one, levels - 1) for one in inside))


def _named(value: object) -> str:
    """What a file field brings is told by its name: files have no place here."""
    return value.filename if isinstance(value, web.FileField) else str(value)


def _told(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=dict(headers or {})
    )


def _shared_with(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
