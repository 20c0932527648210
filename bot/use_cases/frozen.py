"""A teammate's message, kept in a prompt until he has said what shall become of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.domain.messages import File, MessageKind
from bot.use_cases.team import Person
from bot.use_cases.team_message import TeamMessage


def freeze(message: TeamMessage) -> dict[str, Any]:
    frozen = asdict(message)
    frozen.pop("person")
    frozen["at"] = message.at.isoformat()
    return frozen


def thaw(frozen: Mapping[str, Any], person: Person) -> TeamMessage:
    parts = dict(frozen)
    parts["at"] = datetime.fromisoformat(parts["at"])
    parts["kind"] = MessageKind(parts["kind"])
    parts["file"] = File(**parts["file"]) if parts["file"] else None
    return TeamMessage(person=person, **parts)
