"""What Telegram's updates of the team's side come to, unit and all."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiogram import Bot
from aiogram.dispatcher.event.bases import UNHANDLED

from bot.domain.leads import RejectReason, Status
from bot.locales import Texts
from bot.ports import Answer
from bot.storage.cards import desk_place
from bot.storage.store import Store
from bot.storage.team import roles_of
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.team import Person
from handlers import build_dispatcher
from handlers.context import House as Team
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, BOT, MARIA, MARKETING, POLICY, SALES, STRANGER, House

TYPED = Bot("42:TEST")


class Office:
    """The routers, fed with raw updates; every act is carried out at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.team = Team(POLICY, Texts("ru", ZoneInfo("Europe/Moscow")), house.clock, BOT, "gemba_bot")
        self.dispatcher = build_dispatcher()
        self._ids = iter(range(1, 10_000))

    async def feed(self, **update: Any) -> Answer | None:
        raw = {"update_id": next(self._ids), **update}
        act = await self.dispatcher.feed_raw_update(TYPED, dict(raw), house=self.team, raw=raw)
        if act is None or act is UNHANDLED:
            return None
        return await self.house.do(lambda tx: act.answer(act.unit(tx, *act.args)))

    async def tap(self, person: Person, data: str, chat_id: int, message_id: int) -> Answer:
        message = {"message_id": message_id, "date": 1, "chat": chat(chat_id), "from": BOT_USER, "text": "…"}
        query = {"id": "1", "from": user(person), "chat_instance": "1", "message": message, "data": data}
        answer = await self.feed(callback_query=query)
        assert answer is not None
        return answer

    async def says(self, person: Person, text: str, chat_id: int | None = None, **more: Any) -> None:
        message = {
            "message_id": next(self._ids) + 50_000,
            "date": int(self.house.now.timestamp()),
            "chat": chat(chat_id or person.telegram_id),
            "from": user(person),
            "text": text,
            **more,
        }
        await self.feed(message=message)


BOT_USER = {"id": BOT, "is_bot": True, "first_name": "Gemba"}


def user(person: Person) -> dict[str, Any]:
    return {"id": person.telegram_id, "is_bot": False, "first_name": person.name}


def chat(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup", "title": "Чат"}


@pytest.fixture
async def office(store: Store, clock: MovableClock) -> Office:
    house = House(store, clock)
    await house.opens()
    return Office(house)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "claim",
        "claim:",
        "claim:x",
        "claim:99999999999999999999",
        "claim:-1",
        "claim:0",
        "claim:9223372036854775807",
        "won:404",
        "steal:1",
        "rr:1:nonsense",
        "bind:0:moon",
    ],
)
async def test_old_and_forged_buttons_answer_politely(office: Office, data: str) -> None:
    assert (await office.tap(ANNA, data, SALES, 5)).alert


@pytest.mark.parametrize("button", ["trto:{}:99999999999999999999", "trto:{}:-1", "snz:{}:99999999999", "page:{}:x-1"])
async def test_forged_choices_about_a_lead_of_ones_own_answer_politely(office: Office, button: str) -> None:
    lead_id = await office.house.owned_lead()
    assert (await office.tap(ANNA, button.format(lead_id), ANNA.telegram_id, 5)).alert


async def test_claim_by_tap(office: Office) -> None:
    lead_id = (await office.house.writes("Иван")).lead_id
    assert lead_id is not None
    await office.house.delivers()
    card = await office.house.card(lead_id, "sales")
    assert card is not None
    refused = await office.tap(STRANGER, f"claim:{lead_id}", SALES, card)
    assert refused.alert
    assert not (await office.tap(ANNA, f"claim:{lead_id}", SALES, card)).alert
    assert (await office.house.lead(lead_id)).status is Status.CLAIMED


async def test_a_marketers_own_card_is_not_taken_for_the_one_in_the_chat(office: Office) -> None:
    house = office.house
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    await house.delivers()
    desk = await house.card(lead_id, desk_place(await house.teammate(MARIA)))
    assert desk is not None
    await office.tap(MARIA, f"hand:{lead_id}", MARIA.telegram_id, desk)
    assert (await house.lead(lead_id)).status is Status.OFFERED
    assert (MARIA.telegram_id, desk) not in [
        (item.payload["chat"], item.payload["message"]) for item in await house.promised("remove")
    ]


async def test_marketing_marks_spam_by_its_button(office: Office) -> None:
    lead_id = (await office.house.shows_photo("Казино")).lead_id
    assert lead_id is not None
    await office.house.delivers()
    card = await office.house.card(lead_id, "marketing")
    assert card is not None
    await office.tap(MARIA, f"spam:{lead_id}", MARKETING, card)
    assert (await office.house.lead(lead_id)).reject_reason == RejectReason.SPAM


async def test_words_in_private_go_to_the_customer_and_their_correction_after_them(office: Office) -> None:
    await office.house.owned_lead()
    await office.says(ANNA, "От 90 000", message_id=70)
    edited = {"message_id": 70, "date": 1, "edit_date": 2, "chat": chat(ANNA.telegram_id), "from": user(ANNA)}
    await office.feed(edited_message={**edited, "text": "От 95 000"})
    assert [item.kind for item in await office.house.promised("answer", "answer_edit")] == ["answer", "answer_edit"]
    assert await office.house.delivers() == ["От 95 000"]


@pytest.mark.parametrize("text", ["/won 5", "/prices", "//", "/note", "/заметка"])
async def test_nothing_that_begins_with_a_slash_reaches_a_customer(office: Office, text: str) -> None:
    await office.house.owned_lead()
    await office.says(ANNA, text)
    assert await office.house.promised("answer") == []


COMMANDS = [
    *("/my", "/queue", "/lead 1", "/lead", "/lead " + "9" * 40, "/help"),
    *("/digest", "/digest неделя", "/digest завтра"),
]


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_answer_the_team_and_nobody_else(office: Office, command: str) -> None:
    await office.says(STRANGER, command, SALES)
    assert await office.house.promised("view", "say", "digest") == []
    await office.says(ANNA, command, SALES)
    assert len(await office.house.promised("view", "say", "digest")) == 1


@pytest.mark.parametrize(
    ("member", "sells"),
    [
        ({"status": "member"}, True),
        ({"status": "left"}, False),
        ({"status": "kicked", "until_date": 0}, False),
        ({"status": "restricted", "is_member": True}, True),
        ({"status": "restricted", "is_member": False}, False),
    ],
)
async def test_coming_going_and_being_restricted(office: Office, member: dict[str, Any], sells: bool) -> None:
    rights = dict.fromkeys(
        [
            *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
            *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
            *("can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages"),
            *("can_manage_topics", "can_edit_tag", "can_react_to_messages"),
        ],
        False,
    )
    more = {**rights, "until_date": 0} if member["status"] == "restricted" else {}
    await office.feed(
        chat_member={
            "chat": chat(SALES),
            "from": user(STRANGER),
            "date": 1,
            "old_chat_member": {"status": "left", "user": user(STRANGER)},
            "new_chat_member": {**member, **more, "user": user(STRANGER)},
        }
    )
    roles = await office.house.store.read(roles_of, STRANGER.telegram_id, frozenset())
    assert ("sales" in roles) is sells
