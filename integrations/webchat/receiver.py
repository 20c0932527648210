"""`/chat/socket`, and `/chat/poll` with `/chat/send` where sockets do not come through: one conversation, two roads."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from aiohttp import WSMsgType, web

from bot.domain.errors import StoreUnavailableError
from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import Answer, Clock, RawEvent
from bot.storage.consents import PERSONAL_DATA
from bot.storage.store import Store
from bot.storage.uploads import find_upload
from bot.storage.window import Seen, Standing, lines_after
from bot.use_cases.log_in import has_agreed, visitor_of_login
from bot.use_cases.rate import LONGEST_WORD, MOST_STARS, rate_in_window
from bot.use_cases.show_in_window import read_in_window, type_in_window, waiting_told
from integrations.gate import Gate, Pace
from integrations.webchat.hub import Hub, TooManyError
from integrations.webchat.identity import Identity, Passport
from integrations.webchat.interpreter import words_event
from integrations.webchat.onward import Onward
from integrations.webchat.telling import Visit, tell_line, tell_lines
from integrations.webchat.tokens import FRESH, Signer, is_logged_in
from integrations.webchat.words import CHANNEL, Wrong, read_words

log = structlog.get_logger(__name__)

LARGEST_FRAME = 32 * 1024
HELLO_SECONDS = 10.0
SLOWEST_SECONDS = 30.0
"""For the body of one request."""
POLL_SECONDS = 25.0
HEARTBEAT_SECONDS = 30.0
WORDS_A_MINUTE = 30
TYPING_A_MINUTE = 15
RETRY_SECONDS = 5

BROKEN, UNKNOWN, TOO_MANY, AWAY = 4400, 4401, 4429, 4503
"""With what a socket is closed: a broken frame, a token that is not ours, too much of it, come again later."""


class RefusedError(Exception):
    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


class Receiver:
    """`texts` are those of every language."""

    def __init__(
        self,
        store: Store,
        take: Callable[[RawEvent], Awaitable[Answer | None]],
        gate: Gate,
        hub: Hub,
        policy: Policy,
        texts: Mapping[str, Texts],
        default_locale: str,
        signer: Signer,
        clock: Clock,
        onward: Onward,
        passport: Passport,
    ) -> None:
        self._store, self._take, self._gate, self._hub, self._policy = store, take, gate, hub, policy
        self._texts, self._default_locale, self._clock = texts, default_locale, clock
        self._pace, self._reading = Pace(WORDS_A_MINUTE, time.monotonic), Pace(WORDS_A_MINUTE, time.monotonic)
        self._typing = Pace(TYPING_A_MINUTE, time.monotonic)
        self._signer, self._onward, self._passport = signer, onward, passport

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/chat/socket", self.socket),
            web.post("/chat/poll", self.poll),
            web.post("/chat/send", self.send),
        ]

    # One socket ------------------------------------------------------------------------------------------------------

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if (refusal := self._at_the_door(request)) is not None:
            return refusal
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME, heartbeat=HEARTBEAT_SECONDS, compress=False)
        try:
            await socket.prepare(request)
        except ValueError:  # aiohttp decodes the handshake's headers and quotes them: some bytes are no letters
            return web.Response(status=400)
        try:
            hello = await asyncio.wait_for(socket.receive(), HELLO_SECONDS)
            if hello.type is not WSMsgType.TEXT:
                raise RefusedError(BROKEN, "broken")
            visit = await self._visit(_frame(hello.data))
            with self._hub.listening(visit.visitor, self._gate.address(request)) as woken:
                await socket.send_str(_written(await self._hello(visit)))
                telling = asyncio.create_task(self._tell(socket, visit, woken))
                try:
                    await self._hear(socket, visit)
                finally:
                    telling.cancel()
                    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                        await telling
        except RefusedError as error:
            await socket.close(code=error.code, message=error.why.encode())
        except TooManyError:
            await socket.close(code=TOO_MANY, message=b"too many windows")
        except (TimeoutError, ConnectionError):
            await socket.close()
        except StoreUnavailableError:
            await socket.close(code=AWAY, message=b"later")
        return socket

    async def _hear(self, socket: web.WebSocketResponse, visit: Visit) -> None:
        async for received in socket:
            if received.type is not WSMsgType.TEXT:
                raise RefusedError(BROKEN, "broken")
            await socket.send_str(_written(await self._answer(visit, _frame(received.data))))

    async def _tell(self, socket: web.WebSocketResponse, visit: Visit, woken: asyncio.Event) -> None:
        """All that is new, from the store. A slow line is waited for: meanwhile nothing piles up here."""
        after, standing = visit.after, Standing()
        while not self._hub.closing:
            woken.clear()
            try:
                seen = await self._store.read(lines_after, CHANNEL, visit.visitor, after)
            except Exception as error:
                log.warning("webchat.read_failed", error=type(error).__name__)
                break
            if seen.lines or seen.anew or seen.standing != standing:
                await socket.send_str(_written(self._told(seen, visit)))
                after = seen.lines[-1].number if seen.lines else 0 if seen.anew else after
                standing = seen.standing
            await woken.wait()
        await socket.close(code=AWAY, message=b"later")

    # One request after another ---------------------------------------------------------------------------------------

    async def poll(self, request: web.Request) -> web.Response:
        """The greeting and what is new; with `wait` it answers only when there is something, or after a while."""

        async def polled(frame: Mapping[str, Any]) -> Mapping[str, Any]:
            visit = await self._visit(frame)
            with self._hub.listening(visit.visitor, self._gate.address(request)) as woken:
                seen = await self._store.read(lines_after, CHANNEL, visit.visitor, visit.after)
                if frame.get("wait") and not seen.lines and not seen.anew and not self._hub.closing:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(woken.wait(), POLL_SECONDS)
                    seen = await self._store.read(lines_after, CHANNEL, visit.visitor, visit.after)
                return {**await self._hello(visit), **self._told(seen, visit), "t": "hello"}

        return await self._request(request, polled)

    async def send(self, request: web.Request) -> web.Response:
        async def sent(frame: Mapping[str, Any]) -> Mapping[str, Any]:
            return await self._answer(await self._visit(frame), frame)

        return await self._request(request, sent)

    async def _request(
        self, request: web.Request, answer: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
    ) -> web.Response:
        if (refusal := self._at_the_door(request)) is not None:
            return refusal
        shared = {"Access-Control-Allow-Origin": request.headers["Origin"], "Vary": "Origin"}
        try:
            if (request.content_length or 0) > LARGEST_FRAME:
                return _json(413, {"error": "too large"}, shared)
            async with asyncio.timeout(SLOWEST_SECONDS):
                body = await request.content.read(LARGEST_FRAME + 1)
                while not request.content.at_eof() and len(body) <= LARGEST_FRAME:
                    body += await request.content.read(LARGEST_FRAME + 1 - len(body))
            if len(body) > LARGEST_FRAME:
                return _json(413, {"error": "too large"}, shared)
            return _json(200, await answer(_frame(body)), shared)
        except RefusedError as error:
            return _json(error.code - 4000, {"error": error.why}, shared)
        except TimeoutError:
            return _json(408, {"error": "too slow"}, shared)
        except TooManyError:
            return _json(429, {"error": "too many windows"}, shared)
        except StoreUnavailableError:
            return _json(503, {"error": "later"}, {**shared, "Retry-After": str(RETRY_SECONDS)})

    # What both roads share -------------------------------------------------------------------------------------------

    def _at_the_door(self, request: web.Request) -> web.Response | None:
        if not self._gate.knows(request.headers.get("Origin", "")):
            return _json(403, {"error": "this site may not use the chat: name it in ALLOWED_ORIGINS"}, {})
        if wait := self._gate.wait(request):
            return _json(429, {"error": "too often"}, {"Retry-After": str(wait)})
        return None

    async def _visit(self, frame: Mapping[str, Any]) -> Visit:
        """Raises `RefusedError` for a token that is not ours, or no more."""
        now, tokens = self._clock.now(), await self._signer.tokens()
        texts = self._texts.get(str(frame.get("lang"))[:2], self._texts[self._default_locale])
        given, after = frame.get("token"), _number({"after": 0, **frame}, "after")
        known = tokens.read(given, now) if isinstance(given, str) else None
        if known is None and given is not None:
            raise RefusedError(UNKNOWN, "unknown token")
        visitor, issued = known or (None, now)
        passed = self._passport.read(signed, now) if isinstance(signed := frame.get("identity"), str) else None
        if isinstance(passed, Identity):
            own = self._passport.visitor(passed.login)
            his = await self._store.write(visitor_of_login, CHANNEL, passed.login, own, visitor, now)
            token = tokens.issue(his, now, logged_in=True)
            return Visit(his, token, texts, after if his == visitor else 0, tokens, passed)
        why = passed.why if passed is not None else None
        if visitor is None:
            visitor = tokens.new_visitor()
            return Visit(visitor, tokens.issue(visitor, now), texts, 0, tokens, None, why)
        is_fresh = abs(now - issued) < FRESH  # one of the future, when the clock was ahead, would live for long
        token = str(given) if is_fresh else tokens.issue(visitor, now, logged_in=is_logged_in(str(given)))
        return Visit(visitor, token, texts, after, tokens, None, why)

    async def _hello(self, visit: Visit) -> dict[str, Any]:
        is_open, waiting = await self._store.read(waiting_told, visit.texts, self._policy, self._clock.now())
        here = self._clock.now().astimezone(visit.texts.zone).strftime("%H:%M")
        hello = {"t": "hello", "token": visit.token, "open": is_open, "waiting": waiting, "now": here}
        hello["telegram"] = await self._onward.is_open()
        if is_logged_in(visit.token):
            hello["self"] = {"agreed": await self._has_agreed(visit)}
        return {**hello, "refused": visit.refused} if visit.refused is not None else hello

    async def _has_agreed(self, visit: Visit) -> bool:
        """Who is logged in is asked once, on whatever device."""
        return is_logged_in(visit.token) and await self._store.read(has_agreed, CHANNEL, visit.visitor)

    async def _answer(self, visit: Visit, frame: Mapping[str, Any]) -> Mapping[str, Any]:
        match frame.get("t"):
            case "say":
                return await self._said(visit, frame)
            case "read":
                return await self._read(visit, frame)
            case "typing":
                return await self._types(visit)
            case "rate":
                return await self._rated(visit, frame)
            case "link":
                return await self._linked(visit, frame)
            case "go":
                return {"t": "go", "url": await self._onward.link(visit.visitor, frame.get("from"))}
            case "ping":
                return {"t": "pong", "open": self._policy.hours.is_open(self._clock.now())}
            case _:
                raise RefusedError(BROKEN, "broken")

    async def _said(self, visit: Visit, frame: Mapping[str, Any]) -> Mapping[str, Any]:
        """Acknowledged only when it is kept. What the visitor has to mend is said to him, by field."""
        said = {name: value for name, value in frame.items() if name not in ("t", "token", "after", "identity")}
        try:
            words = read_words(said, self._policy.region)
        except (TypeError, ValueError) as error:
            raise RefusedError(BROKEN, "broken") from error
        if isinstance(words, Wrong):
            return {"t": "no", "id": said["id"], "field": words.field, "text": visit.texts.plain(words.text)}
        if self._policy.privacy_url and PERSONAL_DATA not in words.agreed and not await self._has_agreed(visit):
            return {"t": "no", "id": words.id, "field": "agreed", "text": visit.texts.plain("chat.agree_first")}
        if await self._is_lost(visit, words.file):
            return {"t": "no", "id": words.id, "field": "file", "text": visit.texts.plain("chat.file_lost")}
        if wait := self._pace.wait(visit.visitor):
            return {"t": "later", "id": words.id, "seconds": wait}
        await self._take(words_event(visit.visitor, said, self._clock.now(), visit.identity))
        self._hub.wake(visit.visitor)
        return {"t": "ok", "id": words.id}

    async def _linked(self, visit: Visit, frame: Mapping[str, Any]) -> Mapping[str, Any]:
        """One line anew: the link to its file was too old."""
        number = _number(frame)
        seen = await self._store.read(lines_after, CHANNEL, visit.visitor, max(0, number - 1))
        asked = [line for line in seen.lines if line.number == number]
        return {"t": "line", "line": tell_line(asked[0], visit, self._clock.now())} if asked else {"t": "pong"}

    async def _is_lost(self, visit: Visit, file: str | None) -> bool:
        """What was attached and not said for too long is kept no more."""
        return file is not None and await self._store.read(find_upload, f"{CHANNEL}:{visit.visitor}", file) is None

    async def _read(self, visit: Visit, frame: Mapping[str, Any]) -> Mapping[str, Any]:
        """A courtesy to the owner: what comes too often is let go."""
        number = _number(frame)
        if not self._reading.wait(visit.visitor):
            now = self._clock.now()
            await self._store.write(read_in_window, CHANNEL, visit.visitor, number, self._policy, now)
        return {"t": "pong"}

    async def _types(self, visit: Visit) -> Mapping[str, Any]:
        """The same: who is not told of it now is told at the next letter, or not at all."""
        if not self._typing.wait(visit.visitor):
            await self._store.write(type_in_window, CHANNEL, visit.visitor, self._clock.now())
        return {"t": "pong"}

    async def _rated(self, visit: Visit, frame: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it has become stands in the window as a line: there the visitor reads that it has arrived."""
        number, stars, word = _number(frame), frame.get("stars"), frame.get("word", "")
        if not isinstance(word, str) or not (stars is None or (type(stars) is int and 1 <= stars <= MOST_STARS)):
            raise RefusedError(BROKEN, "broken")
        if wait := self._pace.wait(visit.visitor):
            return {"t": "later", "seconds": wait}
        word, now = word.strip()[:LONGEST_WORD], self._clock.now()
        await self._store.write(rate_in_window, CHANNEL, visit.visitor, number, stars, word, self._policy, now)
        self._hub.wake(visit.visitor)
        return {"t": "pong"}

    def _told(self, seen: Seen, visit: Visit) -> dict[str, Any]:
        return tell_lines(seen, visit, self._clock.now())


def _frame(data: str | bytes) -> Mapping[str, Any]:
    try:
        frame = orjson.loads(data)
    except ValueError as error:
        raise RefusedError(BROKEN, "broken") from error
    if not isinstance(frame, dict):
        raise RefusedError(BROKEN, "broken")
    return frame


def _number(frame: Mapping[str, Any], name: str = "n") -> int:
    """`true` is a number to Python, and none to PostgreSQL."""
    number = frame.get(name)
    if type(number) is not int or not 0 <= number < 2**31:
        raise RefusedError(BROKEN, "broken")
    return number


def _written(frame: Mapping[str, Any]) -> str:
    return orjson.dumps(frame).decode()


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **headers},
    )
