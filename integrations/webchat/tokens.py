"""Who a browser is: a random visitor id, signed by us, so that nobody can speak or read for another."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

from bot.storage.store import Store
from bot.storage.window import own_key

LIFE = timedelta(days=30)
"""After so long without a visit the browser begins anew."""

FRESH = timedelta(hours=1)
"""An older token is replaced at the next visit."""

LINK_LIFE = timedelta(hours=2)
"""For so long, at most, a link to a file is good; for half of it at least, and a page shown again has the same one."""

LOGGED_IN_LIFE = timedelta(days=1)
"""The same of who is logged in on the site: the site itself says so again at the next page."""

IS_LINK = re.compile(r"([1-9]\d{0,17})\.(\d{1,11})\.([A-Za-z0-9_-]{43})", re.ASCII)
"""No greater number than a row can have, no later time than a calendar: whoever made the link up chose them."""

IS_TOKEN = re.compile(r"(v[12])\.([A-Za-z0-9_-]{22})\.(\d{1,11})\.([A-Za-z0-9_-]{43})")


class Tokens:
    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"webchat:" + secret.encode()).digest()

    def new_visitor(self) -> str:
        return secrets.token_urlsafe(16)

    def issue(self, visitor: str, now: datetime, *, logged_in: bool = False) -> str:
        """Of who is logged in on the site it is of a kind of its own: his browser drops it when he has logged out."""
        words = f"{'v2' if logged_in else 'v1'}.{visitor}.{int(now.timestamp())}"
        return f"{words}.{self._sign(words)}"

    def read(self, token: str, now: datetime) -> tuple[str, datetime] | None:
        """`(visitor, when it was issued)`; None when it is not ours or too old."""
        found = IS_TOKEN.fullmatch(token)
        if found is None or not found[3].isascii():
            return None
        if not hmac.compare_digest(found[4], self._sign(token.rpartition(".")[0])):
            return None
        at = datetime.fromtimestamp(int(found[3]), now.tzinfo)
        return (found[2], at) if at > now - (LOGGED_IN_LIFE if is_logged_in(token) else LIFE) else None

    def link(self, visitor: str, message_id: int, now: datetime) -> tuple[str, datetime]:
        """Names the file of one message to the visitor who may see it; and until when."""
        half = int(LINK_LIFE.total_seconds()) // 2
        until = (int(now.timestamp()) // half + 2) * half
        signature = self._sign(f"file.{visitor}.{message_id}.{until}")
        return f"{message_id}.{until}.{signature}", datetime.fromtimestamp(until, UTC)

    def is_link_of(self, visitor: str, link: str) -> bool:
        message_id, until, signature = link.split(".")
        return hmac.compare_digest(signature, self._sign(f"file.{visitor}.{message_id}.{until}"))

    def _sign(self, words: str) -> str:
        digest = hmac.digest(self._key, words.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_logged_in(token: str) -> bool:
    return token.startswith("v2.")


def read_link(link: str) -> tuple[int, datetime] | None:
    """`(message, until when it is good)`, as it says itself; None when it is no link of ours."""
    found = IS_LINK.fullmatch(link)
    return (int(found[1]), datetime.fromtimestamp(int(found[2]), UTC)) if found is not None else None


class Signer:
    """The tokens of this firm; an empty `secret` is replaced by one that the store makes and keeps."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._tokens = Tokens(secret) if secret else None

    async def tokens(self) -> Tokens:
        if self._tokens is None:
            self._tokens = Tokens(await self._store.write(own_key, "webchat_key"))
        return self._tokens
