"""How a builder shows that it is the one: a word that we both know, or the body signed with it."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Place = Literal["header", "query", "field", "signature"]


@dataclass(frozen=True, slots=True)
class Secret:
    """Where it is shown, under which name, and which environment variable holds it."""

    place: Place
    name: str
    variable: str
    value: str = field(repr=False)

    def is_shown(self, shown: str | None, body: bytes) -> bool:
        """`shown` is what stands in that place. Never faster for a better guess."""
        if shown is None:
            return False
        if self.place == "signature":
            return self._has_signed(shown, body)
        told = shown.removeprefix("Bearer ") if self.place == "header" else shown
        return _same(told.encode(), self.value.encode())

    def _has_signed(self, shown: str, body: bytes) -> bool:
        """HMAC-SHA256 of the body as it came, in hexadecimal or in base64, with `sha256=` before it or not."""
        digest = hmac.digest(self.value.encode(), body, "sha256")
        told = shown.removeprefix("sha256=")
        return _same(told.lower().encode(), digest.hex().encode()) | _same(_bytes(told), digest)


def shown_in(
    place: Place, name: str, header: Mapping[str, str], query: Mapping[str, str], fields: Mapping[str, str]
) -> str | None:
    where = {"header": header, "signature": header, "query": query, "field": fields}[place]
    return where.get(name)


def _same(one: bytes, other: bytes) -> bool:
    """Hashed first, so that not even the length is told."""
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def _bytes(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return b""
