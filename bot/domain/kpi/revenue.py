"""Revenue as a ledger: every amount is booked once, a correction is booked as the difference when it is made."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

Money = Mapping[str, int]
"""Minor units by currency. Currencies are never added to one another."""


@dataclass(frozen=True, slots=True)
class AmountSet:
    """One `amount_set` row of a lead that was won: the amount it has from then on, in minor units."""

    lead_id: int
    at: datetime
    amount: int
    currency: str
    won_at: datetime
    seller_id: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Booking:
    lead_id: int
    at: datetime
    amount: int
    currency: str
    seller_id: int | None
    source: str | None


def bookings(amounts: Iterable[AmountSet]) -> Iterator[Booking]:
    """Each new amount books itself and takes back the one before, in that one's own currency.

    `amounts` come grouped by lead and in the order they were recorded. What was set before the win counts from the win.
    """
    for _lead, rows in groupby(amounts, key=lambda row: row.lead_id):
        before: AmountSet | None = None
        for row in rows:
            at = max(row.at, row.won_at)
            yield Booking(row.lead_id, at, row.amount, row.currency, row.seller_id, row.source)
            if before:
                yield Booking(row.lead_id, at, -before.amount, before.currency, row.seller_id, row.source)
            before = row


def add_money(parts: Iterable[tuple[str, int]]) -> Money:
    """Sums by currency, in alphabetical order."""
    sums: dict[str, int] = {}
    for currency, amount in parts:
        sums[currency] = sums.get(currency, 0) + amount
    return dict(sorted(sums.items()))
