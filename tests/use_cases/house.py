"""A firm with three chats, its people and its customers, for stories told unit by unit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from bot.domain.leads import RejectReason
from bot.domain.messages import File, InboundMessage, MessageKind, MessageStatus, Sender, Touch
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.storage.cards import Card, put_card
from bot.storage.leads import Lead, get_lead
from bot.storage.messages import Message, get_message
from bot.storage.outbox import drop_lane
from bot.storage.prompts import get_prompt, set_prompt_message
from bot.storage.store import Store, Tx
from bot.storage.tables import cards, lead_events, leads, messages, notes, outbox, prompts
from bot.storage.team import find_or_add_teammate, record_membership
from bot.use_cases.bind_chats import bind_purpose
from bot.use_cases.claim_lead import Claimed, claim_lead, release_lead
from bot.use_cases.close_lead import win_lead
from bot.use_cases.confirm_delivery import answer_delivered
from bot.use_cases.edit_message import edit_answer, edit_inbound_message
from bot.use_cases.join_team import open_bot, record_member
from bot.use_cases.receive_message import AlreadyReceived, Received, receive_message
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.take_team_message import take_team_message
from bot.use_cases.team import Person
from bot.use_cases.team_message import Taken, TeamMessage
from tests.conftest import MovableClock

P = ParamSpec("P")
R = TypeVar("R")

BOT = 1
SALES, MARKETING, MANAGERS = -1001, -1002, -1003
CHATS = {"sales": SALES, "marketing": MARKETING, "managers": MANAGERS}

ANNA = Person(101, "Анна", "anna")
BORIS = Person(102, "Борис", None)
MARIA = Person(201, "Мария", "maria")
NINA = Person(202, "Нина", None)
VIKTOR = Person(301, "Виктор", "chief")
STRANGER = Person(999, "Прохожий", None)

MEMBERS = {SALES: (ANNA, BORIS), MARKETING: (MARIA, NINA), MANAGERS: (VIKTOR,)}
POLICY = Policy(default_rules(), "RUB", "private", frozenset())


def address(person: Person | int) -> str:
    """The private chat with the bot, in the store's words."""
    return f"telegram:{BOT}:{person if isinstance(person, int) else person.telegram_id}"


