"""Answers to taps, and reactions."""

import re
from typing import Any

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox import utf16
from integrations.telegram.sandbox.access import find_chat, find_message
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.methods.registry import Call, method
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.words import words

EMOJI = words(
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋"
    " 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾"
    " 🤷‍♂ 🤷 🤷‍♀ 😡"
)


@method(
    "answerCallbackQuery",
    {"callback_query_id": p.text},
    {"text": p.text, "show_alert": p.boolean, "url": p.text, "cache_time": p.integer},
)
def answer_callback_query(call: Call) -> bool:
    args = call.args
    tap = call.sandbox.taps.open(args["callback_query_id"])
    text, url = args.get("text", ""), args.get("url", "")
    if utf16.length(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    start_link = rf"https?://t\.me/{re.escape(call.world.bot.username)}\?start=[\w-]{{1,64}}"
    if url and not re.fullmatch(start_link, url, re.IGNORECASE):
        raise bad_request("URL_INVALID")
    tap.answer = {"text": text, "show_alert": args.get("show_alert", False), "url": url or None}
    call.world.changes.touch()
    return True


def checked_reactions(reactions: list[Any]) -> list[Json]:
    for reaction in reactions:
        if not isinstance(reaction, dict) or reaction.get("type") not in ("emoji", "custom_emoji"):
            raise bad_request("REACTION_INVALID")
        if reaction["type"] == "emoji" and reaction.get("emoji", "").replace("\ufe0f", "") not in EMOJI:
            raise bad_request("REACTION_INVALID")
        if reaction["type"] == "custom_emoji":
            raise bad_request("REACTION_INVALID")
    return reactions


@method(
    "setMessageReaction",
    {"chat_id": p.chat, "message_id": p.integer},
    {"reaction": p.json_array, "is_big": p.boolean},
)
def set_message_reaction(call: Call) -> bool:
    chat = find_chat(call.world, call.args["chat_id"])
    message = find_message(chat, call.args["message_id"], "message to react")
    reactions = checked_reactions(call.args.get("reaction", []))
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if reactions:
        message.reactions[call.world.bot.id] = reactions
    else:
        message.reactions.pop(call.world.bot.id, None)
    call.world.changes.touch()
    return True
