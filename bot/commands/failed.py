"""`failed`: what could not be taken in or sent out, by the kind of error; and all of it once more."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from bot.commands.data import open_data, texts_of
from bot.locales import Texts
from bot.runtime.clocks import open_clock
from bot.settings import Settings
from bot.storage.failed_items import FailedItem, count_failed, failed_items, retry_failed
from bot.storage.intake import Failure, all_failures, count_failures, retry_now

MOST = 1_000
COLUMNS = ("id", "source", "when", "attempts", "next", "error")


async def list_failed(settings: Settings) -> Table | str:
    """Nothing a customer wrote and nobody's address: ids, kinds and times."""
    texts = texts_of(settings)
    async with open_data(settings) as store:
        taken, sent = await store.read(all_failures, MOST), await store.read(failed_items, MOST)
        count = await store.read(count_failures) + await store.read(count_failed)
    if not count:
        return texts.plain("cli.failed_none")
    left = count - len(taken) - len(sent)
    table = Table(box=None, pad_edge=False, caption=texts.plain("cli.failed_more", left=left) if left else None)
    for column in COLUMNS:
        table.add_column(texts.plain(f"cli.failed_{column}"), overflow="fold", no_wrap=column in ("id", "when"))
    for cells in (*_taken(taken, texts), *_sent(sent, texts)):
        table.add_row(*(Text(cell) for cell in cells))
    return table


async def retry_all(settings: Settings) -> str:
    """Due at once, in two short transactions; the running bot takes it from there."""
    now = open_clock(settings.clock_file).now()
    async with open_data(settings) as store:
        events = await store.write(retry_now, now)
        items, dropped = await store.write(retry_failed, now)
    texts = texts_of(settings)
    if not events + items + dropped:
        return texts.plain("cli.failed_none")
    line = texts.plain("cli.retried", events=events, items=items)
    return f"{line} {texts.plain('cli.retry_dropped', dropped=dropped)}" if dropped else line


def _taken(failures: list[Failure], texts: Texts) -> Iterator[tuple[str, ...]]:
    for one in failures:
        waits = texts.plain("cli.failed_parked" if one.status == "parked" else "cli.failed_soon")
        when = texts.moment(one.received_at)
        yield f"in-{one.id}", f"{one.source} {one.external_id}", when, str(one.attempts), waits, one.error


def _sent(items: list[FailedItem], texts: Texts) -> Iterator[tuple[str, ...]]:
    for one in items:
        when, waits = texts.moment(one.created_at), texts.plain("cli.failed_parked")
        what = f"{one.carrier} {one.kind} {one.place}".rstrip()
        yield f"out-{one.id}", what, when, str(one.attempts), waits, one.error
