"""Short words to a teammate: notices, questions, views, ticks; and what is taken away."""

import io
from datetime import datetime, timedelta
from typing import Any

import segno

from bot.ports import OutboxItem
from bot.storage.desks import get_desk
from bot.storage.links import get_link
from bot.storage.prompts import Prompt, get_prompt, set_prompt_message
from bot.storage.replies import QuickReply
from bot.storage.store.base import Tx
from bot.storage.team import teammate_by_telegram
from bot.use_cases.promised_erasures import note_mentions
from bot.use_cases.quick_reply import listed_replies
from bot.use_cases.route_message import MOST_CHOICES
from bot.use_cases.view_lead import show_lead
from integrations.telegram.callbacks import Tap, pack
from integrations.telegram.client import Call, Upload
from integrations.telegram.errands.base import (
    Hold,
    Nothing,
    PlainErrand,
    Prepared,
    Result,
    Verdict,
    chat_of,
    in_thread,
    replying_to,
    without_topic,
)
from integrations.telegram.html import LONGEST_BUTTON, cut, lines
from integrations.telegram.refusals import Refusal
from integrations.telegram.views import render_view

DELIVERED = "👌"
LONGEST_MARKS = 300
TYPING_LASTS = timedelta(seconds=5)


class NoticeErrand(PlainErrand):
    """What is said in a topic reaches the person also when the topic is gone."""

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        return without_topic(item, refusal) or super().refused(tx, item, call, refusal, now)

    def place(
        self, item: OutboxItem, params: dict[str, Any], thread_id: int | None, reply_to: int | None = None
    ) -> dict[str, Any]:
        if item.payload.get("no_topic"):
            return params
        return replying_to(in_thread(params, thread_id), reply_to)


