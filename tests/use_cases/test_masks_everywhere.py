"""With masked contacts nothing that the bot says to the team tells how to reach a person, whatever it is."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.leads import LeadEvent, RejectReason
from bot.domain.messages import Sender, Touch
from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.leads import get_lead, log
from bot.storage.store import Tx
from bot.use_cases.build_digest import show_digest
from bot.use_cases.promised_notices import remind_owner, remind_team, say, show_view
from bot.use_cases.transfer_lead import ask_transfer_note
from bot.use_cases.turn_page import PAGES
from integrations.telegram.client import Call
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Surroundings
from tests.use_cases.house import ANNA, BORIS, POLICY, SALES, VIKTOR, House

HIDING = replace(POLICY, mask_contacts=True)
PHONE, EMAIL, USERNAME = "+79165550142", "ivan@example.org", "ivan_petrov"
NAME = "8 916 555-01-42"
WORDS = f"Сколько стоит кухня? {NAME}, {EMAIL} или @{USERNAME}"
SENDER = Sender("5000", NAME, USERNAME, phone=PHONE, email=EMAIL)
TOUCH = Touch(
    source="yandex", campaign="осень", term=NAME, landing_page=f"/kuhni?mail={EMAIL}", answers={"Телефон": NAME}
)
PLAIN = ("916 555", "9165550142", EMAIL, USERNAME)
TEXTS = Texts("ru", ZoneInfo("Europe/Moscow"))
SURFACES = {
    "card", "say", "ask", "my", "back", "queue", "find", "spam", "rejects", "lead", "colleagues", "remind", "overdue",
    "digest",
}  # fmt: skip
TO_TEAM = ("card", "say", "ask", "view", "remind", "overdue", "digest")


def ask_everything(tx: Tx, lead_id: int, now: datetime) -> None:
    """Every command that shows leads, and a notice of each sort."""
    chief, day = VIKTOR.telegram_id, now.date()
    show_view(tx, "my", ANNA.telegram_id, None, now, teammate=ANNA.telegram_id)
    show_view(tx, "back", ANNA.telegram_id, None, now, teammate=ANNA.telegram_id, leads=[lead_id])
    for view in ("queue", "spam"):
        show_view(tx, view, chief, None, now)
    show_view(tx, "find", chief, None, now, query="кухня", region="RU")
    days = {"first": day.isoformat(), "end": (day + timedelta(days=1)).isoformat()}
    show_view(tx, "rejects", chief, None, now, **days)
    show_view(tx, "colleagues", chief, None, now, lead=lead_id)
    for page in PAGES:
        show_view(tx, "lead", chief, None, now, lead=lead_id, viewer=chief, page=page)
    say(tx, chief, "told.taken_back", now, lead=lead_id, name=NAME)
    show_digest(tx, chief, None, ["managers", "marketing", "sales"], HIDING.hours, now)


def remind(tx: Tx, lead_id: int, now: datetime) -> None:
    lead = get_lead(tx, lead_id)
    assert lead is not None
    for of in ("answer", "call_back", "woken"):
        remind_owner(tx, lead, of, now)


def overdue(tx: Tx, lead_id: int, now: datetime) -> None:
    remind_team(tx, "sales", SALES, now)
    log(tx, lead_id, LeadEvent.REMINDED, now, data={"of": "claim"})


async def said(house: House) -> dict[str, list[str]]:
    """What is promised to the team, as it would be sent now, by kind."""
    errands = all_errands(Surroundings(TEXTS, HIDING, 1, private_topics=False, bot_username="gemba_bot"))
    told: dict[str, list[str]] = {}
    for item in await house.promised(*TO_TEAM):
        item = OutboxItem(**{field: getattr(item, field) for field in OutboxItem.__dataclass_fields__})
        call = await house.store.read(errands[item.kind].prepare, item, house.now)
        if isinstance(call, Call):
            told.setdefault(item.payload.get("view") or item.kind, []).append(str(dict(call.params)))
    return told


async def test_nothing_that_the_team_reads_tells_how_to_reach_him(house: House) -> None:
    house.policy = HIDING
    lead_id = (await house.writes("Иван", WORDS, sender=SENDER, touch=TOUCH)).lead_id
    assert lead_id is not None
    told: dict[str, list[str]] = {}

    async def collect() -> None:
        for kind, texts in (await said(house)).items():
            told.setdefault(kind, []).extend(texts)

    await house.do(ask_everything, lead_id, house.now)
    house.clock.advance(minutes=20)
    await house.do(overdue, lead_id, house.now)
    await collect()
    await house.claims(ANNA, lead_id)
    await house.do(remind, lead_id, house.now)
    await house.do(ask_transfer_note, lead_id, await house.teammate(BORIS), ANNA, HIDING, house.now)
    await house.do(ask_everything, lead_id, house.now)
    await collect()
    await house.delivers()
    await house.rejects(ANNA, lead_id, RejectReason.SPAM)
    await house.do(ask_everything, lead_id, house.now)
    await collect()
    assert set(told) == SURFACES and "+7 916 •••-••-42" in str(told)
    shown = [(kind, word, text) for kind, texts in told.items() for text in texts for word in PLAIN if word in text]
    assert not shown, shown[0]
