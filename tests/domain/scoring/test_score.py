"""The engine: caps, fading, repeats, obsolete evidence, hysteresis, replay."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.scoring import Band, Event, Facts, Rules, Score, explain, handoff, next_decay_at, parse_rules, score
from bot.domain.scoring.band import Thresholds

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
RULES = parse_rules("""
handoff = 50
hysteresis = 5
bands = { marketing_qualified = 20, sales_accepted = 50, sales_qualified = 80 }

[groups.visits]
cap = 12
title = { ru = "Визиты", en = "Visits" }

[[rules]]
id = "visited"
points = 5
max_times = 3
half_life_days = 10
group = "visits"
event = ["visit"]
reason = { ru = "Визит", en = "Visit" }

[[rules]]
id = "wrote"
points = 40
channel = ["telegram"]
text = { present = true }
reason = { ru = "Сообщение", en = "Message" }

[[rules]]
id = "wants_free"
points = -30
until = ["wrote_price"]
text = { words = ["гайд"] }
reason = { ru = "Хочет гайд", en = "Wants the guide" }

[[rules]]
id = "wrote_price"
points = 20
text = { words = ["цена"] }
reason = { ru = "Вопрос о цене", en = "Asked the price" }

[[rules]]
id = "source_unknown"
points = 3
known.source = { missing = true }
reason = { ru = "Источник неизвестен", en = "Source unknown" }

