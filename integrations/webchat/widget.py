"""`GET /chat/widget.js`: the script with our texts in it, told apart by its content."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson
from aiohttp import web

from bot.locales import Texts
from bot.storage.consents import ADVERTISING, PERSONAL_DATA
from bot.use_cases.automatic_words import terms_version

SCRIPT = Path(__file__).parent / "widget.js"
PLACE = "__GEMBA__"

LABELS = (
    "chat.open",
    "chat.title",
    "chat.close",
    "chat.hello",
    "chat.name",
    "chat.contact",
    "chat.write",
    "chat.send",
    "chat.required",
    "chat.agree_first",
    "chat.consent",
    "chat.advertising",
    "chat.privacy",
    "chat.you",
    "chat.sending",
    "chat.sent",
    "chat.edited",
    "chat.offline",
    "chat.at_work",
    "chat.not_at_work",
    "chat.unread",
    "chat.optional",
)

CONSENTS = {PERSONAL_DATA: "chat.consent", ADVERTISING: "chat.advertising"}


def consents_of(texts: Mapping[str, Texts], privacy_url: str | None) -> dict[tuple[str, str], str]:
    """The words beside our boxes, by purpose and version; on personal data with where to read more."""
    found = {}
    for spoken in texts.values():
        for purpose, key in CONSENTS.items():
            words = _words(spoken, purpose, key, privacy_url)
            found[purpose, terms_version(words)] = words
    return found


def _words(texts: Texts, purpose: str, key: str, privacy_url: str | None) -> str:
    return " ".join(filter(None, [texts.plain(key), privacy_url if purpose == PERSONAL_DATA else None]))


class Widget:
    def __init__(self, texts: Mapping[str, Texts], default_locale: str, privacy_url: str | None) -> None:
        ours = {
            "locale": default_locale,
            "privacy": privacy_url,
            "texts": {
                locale: {key.partition(".")[2]: spoken.plain(key, number="{number}") for key in LABELS}
                for locale, spoken in texts.items()
            },
            "versions": {
                locale: {
                    purpose: terms_version(_words(spoken, purpose, key, privacy_url))
                    for purpose, key in CONSENTS.items()
                }
                for locale, spoken in texts.items()
            },
        }
        script = SCRIPT.read_text("utf-8").replace(PLACE, orjson.dumps(ours).decode())
        self.script = script.encode()
        self.etag = hashlib.sha256(self.script).hexdigest()[:16]

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/chat/widget.js", self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        """Any page may load it: who may use the chat is asked when it speaks."""
        headers = {
            "ETag": f'"{self.etag}"',
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        if any(tag.value in (self.etag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=self.script, content_type="text/javascript", charset="utf-8", headers=headers)
