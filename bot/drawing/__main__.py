"""Reads a `Picture` as JSON from stdin, writes a PNG of 1080 × 1350 to stdout: upright, for a phone."""

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bot.drawing import Day, Picture, Step

PAPER, INK, PALE, RULE, DAY_OFF = "#FBFAF7", "#22303C", "#7A8691", "#E4E2DC", "#B9636B"
BLUE, GREEN, AMBER = "#8DB3E8", "#2A9D62", "#E9A03B"
BLUE_INK, AMBER_INK = "#3A6FB7", "#C27A14"
LEFT, RIGHT = 0.075, 0.945
MOST_NUMBERED = 16
"""More bars than this have no number on each."""


def read(raw: bytes) -> Picture:
    plain: dict[str, Any] = orjson.loads(raw)
    days = tuple(Day(**day) for day in plain.pop("days"))
    funnel = tuple(Step(**step) for step in plain.pop("funnel"))
    return Picture(days=days, funnel=funnel, **plain)


def draw(picture: Picture) -> bytes:
    rcParams["font.family"] = "DejaVu Sans"  # comes with matplotlib, and knows Cyrillic
    figure = Figure(figsize=(7.2, 9), dpi=150, facecolor=PAPER)
    figure.text(LEFT, 0.943, picture.title, size=21, weight="bold", color=INK)
    for (value, label), place, colour in zip(
        picture.figures, (0, 0.3, 0.68), (BLUE_INK, GREEN, AMBER_INK), strict=True
    ):
        x = LEFT + place * (RIGHT - LEFT)
        figure.text(x, 0.874, value, size=24, weight="bold", color=colour)
        figure.text(x, 0.846, label, size=13, color=PALE)
    with panel(figure, 0.56, 0.215) as axes:
        _leads(axes, picture)
    with panel(figure, 0.318, 0.14) as axes:
        _answers(axes, picture)
    with panel(figure, 0.025, 0.19) as axes:
        _funnel(axes, picture)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


@contextmanager
def panel(figure: Figure, bottom: float, height: float) -> Iterator[Axes]:
    axes = figure.add_axes((LEFT, bottom, RIGHT - LEFT, height), facecolor=PAPER)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.set_xticks([])
    axes.set_yticks([])
    yield axes


def _heading(axes: Axes, *parts: tuple[str, str]) -> None:
    """The panel's name; where it shows several things, each in its colour, which spares a legend."""
    at = 0.0
    for text, colour in parts:
        drawn = axes.text(at, 1.06, text, transform=axes.transAxes, size=14.5, weight="bold", color=colour)
        end = drawn.get_window_extent().x1
        at = axes.transAxes.inverted().transform((end, 0))[0] + 0.03


def _leads(axes: Axes, picture: Picture) -> None:
    _heading(axes, (picture.new_title, BLUE_INK), (picture.won_title, GREEN))
    days = picture.days
    top = max([day.new for day in days] + [day.won for day in days])
    if not top:
        _nothing(axes, picture)
    places = range(len(days))
    axes.bar(places, [day.new for day in days], width=0.78, color=BLUE)
    axes.bar(places, [day.won for day in days], width=0.4, color=GREEN)
    _numbers(axes, [day.new for day in days], [max(day.new, day.won) for day in days], top)
    _days(axes, days, top)


def _answers(axes: Axes, picture: Picture) -> None:
    _heading(axes, (picture.answer_title, AMBER_INK))
    known = [day.answer for day in picture.days]
    top = max((value for value in known if value is not None), default=0.0)
    if not any(value is not None for value in known):
        _nothing(axes, picture)
    axes.bar(range(len(known)), [value or 0 for value in known], width=0.78, color=AMBER)
    _numbers(axes, known, known, top)
    _days(axes, picture.days, top)


def _numbers(axes: Axes, values: Sequence[float | None], heights: Sequence[float | None], top: float) -> None:
    for place, (value, height) in enumerate(zip(values, heights, strict=True)):
        if value and height and (len(values) <= MOST_NUMBERED or value == top):
            shown = f"{value:.0f}" if value >= 1 else "<1"
            axes.annotate(shown, (place, height), (0, 3), textcoords="offset points", ha="center", size=11, color=INK)


def _days(axes: Axes, days: tuple[Day, ...], top: float) -> None:
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_ylim(0, (top or 1) * 1.16)
    for place, day in enumerate(days):
        colour = DAY_OFF if day.off else PALE
        for line, words in enumerate(day.label.split("\n"), 1):
            axes.annotate(
                words, (place, 0), (0, -15 * line), textcoords="offset points", ha="center", size=11.5, color=colour
            )


def _funnel(axes: Axes, picture: Picture) -> None:
    _heading(axes, (picture.funnel_title, INK))
    axes.spines["bottom"].set_visible(False)
    steps = picture.funnel
    top = max([step.leads for step in steps] + [1])
    colours = [BLUE, BLUE, BLUE, BLUE, GREEN]
    for row, (step, colour) in enumerate(zip(steps, colours, strict=True)):
        axes.barh(-row, max(step.leads / top, 0.004), left=0.36, height=0.66, color=colour)
        axes.text(0, -row, step.label, va="center", size=13, color=INK)
        axes.text(0.37 + step.leads / top, -row, f"{step.leads}", va="center", size=13, weight="bold", color=INK)
    axes.set_xlim(0, 1.45)
    axes.set_ylim(-len(steps) + 0.45, 0.55)


def _nothing(axes: Axes, picture: Picture) -> None:
    axes.text(0.5, 0.45, picture.nothing, transform=axes.transAxes, ha="center", size=14, color=PALE)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(read(sys.stdin.buffer.read())))
