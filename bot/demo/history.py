"""Three weeks of the firm's life, lived through the product's own units of work before the bot starts."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.demo.firm import Firm
from bot.demo.words import Words
from bot.domain.leads import FeedbackState, LeadEvent, LossReason, RejectReason, Status
from bot.domain.messages import InboundMessage, MessageKind, Sender, Touch
from bot.domain.policy import Policy
from bot.storage.leads import get_lead, log, update_lead
from bot.storage.messages import get_message
from bot.storage.store.base import Tx
from bot.storage.tables import deadlines, feedback, outbox, prompts
from bot.storage.team import record_membership
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.answer_customer import answer_customer
from bot.use_cases.bind_chats import adopt_settings
from bot.use_cases.call_customer import record_talk
from bot.use_cases.claim_lead import claim_lead
from bot.use_cases.close_lead import lose_lead, win_lead
from bot.use_cases.confirm_delivery import answer_delivered
from bot.use_cases.join_team import open_bot
from bot.use_cases.keep_books import correct_amount
from bot.use_cases.promises import show_card
from bot.use_cases.receive_message import Received, receive_message
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.settle_feedback import judge_dispute, settle_feedback
from bot.use_cases.team import Person
from bot.use_cases.team_message import SentOn, TeamMessage

SEED = 7
WEEKS = 3
OPENS, CLOSES = time(9, 10), time(16, 30)
FIRST_MESSAGE = 1_000_000_000
"""Numbers of messages that the simulated Telegram never reaches."""

MORE_ON_THE_LAST_DAY = 4
"""It is of that day that the first digest tells."""

STILL_UNSETTLED = 2
"""Rejections of the last day that wait for marketing."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Where customers come from, and what becomes of them: shares of won, lost and rejected, of 100."""

    channel: str
    source: str | None
    campaign: str | None
    share: int
    won: int
    lost: int
    reasons: tuple[RejectReason, ...]


def campaigns(locale: str) -> tuple[Campaign, ...]:
    """Search brings buyers, a raffle in a social network brings people who want what is free."""
    russian = locale == "ru"
    search, network = ("yandex", "vk") if russian else ("google", "facebook")
    autumn, raffle, ideas = ("Осень", "Розыгрыш", "Идеи") if russian else ("Autumn", "Raffle", "Ideas")
    poor = (RejectReason.FREE_ONLY, RejectReason.FREE_ONLY, RejectReason.NO_BUDGET, RejectReason.UNREACHABLE)
    usual = (RejectReason.NO_BUDGET, RejectReason.UNREACHABLE, RejectReason.NOT_OUR_PROFILE)
    return (
        Campaign("webchat", search, autumn, 30, 38, 42, usual),
        Campaign("form", search, autumn, 20, 30, 44, usual),
        Campaign("form", network, raffle, 25, 4, 26, poor),
        Campaign("telegram", network, ideas, 15, 20, 45, usual),
        Campaign("webchat", None, None, 10, 45, 40, usual),
    )


Life = Iterator[datetime]
"""What happens to one customer: it yields when it goes on."""


