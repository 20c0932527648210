"""The Bot API methods, one function each, in tables by subject."""

from integrations.telegram.sandbox.methods import (
    about,
    callbacks,
    edits,
    files,
    media,
    members,
    messages,
    topics,
    updates,
)
from integrations.telegram.sandbox.methods.registry import METHODS, Call, Method

__all__ = [
    "METHODS",
    "Call",
    "Method",
    "about",
    "callbacks",
    "edits",
    "files",
    "media",
    "members",
    "messages",
    "topics",
    "updates",
]
