"""An answer that the visitor does not see: it finds him elsewhere, or whoever wrote it hears of that."""

from datetime import timedelta
from typing import Any

from bot.domain.messages import MessageKind, Trail
from bot.storage.tables import channel_identities
from bot.use_cases.follow_pass import give_pass
from bot.use_cases.follow_unread import READ_WITHIN
from bot.use_cases.forget_contact import forget
from bot.use_cases.show_in_window import read_in_window
from scheduler.watch import WatchJob
from tests.storage.scan import cells_with
from tests.use_cases.house import ANNA, House
from tests.use_cases.test_show_in_window import PHONE, VISITOR, lead_of, says, shown

LONGER = READ_WITHIN + timedelta(seconds=1)


async def answered(house: House, **more: Any) -> int:
    """Anna has answered a visitor, and it stands in his window."""
    await says(house, **more)
    lead_id = await lead_of(house)
    await house.claims(ANNA, lead_id)
    await house.says_to_bot(ANNA, "От 90 000", message_id=77)
    await shown(house)
    await house.forgets_promises()
    return lead_id


async def time_passes(house: House, by: timedelta = LONGER) -> None:
    house.clock.time += by
    await WatchJob(house.store, house.clock, house.policy).run()


async def reads(house: House, number: int = 99) -> None:
    await house.do(read_in_window, "webchat", VISITOR, number, house.policy, house.now)


async def test_who_has_left_a_phone_can_be_called(house: House) -> None:
    await answered(house, phone=PHONE)
    await time_passes(house, READ_WITHIN - timedelta(seconds=1))
    assert await house.told(101) == []
    await time_passes(house)
    (told,) = await house.promised("say")
    assert told.payload["text"] == "told.unread" and told.payload["reply_to"] == 77
    assert PHONE in told.payload["values"]["contact"]


async def test_it_is_said_once_until_he_has_come_back(house: House) -> None:
    await answered(house)
    await time_passes(house)
    assert await house.told(101) == ["told.unread_nowhere"]
    await house.says_to_bot(ANNA, "Вы здесь?")
    await shown(house)
    await time_passes(house)
    assert await house.told(101) == ["told.unread_nowhere"]
    await reads(house)
    await house.says_to_bot(ANNA, "Рада, что вернулись")
    await shown(house)
    await time_passes(house)
    assert await house.told(101) == ["told.unread_nowhere"] * 2


async def test_who_reads_in_time_is_left_alone(house: House) -> None:
    await answered(house, phone=PHONE)
    await reads(house)
    house.clock.advance(minutes=4)
    await house.says_to_bot(ANNA, "И ещё")
    await shown(house)
    await time_passes(house, timedelta(minutes=2))
    assert await house.told(101) == [], "the second one is two minutes old"
    await time_passes(house, timedelta(minutes=4))
    assert await house.told(101) == ["told.unread"]


async def reaches_him_in_telegram(house: House) -> None:
    """The same person, by a link of his own; then he writes on the site again."""
    code = await house.do(give_pass, "webchat", VISITOR, Trail(), house.now)
    await house.writes("Ольга", "/start", kind=MessageKind.START, pass_code=code)
    house.clock.advance(seconds=1)
    await says(house, "Я снова на сайте", "m-9")
    await house.forgets_promises()


async def test_the_answer_goes_to_where_else_he_is(house: House) -> None:
    await says(house, phone=PHONE)
    await house.claims(ANNA, await lead_of(house))
    await reaches_him_in_telegram(house)
    for number, text in ((77, "От 90 000"), (78, "Когда замерить?")):
        await house.says_to_bot(ANNA, text, message_id=number)
        await shown(house)
    await time_passes(house)
    greeting, *answers = await house.promised("greet", "answer")
    assert greeting.payload["text"] == "greet.elsewhere"
    assert {item.destination for item in (greeting, *answers)} == {"telegram:5000"}
    assert [item.payload["elsewhere"] for item in answers] == [True, True]
    assert await house.told(101) == []
    await time_passes(house)
    assert len(await house.promised("answer")) == 2


async def test_where_nothing_can_be_sent_is_no_other_place(house: House) -> None:
    await says(house, phone=PHONE)
    await house.claims(ANNA, await lead_of(house))
    await reaches_him_in_telegram(house)
    lost = channel_identities.update().where(channel_identities.c.channel == "telegram").values(reachable=False)
    await house.do(lambda tx: tx.execute(lost) and None)
    await house.says_to_bot(ANNA, "От 90 000")
    await shown(house)
    await time_passes(house)
    assert await house.promised("answer") == [] and await house.told(101) == ["told.unread"]


async def test_who_has_lost_the_lead_is_told_nothing(house: House) -> None:
    lead_id = await answered(house, phone=PHONE)
    await house.releases(ANNA, lead_id)
    await house.forgets_promises()
    await time_passes(house)
    assert await house.told(101) == [] and await house.promised("answer") == []


async def test_forgotten_he_is_not_in_the_notice(house: House) -> None:
    lead_id = await answered(house, phone=PHONE)
    await time_passes(house)
    await forget(house.store, (await house.lead(lead_id)).contact_id, house.now)
    assert await house.store.read(cells_with, [PHONE]) == []
