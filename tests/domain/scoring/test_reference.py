"""A hand card against real outcomes: the X Education leads, scored by origin, source and time on the site alone."""

import csv
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.scoring import Band, Event, Facts, parse_rules, score

NOW = datetime(2026, 3, 12, tzinfo=UTC)
CARD = """
handoff = 40
hysteresis = 0
bands = { marketing_qualified = 15, sales_accepted = 40, sales_qualified = 70 }

[[rules]]
id = "origin_add_form"
points = 75
attribute.origin = { equals = "Lead Add Form" }
reason = { ru = "Заявка через форму", en = "Lead add form" }

[[rules]]
id = "origin_landing_page"
points = -5
attribute.origin = { equals = "Landing Page Submission" }
reason = { ru = "Посадочная страница", en = "Landing page" }

[[rules]]
id = "source_recommended"
points = 10
attribute.source = { one_of = ["Reference", "Welingak Website"] }
reason = { ru = "По рекомендации", en = "Recommended" }

[[rules]]
id = "source_chat"
points = 15
attribute.source = { words = ["chat"] }
reason = { ru = "Чат на сайте", en = "Site chat" }

[[rules]]
id = "source_search"
points = 5
attribute.source = { one_of = ["Google", "Organic Search"] }
reason = { ru = "Поиск", en = "Search" }

[[rules]]
id = "source_unknown"
points = 5
attribute.source = { missing = true }
reason = { ru = "Источник неизвестен", en = "Source unknown" }

[[rules]]
id = "time_unknown"
points = 10
attribute.time = { missing = true }
reason = { ru = "Был не на сайте", en = "Not on the site" }

[[rules]]
id = "time_some"
points = 15
attribute.time = { at_least = 400, below = 600 }
reason = { ru = "6–10 минут на сайте", en = "6–10 minutes on the site" }

[[rules]]
id = "time_much"
points = 45
attribute.time = { at_least = 600, below = 800 }
reason = { ru = "10–13 минут на сайте", en = "10–13 minutes on the site" }

[[rules]]
id = "time_very_much"
points = 65
attribute.time = { at_least = 800 }
reason = { ru = "Больше 13 минут на сайте", en = "More than 13 minutes on the site" }
"""


@pytest.fixture(scope="module")
def leads() -> list[dict[str, str]]:
    folder = os.environ.get("GEMBA_EVALUATION_DATA")
    path = Path(folder or ".") / "x_education_train.csv"
    if folder is None or not path.exists():
        pytest.skip("set GEMBA_EVALUATION_DATA to the folder that holds x_education_train.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts(lead: dict[str, str]) -> Facts:
    """Zero seconds mean that the person came another way: the time is unknown."""
    time = lead["Total Time Spent on Website"]
    attributes = {"origin": lead["Lead Origin"], "source": lead["Lead Source"], "time": "" if time == "0" else time}
    return Facts((Event("visit", "site", NOW, attributes=attributes),))


def area_under_curve(totals: Sequence[int], won: Sequence[bool]) -> float:
    """The share of (won, lost) pairs in which the won lead has more points; a tie counts half."""
    winners = Counter(total for total, is_won in zip(totals, won, strict=True) if is_won)
    losers = Counter(total for total, is_won in zip(totals, won, strict=True) if not is_won)
    better, below = 0.0, 0
    for total in sorted(winners | losers):
        better += winners[total] * (below + losers[total] / 2)
        below += losers[total]
    return better / (winners.total() * losers.total())


def test_area_under_curve() -> None:
    assert area_under_curve([1, 2, 3, 4], [False, False, True, True]) == 1
    assert area_under_curve([4, 3, 2, 1], [False, False, True, True]) == 0
    assert area_under_curve([1, 1, 2, 2], [False, True, False, True]) == 0.5


def test_a_small_hand_card_sorts_real_leads(leads: list[dict[str, str]]) -> None:
    rules = parse_rules(CARD)
    scores = [score(facts(lead), rules, NOW) for lead in leads]
    won = [lead["Converted"] == "1" for lead in leads]

    assert area_under_curve([result.total for result in scores], won) >= 0.80

    sizes = Counter(result.band for result in scores)
    wins = Counter(result.band for result, is_won in zip(scores, won, strict=True) if is_won)
    conversion = [wins[band] / sizes[band] for band in Band]
    assert conversion == sorted(set(conversion)), conversion
    assert min(sizes.values()) >= len(leads) / 20, sizes
    assert all(sum(reason.points for reason in result.reasons) == result.total for result in scores)