class SayErrand(NoticeErrand):
    """Payload: `text` (a key), `values`, `thread`, `reply_to`, `buttons`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        if must_wait(tx, item):
            return Hold()
        hide = self.around.policy.hide
        given = item.payload["values"]
        values = {name: hide(said) if isinstance(said, str) else said for name, said in given.items()}
        for name in ("why", "purpose", "channel"):  # these values are themselves texts
            if isinstance(key := values.get(name), str):
                values[name] = self.texts.plain(key)
        if isinstance(amount := values.get("amount"), list):
            values["amount"] = self.texts.money(*amount)
        if isinstance(moment := values.get("moment"), str):
            values["moment"] = self.texts.when(datetime.fromisoformat(moment), now)
        if isinstance(total := values.get("total"), list):
            values["total"] = self.texts.money(*total)
        params: dict[str, Any] = {
            "chat_id": chat_of(item),
            "text": str(self.texts(item.payload["text"], **values)),
            "parse_mode": "HTML",
        }
        if buttons := item.payload["buttons"]:
            params["reply_markup"] = {
                "inline_keyboard": [
                    [{"text": self.texts.plain(label), "callback_data": data} for label, data in row] for row in buttons
                ]
            }
        placed = self.place(item, params, item.payload["thread"], item.payload["reply_to"])
        return Call("sendMessage", placed, leads=(given["lead"],) if "lead" in given else ())


class ViewErrand(NoticeErrand):
    """Payload: `view`, `thread` and what the view needs."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        if must_wait(tx, item):
            return Hold()
        asked = {**item.payload, "policy": self.around.policy, "private": chat_of(item) > 0}
        rendered = render_view(tx, asked, self.texts, now)
        params: dict[str, Any] = {
            "chat_id": chat_of(item),
            "text": str(rendered.text),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if rendered.keyboard:
            params["reply_markup"] = {"inline_keyboard": rendered.keyboard}
        if page := item.payload.get("page_of"):
            return Call("editMessageText", {**params, "message_id": page}, "edit", leads=rendered.leads)
        return Call("sendMessage", self.place(item, params, item.payload["thread"]), leads=rendered.leads)

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        """The words by which somebody was looked for tell of him as well."""
        if (typed := item.payload.get("typed")) is not None:
            note_mentions(tx, call.leads, chat_of(item), typed, now)
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        """Who turns the page of a message that is gone wants nothing more."""
        gone = call.step == "edit" and refusal is Refusal.EDIT_GONE
        return None if gone else super().refused(tx, item, call, refusal, now)


class AskErrand(NoticeErrand):
    """Payload: `prompt`."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        prompt = get_prompt(tx, item.payload["prompt"], now)
        if prompt is None:
            return Nothing("no longer asked")
        if must_wait(tx, item):
            return Hold()
        params: dict[str, Any] = {"chat_id": prompt.chat_id, "parse_mode": "HTML"}
        reply_to = None
        if prompt.kind == "route":
            params |= self._where_to(tx, prompt, now)
            reply_to = prompt.data["message"]["message_id"]
        elif prompt.kind == "quick":
            params |= self._which_reply(tx, prompt, now)
            reply_to = prompt.data["message"]["message_id"]
        else:
            reply_to = prompt.data.get("reply_to")
            asked = self._reply_markup(prompt, selective=reply_to is not None)
            params |= {"text": self._question(tx, prompt, now), "reply_markup": asked}
        named = (prompt.lead_id, *prompt.data.get("leads", ()))
        leads = tuple(lead_id for lead_id in named if lead_id is not None)
        return Call("sendMessage", self.place(item, params, prompt.thread_id, reply_to), leads=leads)

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        set_prompt_message(tx, item.payload["prompt"], result["message_id"])
        return None

    def _question(self, tx: Tx, prompt: Prompt, now: datetime) -> str:
        view = show_lead(tx, prompt.lead_id, self.around.policy, now) if prompt.lead_id is not None else None
        name = cut(view.name, 64) if view else ""
        values = {"by": cut(prompt.data.get("by", ""), 64), **prompt.data.get("values", {})}
        return str(self.texts(prompt.data["text"], name=name, **values))

    def _reply_markup(self, prompt: Prompt, *, selective: bool) -> dict[str, Any]:
        if buttons := prompt.data.get("buttons"):
            return {
                "inline_keyboard": [
                    [{"text": self.texts.plain(label), "callback_data": data} for label, data in row] for row in buttons
                ]
            }
        return {"force_reply": True, **({"selective": True} if selective else {})}

    def _which_reply(self, tx: Tx, prompt: Prompt, now: datetime) -> dict[str, Any]:
        """First what to say, then, where that is not plain, to whom."""
        if prompt.data["reply"] is None:
            text = self.texts("reply.which")
            choices = [(f"r{reply.id}", self._reply_label(reply)) for reply in listed_replies(tx)]
        else:
            text = self.texts("ask.where")
            choices = [
                (f"l{lead_id}", self.texts.plain("button.route_customer", name=view.name))
                for lead_id in prompt.data["leads"][:MOST_CHOICES]
                if (view := show_lead(tx, lead_id, self.around.policy, now)) is not None
            ]
            choices.append(("no", self.texts.plain("button.route_nobody")))
        rows = [
            [{"text": cut(label, LONGEST_BUTTON), "callback_data": pack(Tap.QUICK_REPLY, prompt.id, choice)}]
            for choice, label in choices
        ]
        return {"text": str(text), "reply_markup": {"inline_keyboard": rows}}

    def _reply_label(self, reply: QuickReply) -> str:
        words = reply.text or self.texts.plain(f"kind.{reply.kind}")
        return f"{reply.name} · {words}"

    def _where_to(self, tx: Tx, prompt: Prompt, now: datetime) -> dict[str, Any]:
        rows = []
        if prompt.data["question"]:
            label = self.texts.plain("button.route_answer")
            rows.append([{"text": label, "callback_data": pack(Tap.ROUTE, prompt.id, "answer")}])
        for lead_id in prompt.data["leads"]:
            if (view := show_lead(tx, lead_id, self.around.policy, now)) is not None:
                label = cut(self.texts.plain("button.route_customer", name=view.name), LONGEST_BUTTON)
                rows.append([{"text": label, "callback_data": pack(Tap.ROUTE, prompt.id, str(lead_id))}])
        label = self.texts.plain("button.route_nobody")
        rows.append([{"text": label, "callback_data": pack(Tap.ROUTE, prompt.id, "nobody")}])
        return {"text": str(lines(self.texts("ask.where"))), "reply_markup": {"inline_keyboard": rows}}


class TickErrand(PlainErrand):
    """Payload: `chat`, `message`."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        return Call(
            "setMessageReaction",
            {
                "chat_id": item.payload["chat"],
                "message_id": item.payload["message"],
                "reaction": [{"type": "emoji", "emoji": DELIVERED}],
            },
        )

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        """The message, or its topic, may be gone by now."""
        return None if refusal is Refusal.DELETE_GONE else super().refused(tx, item, call, refusal, now)


