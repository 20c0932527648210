"""What the bot says of itself: getMe, commands, descriptions."""

import re
from typing import Any

import orjson

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.methods.registry import Call, method
from integrations.telegram.sandbox.render import me_json
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.words import words

_SCOPED: dict[str, p.Parser] = {"scope": p.json_object, "language_code": p.text}
_SCOPES = words(
    "default all_private_chats all_group_chats all_chat_administrators chat chat_administrators chat_member"
)


@method("getMe")
def get_me(call: Call) -> Any:
    return me_json(call.world.bot)


def _scope(call: Call) -> tuple[str, str]:
    scope: Json = call.args.get("scope", {"type": "default"})
    if str(scope.get("type")) not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    return orjson.dumps(scope, option=orjson.OPT_SORT_KEYS).decode(), call.args.get("language_code", "")


def _checked(item: Any) -> Json:
    if not isinstance(item, dict) or not {"command", "description"} <= item.keys():
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = str(item["command"]).removeprefix("/"), str(item["description"])
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


@method("setMyCommands", {"commands": p.json_array}, _SCOPED)
def set_my_commands(call: Call) -> bool:
    commands = [_checked(item) for item in call.args["commands"]]
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.world.bot.commands[_scope(call)] = commands
    return True


@method("deleteMyCommands", {}, _SCOPED)
def delete_my_commands(call: Call) -> bool:
    call.world.bot.commands.pop(_scope(call), None)
    return True


@method("getMyCommands", {}, _SCOPED)
def get_my_commands(call: Call) -> Any:
    return call.world.bot.commands.get(_scope(call), [])


def _describe(name: str, limit: int) -> None:
    title = "".join(part.title() for part in name.split("_"))

    @method(f"setMy{title}", {}, {name: p.text, "language_code": p.text})
    def set_text(call: Call) -> bool:
        text = call.args.get(name, "")
        if len(text) > limit:
            raise bad_request(f"bot {name.replace('_', ' ')} is too long")
        call.world.bot.descriptions[name, call.args.get("language_code", "")] = text
        return True

    @method(f"getMy{title}", {}, {"language_code": p.text})
    def get_text(call: Call) -> Any:
        texts = call.world.bot.descriptions
        return {name: texts.get((name, call.args.get("language_code", "")), texts.get((name, ""), ""))}


_describe("description", 512)
_describe("short_description", 120)
