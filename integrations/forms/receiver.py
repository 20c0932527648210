"""`POST /forms/<form>`: checked, bounded, and answered 202 only when it is stored together with its lead."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.domain.errors import StoreUnavailableError
from bot.locales import Texts
from bot.ports import Answer, RawEvent
from integrations.forms import page
from integrations.forms.body import FORM_TYPES, LARGEST_BODY, read_body
from integrations.forms.interpreter import submission_event
from integrations.forms.mapping import Form, apply, is_trial
from integrations.forms.names import IS_FORM, TRAIL
from integrations.forms.robots import sign_of_robot, without_marks
from integrations.forms.secret import shown_in
from integrations.forms.submission import Wrong, keep_as_typed, read_submission
from integrations.gate import Gate

PREFLIGHT_SECONDS = "600"
RETRY_AFTER_SECONDS = "5"
SLOWEST_SECONDS = 30.0
"""For one body: whoever sends it letter by letter holds what he has sent."""
PLAIN = Form(trial={"test": "test"})
"""A form of which the settings say nothing."""


@dataclass(frozen=True, slots=True)
class Doors:
    """How fast one address may submit, and how fast it may ask what is wrong before it does."""

    submissions: Gate
    looks: Gate


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and in what form he is answered."""

    request: web.Request
    origin: str | None
    texts: Texts
    reads_pages: bool
    """A browser that leaves its page for our answer."""

    def told(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
        shared = _shared_with(self.origin) if self.origin is not None else {}
        return web.Response(
            status=status,
            body=orjson.dumps(body),
            content_type="application/json",
            headers={**shared, **(headers or {})},
        )

    def refused(self, status: int, key: str, headers: Mapping[str, str] | None = None) -> web.Response:
        if self.reads_pages:
            answer = page.trouble(status, self.texts, key)
            answer.headers.update(headers or {})
            return answer
        return self.told(status, {"error": self.texts.plain(key)}, headers)


class Receiver:
    """`texts` are those of every language; the visitor's own is chosen from what his browser asks for.

    `seal` is what our script shows; `https`: browsers come by it, and then say more of themselves.
    """

    def __init__(
        self,
        take: Callable[[RawEvent], Awaitable[Answer | None]],
        doors: Doors,
        forms: Mapping[str, Form],
        texts: Mapping[str, Texts],
        default_locale: str,
        region: str,
        seal: str,
        *,
        https: bool,
    ) -> None:
        self._take, self._doors, self._forms, self._texts = take, doors, forms, texts
        self._default_locale, self._region, self._seal, self._https = default_locale, region, seal, https

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/forms/{form}", self.submit), web.options("/forms/{form}", self.preflight)]

    async def preflight(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin", "")
        if not self._knows(request, origin):
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
        origin, name = request.headers.get("Origin"), request.match_info["form"]
        reads_pages = request.content_type in FORM_TYPES and "text/html" in request.headers.get("Accept", "")
        if origin is not None and not self._knows(request, origin):
            return Caller(request, None, self._spoken(request), reads_pages).refused(403, "form.foreign_site")
        caller = Caller(request, origin, self._spoken(request), reads_pages)
        if not IS_FORM.fullmatch(name):
            return caller.refused(404, "form.unknown")
        only_looks = "check" in request.query
        if wait := (self._doors.looks if only_looks else self._doors.submissions).wait(request):
            return caller.refused(429, "form.too_often", {"Retry-After": str(wait)})
        if (request.content_length or 0) > LARGEST_BODY:
            return caller.refused(413, "form.too_large")
        try:
            async with asyncio.timeout(SLOWEST_SECONDS):
                given, body = await read_body(request)
            form = self._forms.get(name, PLAIN)
            if is_trial(form, given):
                return self._accepted(caller, form, {}, None)
            if form.secret is not None and not form.secret.is_shown(_shown(request, form, given), body):
                return caller.refused(401, "form.no_secret")
            return await self._take_in(caller, name, form, given, only_looks=only_looks)
        except web.HTTPRequestEntityTooLarge:
            return caller.refused(413, "form.too_large")
        except TimeoutError:
            return caller.refused(408, "form.broken")
        except (ValueError, TypeError, LookupError, HttpProcessingError):
            return caller.refused(400, "form.broken")

    async def _take_in(
        self, caller: Caller, name: str, form: Form, given: Mapping[str, Any], *, only_looks: bool
    ) -> web.Response:
        filled = {field: value for field, value in without_marks(given).items() if field not in _unsaid(form)}
        came = filled.pop(TRAIL) if isinstance(filled.get(TRAIL), dict) else None
        fields: dict[str, Any] = apply(form, filled)
        if form.keeps_errors:
            fields = keep_as_typed(fields, self._region, self._texts[self._default_locale])
        fields |= {TRAIL: came} if came is not None else {}
        submission = read_submission(name, fields, self._region, needs_contact=not form.keeps_errors)
        if isinstance(submission, Wrong):
            errors = {field: caller.texts.plain(key) for field, key in submission.errors.items()}
            if not caller.reads_pages:
                return caller.told(422, {"errors": errors})
            where = self._next_page(caller.request, given)  # in full: the next answer comes from a page of ours
            return page.mend(caller.texts, {**given, page.NEXT: where} if where else given, errors)
        if only_looks:
            return caller.told(200, {"status": "fine"})
        robot = sign_of_robot(given, self._seal, script=form.script, bare=self._is_bare(caller.request))
        event = submission_event(submission, fields, robot, keeps_errors=form.keeps_errors)
        try:
            answer = await self._take(event)
        except StoreUnavailableError:
            return caller.refused(503, "form.later", {"Retry-After": RETRY_AFTER_SECONDS})
        number = answer.text if answer is not None else event.raw["number"]  # kept, and tried again by itself
        return self._accepted(caller, form, given, number)

    def _accepted(self, caller: Caller, form: Form, given: Mapping[str, Any], number: str | None) -> web.Response:
        if caller.reads_pages:
            where = self._next_page(caller.request, given)
            if where is not None:
                return web.Response(status=303, headers={"Location": where})
            return page.thanks(caller.texts, self._own_page(caller.request, caller.request.headers.get("Referer", "")))
        if form.reply is not None:
            return web.Response(status=form.reply.status, text=form.reply.text)
        if number is None:
            return caller.told(200, {"status": "ok"})
        return caller.told(202, {"status": "accepted", "id": number})

    def _next_page(self, request: web.Request, given: Mapping[str, Any]) -> str | None:
        wanted = given.get(page.NEXT)
        return self._own_page(request, wanted) if isinstance(wanted, str) else None

    def _own_page(self, request: web.Request, address: str) -> str | None:
        """The address, where it is a page of a site that we know: nobody is sent on to any other."""
        try:
            whole = urljoin(request.headers.get("Origin", "") + "/", address.strip()) if address.strip() else ""
            parts = urlsplit(whole)
        except ValueError:
            return None
        plain = parts.scheme in ("http", "https") and whole.isprintable() and "\\" not in whole
        return whole if plain and self._doors.submissions.knows(f"{parts.scheme}://{parts.netloc}") else None

    def _knows(self, request: web.Request, origin: str) -> bool:
        """A site of the list, or the page on which we ask for what has to be mended."""
        own = (f"{scheme}://{request.host}" for scheme in ("https", "http"))
        return self._doors.submissions.knows(origin) or origin in own

    def _is_bare(self, request: web.Request) -> bool:
        """An ordinary form from a browser that does not say where it was: none of the last years does so over https."""
        return (
            self._https
            and "Origin" in request.headers
            and "Sec-Fetch-Site" not in request.headers
            and request.content_type in FORM_TYPES
        )

    def _spoken(self, request: web.Request) -> Texts:
        wanted = request.query.get("lang", "") + "," + request.headers.get("Accept-Language", "").lower()
        for part in wanted.split(","):
            if (language := part.strip()[:2]) in self._texts:
                return self._texts[language]
        return self._texts[self._default_locale]


def _unsaid(form: Form) -> tuple[str, ...]:
    """Fields that are for us alone."""
    return (page.NEXT, form.secret.name) if form.secret is not None and form.secret.place == "field" else (page.NEXT,)


def _shown(request: web.Request, form: Form, given: Mapping[str, Any]) -> str | None:
    if form.secret is None:
        return None
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    return shown_in(form.secret.place, form.secret.name, request.headers, request.query, texts)


def _shared_with(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
