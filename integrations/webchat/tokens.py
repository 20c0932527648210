"""Who a browser is: a random visitor id, signed by us, so that nobody can speak or read for another."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

LIFE = timedelta(days=30)
"""After so long without a visit the browser begins anew."""

FRESH = timedelta(hours=1)
"""An older token is replaced at the next visit."""

IS_TOKEN = re.compile(r"v1\.([A-Za-z0-9_-]{22})\.(\d{1,12})\.([A-Za-z0-9_-]{43})")


class Tokens:
    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"webchat:" + secret.encode()).digest()

    def new_visitor(self) -> str:
        return secrets.token_urlsafe(16)

    def issue(self, visitor: str, now: datetime) -> str:
        issued = int(now.timestamp())
        return f"v1.{visitor}.{issued}.{self._signed(visitor, issued)}"

    def read(self, token: str, now: datetime) -> tuple[str, datetime] | None:
        """`(visitor, when it was issued)`; None when it is not ours or too old."""
        found = IS_TOKEN.fullmatch(token)
        if found is None or not found[2].isascii():
            return None
        visitor, issued = found[1], int(found[2])
        if not hmac.compare_digest(found[3], self._signed(visitor, issued)):
            return None
        at = datetime.fromtimestamp(issued, now.tzinfo)
        return (visitor, at) if at > now - LIFE else None

    def _signed(self, visitor: str, issued: int) -> str:
        digest = hmac.digest(self._key, f"v1.{visitor}.{issued}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
