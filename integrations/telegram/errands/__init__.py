"""How each kind of outbox item is carried out, by its kind."""

from integrations.telegram.errands.answers import AnswerEditErrand, AnswerErrand
from integrations.telegram.errands.automatic import GreetErrand, IntroduceErrand
from integrations.telegram.errands.base import Errand, Surroundings
from integrations.telegram.errands.boards import BoardErrand, GatherErrand
from integrations.telegram.errands.cards import CardErrand
from integrations.telegram.errands.desks import RemoveTopicErrand
from integrations.telegram.errands.digests import DigestErrand, PictureErrand
from integrations.telegram.errands.erasures import EraseErrand, EraseTopicErrand
from integrations.telegram.errands.notices import (
    AskErrand,
    LinkErrand,
    ReactErrand,
    RemoveErrand,
    SayErrand,
    TickErrand,
    TypingErrand,
    ViewErrand,
)
from integrations.telegram.errands.relays import RelayEditErrand, RelayErrand
from integrations.telegram.errands.reminders import OverdueErrand, RemindErrand


def all_errands(around: Surroundings) -> dict[str, Errand]:
    return {
        "card": CardErrand(around),
        "board": BoardErrand(around),
        "gather": GatherErrand(around),
        "relay": RelayErrand(around),
        "relay_edit": RelayEditErrand(around),
        "answer": AnswerErrand(around),
        "answer_edit": AnswerEditErrand(around),
        "greet": GreetErrand(around),
        "introduce": IntroduceErrand(around),
        "say": SayErrand(around),
        "ask": AskErrand(around),
        "view": ViewErrand(around),
        "remind": RemindErrand(around),
        "overdue": OverdueErrand(around),
        "tick": TickErrand(around),
        "typing": TypingErrand(around),
        "react": ReactErrand(around),
        "link": LinkErrand(around),
        "remove": RemoveErrand(around),
        "remove_topic": RemoveTopicErrand(around),
        "erase": EraseErrand(around),
        "erase_topic": EraseTopicErrand(around),
        "digest": DigestErrand(around),
        "picture": PictureErrand(around),
    }
