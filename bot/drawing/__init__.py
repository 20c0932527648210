"""Draws the picture of the digest, in a process of its own: matplotlib never enters the one that talks to Telegram."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Day:
    label: str
    """Below its bar; empty where there is no room for all."""
    off: bool
    """Nobody works."""
    new: int
    won: int
    answer: float | None
    """The median time to the first human answer, in the unit of `Picture.answer_title`."""


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    leads: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Words and numbers, ready to be drawn; `python -m bot.drawing` reads it as JSON and writes a PNG."""

    title: str
    figures: tuple[tuple[str, str], ...]
    """Three large numbers: of leads, of sales, of answers; each with what it counts."""
    new_title: str
    won_title: str
    answer_title: str
    funnel_title: str
    nothing: str
    days: tuple[Day, ...]
    funnel: tuple[Step, ...]