class History:
    def __init__(self, tx: Tx, firm: Firm, words: Words, locale: str, policy: Policy, zone: ZoneInfo) -> None:
        self.tx, self.firm, self.words, self.policy, self.zone = tx, firm, words, policy, zone
        self.random = Random(SEED)  # noqa: S311 - the same weeks at every start
        self.campaigns = campaigns(locale)
        self._numbers = itertools.count(FIRST_MESSAGE)
        self._lives: list[tuple[datetime, int, Life]] = []

    def live(self, now: datetime) -> None:
        """The weeks before the local day of `now`, in the order of time; nothing of it is left to be sent."""
        today = now.astimezone(self.zone).date()
        first = today - timedelta(weeks=WEEKS)
        self._opens(self._moment(first, time(8)))
        self._begin(self._moment(first + timedelta(days=2), time(12)), self._ivan())
        busiest = self.policy.hours.working_day_before(today)
        for number in range((today - first).days):
            day = first + timedelta(days=number)
            self._day(day, self._count(day, number // 7) + (MORE_ON_THE_LAST_DAY if day == busiest else 0))
        end = self._moment(today, time(0))
        while self._lives and self._lives[0][0] < end:
            at, _number, life = heapq.heappop(self._lives)
            self._now = at
            if (later := next(life, None)) is not None:
                self._begin(later, life)
        for kept in (prompts, deadlines, outbox):
            self.tx.execute(kept.delete())
        self._leave_work(now)

    # Days --------------------------------------------------------------------------------------------------------

    def _count(self, day: date, week: int) -> int:
        """A little more every week, and hardly anybody on days off."""
        if not self.policy.hours.is_working_day(day):
            return self.random.randint(0, 1)
        return self.random.randint(2, 3) + week

    def _day(self, day: date, count: int) -> None:
        span = datetime.combine(day, CLOSES) - datetime.combine(day, OPENS)
        shares = [campaign.share for campaign in self.campaigns]
        for campaign in self.random.choices(self.campaigns, shares, k=count):
            self._begin(self._moment(day, OPENS) + span * self.random.random(), self._customer(campaign))

    def _begin(self, at: datetime, life: Life) -> None:
        heapq.heappush(self._lives, (at, next(self._numbers), life))

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _after(self, seconds: float) -> datetime:
        """So much working time later."""
        return self.policy.hours.after(self._now, seconds)

    # One customer ------------------------------------------------------------------------------------------------

    def _customer(self, campaign: Campaign) -> Life:
        random, words = self.random, self.words
        first, family = random.choice(words.names)
        name = f"{random.choice(first)} {random.choice(family)}"
        number = next(self._numbers)
        won = random.randrange(100)
        keen = won < campaign.won + campaign.lost
        text = random.choice(words.asks if keen or random.random() < 0.6 else words.wants_free)
        lead_id = self._writes(campaign, number, name, text)
        if lead_id is None:
            return
        yield from self._worked(lead_id, campaign, number, name, won)

    def _worked(self, lead_id: int, campaign: Campaign, number: int, name: str, luck: int) -> Life:
        """Anna is quick, Boris takes his time; what nobody offered to sales stays with marketing."""
        random, words = self.random, self.words
        if self._status(lead_id) != Status.OFFERED:
            yield self._after(random.uniform(300, 3000))
            answer_as_marketer(self.tx, lead_id, self.firm.marketer, self.policy, self._now)
            self._answers(lead_id, self.firm.marketer, words.answers[2])
            return
        update_lead(self.tx, lead_id, shown_at=self._now)
        log(self.tx, lead_id, LeadEvent.SHOWN, self._now)
        seller = random.choices((self.firm.anna, self.firm.boris), (6, 4))[0]
        pace = 1.0 if seller is self.firm.anna else 2.6
        yield self._after(pace * random.lognormvariate(4.6, 0.8))
        claim_lead(self.tx, lead_id, seller, self.policy, self._now)
        yield self._after(pace * random.lognormvariate(5.2, 0.7))
        if campaign.channel == "form":
            record_talk(self.tx, lead_id, seller, self.policy, self._now)
        else:
            self._answers(lead_id, seller, random.choice(words.answers))
            if luck < campaign.won + campaign.lost:
                yield self._after(random.uniform(120, 900))
                self._writes(campaign, number, name, random.choice(words.thanks))
        yield self._after(random.uniform(2, 9) * 3600)
        if luck < campaign.won:
            amount = random.randrange(45, 260) * 1000
            self._wins(lead_id, seller, f"{amount} {random.choice(words.products)}")
        elif luck < campaign.won + campaign.lost:
            reason = random.choice((LossReason.PRICE, LossReason.PRICE, LossReason.SILENT, LossReason.COMPETITOR))
            lose_lead(self.tx, lead_id, reason, seller, self.policy, self._now)
        else:
            reject_lead(self.tx, lead_id, random.choice(campaign.reasons), seller, self.policy, self._now)
            yield self._after(random.uniform(0.5, 6) * 3600)
            verdict = FeedbackState.AGREED if random.random() < 0.85 else FeedbackState.DISPUTED
            settle_feedback(self.tx, lead_id, verdict, self.firm.marketer, self.policy, self._now)
            if verdict is FeedbackState.DISPUTED:
                yield self._after(1800)
                judge_dispute(self.tx, lead_id, FeedbackState.UPHELD, self.firm.manager, self.policy, self._now)

    def _ivan(self) -> Life:
        """The customer whom one can play has bought here before."""
        ivan, campaign = self.firm.customer, self.campaigns[3]
        lead_id = self._writes(campaign, ivan.telegram_id, ivan.name, self.words.asks[2])
        if lead_id is not None:
            yield self._after(90)
            claim_lead(self.tx, lead_id, self.firm.anna, self.policy, self._now)
            yield self._after(200)
            self._answers(lead_id, self.firm.anna, self.words.answers[1])
            yield self._after(5 * 3600)
            self._wins(lead_id, self.firm.anna, f"64000 {self.words.was_sold}")

    # What they do ------------------------------------------------------------------------------------------------

    def _writes(self, campaign: Campaign, number: int, name: str, text: str) -> int | None:
        phone = f"+7916{number % 10_000_000:07d}" if campaign.channel != "telegram" else None
        offer = self.words.offer if campaign.channel == "form" else None
        inbound = InboundMessage(
            channel=campaign.channel,
            sender=Sender(str(number), name, phone=phone, unproven=True),
            chat=f"{campaign.channel}:{number}",
            external_id=str(next(self._numbers)),
            at=self._now,
            kind=MessageKind.FORM if campaign.channel == "form" else MessageKind.TEXT,
            text=text,
            touch=Touch(source=campaign.source, campaign=campaign.campaign, offer=offer),
            one_way=campaign.channel == "form",
        )
        received = receive_message(self.tx, inbound, self.policy, self._now)
        return received.lead_id if isinstance(received, Received) else None

    def _answers(self, lead_id: int, seller: Person, text: str) -> None:
        """The words reach the customer at once."""
        number = next(self._numbers)
        chat = f"past:{seller.telegram_id}"
        words = TeamMessage(
            seller, chat, seller.telegram_id, None, number, self._now, MessageKind.TEXT, text, private=True
        )
        mate = open_bot(self.tx, seller, self._now)
        sent = answer_customer(self.tx, lead_id, mate, words, self._now)
        if isinstance(sent, SentOn) and (message := get_message(self.tx, sent.message_id)) is not None:
            answer_delivered(self.tx, message, [], self._now)

    def _wins(self, lead_id: int, seller: Person, amount: str) -> None:
        win_lead(self.tx, lead_id, seller, self.policy, self._now)
        correct_amount(self.tx, lead_id, amount, seller, self.policy, self._now)

    def _status(self, lead_id: int) -> Status | None:
        lead = get_lead(self.tx, lead_id)
        return lead.status if lead else None

    # Before and after --------------------------------------------------------------------------------------------

    def _opens(self, at: datetime) -> None:
        """The chats are bound, everybody is in his, and everybody has opened the bot."""
        firm, tx = self.firm, self.tx
        adopt_settings(tx, {"sales": firm.sales, "marketing": firm.marketing, "managers": firm.managers}, at)
        for person in firm.team:
            open_bot(tx, person, at)
        for chat, people in (
            (firm.sales, (firm.anna, firm.boris)),
            (firm.marketing, (firm.marketer,)),
        ):
            for person in people:
                record_membership(tx, person.telegram_id, chat, "member", at)
            record_membership(tx, firm.manager.telegram_id, chat, "administrator", at)
        record_membership(tx, firm.manager.telegram_id, firm.managers, "creator", at)

    def _leave_work(self, now: datetime) -> None:
        """Two cases wait for marketing."""
        waiting = sa.select(feedback.c.lead_id).where(feedback.c.state == FeedbackState.OPEN)
        for lead_id in self.tx.scalars(waiting.order_by(feedback.c.id.desc()).limit(STILL_UNSETTLED)).all():
            show_card(self.tx, lead_id, "feedback", now)


def live_through(tx: Tx, firm: Firm, words: Words, locale: str, policy: Policy, zone: ZoneInfo, now: datetime) -> None:
    History(tx, firm, words, locale, policy, zone).live(now)
