"""Who fills in forms by machine gives himself away; he is told nothing, and a human can still say *Not spam*."""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

TRAP, SEAL, TOOK = "gemba_url", "gemba_seal", "gemba_took"
"""Fields of our script: one that no human sees, what only the script knows, and how many milliseconds it all took."""

FASTEST_HUMAN_MS = 2_000
"""From the moment the form was there: one who lets his browser fill it in needs longer for a look at it and a tap."""


class Sign(StrEnum):
    TRAP = "trap"
    FORGED = "forged"
    HASTE = "haste"
    NO_SCRIPT = "no_script"


def seal_of(secret: str) -> str:
    """One for each installation. Anybody can read it in our script; most robots never run one."""
    return hmac.digest(hashlib.sha256(secret.encode()).digest(), b"forms.js", "sha256").hex()[:24]


def sign_of_robot(given: Mapping[str, Any], seal: str, *, script: bool, bare: bool) -> Sign | None:
    """`script`: the form is only ever filled in where ours runs. `bare`: it says that it is a browser, and lacks what
    each browser of today sends."""
    if _text(given.get(TRAP)).strip():
        return Sign.TRAP
    shown = _text(given.get(SEAL))
    if not shown:
        return Sign.NO_SCRIPT if script or bare else None
    took = _text(given.get(TOOK))
    if (
        not hmac.compare_digest(shown.encode(errors="replace"), seal.encode())
        or not took.isascii()
        or not took.isdigit()
    ):
        return Sign.FORGED
    return Sign.HASTE if len(took) < 10 and int(took) < FASTEST_HUMAN_MS else None


def without_marks(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in (TRAP, SEAL, TOOK)}


def _text(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
