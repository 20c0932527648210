"""Sorts Telegram's updates: customers' words go the road of every channel, the team's side goes to the handlers."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.domain.policy import Policy
from bot.ports import Act, Answer, Clock, RawEvent
from bot.use_cases.edit_message import edit_inbound_message
from bot.use_cases.join_team import change_reach
from bot.use_cases.keep_consent import give_help, stop_messages
from bot.use_cases.pass_on_reaction import pass_on_reaction
from bot.use_cases.receive_message import receive_message
from bot.use_cases.recognise_topic import recognise_topic
from integrations.telegram.client import TelegramClient, TelegramError
from integrations.telegram.parse import CHANNEL, is_service, own_topic, parse_message, parse_reaction, read_command
from integrations.telegram.roster import Roster

TeamSide = Callable[[Mapping[str, Any]], Awaitable[Act | None]]

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)
_ALLOWED = frozenset(ALLOWED_UPDATES)
ANSWER_PATIENCE_SECONDS = 10.0

COMMANDS: dict[str, Callable[..., Any]] = {"stop": stop_messages, "help": give_help}
"""What a customer can ask of the bot itself; /start is a message that may carry where he comes from."""

_SIDE_DOOR = re.compile(r"/(?:setup|customer)(?:@\w+)?(?:\s.*)?", re.DOTALL)
"""What the team's side answers to anybody: the code of the first run, and the way back from playing customer."""


def telegram_event(update: Mapping[str, Any], bot_id: int) -> RawEvent:
    """One person's events in one chat run in order; taps go ahead of bulk intake."""
    body = next((update[kind] for kind in ALLOWED_UPDATES if kind in update), None)
    chat = _part(body, "chat") or _part(_part(body, "message"), "chat")
    lane = f"{CHANNEL}:{_part(chat, 'id')}:{_part(_part(body, 'from') or _part(body, 'user'), 'id')}"
    return RawEvent(f"{CHANNEL}:{bot_id}", str(update["update_id"]), lane, update, urgent="callback_query" in update)


def _part(of: Any, name: str) -> Any:
    """Whatever Telegram may send one day must still be stored: nothing is taken for granted here."""
    return of.get(name) if isinstance(of, Mapping) else None


class Reception:
    """The interpreter of Telegram's updates."""

    def __init__(
        self, bot_id: int, client: TelegramClient, roster: Roster, team_side: TeamSide, policy: Policy, clock: Clock
    ) -> None:
        self._bot_id, self._client, self._roster = bot_id, client, roster
        self._team_side, self._policy, self._clock = team_side, policy, clock

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        return telegram_event(raw, self._bot_id)

    async def interpret(self, event: RawEvent) -> Act | None:
        update = event.raw
        if _ALLOWED.isdisjoint(update):
            return None  # kept, and nobody's business: aiogram would warn of it, and quote it
        if "callback_query" in update:
            await self._roster.refresh(update["callback_query"]["from"]["id"])
            return await self._team_side(update)
        member = update.get("my_chat_member")
        if member is not None and member["chat"]["type"] == "private":
            status = member["new_chat_member"]["status"]
            return Act(change_reach, (CHANNEL, member["chat"]["id"], status == "member", self._clock.now()))
        if "message_reaction" in update:
            reaction = parse_reaction(update["message_reaction"], self._bot_id)
            return Act(pass_on_reaction, (reaction, self._policy, self._clock.now())) if reaction else None
        if (topic := own_topic(update.get("message"), self._bot_id)) is not None:
            return Act(recognise_topic, (topic, self._policy, self._clock.now()))
        message = update.get("message") or update.get("edited_message")
        if message is not None and message["chat"]["type"] == "private":
            return await self._private(update, message)
        if message is not None and str(message.get("text", "")).startswith("/") and "from" in message:
            await self._roster.refresh(message["from"]["id"])  # who has just joined may ask at once
        return await self._team_side(update)

    async def answer(self, event: RawEvent, answer: Answer) -> None:
        """What the person who tapped reads at once."""
        query = event.raw.get("callback_query")
        if query is None:
            return
        params: dict[str, Any] = {"callback_query_id": query["id"]}
        if answer.text:
            params |= {"text": answer.text[:200], "show_alert": answer.alert}
        if answer.url:
            params["url"] = answer.url
        try:
            await self._client.call("answerCallbackQuery", params, patience=ANSWER_PATIENCE_SECONDS)
        except TelegramError as error:
            if "query is too old" not in error.description.lower():
                raise

    async def _private(self, update: Mapping[str, Any], message: Mapping[str, Any]) -> Act | None:
        if "from" not in message or message["from"].get("is_bot") or is_service(message):
            return None
        text = str(message.get("text", ""))
        if _SIDE_DOOR.fullmatch(text):
            return await self._team_side(update)
        person = message["from"]["id"]
        return Act(
            *self._customers_act(update, message),
            unless=lambda tx: self._roster.may_work_here(tx, person),
            otherwise=lambda: self._whoever_it_is(update, message),
        )

    async def _whoever_it_is(self, update: Mapping[str, Any], message: Mapping[str, Any]) -> Act | None:
        if await self._roster.is_teammate(message["from"]["id"]):
            return await self._team_side(update)
        return Act(*self._customers_act(update, message))

    def _customers_act(
        self, update: Mapping[str, Any], message: Mapping[str, Any]
    ) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The unit of work and its arguments."""
        inbound = parse_message(message, self._bot_id, self._policy.region)
        command, _ = read_command(message) or ("", "")
        unit: Callable[..., Any] = COMMANDS.get(command, receive_message)
        if "edited_message" in update:
            unit = edit_inbound_message
        return unit, (inbound, self._policy, self._clock.now())
