"""`failed`: what failed is listed without a word of a customer's, and comes due again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.ports import RawEvent
from bot.storage.intake import record_failure
from bot.storage.outbox import Priority, promise
from bot.storage.store import Tx
from bot.storage.tables import intake_events, outbox
from tests.commands.conftest import Called, everything, within
from tests.conftest import MONDAY_NOON

CUSTOMER = 7_000_000_123


def some_failures(tx: Tx) -> None:
    raw = {"update_id": 5, "message": {"text": "my card number is 1234", "chat": {"id": CUSTOMER}}}
    record_failure(tx, RawEvent("telegram:42", "5", "", raw), "KeyError at bot.x:12", MONDAY_NOON)
    record_failure(tx, RawEvent("telegram:42", "6", "", raw), "KeyError at bot.x:12", MONDAY_NOON)
    tx.execute(
        intake_events.update()
        .where(intake_events.c.external_id == "6")
        .values(status="parked", attempts=8, retry_at=None)
    )
    an_item(tx, "answer", None, error="blocked")


def an_item(
    tx: Tx, kind: str, key: str | None, *, error: str | None = None, expires_at: datetime | None = None
) -> None:
    lane = f"{kind}:{key}"
    promise(
        tx,
        kind,
        key=key,
        lane=lane,
        destination=f"telegram:{CUSTOMER}",
        priority=Priority.ANSWER,
        payload={"message": 1, "word": "secret"},
        now=MONDAY_NOON,
        expires_at=expires_at,
    )
    if error is not None:
        failed = outbox.c.status == "pending", outbox.c.lane == lane
        tx.execute(
            outbox.update().where(*failed).values(status="failed", error=error, finished_at=MONDAY_NOON, calls=1)
        )


def test_the_list_names_errors_and_no_customer(database: str, call: Callable[..., Called]) -> None:
    within(database, some_failures)
    code, out, err = call("failed", "list")
    assert (code, err) == (0, "")
    head, *rows = [line.split("  ") for line in out.splitlines()]
    assert head[0].strip() == "No."
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["in-1", "telegram:42 5", "16 Nov, 12:00", "1", "retries by itself", "KeyError at bot.x:12"],
        ["in-2", "telegram:42 6", "16 Nov, 12:00", "8", "waits: failed retry", "KeyError at bot.x:12"],
        ["out-1", "telegram answer", "16 Nov, 12:00", "1", "waits: failed retry", "blocked"],
    ]
    for personal in ("card number", str(CUSTOMER), "secret"):
        assert personal not in out


def test_nothing_failed(database: str, call: Callable[..., Called]) -> None:
    within(database, lambda tx: an_item(tx, "greet", None))
    for command in ("list", "retry"):
        assert call("failed", command) == (0, "Everything was taken in and sent out: no failures.\n", "")


def test_a_long_list_says_how_much_is_left(database: str, call: Callable[..., Called], monkeypatch: Any) -> None:
    monkeypatch.setattr("bot.commands.failed.MOST", 1)
    within(database, some_failures)
    assert "…and 1 more" in call("failed", "list")[1]


def test_retry_makes_all_of_it_due(database: str, call: Callable[..., Called]) -> None:
    within(database, some_failures)
    assert call("failed", "retry") == (0, "In the queue again: 2 incoming, 1 outgoing.\n", "")
    for event in within(database, everything, intake_events):
        assert (event["status"], event["attempts"]) == ("failed", 0)
        assert event["retry_at"] > MONDAY_NOON
    [item] = within(database, everything, outbox)
    assert (item["status"], item["attempts"], item["error"], item["finished_at"]) == ("pending", 0, None, None)
    assert item["not_before"] > MONDAY_NOON
    assert call("failed", "list")[1].count("in-") == 2


def test_what_is_out_of_date_is_dropped_and_not_sent_late(database: str, call: Callable[..., Called]) -> None:
    def fill(tx: Tx) -> None:
        an_item(tx, "digest", "expired", error="expired", expires_at=MONDAY_NOON)
        an_item(tx, "card", "twice", error="other")
        an_item(tx, "card", "twice", error="other")
        an_item(tx, "card", "renewed", error="other")
        an_item(tx, "card", "renewed")

    within(database, fill)
    assert call("failed", "retry") == (
        0,
        "In the queue again: 0 incoming, 1 outgoing. Dropped as out of date: 3.\n",
        "",
    )
    statuses = [(row["key"], row["status"]) for row in within(database, everything, outbox)]
    assert statuses == [
        ("expired", "dropped"),
        ("twice", "dropped"),
        ("twice", "pending"),
        ("renewed", "dropped"),
        ("renewed", "pending"),
    ]
