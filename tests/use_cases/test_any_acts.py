"""Any acts by any people in any order leave a legal state, a complete log, and nobody left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.domain.leads import FeedbackState, LossReason, RejectReason, Status, WarmUpTerm
from bot.domain.messages import MessageKind, MessageStatus, Sender, Touch
from bot.storage.deadlines import due_deadlines
from bot.storage.store import Store, Tx, open_store
from bot.storage.tables import feedback, leads, metadata, prompts
from bot.storage.team import Teammate, find_or_add_teammate
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.ask_marketer import offer_choice
from bot.use_cases.be_away import be_away_until, come_back, end_absence, returned
from bot.use_cases.call_customer import needs_no_answer, record_no_answer, record_talk
from bot.use_cases.claim_lead import claim_lead, release_lead
from bot.use_cases.close_lead import ask_loss_reason, lose_lead, win_lead
from bot.use_cases.confirm_delivery import answer_failed
from bot.use_cases.forget_contact import forget
from bot.use_cases.hand_off_lead import ask_handoff_note, hand_to_sales
from bot.use_cases.join_feedback import agree_to_all, show_own_card
from bot.use_cases.join_team import change_reach, record_member
from bot.use_cases.keep_books import ask_amount, ask_purchase, ask_refund, refund_all
from bot.use_cases.keep_consent import stop_messages
from bot.use_cases.mark_duplicate import ask_duplicate_number, mark_duplicate
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.put_off import ask_until, call_back_at, snooze_lead
from bot.use_cases.receive_form import receive_form
from bot.use_cases.receive_message import receive_message
from bot.use_cases.reject_lead import ask_reject_reason, reject_lead
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.route_message import route_message
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.start_new_request import start_new_request
from bot.use_cases.take_back_spam import take_back_spam
from bot.use_cases.team import Person
from bot.use_cases.transfer_lead import ask_colleague, ask_transfer_note, transfer_without_note
from bot.use_cases.undo_act import undo_act
from bot.use_cases.warm_up_lead import ask_warm_up_day, warm_up
from tests.conftest import MovableClock
from tests.use_cases import truths
from tests.use_cases.house import ANNA, BORIS, MANAGERS, MARIA, MARKETING, POLICY, SALES, VIKTOR, House

PEOPLE = st.sampled_from([ANNA, BORIS, MARIA, VIKTOR])
CUSTOMERS = st.sampled_from(["Иван", "Пётр", "Ольга"])
AUTUMN = Touch(source="yandex", campaign="Осень")
LEADS = st.integers(1, 5)
SOON, LATER = timedelta(hours=2), timedelta(days=3)
TAPS: list[tuple[Any, ...]] = [
    (claim_lead,),
    (release_lead,),
    (win_lead,),
    (ask_loss_reason,),
    (lose_lead, LossReason.PRICE),
    (ask_reject_reason,),
    (reject_lead, RejectReason.SPAM),
    (reject_lead, RejectReason.NO_BUDGET),
    (reject_lead, RejectReason.OTHER),
    (record_talk,),
    (record_no_answer,),
    (needs_no_answer,),
    (snooze_lead, SOON),
    (snooze_lead, LATER),
    (snooze_lead, None),
    (ask_until,),
    (call_back_at, SOON),
    (call_back_at, None),
    (be_away_until, LATER),
    (settle_feedback, FeedbackState.AGREED),
    (settle_feedback, FeedbackState.DISPUTED),
    (offer_choice, "dispute"),
    (warm_up, WarmUpTerm.WEEK),
    (warm_up, WarmUpTerm.MONTH),
    (ask_warm_up_day,),
    (mark_duplicate, 1),
    (ask_duplicate_number,),
    (take_back_spam,),
    (show_own_card,),
    (judge_dispute, FeedbackState.UPHELD),
    (judge_dispute, FeedbackState.OVERTURNED),
    (answer_as_marketer,),
    (hand_to_sales,),
    (ask_handoff_note,),
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
"""What can be tapped on a lead; a time is that long from the tap on."""

SALESPEOPLE, ALL = (ANNA, BORIS), (ANNA, BORIS, VIKTOR)
FITTING: dict[str, list[tuple[tuple[Any, ...], tuple[Person, ...]]]] = {
    Status.NURTURING: [
        ((answer_as_marketer,), (MARIA,)),
        ((hand_to_sales,), (MARIA,)),
        ((hand_to_sales,), (MARIA,)),
        ((reject_lead, RejectReason.SPAM), (MARIA,)),
        ((snooze_lead, SOON), (MARIA,)),
        ((needs_no_answer,), (MARIA,)),
        ((be_away_until, LATER), (MARIA,)),
        ((warm_up, WarmUpTerm.MONTH), (MARIA,)),
        ((undo_act,), (MARIA, VIKTOR)),
    ],
    Status.OFFERED: [
        ((claim_lead,), SALESPEOPLE),
        ((claim_lead,), (BORIS, ANNA)),
        ((claim_lead,), SALESPEOPLE),
        ((undo_act,), (ANNA, VIKTOR)),
    ],
    Status.CLAIMED: [
        ((release_lead,), ALL),
        ((win_lead,), ALL),
        ((reject_lead, RejectReason.NO_BUDGET), ALL),
        ((reject_lead, RejectReason.NO_BUDGET), ALL),
        ((reject_lead, RejectReason.SPAM), ALL),
        ((record_talk,), ALL),
        ((record_no_answer,), ALL),
        ((snooze_lead, SOON), ALL),
        ((call_back_at, SOON), ALL),
        ((needs_no_answer,), ALL),
        ((be_away_until, LATER), SALESPEOPLE),
        ((ask_transfer_note, 2), (ANNA, VIKTOR)),
        ((transfer_without_note,), (ANNA, VIKTOR)),
        ((undo_act,), ALL),
    ],
    Status.WORKING: [
        ((ask_transfer_note, 1), (BORIS, VIKTOR)),
        ((transfer_without_note,), (BORIS, VIKTOR)),
        ((release_lead,), (VIKTOR,)),
        ((lose_lead, LossReason.PRICE), (VIKTOR,)),
        ((win_lead,), ALL),
        ((reject_lead, RejectReason.NO_BUDGET), ALL),
        ((snooze_lead, LATER), ALL),
        ((call_back_at, SOON), ALL),
        ((record_talk,), ALL),
        ((be_away_until, LATER), SALESPEOPLE),
        ((undo_act,), ALL),
    ],
    Status.REJECTED: [
        ((warm_up, WarmUpTerm.WEEK), (MARIA,)),
        ((warm_up, WarmUpTerm.WEEK), (MARIA,)),
        ((settle_feedback, FeedbackState.DISPUTED), (MARIA,)),
        ((settle_feedback, FeedbackState.AGREED), (MARIA,)),
        ((judge_dispute, FeedbackState.OVERTURNED), (VIKTOR,)),
        ((mark_duplicate, 1), (MARIA,)),
        ((take_back_spam,), (MARIA,)),
        ((start_new_request,), SALESPEOPLE),
        ((be_away_until, LATER), SALESPEOPLE),
        ((reopen_lead,), ALL),
        ((undo_act,), ALL),
    ],
    Status.WON: [
        ((start_new_request,), SALESPEOPLE),
        ((ask_purchase,), (ANNA, VIKTOR)),
        ((ask_refund,), (ANNA, VIKTOR)),
        ((refund_all,), (ANNA, VIKTOR)),
        ((be_away_until, LATER), SALESPEOPLE),
        ((reopen_lead,), ALL),
        ((undo_act,), ALL),
    ],
    Status.LOST: [
        ((start_new_request,), SALESPEOPLE),
        ((be_away_until, LATER), SALESPEOPLE),
        ((reopen_lead,), ALL),
        ((undo_act,), ALL),
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
        said = self.house.says(name, text, kind=kind, at=at, touch=AUTUMN if kind is MessageKind.START else None)
        self.do(receive_message, said, POLICY, self.house.now)

    @rule(name=CUSTOMERS, phone=st.sampled_from(["+79161234567", "+79161234568"]))
    def customer_fills_in_a_form(self, name: str, phone: str) -> None:
        said = self.house.says(name, f"Перезвоните {phone}", sender=Sender(phone, name, phone=phone), touch=AUTUMN)
        self.do(receive_form, replace(said, channel="form", chat=f"form:{phone}", one_way=True), POLICY, self.house.now)

    @rule(name=CUSTOMERS, act=st.sampled_from(["stop", "stop", "block", "unblock"]))
    def customer_shuts_the_door(self, name: str, act: str) -> None:
        if act == "stop":
            self.do(stop_messages, self.house.says(name, "/stop"), POLICY, self.house.now)
        else:
            number = self.house.customer(name)
            self.do(change_reach, "telegram", number, act == "unblock", self.house.now)

    @rule(lead_id=LEADS, act=st.sampled_from(TAPS), person=PEOPLE)
    def somebody_taps(self, lead_id: int, act: tuple[Any, ...], person: Person) -> None:
        self.taps(lead_id, act, person)

    def taps(self, lead_id: int, act: tuple[Any, ...], person: Person) -> None:
        unit, *between = act
        now = self.house.now
        said = [now + one if isinstance(one, timedelta) else one for one in between]
        self.do(unit, lead_id, *said, person, POLICY, now)

    @initialize(photo=st.booleans())
    def three_have_written(self, photo: bool) -> None:
        for name in ("Иван", "Пётр", "Ольга"):
            self.wait(self.house.starts(name, AUTUMN))
        self.wait(self.house.writes("Иван"))
        self.wait(self.house.writes("Ольга"))
        self.wait(self.house.shows_photo("Пётр") if photo else self.house.writes("Пётр"))

    @rule(acts=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 41), st.integers(0, 5)), min_size=3, max_size=6))
    def people_do_what_fits(self, acts: list[tuple[int, int, int]]) -> None:
        for which, act, person in acts:
            known = self.read(sa.select(leads.c.id, leads.c.status).order_by(leads.c.id))
            lead = known[which % len(known)]
            fitting, people = FITTING[lead.status][act % len(FITTING[lead.status])]
            self.taps(lead.id, fitting, people[person % len(people)])
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

    @rule(
        person=PEOPLE,
        text=st.sampled_from(["", "95 000 кухня", "5 000", "Ищет работу", "через 2 часа", "через неделю", "№2"]),
    )
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

    @rule(person=st.sampled_from([ANNA, BORIS, MARIA]))
    def teammate_comes_back(self, person: Person) -> None:
        self.do(lambda tx: come_back(tx, _mate(tx, person, self.house), self.house.now))

    @rule(person=st.sampled_from([MARIA, ANNA]), which=st.integers(0, 5))
    def marketing_agrees_to_all_on_a_card(self, person: Person, which: int) -> None:
        cases = self.read(sa.select(feedback.c.id).where(feedback.c.joined_id.is_(None)))
        for (first_id,) in cases[which : which + 1]:
            self.do(agree_to_all, first_id, person, POLICY, self.house.now)

    @rule(which=st.integers(0, 40))
    def somebody_is_forgotten(self, which: int) -> None:
        contacts = {row.contact_id for row in self.read(sa.select(leads.c.contact_id))}
        if which < 4 and which + 1 in contacts:  # seldom: the story of whom nobody remembers is short
            self.wait(forget(self.store, which + 1, self.house.now))

    @rule(
        minutes=st.sampled_from([0.2, 16, 31, 61, 73 * 60, 8 * 24 * 60]), watched=st.sampled_from([True, True, False])
    )
    def time_passes(self, minutes: float, watched: bool) -> None:
        self.house.clock.advance(minutes=minutes)
        if watched:
            self.what_is_due_is_done()

    @rule()
    def what_is_due_is_done(self) -> None:
        now = self.house.now
        for deadline_id in self.runner.run(self.store.read(due_deadlines, now)):
            self.do(meet_deadline, deadline_id, POLICY, now)
        for teammate_id in self.runner.run(self.store.read(returned, now)):
            self.do(end_absence, teammate_id, now)

    # What must be true -----------------------------------------------------------------------------------------------

    def read(self, statement: sa.Select[Any]) -> list[Any]:
        return list(self.runner.run(self.store.read(lambda tx: tx.execute(statement).all())))

    @invariant()
    def all_is_well(self) -> None:
        self.runner.run(self.store.read(truths.all_is_well, self.house.now))
        assert not [text for text in self.told if text.startswith("/")], "what is for colleagues stays inside"


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


def _mate(tx: Tx, person: Person, house: House) -> Teammate:
    return find_or_add_teammate(tx, person.telegram_id, person.name, person.username, house.now)


@pytest.mark.long
def test_any_acts_in_any_order(database_url: str) -> None:
    on_sqlite = database_url.startswith("sqlite")
    run_state_machine_as_test(
        lambda: AnyActs(database_url),  # type: ignore[arg-type] # any factory serves
        settings=settings(
            max_examples=16 if on_sqlite else 6,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
