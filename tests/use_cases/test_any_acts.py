"""Any acts by any people in any order leave a legal state, a complete log, and nobody left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.domain.kpi import Period, add_money, bookings
from bot.domain.leads import CLOSED, OPEN, OWNED_BY_SALES, FeedbackState, LossReason, RejectReason, Status, WarmUpTerm
from bot.domain.messages import Direction, MessageKind, MessageStatus
from bot.storage import kpi_queries
from bot.storage.messages import waiting_since
from bot.storage.store import Store, Tx, open_store
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import (
    cards,
    desks,
    lead_events,
    leads,
    messages,
    metadata,
    outbox,
    prompts,
    teammates,
)
from bot.storage.team import roles_of
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.claim_lead import claim_lead, release_lead
from bot.use_cases.close_lead import ask_loss_reason, lose_lead, win_lead
from bot.use_cases.confirm_delivery import answer_failed
from bot.use_cases.hand_off_lead import hand_to_sales
from bot.use_cases.join_team import record_member
from bot.use_cases.keep_books import ask_amount, ask_purchase, ask_refund, refund_all
from bot.use_cases.receive_message import receive_message
from bot.use_cases.reject_lead import ask_reject_reason, reject_lead
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.route_message import route_message
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.start_new_request import start_new_request
from bot.use_cases.team import Person
from bot.use_cases.transfer_lead import ask_colleague, ask_transfer_note, transfer_without_note
from bot.use_cases.undo_act import undo_act
from bot.use_cases.warm_up_lead import warm_up
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, BORIS, MANAGERS, MARIA, MARKETING, POLICY, SALES, VIKTOR, House

PEOPLE = st.sampled_from([ANNA, BORIS, MARIA, VIKTOR])
CUSTOMERS = st.sampled_from(["Иван", "Пётр"])
CHATS = [SALES, MARKETING, MANAGERS]
LEADS = st.integers(1, 4)
TAPS: list[tuple[Any, ...]] = [
    (claim_lead,),
    (claim_lead,),
    (release_lead,),
    (win_lead,),
    (ask_loss_reason,),
    (lose_lead, LossReason.PRICE),
    (ask_reject_reason,),
    (reject_lead, RejectReason.SPAM),
    (reject_lead, RejectReason.NO_BUDGET),
    (reject_lead, RejectReason.OTHER),
    (settle_feedback, FeedbackState.AGREED),
    (settle_feedback, FeedbackState.DISPUTED),
    (warm_up, WarmUpTerm.WEEK),
    (judge_dispute, FeedbackState.UPHELD),
    (judge_dispute, FeedbackState.OVERTURNED),
    (answer_as_marketer,),
    (hand_to_sales,),
    (start_new_request,),
    (ask_colleague,),
    (ask_transfer_note, 1),
    (ask_transfer_note, 2),
    (transfer_without_note,),
    (ask_amount,),
    (ask_purchase,),
    (ask_refund,),
    (refund_all,),
    (reopen_lead,),
    (undo_act,),
    (undo_act,),
]


FITTING: dict[str, list[tuple[tuple[Any, ...], tuple[Person, ...]]]] = {
    Status.NURTURING: [((answer_as_marketer,), (MARIA,)), ((hand_to_sales,), (MARIA,))],
    Status.OFFERED: [((claim_lead,), (ANNA, BORIS)), ((claim_lead,), (BORIS, ANNA)), ((undo_act,), (ANNA, VIKTOR))],
    Status.CLAIMED: [
        ((release_lead,), (ANNA, BORIS, VIKTOR)),
        ((win_lead,), (ANNA, BORIS, VIKTOR)),
        ((reject_lead, RejectReason.NO_BUDGET), (ANNA, BORIS, VIKTOR)),
        ((undo_act,), (ANNA, BORIS, VIKTOR)),
        ((ask_transfer_note, 2), (ANNA, VIKTOR)),
        ((transfer_without_note,), (ANNA, VIKTOR)),
    ],
    Status.WORKING: [
        ((undo_act,), (ANNA, BORIS, VIKTOR)),
        ((ask_transfer_note, 1), (BORIS, VIKTOR)),
        ((transfer_without_note,), (BORIS, VIKTOR)),
        ((release_lead,), (VIKTOR,)),
        ((lose_lead, LossReason.PRICE), (VIKTOR,)),
        ((reject_lead, RejectReason.NO_BUDGET), (ANNA, BORIS, VIKTOR)),
    ],
    Status.REJECTED: [
        ((warm_up, WarmUpTerm.WEEK), (MARIA,)),
        ((settle_feedback, FeedbackState.DISPUTED), (MARIA,)),
        ((judge_dispute, FeedbackState.OVERTURNED), (VIKTOR,)),
        ((start_new_request,), (ANNA, BORIS)),
        ((reopen_lead,), (ANNA, BORIS, VIKTOR)),
        ((undo_act,), (ANNA, BORIS, VIKTOR)),
    ],
    Status.WON: [
        ((start_new_request,), (ANNA, BORIS)),
        ((ask_purchase,), (ANNA, VIKTOR)),
        ((ask_refund,), (ANNA, VIKTOR)),
        ((refund_all,), (ANNA, VIKTOR)),
        ((reopen_lead,), (ANNA, BORIS, VIKTOR)),
        ((undo_act,), (ANNA, BORIS, VIKTOR)),
    ],
    Status.LOST: [
        ((start_new_request,), (ANNA, BORIS)),
        ((reopen_lead,), (ANNA, BORIS, VIKTOR)),
        ((undo_act,), (ANNA, BORIS, VIKTOR)),
    ],
}
"""What moves a lead on from each status, and who can do it: by chance alone few leads would go far."""


class AnyActs(RuleBasedStateMachine):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store: Store = self.runner.run(_opened(url))
        self.house = House(self.store, MovableClock())
        self.told: list[str] = []
        self.wait(self.house.opens())

    def wait(self, act: Awaitable[Any]) -> Any:
        async def run() -> Any:
            return await act

        return self.runner.run(run())

    def do(self, unit: Callable[..., Any], *args: Any) -> Any:
        return self.wait(self.house.do(unit, *args))

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    # What people do --------------------------------------------------------------------------------------------------

    @rule(
        name=CUSTOMERS,
        kind=st.sampled_from([MessageKind.TEXT, MessageKind.TEXT, MessageKind.PHOTO, MessageKind.START]),
        late=st.sampled_from([0, 0, 0, 300]),
    )
    def customer_writes(self, name: str, kind: MessageKind, late: int) -> None:
        at = self.house.now.fromtimestamp(self.house.now.timestamp() - late, self.house.now.tzinfo)
        text = {MessageKind.TEXT: "Сколько стоит кухня?", MessageKind.START: "/start"}.get(kind, "")
        self.do(receive_message, self.house.says(name, text, kind=kind, at=at), POLICY, self.house.now)

    @rule(lead_id=LEADS, act=st.sampled_from(TAPS), person=PEOPLE)
    def somebody_taps(self, lead_id: int, act: tuple[Any, ...], person: Person) -> None:
        unit, *between = act
        self.do(unit, lead_id, *between, person, POLICY, self.house.now)

    @initialize(photo=st.booleans())
    def two_have_written(self, photo: bool) -> None:
        self.wait(self.house.writes("Иван"))
        self.wait(self.house.shows_photo("Пётр") if photo else self.house.writes("Пётр"))

    @rule(acts=st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=3, max_size=6))
    def people_do_what_fits(self, acts: list[tuple[int, int, int]]) -> None:
        for which, act, person in acts:
            known = self.read(sa.select(leads.c.id, leads.c.status).order_by(leads.c.id))
            lead = known[which % len(known)]
            (unit, *between), people = FITTING[lead.status][act % len(FITTING[lead.status])]
            self.do(unit, lead.id, *between, people[person % len(people)], POLICY, self.house.now)
            self.all_is_well()

    @rule(text=st.sampled_from(["Здравствуйте", "Здравствуйте", "// своим"]))
    def owners_answer(self, text: str) -> None:
        for person in (ANNA, BORIS, MARIA):
            self.wait(self.house.says_to_bot(person, text))

    @rule(
        person=PEOPLE,
        text=st.sampled_from(["Здравствуйте", "// своим", "95 000", "/won"]),
        album=st.sampled_from([None, None, "7"]),
    )
    def teammate_writes(self, person: Person, text: str, album: str | None) -> None:
        self.wait(self.house.says_to_bot(person, text, album_id=album))

    @rule(person=PEOPLE, text=st.sampled_from(["", "95 000 кухня", "5 000", "Ищет работу"]))
    def teammate_answers_a_question(self, person: Person, text: str) -> None:
        asked = self.read(sa.select(prompts.c.message_id).where(prompts.c.message_id.is_not(None)))
        for (message_id,) in asked[:1]:
            self.wait(self.house.says_to_bot(person, text, reply_to=message_id))

    @rule(person=PEOPLE, choice=st.integers(0, 2))
    def teammate_says_to_whom(self, person: Person, choice: int) -> None:
        for row in self.read(sa.select(prompts.c.id, prompts.c.data).where(prompts.c.kind == "route"))[:1]:
            where = [*map(str, row.data["leads"]), "nobody", "answer"]
            self.do(route_message, row.id, where[choice % len(where)], person, POLICY, self.house.now)

    @rule(
        person=PEOPLE, chat_id=st.sampled_from([SALES, MARKETING, MANAGERS]), status=st.sampled_from(["left", "member"])
    )
    def somebody_comes_or_goes(self, person: Person, chat_id: int, status: str) -> None:
        self.do(record_member, person.telegram_id, chat_id, status, POLICY, self.house.now)

    @rule()
    def telegram_delivers(self) -> None:
        self.told += self.wait(self.house.delivers())

    @rule()
    def telegram_refuses(self) -> None:
        for message in self.wait(self.house.messages(status=MessageStatus.PENDING))[:1]:
            self.do(answer_failed, message, "why.refused", self.house.now)

    @rule(hours=st.sampled_from([0.01, 1, 73]))
    def time_passes(self, hours: float) -> None:
        self.house.clock.advance(hours=hours)

    # What must be true -----------------------------------------------------------------------------------------------

    def read(self, statement: sa.Select[Any]) -> list[Any]:
        return list(self.runner.run(self.store.read(lambda tx: tx.execute(statement).all())))

    @invariant()
    def all_is_well(self) -> None:
        self.status_and_owner_agree()
        self.one_open_lead_a_contact()
        self.the_log_tells_the_whole_story()
        self.nobody_waits_without_somebody_to_answer()
        self.the_clock_says_who_waits()
        self.what_is_for_colleagues_stays_inside()
        self.the_report_counts_what_stands()

    def status_and_owner_agree(self) -> None:
        owned = {row.lead_id: row.teammate_id for row in self.read(sa.select(desks))}
        for lead in self.read(sa.select(leads)):
            assert (lead.closed_at is not None) == (lead.status in CLOSED), lead
            if lead.status in OWNED_BY_SALES:
                assert lead.owner_id is not None, lead
            if lead.status == Status.OFFERED:
                assert lead.owner_id is None, lead
            if lead.status in CLOSED:
                assert lead.waiting_since is None, lead
            elif lead.owner_id is not None:
                assert owned[lead.id] == lead.owner_id, lead
                role = "marketing" if lead.status == Status.NURTURING else "sales"
                assert role in self.runner.run(self.store.read(_roles, lead.owner_id)), lead

    def one_open_lead_a_contact(self) -> None:
        open_ones = [lead.contact_id for lead in self.read(sa.select(leads).where(leads.c.status.in_(OPEN)))]
        assert len(open_ones) == len(set(open_ones))

    def the_log_tells_the_whole_story(self) -> None:
        replayed: dict[int, str | None] = {}
        first_answers: dict[int, int] = {}
        for event in self.read(sa.select(lead_events).order_by(lead_events.c.id)):
            if event.undoes_id is not None:
                assert event.undoes_id < event.id and event.kind in ("undone", "reopened"), event
            if event.to_status is not None:
                assert event.from_status == replayed.get(event.lead_id), event
                replayed[event.lead_id] = event.to_status
            if event.kind == "answered" and event.data["first"]:
                first_answers[event.lead_id] = first_answers.get(event.lead_id, 0) + 1
        for lead in self.read(sa.select(leads)):
            assert replayed[lead.id] == lead.status, lead
            assert first_answers.get(lead.id, 0) == (lead.first_answered_at is not None), lead

    def nobody_waits_without_somebody_to_answer(self) -> None:
        stood = {(row.lead_id, row.place) for row in self.read(sa.select(cards))}
        promised = self.read(sa.select(outbox).where(outbox.c.status.in_(["pending", "done"])))
        coming = {(item.payload["lead"], item.payload["place"]) for item in promised if item.kind == "card"}
        chats = {row.id: f"telegram:{row.telegram_id}" for row in self.read(sa.select(teammates))}
        relayed = {(item.payload["message"], item.destination) for item in promised if item.kind == "relay"}
        for lead in self.read(sa.select(leads).where(leads.c.waiting_since.is_not(None))):
            if lead.owner_id is None:
                place = "sales" if lead.status == Status.OFFERED else "marketing"
                assert (lead.id, place) in stood | coming, lead
            else:
                for message in self._unanswered(lead):
                    assert (message.id, chats[lead.owner_id]) in relayed, (lead, message)

    def the_clock_says_who_waits(self) -> None:
        for lead in self.read(sa.select(leads).where(leads.c.status.in_(OPEN))):
            since = self.runner.run(self.store.read(waiting_since, lead.id, lead.contact_id))
            assert since == lead.waiting_since, lead

    def what_is_for_colleagues_stays_inside(self) -> None:
        assert not [text for text in self.told if text.startswith("/")]

    def the_report_counts_what_stands(self) -> None:
        """What the queries say, counted again row by row."""
        log = self.read(sa.select(lead_events).order_by(lead_events.c.id))
        taken_back = {event.undoes_id for event in log}
        stands = [event for event in log if event.id not in taken_back]
        today = self.house.now.date()
        period = Period.between(today - timedelta(days=900), today + timedelta(days=2), "UTC")
        counted = self.runner.run(self.store.read(kpi_queries.leads_by_event, period))
        for kind in ("claimed", "won", "lost", "rejected"):
            assert counted.get(kind, 0) == len({event.lead_id for event in stands if event.kind == kind}), kind
        won = self.read(sa.select(leads).where(leads.c.status == Status.WON))
        assert {lead.id for lead in won} == {event.lead_id for event in stands if event.kind == "won"}
        booked = bookings(self.runner.run(self.store.read(kpi_queries.amounts_of_sales, period)))
        kept = [(lead.currency, lead.amount) for lead in won if lead.amount]
        revenue = add_money((one.currency, one.amount) for one in booked)
        assert {currency: sum_ for currency, sum_ in revenue.items() if sum_} == add_money(kept)

    def _unanswered(self, lead: Any) -> list[Any]:
        return self.read(
            sa.select(messages).where(
                messages.c.lead_id == lead.id,
                messages.c.direction == Direction.INBOUND,
                messages.c.kind != MessageKind.START,
                messages.c.at >= lead.waiting_since,
            )
        )


async def _opened(url: str) -> Store:
    store = open_store(url)
    await store.write(_empty)
    return store


def _empty(tx: Tx) -> None:
    for table in reversed(metadata.sorted_tables):
        tx.execute(table.delete())
        if tx.dialect.name == "postgresql" and "id" in table.c:
            tx.exec_driver_sql(f"ALTER SEQUENCE {table.name}_id_seq RESTART")
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("DELETE FROM sqlite_sequence")


def _roles(tx: Tx, teammate_id: int) -> frozenset[str]:
    telegram_id = tx.scalars(sa.select(teammates.c.telegram_id).where(teammates.c.id == teammate_id)).one()
    return roles_of(tx, telegram_id, frozenset())


def test_any_acts_in_any_order(empty_database_url: str) -> None:
    on_sqlite = empty_database_url.startswith("sqlite")
    if on_sqlite:
        engine = writing_engine(sa.make_url(empty_database_url))
        metadata.create_all(engine)
        engine.dispose()
    else:
        asyncio.run(_created(empty_database_url))
    run_state_machine_as_test(
        lambda: AnyActs(empty_database_url),  # type: ignore[arg-type] # any factory serves
        settings=settings(
            max_examples=25 if on_sqlite else 8,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def _created(url: str) -> None:
    store = open_store(url)
    await store.write(lambda tx: metadata.create_all(tx))
    await store.close()
