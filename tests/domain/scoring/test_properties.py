"""What holds for any facts, any rules and any time."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.scoring import KNOWN_FIELDS, Band, Event, Facts, Group, Rule, Rules, next_decay_at, score
from bot.domain.scoring import conditions as c
from bot.domain.scoring.band import Thresholds
from bot.domain.scoring.text import fold, words_pattern

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
WORDS = ("цена", "купить", "гайд", "ёлка", "5")
NAMES = ("page", "offer")
TEXT = {"ru": "x", "en": "x"}

values = st.sampled_from(("", " ", *WORDS)) | st.text(max_size=5)
moments = st.timedeltas(timedelta(days=-400), timedelta(days=2)).map(lambda age: NOW + age)
events = st.builds(
    Event,
    kind=st.sampled_from(("message", "visit")),
    channel=st.sampled_from(("telegram", "form")),
    at=moments,
    text=st.lists(values, max_size=3).map(" ".join),
    attributes=st.dictionaries(st.sampled_from(NAMES), values),
)
facts = st.builds(
    Facts,
    events=st.lists(events, max_size=6).map(tuple),
    known=st.dictionaries(st.sampled_from(KNOWN_FIELDS[:3]), st.none() | values),
)
tests = st.one_of(
    st.sampled_from((c.missing(), c.present(), c.in_range(0, 10))),
    st.sampled_from(WORDS).flatmap(
        lambda word: st.sampled_from((c.one_of(word), c.contains(word), c.finds(words_pattern([word]))))
    ),
)


@st.composite
def one_rule(draw: st.DrawFn, number: int) -> Rule:
    points = draw(st.integers(-1000, 1000))
    return Rule(
        id=f"rule_{number}",
        points=points,
        reason=TEXT,
        group=draw(st.sampled_from((None, "a", "b"))),
        half_life_days=draw(st.none() | st.floats(0.01, 3650)) if points > 0 else None,
        max_times=draw(st.integers(1, 4)),
        until=draw(st.frozensets(st.sampled_from(("rule_0", "rule_1")))),
        kinds=draw(st.sampled_from((frozenset[str](), frozenset({"message"})))),
        text=draw(st.none() | tests),
        attributes=draw(st.dictionaries(st.sampled_from(NAMES), tests, max_size=1)),
        known=draw(st.dictionaries(st.sampled_from(KNOWN_FIELDS[:3]), tests, max_size=1)),
    )


rule_sets = st.builds(
    Rules,
    thresholds=st.just(Thresholds(20, 50, 80, hysteresis=5)),
    handoff=st.just(50),
    rules=st.integers(0, 6).flatmap(lambda count: st.tuples(*map(one_rule, range(count)))),
    groups=st.fixed_dictionaries(
        {key: st.builds(Group, st.just(key), st.integers(0, 1500), st.just(TEXT)) for key in "ab"}
    ),
)
bands = st.none() | st.sampled_from(Band)


@given(facts, rule_sets, moments, bands)
def test_reasons_sum_to_the_total(facts: Facts, rules: Rules, now: datetime, band: Band | None) -> None:
    result = score(facts, rules, now, band)
    assert sum(reason.points for reason in result.reasons) == result.total
    for limit in (1, 2, 5):
        shown = result.strongest(limit)
        assert len(shown) <= limit
        assert sum(reason.points for reason in shown) == result.total


@given(facts, rule_sets, bands, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(facts: Facts, rules: Rules, band: Band | None, random: Random) -> None:
    shuffled = list(facts.events)
    random.shuffle(shuffled)
    assert score(Facts(tuple(shuffled), facts.known), rules, NOW, band) == score(facts, rules, NOW, band)


@given(facts, rule_sets, moments, st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_time_alone_never_raises_points(facts: Facts, rules: Rules, now: datetime, pause: timedelta) -> None:
    earlier, later = score(facts, rules, now), score(facts, rules, now + pause)
    assert later.total <= earlier.total
    assert later.band.rank <= earlier.band.rank
    before = {reason.rule_id: reason.points for reason in earlier.reasons if not reason.rule_id.startswith("cap:")}
    after = {reason.rule_id: reason.points for reason in later.reasons if not reason.rule_id.startswith("cap:")}
    assert before.keys() == after.keys()
    assert all(after[rule_id] <= before[rule_id] for rule_id in before)


@given(facts, rule_sets)
def test_a_group_gives_no_more_than_its_cap(facts: Facts, rules: Rules) -> None:
    group_of = {rule.id: rule.group for rule in rules.rules} | {f"cap:{name}": name for name in rules.groups}
    reasons = score(facts, rules, NOW).reasons
    for name, group in rules.groups.items():
        assert sum(reason.points for reason in reasons if group_of[reason.rule_id] == name) <= group.cap


@given(facts, rule_sets, st.sampled_from(Band))
def test_the_band_is_left_exactly_when_announced(facts: Facts, rules: Rules, band: Band) -> None:
    moment = next_decay_at(facts, rules, NOW, band)
    horizon = NOW + timedelta(days=365)
    if moment is None:
        assert score(facts, rules, horizon, band).band is band
    else:
        assert score(facts, rules, moment, band).band is not band
        assert moment == NOW or score(facts, rules, moment - timedelta(hours=1), band).band is band


@given(
    st.integers(-50, 150),
    st.lists(st.sampled_from((-1, 0, 1)), max_size=30),
    st.integers(3, 20),
    bands,
)
def test_a_wobble_of_one_point_never_flaps(
    middle: int, wobbles: list[int], hysteresis: int, start: Band | None
) -> None:
    thresholds = Thresholds(20, 50, 80, hysteresis)
    band = thresholds.band(middle, start)
    seen = [band]
    for wobble in wobbles:
        band = thresholds.band(middle + wobble, band)
        if band is not seen[-1]:
            seen.append(band)
    assert len(seen) <= 2


@given(st.integers(-50, 150), st.integers(0, 25), bands)
def test_bands_are_monotone_and_settle_at_once(total: int, hysteresis: int, previous: Band | None) -> None:
    thresholds = Thresholds(20, 50, 80, hysteresis)
    band = thresholds.band(total, previous)
    assert thresholds.band(total, band) is band
    assert thresholds.band(total + 1, previous).rank >= band.rank
    assert band.rank >= thresholds.band(total).rank


@given(tests, st.none() | st.sampled_from(("", " ", "\u00a0", "\u200b")))
def test_a_missing_value_never_matches(test: c.Condition, value: str | None) -> None:
    assert test.holds(value if value is None else fold(value)) is (test.test is None)


@given(st.text(alphabet=st.characters(codec="cp1251"), max_size=300))
def test_folding_is_stable_and_ignores_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@given(st.text(max_size=300), st.sampled_from(("цена", "чек-лист*", "сколько стоит", "выстав* счет")))
def test_any_text_can_be_searched(text: str, phrase: str) -> None:
    words_pattern([phrase]).search(fold(text))
    assert words_pattern([phrase]).search(fold(f"{text} {phrase.replace('*', 'ы')} {text}"))