class ReactErrand(PlainErrand):
    """Payload: `chat`, `message`, `emoji`; `ticked` where the bot's own tick comes back when that is taken away."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        emoji = item.payload["emoji"] or (DELIVERED if item.payload.get("ticked") else None)
        place = {"chat_id": int(item.payload["chat"]), "message_id": int(item.payload["message"])}
        shown = [{"type": "emoji", "emoji": emoji}] if emoji else []
        return Call("setMessageReaction", {**place, "reaction": shown})

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:  # noqa: ARG002
        """A courtesy: the message is gone, or this one is not for bots to set."""
        return None


class TypingErrand(PlainErrand):
    """Payload: `lead`. Telegram shows it for five seconds; what comes later than that is not worth showing."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        desk = get_desk(tx, item.payload["lead"])
        if now - item.created_at > TYPING_LASTS:
            return Nothing("too late")
        if desk is None or chat_of(item) != desk.chat_id or must_wait(tx, item):
            return Nothing("not his any more")
        if self.around.private_topics and desk.thread_id is None:
            return Nothing("there is no topic yet")
        return Call("sendChatAction", in_thread({"chat_id": desk.chat_id, "action": "typing"}, desk.thread_id))

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:  # noqa: ARG002
        return None


class LinkErrand(NoticeErrand):
    """Payload: `link`, `thread`. The picture is for paper, the text for everything else."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        if must_wait(tx, item):
            return Hold()
        link = get_link(tx, item.payload["link"])
        if link is None:
            return Nothing("no such link")
        url = f"https://t.me/{self.around.bot_username}?start={link.code}"
        marks = " · ".join(filter(None, (link.source, link.campaign, link.offer)))
        params = {
            "chat_id": chat_of(item),
            "caption": str(self.texts("link.made", marks=cut(marks, LONGEST_MARKS), url=url)),
            "parse_mode": "HTML",
        }
        picture = {"photo": Upload("qr.png", qr_picture(url), "image/png")}
        return Call("sendPhoto", self.place(item, params, item.payload["thread"]), files=picture)


def qr_picture(text: str) -> bytes:
    """A PNG that a phone reads from a screen and from paper."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=12, border=4)
    return drawn.getvalue()


class RemoveErrand(PlainErrand):
    """Payload: `chat`, `message`. What is gone already, or too old to delete, is left alone."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        return Call("deleteMessage", {"chat_id": item.payload["chat"], "message_id": item.payload["message"]})

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal in (Refusal.DELETE_GONE, Refusal.DELETE_REFUSED):
            return None
        return super().refused(tx, item, call, refusal, now)


def must_wait(tx: Tx, item: OutboxItem) -> bool:
    """A private chat that its teammate has not opened: Telegram would refuse."""
    chat_id = chat_of(item)
    if chat_id < 0:
        return False
    mate = teammate_by_telegram(tx, chat_id)
    return mate is not None and mate.opened_at is None
