"""Regular expressions that cannot hang: a customer's text must never stop the process, whatever the rules say."""

import re
from typing import Final

MAX_PATTERN: Final = 200
MAX_SUBJECT: Final = 2_000
"""Characters of a text that a regular expression sees."""
MAX_PATHS: Final = 10_000
"""Ways to match from one position: less than half a second at the worst on an ordinary machine."""

_TOKEN = re.compile(
    r"""
      (?P<atom>      \\[^1-9] | \[\^?\]?(?:\\.|[^\]\\])*\] )
    | (?P<reference> \\[1-9] )
    | (?P<special>   \(\?(?!:) )
    | (?P<open>      \((?:\?:)? )
    | (?P<close>     \) )
    | (?P<branch>    \| )
    | (?P<repeat>    (?:[*+?]|\{(?=[\d,])(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\})[?+]? )
    | (?P<other>     . )
    """,
    re.VERBOSE | re.DOTALL,
)


def bounded_pattern(pattern: str) -> re.Pattern[str]:
    """Compile `pattern`, ignoring case, if its work on `MAX_SUBJECT` characters is bounded.

    Raises ValueError, with a reason in plain words, when it is not, or when it is no regular expression.
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"is longer than {MAX_PATTERN} characters")
    try:
        compiled = re.compile(pattern.replace("ё", "е").replace("Ё", "Е"), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    if _paths(pattern) > MAX_PATHS:
        raise ValueError("repeats too much; write .{0,20} instead of .*, or list the words")
    return compiled


def _paths(pattern: str) -> int:
    """An upper bound of the ways `pattern` can match from one position.

    Alternatives add up, what follows each other multiplies. Repeated groups, the source of exponential work, are
    refused.
    """
    finished, current = [0], [1]  # per open group: paths of the alternatives before, and of the one being read
    after_group = False
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if kind == "reference" or kind == "special":
            raise ValueError("uses a back-reference, look-around or flag; only plain groups are allowed")
        if kind == "open":
            finished.append(0)
            current.append(1)
        elif kind == "close":
            group = finished.pop() + current.pop()
            current[-1] *= group
        elif kind == "branch":
            finished[-1] += current[-1]
            current[-1] = 1
        elif kind == "repeat":
            least, most = _limits(token)
            if after_group and most > 1:
                raise ValueError("repeats a group; repeat single characters or list the words")
            current[-1] *= most - least + 1
        after_group = kind == "close"
    return finished[0] + current[0]


def _limits(repeat: re.Match[str]) -> tuple[int, int]:
    sign = repeat[0][0]
    if sign != "{":
        return {"*": (0, MAX_SUBJECT), "+": (1, MAX_SUBJECT), "?": (0, 1)}[sign]
    least = min(int(repeat["least"] or 0), MAX_SUBJECT)
    if not repeat["comma"]:
        return least, least
    return least, min(int(repeat["most"] or MAX_SUBJECT), MAX_SUBJECT)
