"""Many leads on one message: a line each, and a button with its number that takes it."""

from collections.abc import Sequence

from markupsafe import Markup

from bot.domain.scoring import Band
from bot.locales import Texts
from bot.use_cases.show_board import BoardLine
from integrations.telegram.callbacks import Tap
from integrations.telegram.cards import BAND_SIGNS, Rendered
from integrations.telegram.html import ago, bold, clip, cut, lines, number, seen_length
from integrations.telegram.keyboards import Button, button

LONGEST_LINE = 99
"""With its break a hundred: forty of them and a head are one message."""
LONGEST_NAME = 28
IN_A_ROW = 4
"""So that a number of five digits beside its sign is read on a phone."""

TAKES_BY = {"sales": Tap.CLAIM, "marketing": Tap.ANSWER}


def render_board(place: str, told: Sequence[BoardLine], texts: Texts) -> Rendered:
    """The numbers are the leads' own: they stay true while other lines come and go under the thumb."""
    if not told:
        return Rendered(texts("board.empty"), [])
    head = texts(f"board.head_{place}", count=len(told))
    made = [_button(line, TAKES_BY[place]) for line in told]
    keyboard = [made[at : at + IN_A_ROW] for at in range(0, len(made), IN_A_ROW)]
    return Rendered(lines(head, "", *(_line(line, texts) for line in told)), keyboard)


def _line(line: BoardLine, texts: Texts) -> Markup:
    """«🔥 №15 Анна · 85 · Яндекс «Осень» · 2 минуты назад», in a hundred characters at most."""
    head = Markup("{} {} {}").format(
        BAND_SIGNS[Band(line.band)], bold(f"№{line.lead_id}"), _short(line.name, LONGEST_NAME) or "–"
    )
    since = ago(line.waits_since, texts.moment(line.waits_since))
    room = LONGEST_LINE - seen_length(_joined(head, number(line.score), "", since))
    return _joined(head, number(line.score), _short(_source(line, texts), room), since)


def _joined(*parts: Markup | str) -> Markup:
    return Markup(" · ").join(parts)


def _short(text: str, most: int) -> str:
    """On one line, as Telegram counts."""
    return clip(cut(text, most), most)


def _source(line: BoardLine, texts: Texts) -> str:
    """Its marks tell more than the channel."""
    marks = [line.source, f"«{line.campaign}»" if line.campaign else None]
    return " ".join(mark for mark in marks if mark) or texts.plain(f"channel.{line.channel}")


def _button(line: BoardLine, tap: Tap) -> Button:
    sign = f"{BAND_SIGNS[Band.SALES_QUALIFIED]} " if line.band == Band.SALES_QUALIFIED else ""
    return button(f"{sign}{line.lead_id}", tap, line.lead_id, style="success")
