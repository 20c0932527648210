"""What only an administrator can mend is told to those who can, once a day."""

from bot.storage.team import record_membership
from bot.use_cases.raise_alarm import raise_alarm
from tests.use_cases.house import ANNA, MANAGERS, MARKETING, SALES, VIKTOR, House


async def alarmed(house: House) -> set[str]:
    return {item.destination for item in await house.promised("say")}


async def test_the_chats_that_still_work_and_the_administrators_hear_of_it(house: House) -> None:
    await house.do(record_membership, VIKTOR.telegram_id, MANAGERS, "administrator", house.now)
    await house.do(record_membership, VIKTOR.telegram_id, SALES, "administrator", house.now)
    await house.do(raise_alarm, SALES, "chat_lost", house.now)
    assert await alarmed(house) == {f"telegram:{n}" for n in (MARKETING, MANAGERS, VIKTOR.telegram_id)}
    assert len(await house.promised("say")) == 3
    item = (await house.promised("say"))[0]
    assert (item.payload["text"], item.payload["values"]) == ("alarm.chat_lost", {"purpose": "purpose.sales"})


async def test_once_a_day_for_each_trouble_and_chat(house: House) -> None:
    for _ in range(5):
        await house.do(raise_alarm, SALES, "chat_lost", house.now)
    assert len(await house.promised("say")) == 2
    await house.do(raise_alarm, SALES, "no_rights", house.now)
    await house.do(raise_alarm, MARKETING, "chat_lost", house.now)
    assert len(await house.promised("say")) == 6
    house.clock.advance(days=1)
    await house.do(raise_alarm, SALES, "chat_lost", house.now)
    assert len(await house.promised("say")) == 8


async def test_a_member_without_the_right_is_not_woken(house: House) -> None:
    await house.do(raise_alarm, SALES, "chat_lost", house.now)
    assert f"telegram:{ANNA.telegram_id}" not in await alarmed(house)