[[rules]]
id = "switched_off"
points = 0
known.source = { missing = true }
reason = { ru = "Выключено", en = "Switched off" }
""")
KNOWN = {"source": "vk"}


def visit(days_ago: float = 0) -> Event:
    return Event("visit", "site", NOW - timedelta(days=days_ago))


def wrote(text: str, days_ago: float = 0) -> Event:
    return Event("message", "telegram", NOW - timedelta(days=days_ago), text)


def points(*events: Event, rules: Rules = RULES) -> dict[str, int]:
    result = score(Facts(events, KNOWN), rules, NOW)
    return {reason.rule_id: reason.points for reason in result.reasons}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), {}),
        ((visit(),), {"visited": 5}),
        ((visit(10),), {"visited": 3}),  # 2.5 rounds up
        ((visit(10), visit(10)), {"visited": 5}),
        ((visit(1000),), {"visited": 0}),
        ((visit(-1),), {"visited": 5}),  # the platform's clock is ahead
        ((visit(), visit(), visit(), visit()), {"visited": 15, "cap:visits": -3}),
        ((visit(30), visit(30), visit(), visit(), visit(1000)), {"visited": 11}),  # the newest three
        ((wrote("привет"),), {"wrote": 40}),
        ((wrote("привет"), wrote("ау")), {"wrote": 40}),
        ((wrote(""),), {}),
        ((wrote("гайд"),), {"wrote": 40, "wants_free": -30}),
        ((wrote("гайд", 2), wrote("цена")), {"wrote": 40, "wrote_price": 20}),
        ((wrote("гайд"), wrote("цена", 2)), {"wrote": 40, "wants_free": -30, "wrote_price": 20}),
        ((wrote("гайд и цена"),), {"wrote": 40, "wants_free": -30, "wrote_price": 20}),
    ],
)
def test_points(events: tuple[Event, ...], expected: dict[str, int]) -> None:
    assert points(*events) == expected


def test_missing_has_its_own_rule_and_zero_points_give_no_reason() -> None:
    for known in ({}, {"source": None}, {"source": " "}):
        assert [reason.rule_id for reason in score(Facts((), known), RULES, NOW).reasons] == ["source_unknown"]


def test_what_sales_did_cannot_be_seen() -> None:
    plain = score(Facts((wrote("цена"),)), RULES, NOW)
    assert score(Facts((wrote("цена"),), {"status": "won", "owner": "Пётр"}), RULES, NOW) == plain
    with pytest.raises(Exception, match='known has no field "status"'):
        parse_rules("""
            handoff = 2
            bands = { marketing_qualified = 1, sales_accepted = 2, sales_qualified = 3 }
            [[rules]]
            id = "x"
            points = 1
            known.status = { equals = "won" }
            reason = { ru = "x", en = "x" }
        """)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        score(Facts(), RULES, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        Event("visit", "site", datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("total", "previous", "band"),
    [
        (19, None, "information"),
        (20, None, "marketing_qualified"),
        (49, None, "marketing_qualified"),
        (50, None, "sales_accepted"),
        (80, None, "sales_qualified"),
        (-500, None, "information"),
        (79, "sales_qualified", "sales_qualified"),
        (76, "sales_qualified", "sales_qualified"),
        (75, "sales_qualified", "sales_accepted"),
        (46, "sales_qualified", "sales_accepted"),
        (45, "sales_qualified", "marketing_qualified"),
        (15, "sales_qualified", "information"),
        (49, "marketing_qualified", "marketing_qualified"),
        (80, "information", "sales_qualified"),
    ],
)
def test_band(total: int, previous: str | None, band: str) -> None:
    thresholds = Thresholds(20, 50, 80, hysteresis=5)
    assert thresholds.band(total, Band(previous) if previous else None) == band


def test_handoff_is_at_the_threshold() -> None:
    assert not handoff(Score(49, Band.SALES_ACCEPTED, ()), RULES)
    assert handoff(Score(50, Band.MARKETING_QUALIFIED, ()), RULES)


def test_next_decay() -> None:
    facts = Facts((wrote("привет"), visit(), visit(), visit()), KNOWN)  # 40 + 12
    assert score(facts, RULES, NOW).band is Band.SALES_ACCEPTED
    moment = next_decay_at(facts, RULES, NOW, Band.SALES_ACCEPTED)
    assert moment is not None
    before = score(facts, RULES, moment - timedelta(hours=1), Band.SALES_ACCEPTED)
    after = score(facts, RULES, moment, Band.SALES_ACCEPTED)
    assert (before.total, before.band) == (46, Band.SALES_ACCEPTED)
    assert (after.total, after.band) == (45, Band.MARKETING_QUALIFIED)
    assert next_decay_at(Facts((wrote("привет"),), KNOWN), RULES, NOW, Band.MARKETING_QUALIFIED) is None


def test_the_strongest_reasons_still_sum_to_the_total() -> None:
    result = score(Facts((wrote("гайд и цена"), visit(), visit(), visit())), RULES, NOW)
    assert result.total == 40 - 30 + 20 + 15 - 3 + 3
    shown = result.strongest(3)
    assert [(reason.text("ru"), reason.points) for reason in shown] == [
        ("Сообщение", 40),
        ("Хочет гайд", -30),
        ("Прочее (4)", 35),
    ]
    assert result.strongest(6) == result.reasons
    with pytest.raises(ValueError, match="at least 1"):
        result.strongest(0)


def test_explain() -> None:
    moscow = datetime.fromisoformat("2026-03-12T12:00:00+03:00").tzinfo
    assert moscow is not None
    result = score(Facts((wrote("цена"), visit(), visit(), visit(1))), RULES, NOW)
    assert explain(result, "ru", moscow) == [
        "Итого 75: тёплый",
        "  +40  Сообщение · 12.03.2026 12:00",
        "  +20  Вопрос о цене · 12.03.2026 12:00",
        "  +15  Визит ×3 · 12.03.2026 12:00",
        "   +3  Источник неизвестен",
        "   -3  Предел группы «Визиты» (12)",
    ]
    assert explain(score(Facts((visit(10),), KNOWN), RULES, NOW), "en-GB") == [
        "Total 3: cold",
        "   +3  Visit · 2026-03-02 09:00 · was +5, faded with time (half in 10 days)",
    ]
    assert explain(score(Facts((), KNOWN), RULES, NOW), "de") == ["Total 0: cold", "No rule applied"]
