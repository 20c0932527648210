"""The four bands of readiness and the thresholds between them."""

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    """How ready the customer is, coldest first."""

    INFORMATION = "information"
    MARKETING_QUALIFIED = "marketing_qualified"
    SALES_ACCEPTED = "sales_accepted"
    SALES_QUALIFIED = "sales_qualified"

    @property
    def rank(self) -> int:
        """Position from coldest (0) to hottest (3)."""
        return list(Band).index(self)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The points at which each band begins; everything below the first is `information`."""

    marketing_qualified: int
    sales_accepted: int
    sales_qualified: int
    hysteresis: int = 0
    """A band is left downwards only when the total is this many points below its threshold."""

    def band(self, total: int, previous: Band | None = None) -> Band:
        """The band of `total`, given the band the lead is in now (None: it has none yet)."""
        hottest_kept = -1 if previous is None else previous.rank
        for band, threshold in self._hottest_first():
            if total >= threshold or (band.rank <= hottest_kept and total > threshold - self.hysteresis):
                return band
        return Band.INFORMATION

    def _hottest_first(self) -> tuple[tuple[Band, int], ...]:
        return (
            (Band.SALES_QUALIFIED, self.sales_qualified),
            (Band.SALES_ACCEPTED, self.sales_accepted),
            (Band.MARKETING_QUALIFIED, self.marketing_qualified),
        )