class House:
    def __init__(self, store: Store, clock: MovableClock, policy: Policy = POLICY) -> None:
        self.store, self.clock, self.policy = store, clock, policy
        self._ids = count(1)
        self._customers: dict[str, int] = {}

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def do(self, unit: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.store.write(unit, *args, **kwargs)

    async def opens(self, chats: dict[str, int] | None = None) -> None:
        """The chats are bound, everybody is in his, and everybody has opened the bot."""

        def unit(tx: Tx) -> None:
            for purpose, chat_id in (CHATS if chats is None else chats).items():
                bind_purpose(tx, purpose, chat_id, None, self.now - timedelta(days=30))
            for chat_id, people in MEMBERS.items():
                for person in people:
                    record_membership(tx, person.telegram_id, chat_id, "member", self.now)
                    open_bot(tx, person, self.now)

        await self.do(unit)

    # Customers -------------------------------------------------------------------------------------------------------

    def customer(self, name: str) -> int:
        return self._customers.setdefault(name, 5_000 + len(self._customers))

    def says(self, name: str, text: str = "", **more: Any) -> InboundMessage:
        """What the channel's parser makes of a customer's message."""
        number = self.customer(name)
        kind = more.pop("kind", MessageKind.TEXT)
        return InboundMessage(
            channel="telegram",
            sender=more.pop("sender", Sender(str(number), name)),
            chat=address(number),
            external_id=more.pop("external_id", None) or str(next(self._ids)),
            at=more.pop("at", None) or self.now,
            kind=kind,
            text=text,
            file=None if kind in (MessageKind.TEXT, MessageKind.START) else File("file-1"),
            **more,
        )

    async def writes(self, name: str, text: str = "Сколько стоит кухня?", **more: Any) -> Received:
        received = await self.do(receive_message, self.says(name, text, **more), self.policy, self.now)
        assert isinstance(received, Received), received
        return received

    async def shows_photo(self, name: str, **more: Any) -> Received:
        """A photo without words is below the handoff threshold: it is for marketing."""
        return await self.writes(name, "", kind=MessageKind.PHOTO, **more)

    async def starts(self, name: str, touch: Touch | None = None) -> Received:
        return await self.writes(name, "/start", kind=MessageKind.START, touch=touch)

    async def edits(self, said: InboundMessage, text: str) -> Received | AlreadyReceived | None:
        return await self.do(edit_inbound_message, replace(said, text=text), self.policy, self.now)

    # The team --------------------------------------------------------------------------------------------------------

    def words(self, person: Person, text: str, **more: Any) -> TeamMessage:
        """What a teammate wrote, in his private chat unless `chat_id` says otherwise."""
        chat_id = more.pop("chat_id", person.telegram_id)
        kind = more.pop("kind", MessageKind.TEXT)
        return TeamMessage(
            person=person,
            chat=address(chat_id),
            chat_id=chat_id,
            thread_id=more.pop("thread_id", None),
            message_id=more.pop("message_id", None) or next(self._ids),
            at=more.pop("at", None) or self.now,
            kind=kind,
            text=text,
            private=chat_id > 0,
            file=None if kind is MessageKind.TEXT else File("file-2"),
            **more,
        )

    async def says_to_bot(self, person: Person, text: str, **more: Any) -> Taken:
        return await self.do(take_team_message, self.words(person, text, **more), self.policy, self.now)

    async def corrects(self, person: Person, message_id: int, text: str, chat_id: int | None = None) -> bool:
        where = address(chat_id or person.telegram_id)
        return await self.do(edit_answer, where, str(message_id), text, person, self.policy, self.now)

    async def claims(self, person: Person, lead_id: int | None) -> Claimed:
        assert lead_id is not None
        claimed = await self.do(claim_lead, lead_id, person, self.policy, self.now)
        assert isinstance(claimed, Claimed), claimed
        return claimed

    async def releases(self, person: Person, lead_id: int) -> None:
        assert await self.do(release_lead, lead_id, person, self.policy, self.now) is None

    async def wins(self, person: Person, lead_id: int) -> None:
        await self.do(win_lead, lead_id, person, self.policy, self.now)

    async def rejects(self, person: Person, lead_id: int, reason: RejectReason = RejectReason.NO_BUDGET) -> None:
        await self.do(reject_lead, lead_id, reason, person, self.policy, self.now)

    async def leaves(self, person: Person, chat_id: int = SALES) -> None:
        await self.do(record_member, person.telegram_id, chat_id, "left", self.policy, self.now)

    async def owned_lead(self, name: str = "Иван", owner: Person = ANNA) -> int:
        """A customer wrote and the owner has claimed."""
        lead_id = (await self.writes(name)).lead_id
        await self.claims(owner, lead_id)
        assert lead_id is not None
        return lead_id

    # What Telegram does ----------------------------------------------------------------------------------------------

    async def delivers(self) -> list[str]:
        """Everything promised is carried out in order; the texts that have reached customers."""

        def unit(tx: Tx) -> list[str]:
            told = []
            due = sa.select(outbox).where(outbox.c.status == "pending").order_by(outbox.c.id)
            for item in tx.execute(due).all():
                tx.execute(outbox.update().where(outbox.c.id == item.id).values(status="done", finished_at=self.now))
                match item.kind:
                    case "answer":
                        message = get_message(tx, item.payload["message"])
                        if message is not None and message.status is MessageStatus.PENDING:
                            copy = (item.destination.replace(":", f":{BOT}:"), str(next(self._ids)))
                            answer_delivered(tx, message, [copy], self.now)
                            told.append(message.text)
                    case "card":
                        place = Card(
                            item.payload["lead"],
                            item.payload["place"],
                            int(item.destination.split(":")[1]),
                            None,
                            next(self._ids),
                        )
                        put_card(tx, place, self.now)
                        tx.execute(
                            leads.update()
                            .where(leads.c.id == place.lead_id, leads.c.shown_at.is_(None))
                            .values(shown_at=self.now)
                        )
                    case "ask" if get_prompt(tx, item.payload["prompt"], self.now) is not None:
                        set_prompt_message(tx, item.payload["prompt"], next(self._ids))
            return told

        return await self.do(unit)

    async def forgets_promises(self) -> None:
        """So that what is promised next stands alone."""

        def unit(tx: Tx) -> None:
            for lane in tx.scalars(sa.select(outbox.c.lane).distinct()).all():
                drop_lane(tx, lane, self.now)

        await self.do(unit)

    # What is true ----------------------------------------------------------------------------------------------------

    async def lead(self, lead_id: int | None) -> Lead:
        assert lead_id is not None
        found = await self.store.read(get_lead, lead_id)
        assert found is not None
        return found

    async def events(self, lead_id: int | None) -> list[str]:
        statement = sa.select(lead_events.c.kind).where(lead_events.c.lead_id == lead_id).order_by(lead_events.c.id)
        return await self.store.read(lambda tx: list(tx.scalars(statement)))

    async def event(self, lead_id: int | None, kind: str) -> dict[str, Any]:
        """The data of the newest such event."""
        statement = (
            sa.select(lead_events.c.data)
            .where(lead_events.c.lead_id == lead_id, lead_events.c.kind == kind)
            .order_by(lead_events.c.id.desc())
            .limit(1)
        )
        return dict(await self.store.read(lambda tx: tx.scalars(statement).one()))

    async def promised(self, *kinds: str) -> list[Any]:
        """Pending items of these kinds, oldest first."""
        statement = sa.select(outbox).where(outbox.c.status == "pending").order_by(outbox.c.id)
        if kinds:
            statement = statement.where(outbox.c.kind.in_(kinds))
        return await self.store.read(lambda tx: list(tx.execute(statement)))

    async def told(self, chat_id: int) -> list[str]:
        """The keys of the notices on their way to a chat."""
        said = await self.promised("say")
        return [item.payload["text"] for item in said if item.destination == f"telegram:{chat_id}"]

    async def messages(self, **where: Any) -> list[Message]:
        statement = sa.select(messages.c.id).order_by(messages.c.id)
        for column, value in where.items():
            statement = statement.where(messages.c[column] == value)

        def unit(tx: Tx) -> list[Message]:
            return [found for number in tx.scalars(statement).all() if (found := get_message(tx, number)) is not None]

        return await self.store.read(unit)

    async def notes(self) -> list[str]:
        return await self.store.read(lambda tx: list(tx.scalars(sa.select(notes.c.text).order_by(notes.c.id))))

    async def prompts(self, kind: str) -> list[Any]:
        statement = sa.select(prompts).where(prompts.c.kind == kind).order_by(prompts.c.id)
        return await self.store.read(lambda tx: list(tx.execute(statement)))

    async def card(self, lead_id: int, place: str) -> int | None:
        statement = sa.select(cards.c.message_id).where(cards.c.lead_id == lead_id, cards.c.place == place)
        return await self.store.read(lambda tx: tx.scalar(statement))

    async def teammate(self, person: Person) -> int:
        def unit(tx: Tx) -> int:
            return find_or_add_teammate(tx, person.telegram_id, person.name, person.username, self.now).id

        return await self.do(unit)
