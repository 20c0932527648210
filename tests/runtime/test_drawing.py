"""A real child draws; one that fails or hangs costs the picture alone."""

import struct
import sys
import time
from pathlib import Path

import pytest

from bot.drawing import Day, Picture, Step
from bot.runtime.drawing import DrawingError, Painter


def picture(days: int, *, quiet: bool = False) -> Picture:
    return Picture(
        title="ср 11 – вт 24 ноября",
        figures=(("91", "новые лиды"), ("8", "продажи"), ("9 мин", "первый ответ")),
        new_title="Новые лиды",
        won_title="Продажи",
        answer_title="Первый ответ, мин",
        funnel_title="Что было с лидами",
        nothing="пока нечего показать",
        days=tuple(Day(f"пн\n{n}", n % 7 > 4, 0 if quiet else n, n % 3, None if quiet else n / 3) for n in range(days)),
        funnel=tuple(Step(label, 0 if quiet else 9) for label in ("Новые", "Передано", "Взято", "Отвечено", "Продажи")),
    )


@pytest.mark.parametrize(("days", "quiet"), [(14, False), (92, False), (14, True)])
async def test_a_picture_for_a_phone(tmp_path: Path, days: int, quiet: bool) -> None:
    drawn = await Painter(tmp_path / "drawing").draw(picture(days, quiet=quiet))
    assert drawn.startswith(b"\x89PNG") and struct.unpack(">II", drawn[16:24]) == (1080, 1350)
    assert len(drawn) < 200_000
    assert "matplotlib" not in sys.modules


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("raise SystemExit('no fonts')", "no fonts"),
        ("import os; os.abort()", "exit -6"),
        ("print('no picture')", "not drawn"),
        ("import time; time.sleep(60)", "not ready in 0.5 s"),
    ],
)
async def test_a_child_in_trouble(tmp_path: Path, script: str, complaint: str) -> None:
    painter = Painter(tmp_path, seconds=0.5 if "sleep" in script else 20)
    painter.command = (sys.executable, "-c", script)
    began = time.monotonic()
    with pytest.raises(DrawingError, match=complaint):
        await painter.draw(picture(14))
    assert time.monotonic() - began < 20
