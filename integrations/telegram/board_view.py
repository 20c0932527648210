"""Many leads on one message: a line each, and a button with its number that takes it."""

from markupsafe import Markup

from bot.domain.scoring import Band
from bot.locales import Texts
from bot.use_cases.show_board import BoardLine, BoardView
from integrations.telegram.callbacks import Tap
from integrations.telegram.cards import BAND_SIGNS, Rendered
from integrations.telegram.html import ago, bold, clip, cut, lines, number, seen_length
from integrations.telegram.keyboards import Button, button

LONGEST_LINE = 99
"""With its break a hundred: forty of them and a head are one message."""
LONGEST_NAME = 28
TAKEN = "✓"

TAKES_BY = {"sales": Tap.CLAIM, "marketing": Tap.ANSWER}


def render_board(place: str, view: BoardView, texts: Texts) -> Rendered:
    """The numbers are the leads' own: they stay true while other lines come and go above the thumb."""
    if not view.told:
        return Rendered(texts("board.empty"), [])
    head = texts(f"board.head_{place}", count=len(view.told))
    waits = {line.lead_id: line for line in view.told}
    keyboard = [[_button(lead_id, waits.get(lead_id), TAKES_BY[place]) for lead_id in row] for row in view.rows]
    return Rendered(lines(head, "", *(_line(line, texts) for line in view.told)), keyboard)


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


def _button(lead_id: int, line: BoardLine | None, tap: Tap) -> Button:
    """Who is taken keeps his button: a late thumb is told who was faster, and takes nobody else instead."""
    if line is None:
        return button(f"{TAKEN} {lead_id}", tap, lead_id)
    sign = f"{BAND_SIGNS[Band.SALES_QUALIFIED]} " if line.band == Band.SALES_QUALIFIED else ""
    return button(f"{sign}{lead_id}", tap, lead_id, style="success")
