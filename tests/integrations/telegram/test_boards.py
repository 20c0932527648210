"""Boards: read like a salesperson, tapped by several at once, and put right after whatever may happen to a message."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.domain.scoring import Band
from bot.locales import LOCALES, Texts
from bot.storage.store import Store
from bot.storage.tables import boards, cards, contacts, leads
from bot.use_cases.forget_contact import forget
from bot.use_cases.show_board import IN_A_ROW, MOST_LINES, TAKES_MORE_FOR, BoardLine, BoardView, fresh_view
from integrations.telegram.board_view import LONGEST_LINE, TAKEN, render_board
from integrations.telegram.html import LONGEST_TEXT, seen_length
from integrations.telegram.sandbox.client import Json
from integrations.telegram.sandbox.entities import parse_html
from tests.integrations.telegram.office import Office, open_office

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)
RU = Texts("ru", ZoneInfo("Europe/Moscow"))


def a_line(lead_id: int = 15, **changes: Any) -> BoardLine:
    known: dict[str, Any] = {"name": "Анна", "score": 85, "band": Band.SALES_QUALIFIED, "channel": "telegram"}
    known |= {"source": "yandex", "campaign": "Осень", "waits_since": NOON}
    return BoardLine(lead_id=lead_id, **{**known, **changes})


def test_a_line_says_how_hot_who_from_where_and_since_when() -> None:
    told = [a_line(), a_line(16, band=Band.INFORMATION, source=None, campaign=None)]
    parsed, _ = parse_html(str(render_board("sales", fresh_view(told), RU).text))
    assert parsed.split("\n")[2:] == [
        "🔥 №15 Анна · 85 · yandex «Осень» · 16 нояб., 12:00",
        "⚪ №16 Анна · 85 · Telegram · 16 нояб., 12:00",
    ]


def test_the_number_on_the_button_is_the_leads_own() -> None:
    keyboard = render_board("sales", fresh_view([a_line(n) for n in range(1, 8)]), RU).keyboard
    assert [len(row) for row in keyboard] == [IN_A_ROW, 3]
    assert keyboard[0][0] == {"text": "🔥 1", "callback_data": "claim:1", "style": "success"}
    assert render_board("marketing", fresh_view([a_line(3)]), RU).keyboard[0][0]["callback_data"] == "ans:3"


def test_who_is_taken_keeps_his_place_in_the_grid() -> None:
    shown = render_board("sales", BoardView([a_line(2)], [[1, 2, 3]]), RU)
    assert [key["text"] for key in shown.keyboard[0]] == [f"{TAKEN} 1", "🔥 2", f"{TAKEN} 3"]
    assert shown.keyboard[0][0] == {"text": f"{TAKEN} 1", "callback_data": "claim:1"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ["Иван", "<b>&amp;" * 40, "👩‍👩‍👧‍👦" * 40, "И\u202eван\n" * 40, ""])
def test_forty_of_whatever_length_fit_on_one_message(locale: str, name: str) -> None:
    told = [a_line(10**9 + n, name=name, campaign=name, source=name, score=-9_999) for n in range(MOST_LINES)]
    rendered = render_board("sales", fresh_view(told), Texts(locale, ZoneInfo("Europe/Moscow")))
    parsed, entities = parse_html(str(rendered.text))
    assert max(seen_length(line) for line in rendered.text.split("\n")[2:]) <= LONGEST_LINE
    assert len(parsed.encode("utf-16-le")) // 2 <= LONGEST_TEXT and len(entities) <= 100
    assert len(parsed.split("\n")) == MOST_LINES + 2


# In the office: real limits, so that boards come by themselves -------------------------------------------------------


@pytest.fixture
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(store, tmp_path, rated=True) as opened:
        yield opened


async def come(office: Office, count: int, name: str = "Клиент") -> None:
    """So many write while nothing can be sent: when it can, they all wait."""
    office.sends = False
    for number in range(1, count + 1):
        person = await office.sandbox.create(f"{name} {number}.")
        await office.sandbox.send(person, person, "Почём кухня?")
    await office.until_promised("card", count)
    office.sends = True


async def board_of(office: Office, head: str, **more: Any) -> Json:
    return await office.sees(office.sales, head, **more)


def lead_ids(board: Json) -> list[int]:
    """Of those who can be taken."""
    keys = [key for row in board["reply_markup"]["inline_keyboard"] for key in row]
    return [int(key["callback_data"].split(":")[1]) for key in keys if TAKEN not in key["text"]]


def grid(board: Json) -> list[list[str]]:
    return [[key["callback_data"] for key in row] for row in board["reply_markup"]["inline_keyboard"]]


async def test_the_life_of_a_board(office: Office) -> None:
    await come(office, 8)
    board = await board_of(office, "8 лидов ждут")
    assert len(await office.said(office.sales)) == 1 and len(lead_ids(board)) == 8
    await office.until_quiet()
    shown = await office.store.read(lambda tx: tx.scalars(sa.select(leads.c.shown_at)).all())
    assert all(shown), "the clock of time_to_claim runs"

    first, second, *_rest = lead_ids(board)
    place = office.sales, board["message_id"]
    office.sends = False  # what is taken stands there a while longer
    await office.sandbox.answer(await office.sandbox.tap(office.anna, *place, (0, 0)))
    late = await office.sandbox.answer(await office.sandbox.tap(office.boris, *place, (0, 0)))
    assert "Анна" in late["text"] and late["show_alert"]
    office.sends = True
    board = await board_of(office, "7 лидов ждут")
    assert lead_ids(board) == [second, *_rest] and board["message_id"] == place[1]
    assert f"claim:{first}" == grid(board)[0][0], "no other button comes under a thumb that wants him, too"

    before = grid(board)
    await come(office, 6, "Сосед")
    board = await board_of(office, "13 лидов ждут")
    assert board["message_id"] == place[1], "one edit both adds and removes"
    assert grid(board)[2:] == before, "new ones come in rows of their own above"
    await office.sandbox.advance(TAKES_MORE_FOR.total_seconds() + 1)
    await come(office, 9, "Прохожий")
    board = await board_of(office, "9 лидов ждут", predicate=lambda m: m["message_id"] != place[1])
    assert first not in lead_ids(board)


async def test_after_a_burst_those_who_are_left_come_together(office: Office) -> None:
    boards = []
    for name in ("Первый", "Второй", "Третий"):
        await come(office, 7, name)
        boards.append(await board_of(office, f"{name} 7."))
        await office.until_quiet()
        await office.sandbox.advance(TAKES_MORE_FOR.total_seconds() + 1)
    assert len({board["message_id"] for board in boards}) == 3, "two are not worth a call"
    newest = boards[-1]["message_id"]
    gathered = await board_of(office, "21 лид ждёт", predicate=lambda m: m["message_id"] == newest)
    await office.until_quiet()
    assert sorted(lead_ids(gathered)) == sorted(lead_id for board in boards for lead_id in lead_ids(board))
    assert len(await office.said(office.sales)) == 1, "the emptied ones are gone"
    assert await office.items(status="failed") == []


async def test_a_deleted_board_comes_anew_and_without_whom_we_forgot(office: Office) -> None:
    await come(office, 7)
    board = await board_of(office, "7 лидов ждут")
    await office.until_quiet()
    await office.sandbox.delete(office.chief, office.sales, board["message_id"])
    someone = await office.store.read(lambda tx: tx.scalar(sa.select(contacts.c.id).limit(1)))
    assert someone is not None
    await forget(office.store, someone, office.clock.now())
    again = await board_of(office, "6 лидов ждут")
    assert again["message_id"] != board["message_id"] and len(lead_ids(again)) == 6
    await office.until_quiet()
    assert await office.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(boards))) == 1


async def test_the_last_one_is_taken_and_the_next_has_a_card_of_his_own(office: Office) -> None:
    await come(office, 7)
    board = await board_of(office, "7 лидов ждут")
    await office.until_quiet()
    office.sends = False
    for number in range(7):
        tap = await office.sandbox.tap(office.anna, office.sales, board["message_id"], divmod(number, IN_A_ROW))
        await office.sandbox.answer(tap)
    office.sends = True
    done = await board_of(office, "никто больше не ждёт")
    assert done["message_id"] == board["message_id"] and "reply_markup" not in done
    await office.until_quiet()
    left = await office.store.read(lambda tx: tx.scalars(sa.select(cards.c.place)).all())
    assert "sales" not in left and await office.items("board", "failed") == []
    _, card = await office.has_lead("Пётр")
    assert "Беру" in card["reply_markup"]["inline_keyboard"][0][0]["text"]
