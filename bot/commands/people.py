"""`forget` and `export person`: one person, found by what an administrator knows of him."""

import asyncio
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text

from bot.commands import WrongUseError
from bot.commands.data import is_sqlite, open_data, texts_of
from bot.commands.output import as_text, write_whole
from bot.domain.contacts import show_phone
from bot.domain.errors import GembaError
from bot.locales import Texts
from bot.runtime.clocks import open_clock
from bot.settings import Settings
from bot.storage.failed_items import erasures_left
from bot.storage.store import Store
from bot.storage.store.sqlite import truncate_log
from bot.use_cases.export_person import export_person
from bot.use_cases.find_contact import Found, find_contacts
from bot.use_cases.forget_contact import Forgotten, forget

LOOKS = 20
LOOK_SECONDS = 0.5
IDLE_LOOKS = 6
"""So often nothing may move before we say that the bot is not at it."""

COLUMNS = ("id", "name", "reach", "leads", "since")


async def find_person(settings: Settings, said: str) -> Found:
    """Raises `WrongUseError` with a list where several are meant, `GembaError` where nobody is."""
    texts = texts_of(settings)
    async with open_data(settings) as store:
        found = await store.read(find_contacts, said, settings.country)
    if not found:
        raise GembaError(texts.plain("cli.nobody", said=said))
    if len(found) > 1:
        raise WrongUseError(
            f"{texts.plain('cli.several', people=len(found))}\n{as_text(_table(found, texts)).rstrip()}"
        )
    return found[0]


def who(settings: Settings, person: Found) -> str:
    texts = texts_of(settings)
    return as_text(_table([person], texts)).rstrip()


async def forget_person(settings: Settings, person: Found) -> str:
    """Erases, then waits a little for the running bot to empty the chats, and says what is left to do."""
    texts, now = texts_of(settings), open_clock(settings.clock_file).now()
    async with open_data(settings) as store:
        told = await forget(store, person.id, now)
        if told is None:
            raise GembaError(texts.plain("cli.nobody", said=person.id))
        clean = not is_sqlite(settings) or await asyncio.to_thread(truncate_log, store.url)
        waiting, refused = await _erased(store, person.id)
    lines = [_summary(told, texts)]
    if waiting:
        lines.append(texts.plain("cli.erasing", left=waiting))
    if refused:
        lines.append(texts.plain("cli.erase_refused", left=refused))
    if not clean:
        lines.append(texts.plain("cli.log_in_use"))
    return "\n".join(lines)


async def write_person(settings: Settings, person: Found, out: Path) -> str:
    async with open_data(settings) as store:
        told = await store.read(export_person, person.id)
    write_whole(out, orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return texts_of(settings).plain("cli.person_exported", file=out)


async def _erased(store: Store, contact_id: int) -> tuple[int, int]:
    """How many messages still stand in our chats, and how many Telegram refuses to erase."""
    waiting, refused = await store.read(erasures_left, contact_id)
    idle = 0
    for _ in range(LOOKS):
        if not waiting or idle >= IDLE_LOOKS:
            break
        await asyncio.sleep(LOOK_SECONDS)
        before = waiting
        waiting, refused = await store.read(erasures_left, contact_id)
        idle = 0 if waiting < before else idle + 1
    return waiting, refused


def _summary(told: Forgotten, texts: Texts) -> str:
    return texts.plain("cli.forgotten", leads=told.leads, messages=told.messages)


def _table(people: list[Found], texts: Texts) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(texts.plain(f"cli.person_{column}"), overflow="fold")
    for one in people:
        reach = [show_phone(one.phone) if one.phone else None, one.email, *one.channels]
        cells = (
            str(one.id),
            one.name,
            " · ".join(filter(None, reach)),
            ", ".join(f"№{number}" for number in one.leads) or "–",
            texts.moment(one.created_at),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
