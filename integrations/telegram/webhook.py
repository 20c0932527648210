"""The webhook: verified, bounded, and answered 200 only when the update is committed."""

import hmac
from collections.abc import Awaitable, Callable

import orjson
import structlog
from aiohttp import web

from bot.domain.errors import StoreUnavailableError
from bot.ports import RawEvent
from integrations.telegram.reception import telegram_event

log = structlog.get_logger(__name__)

PATH = "/hooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LARGEST_BODY = 1024 * 1024
RETRY_AFTER_SECONDS = "5"


def webhook_handler(
    secret: str, bot_id: int, take: Callable[[RawEvent], Awaitable[object]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
            return web.Response(status=401)
        if (request.content_length or 0) > LARGEST_BODY:
            return web.Response(status=413)
        try:
            update = orjson.loads(await request.read())
            event = telegram_event(update, bot_id)
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.Response(status=400)
        try:
            await take(event)
        except StoreUnavailableError:
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
        return web.Response()

    return handle
