"""What was measured, beside its baselines of the same run and the goal, on the screen and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUTPUT = Path("data") / "bench.json"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for Gemba's figure, or for its ratio to the bare echo's or another baseline of the row."""

    most: float | None = None
    least: float | None = None
    times_bare: bool = True
    """The bound is on the ratio, not on the figure itself."""

    def met(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        sign, bound = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{sign} {bound:g}{'×' if self.times_bare else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing; `bare` is the bare aiogram echo or what the name says, `floor` the raw floor."""

    name: str
    gemba: float
    bare: float | None = None
    floor: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        return self.gemba / self.bare if self.bare else None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        measured = self.ratio if self.goal.times_bare else self.gemba
        return measured is not None and self.goal.met(measured)


def show(rows: Sequence[Row]) -> None:
    table = Table("", "bare aiogram", "raw floor", "Gemba", "Gemba / bare", "goal")
    for row in rows:
        mark = {None: "", True: " ✓", False: " ✗"}[row.met]
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        table.add_row(
            row.name, _number(row.bare), _number(row.floor), _number(row.gemba), ratio, f"{row.goal or ''}{mark}"
        )
    Console(width=120).print(table)


def save(rows: Sequence[Row]) -> None:
    OUTPUT.parent.mkdir(exist_ok=True)
    told = [{**asdict(row), "goal": str(row.goal or ""), "ratio": row.ratio, "met": row.met} for row in rows]
    OUTPUT.write_text(json.dumps(told, indent=2, ensure_ascii=False))


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 else f"{value:,.2f}"
