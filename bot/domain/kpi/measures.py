"""Ratios and quantiles that are honest about an empty sample: None, never 0."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Ratio:
    """`part` of `whole`; keeps both, so that a share is never shown without its sample and sums stay sums."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def __add__(self, other: Self) -> "Ratio":
        """Ratio of sums, never a mean of ratios."""
        return Ratio(self.part + other.part, self.whole + other.whole)


@dataclass(frozen=True, slots=True)
class Times:
    """A sample of durations in seconds; all but `count` are None when it is empty."""

    count: int
    mean: float | None
    median: float | None
    p90: float | None

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        sample = sorted(seconds)
        mean = math.fsum(sample) / len(sample) if sample else None
        return cls(len(sample), mean, median(sample), p90(sample))


NO_TIMES = Times(0, None, None, None)


def percentile(sample: Sequence[float], share: float) -> float | None:
    """The `share` (0 to 1) quantile, linear between neighbours, as PERCENTILE.INC and `percentile_cont` have it."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share is between 0 and 1, not {share}")
    if not sample:
        return None
    ordered = sorted(sample)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low + (high - low) * (place - below)


def median(sample: Sequence[float]) -> float | None:
    return percentile(sample, 0.5)


def p90(sample: Sequence[float]) -> float | None:
    return percentile(sample, 0.9)


def change(now: float | None, before: float | None) -> float | None:
    """Relative growth, 0.05 for five per cent more; None where there was nothing to grow from."""
    if now is None or not before:
        return None
    return (now - before) / abs(before)
