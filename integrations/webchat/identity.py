"""Who is logged in on the site: a token that the site signs, as RFC 7519 and RFC 7515 have it (JWT, HS256)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

import orjson

from bot.domain.contacts import read_email, read_phone

LONGEST = 4_096
LONGEST_LIFE = 3_600
"""Seconds: a token that somebody finds in a page that was kept is good for nothing soon."""

SKEW = 60
"""Seconds that the site's clock may be ahead of ours, or behind."""

LONGEST_CLAIM = 128


@dataclass(frozen=True, slots=True)
class Identity:
    """`login` is the site's own id of the person; the rest is what the site vouches for."""

    login: str
    name: str = ""
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NoIdentity:
    """`why` is for the console of whoever builds the site, and tells nothing of a person."""

    why: str


class Passport:
    """Reads what the site has signed; an empty `secret`: nobody is logged in."""

    def __init__(self, secret: str, region: str) -> None:
        self._key, self._region = secret.encode(), region

    def read(self, token: str, now: datetime) -> Identity | NoIdentity:
        if not self._key:
            return NoIdentity("CHAT_IDENTITY_SECRET is not set on the server")
        try:
            return self._checked(token, now.timestamp())
        except (ValueError, TypeError, AttributeError):
            return NoIdentity("it is no JWT")

    def visitor(self, login: str) -> str:
        """The same on every device, and nobody's guess."""
        digest = hmac.digest(hashlib.sha256(b"visitor:" + self._key).digest(), login.encode(), "sha256")
        return _encoded(digest[:16])

    def _checked(self, token: str, now: float) -> Identity | NoIdentity:
        if len(token) > LONGEST:
            return NoIdentity(f"it is longer than {LONGEST} characters")
        signed, _, signature = token.rpartition(".")
        head, _, body = signed.partition(".")
        if orjson.loads(_decoded(head)).get("alg") != "HS256":
            return NoIdentity("its alg is not HS256")
        if not hmac.compare_digest(_decoded(signature), hmac.digest(self._key, signed.encode("ascii"), "sha256")):
            return NoIdentity("its signature is not made with CHAT_IDENTITY_SECRET")
        return self._said(orjson.loads(_decoded(body)), now)

    def _said(self, claims: Mapping[str, Any], now: float) -> Identity | NoIdentity:
        issued, expires = claims.get("iat"), claims.get("exp")
        if not _is_moment(issued) or not _is_moment(expires):
            return NoIdentity("iat and exp have to be there, in seconds")
        if now >= expires + SKEW:
            return NoIdentity("it has expired")
        if now < issued - SKEW:
            return NoIdentity("iat lies in the future")
        if expires - issued > LONGEST_LIFE:
            return NoIdentity("it lives longer than an hour")
        login = _text(claims.get("sub"))
        if not login:
            return NoIdentity(f"sub has to be a text of 1 to {LONGEST_CLAIM} characters")
        phone = read_phone(_text(claims.get("phone")), self._region)
        return Identity(login, _text(claims.get("name")), phone, read_email(_text(claims.get("email"))))


def _text(value: Any) -> str:
    """Numbers are taken for what they look like: many sites count their customers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_CLAIM else ""


def _is_moment(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
