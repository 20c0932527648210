"""What a teammate has in hand, and what waits for somebody."""

from bot.domain.leads import Status
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.list_leads import count_open, list_own_leads, list_waiting_leads
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, SALES, STRANGER, House


async def own(house: House, telegram_id: int) -> list[str]:
    return [line.name for line in await house.store.read(list_own_leads, telegram_id)]


async def waiting(house: House) -> list[tuple[str, str | None]]:
    return [(line.name, line.owner) for line in await house.store.read(list_waiting_leads)]


async def test_own_leads_who_waits_longest_first_and_the_answered_last(house: House) -> None:
    answered = await house.owned_lead("Отвеченный")
    await house.says_to_bot(ANNA, "Здравствуйте")
    await house.delivers()
    for name in ("Давний", "Недавний"):
        house.clock.advance(minutes=1)
        await house.owned_lead(name)
    await house.owned_lead("Чужой", BORIS)
    closed = await house.owned_lead("Закрытый")
    await house.wins(ANNA, closed)
    assert await own(house, ANNA.telegram_id) == ["Давний", "Недавний", "Отвеченный"]
    assert await own(house, STRANGER.telegram_id) == []
    assert answered


async def test_a_marketer_finds_whom_she_answers(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    assert await own(house, MARIA.telegram_id) == ["Пётр"]


async def test_the_queue_is_the_hottest_unowned_then_who_waits_for_his_owner(house: House) -> None:
    await house.writes("Тёплый", "Здравствуйте")
    await house.writes("Горячий", "Хочу купить, выставьте счёт")
    house.clock.advance(minutes=1)
    await house.owned_lead("Взятый", BORIS)
    await house.shows_photo("Для маркетинга")
    assert await waiting(house) == [("Горячий", None), ("Тёплый", None), ("Взятый", "Борис")]


async def test_a_line_leads_to_the_card(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    assert lead_id is not None
    (line,) = await house.store.read(list_waiting_leads)
    assert line.card is None
    await house.delivers()
    (line,) = await house.store.read(list_waiting_leads)
    assert line.card == (SALES, await house.card(lead_id, "sales"))


async def test_open_leads_by_status(house: House) -> None:
    await house.writes("Иван")
    await house.owned_lead("Пётр")
    await house.shows_photo("Олег")
    assert await house.store.read(count_open) == {Status.OFFERED: 1, Status.CLAIMED: 1, Status.NURTURING: 1}
