"""No window of the other side ever sees more calls than allowed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Budget
from bot.runtime.budgets import FORGIVEN_AFTER, LONGEST_WINDOW, Ledger
from tests.conftest import MONDAY_NOON as NOON

GROUP = Budget("telegram:-100", 20, 60.0)
ALL = Budget("telegram", 30, 1.0)


def ended(*seconds: float, name: Budget = GROUP) -> Ledger:
    """A ledger that knows calls that ended so many seconds after noon."""
    ledger = Ledger()
    for second in seconds:
        ledger.recall([name], 1, NOON + timedelta(seconds=second))
    return ledger


@pytest.mark.parametrize(
    ("earlier", "calls", "at", "wait"),
    [
        ([], 1, 0.0, 0.0),
        ([0.0] * 19, 1, 0.0, 0.0),
        ([0.0] * 20, 1, 0.0, 60.0),
        ([0.0] * 20, 1, 59.0, 1.0),
        ([0.0] * 20, 1, 60.0, 0.0),
        ([0.0, *[30.0] * 19], 1, 30.0, 30.0),
        ([0.0] * 10, 10, 0.0, 0.0),
        ([0.0] * 10 + [5.0], 10, 5.0, 55.0),
        ([*map(float, range(15))], 10, 20.0, 44.0),  # five must leave: those of the seconds 0 to 4
        ([0.0], 25, 1.0, 59.0),  # larger than the whole budget: goes into an empty window
        ([], 25, 1.0, 0.0),
    ],
)
def test_wait(earlier: list[float], calls: int, at: float, wait: float) -> None:
    assert ended(*earlier).wait([GROUP], NOON + timedelta(seconds=at), calls) == pytest.approx(wait, abs=0.002)


def test_a_call_under_way_counts_until_it_has_ended_and_then_from_its_end() -> None:
    ledger, one = Ledger(), Budget("chat", 1, 3.0)
    ledger.begin([one])
    assert ledger.wait([one], NOON + timedelta(seconds=50)) > 0
    ledger.end([one], NOON + timedelta(seconds=50))
    assert ledger.wait([one], NOON + timedelta(seconds=51)) == pytest.approx(2.0)
    assert ledger.wait([one], NOON + timedelta(seconds=53)) == 0.0


def test_a_call_that_came_to_nothing_costs_nothing() -> None:
    ledger, one = Ledger(), Budget("chat", 1, 3.0)
    ledger.begin([one])
    ledger.end([one], NOON, calls=0)
    assert ledger.wait([one], NOON) == 0.0


def test_the_tightest_budget_decides() -> None:
    ledger = ended(*[0.0] * 20)
    assert ledger.wait([ALL, GROUP], NOON) == pytest.approx(60.0)
    assert ledger.wait([ALL], NOON) == 0.0


def test_a_pause_needs_no_budget_and_the_longer_one_holds() -> None:
    ledger = Ledger()
    ledger.pause("telegram:1", NOON + timedelta(seconds=10_072))
    ledger.pause("telegram:1", NOON + timedelta(seconds=5))
    assert ledger.paused(NOON) == {"telegram:1": 10_072.0}
    assert ledger.paused(NOON + timedelta(seconds=10_072)) == {}


def test_who_has_not_written_for_a_while_takes_no_memory() -> None:
    ledger, busy = Ledger(), Budget("busy", 1, 60.0)
    for number in range(1_000):
        ledger.recall([Budget(f"chat {number}", 3, 3.0)], 1, NOON)
    ledger.begin([busy])
    ledger.forget_idle(NOON + LONGEST_WINDOW)
    assert set(ledger._windows) == {"busy"}


@given(
    wishes=st.lists(
        st.tuples(st.floats(0, 20), st.floats(0, 10), st.floats(0, 1), st.integers(1, 6)), min_size=1, max_size=60
    ),
    allowed=st.integers(1, 8),
    seconds=st.sampled_from([1.0, 3.0, 60.0]),
    restart=st.integers(0, 60),
)
def test_a_window_of_the_other_side_never_sees_more(
    wishes: list[tuple[float, float, float, int]], allowed: int, seconds: float, restart: int
) -> None:
    """Whatever comes when, however long each call takes, wherever in it the other side counts, also over a restart."""
    budget, ledger, now = Budget("chat", allowed, seconds), Ledger(), 0.0
    under_way: list[tuple[float, int]] = []
    history: list[tuple[float, int]] = []
    seen: list[tuple[float, int]] = []

    def at(second: float) -> timedelta:
        return timedelta(seconds=second)

    def pass_until(when: float) -> None:
        nonlocal now
        for ends, width in sorted(under_way):
            if ends <= when:
                ledger.end([budget], NOON + at(ends), begun=width, calls=width)
                history.append((ends, width))
                under_way.remove((ends, width))
        now = max(now, when)

    for number, (gap, lasts, counted, width) in enumerate(wishes):
        pass_until(now + gap)
        if number == restart:
            pass_until(max([now, *(ends for ends, _ in under_way)]))
            ledger = Ledger()
            for ends, calls in history:
                ledger.recall([budget], calls, NOON + at(ends))
        while (wait := ledger.wait([budget], NOON + at(now), width)) > 0:
            pass_until(now + wait)
        ledger.begin([budget], width)
        under_way.append((now + lasts, width))
        seen.append((now + lasts * counted, width))
    for last, _ in seen:
        in_window = [width for moment, width in seen if last - seconds + 1e-3 < moment <= last]
        assert sum(in_window) <= allowed or (max(in_window) > allowed and len(in_window) == 1)


SALES = Budget("telegram:-100", 20, 60.0, burst=6)


@pytest.mark.parametrize(
    ("earlier", "at", "wait"),
    [
        ([], 0.0, 0.0),
        ([0.0] * 5, 0.0, 0.0),
        ([0.0] * 6, 0.0, 4.0),  # fourteen left for a minute, and the first leaves when it is over
        ([0.0] * 6, 3.0, 1.0),
        ([0.0] * 6, 4.5, 0.0),
        ([0.0] * 6 + [4.0], 4.0, 4.0),
        ([0.0] * 19, 0.0, 30.0),
        ([float(3 * n) for n in range(19)], 54.0, 3.0),  # full use at an even pace: three seconds each
        ([float(3 * n) for n in range(19)], 57.0, 0.0),
    ],
)
def test_what_can_wait_is_spread_after_a_burst(earlier: list[float], at: float, wait: float) -> None:
    now = NOON + timedelta(seconds=at)
    assert ended(*earlier).wait([SALES], now, spread=True) == pytest.approx(wait, abs=0.01)
    assert ended(*earlier[:19]).wait([SALES], now) == 0.0, "what cannot wait has the whole budget"


def test_at_ease_are_as_many_as_the_burst_has_left() -> None:
    assert [int(ended(*[0.0] * n).ease([ALL, SALES], NOON)) for n in (0, 2, 6, 20)] == [6, 4, 0, 0]
    assert Ledger().ease([ALL], NOON) == float("inf")


@given(gaps=st.lists(st.floats(0, 8), min_size=40, max_size=80), cannot_wait=st.lists(st.integers(0, 79), max_size=5))
def test_spread_never_stalls_and_never_oversteps(gaps: list[float], cannot_wait: list[int]) -> None:
    """Whatever the demand, none waits longer than its share, and somewhat longer where others could not wait."""
    ledger, now, made = Ledger(), 0.0, list[float]()
    for number, gap in enumerate(gaps):
        now += gap
        wait = ledger.wait([SALES], NOON + timedelta(seconds=now), spread=number not in cannot_wait)
        assert wait <= 15 + 4 * len(cannot_wait)
        now += wait
        while (more := ledger.wait([SALES], NOON + timedelta(seconds=now))) > 0:
            now += more
        ledger.recall([SALES], 1, NOON + timedelta(seconds=now))
        made.append(now)
    assert all(sum(last - 60 + 1e-3 < at <= last for at in made) <= SALES.calls for last in made)


def test_who_was_told_to_wait_gets_less_and_is_forgiven_in_time() -> None:
    ledger = Ledger()
    allowed = [20]
    for _ in range(4):
        ledger.learn(SALES.name, NOON)
        allowed.append(ledger.learnt(SALES, NOON).calls)
    assert allowed == [20, 10, 5, 2, 2]
    after = [ledger.learnt(SALES, NOON + n * FORGIVEN_AFTER).calls for n in range(4)]
    assert after == [2, 5, 10, 20]
    assert ledger.learnt(ALL, NOON) == ALL, "the others are not his"


def test_use_is_told_by_kind_and_for_the_teams_groups_by_role() -> None:
    ledger, chats = ended(*[0.0] * 5), [Budget(f"telegram:{n}", 3, 3.0, kind="private") for n in range(50)]
    for budget in (SALES, *chats):
        ledger.wait([budget], NOON)
    ledger.recall(chats[:1], 2, NOON)
    assert ledger.use(NOON, {SALES.name: "sales"}) == {"sales": 0.25, "private": pytest.approx(2 / 3)}
    ledger.forget_idle(NOON + LONGEST_WINDOW)
    assert ledger.use(NOON + LONGEST_WINDOW, {}) == {"sales": 0.0, "private": 0.0}
