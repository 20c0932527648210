"""What a person who tapped reads, by the result of the unit: one table."""

from collections.abc import Callable
from typing import Any

from bot.domain.leads import CallOutcome
from bot.ports import Answer
from bot.use_cases.administer import Bound
from bot.use_cases.be_away import WentAway
from bot.use_cases.call_customer import Called, NeedsNoAnswer
from bot.use_cases.claim_lead import AlreadyClaimed, Claimed
from bot.use_cases.close_lead import Lost, Won
from bot.use_cases.join_feedback import AllSettled
from bot.use_cases.mark_duplicate import MarkedDuplicate, NoDuplicate
from bot.use_cases.put_off import PutOff
from bot.use_cases.reject_lead import Rejected
from bot.use_cases.reopen_lead import Reopened
from bot.use_cases.reveal_contact import Revealed
from bot.use_cases.seat import Asked
from bot.use_cases.settle_feedback import OwnCase, Settled
from bot.use_cases.team import Gone, IsAway, NotAllowed, NotYours, Past, TooLate
from bot.use_cases.team_message import AnswerTaken, AskedWhere, NobodyToTell, NotAsked, NoteKept, Refused, SentOn
from bot.use_cases.undo_act import CannotUndo, OtherOpen, Undone
from handlers.context import House


def answerer(house: House, done: str = "") -> Callable[[Any], Answer]:
    """`done` is the key of the text for a unit that returns None when all went well."""

    texts = house.texts
    claimed = "tap.claimed_here" if house.policy.conversations == "topics" else "tap.claimed"

    def alert(key: str, **values: Any) -> Answer:
        return Answer(texts.plain(key, **values), alert=True)

    def toast(key: str, **values: Any) -> Answer:
        return Answer(texts.plain(key, **values))

    def answer(result: Any) -> Answer:
        match result:
            case Claimed(lead_id, desk_is_open=False):
                return Answer(url=f"https://t.me/{house.bot_username}?start=lead_{lead_id}")
            case Claimed():
                return toast(claimed)
            case AlreadyClaimed(mine=True):
                return toast("tap.already_mine")
            case AlreadyClaimed(owner, seconds_ago):
                return alert("tap.already_claimed", owner=owner, ago=texts.duration(max(0, seconds_ago)))
            case NotAllowed(role):
                return alert(f"tap.not_allowed_{role}")
            case Gone():
                return alert("tap.gone")
            case NotYours(None):
                return alert("tap.nobodys")
            case NotYours(owner):
                return alert("tap.not_yours", owner=owner)
            case TooLate(status):
                return alert("tap.too_late", status=texts.plain(f"status.{status}", owner="").rstrip(" :"))
            case Won():
                return toast("tap.won")
            case Lost():
                return toast("tap.lost")
            case Rejected(as_spam=True):
                return toast("tap.spam")
            case Rejected():
                return toast("tap.rejected")
            case PutOff(until):
                return toast("tap.put_off", moment=texts.when(until, house.clock.now()))
            case WentAway():
                return toast("tap.away")
            case IsAway(name):
                return alert("tap.colleague_away", name=name)
            case Past():
                return alert("tap.outdated")
            case Called(CallOutcome.NO_ANSWER, times):
                return toast("tap.no_answer", count=times)
            case Called():
                return toast("tap.talked")
            case NeedsNoAnswer():
                return toast("tap.needs_no_answer")
            case AllSettled(count):
                return toast("tap.all_settled", count=count)
            case MarkedDuplicate(of):
                return toast("tap.duplicate", number=of)
            case NoDuplicate(why, number):
                return alert(f"duplicate.{why}", number=number)
            case Asked(key):
                return toast(key)
            case Undone():
                return toast("tap.undone")
            case CannotUndo():
                return alert("tap.cannot_undo")
            case Reopened():
                return toast("tap.reopened")
            case OtherOpen(lead_id):
                return alert("tap.other_open", lead=lead_id)
            case Settled():
                return toast("tap.settled")
            case OwnCase():
                return alert("tap.own_case")
            case Revealed(lead_id, chat_is_open=False):
                return Answer(url=f"https://t.me/{house.bot_username}?start=lead_{lead_id}")
            case Revealed():
                return toast("tap.contact_sent")
            case Bound():
                return toast("tap.bound")
            case SentOn():
                return toast("tap.sent")
            case NobodyToTell():
                return toast("tap.nobody")
            case AskedWhere():
                return toast("tap.asked")
            case NotAsked():
                return alert("tap.outdated")
            case Refused(key):
                return alert(key, owner="–")
            case AnswerTaken() | NoteKept():
                return toast("tap.settled")
            case _:
                return toast(done) if done else Answer()

    return answer
