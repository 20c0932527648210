"""What the sandbox remembers: people, members, topics, messages, chats."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

GENERAL_TOPIC = 1
DEFAULT_ICON_COLOR = 7322096
ICON_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
    "can_send_welcome_messages",
)
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
PRESENT = ("creator", "administrator", "member", "restricted")
SERVICE_KINDS = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
    }
)


@dataclass(slots=True)
class Person:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "ru"
    phone: str = ""
    deactivated: bool = False
    blocked: bool = False
    started: bool = False


@dataclass(slots=True)
class Bot:
    id: int
    username: str = "sandbox_bot"
    first_name: str = "Sandbox"
    has_topics_enabled: bool = False
    allows_users_to_create_topics: bool = False
    privacy: bool = True
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    status: str = "member"
    rights: dict[str, bool] = field(default_factory=dict)

    @property
    def present(self) -> bool:
        return self.status in PRESENT

    def can(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and self.rights.get(right, False))


@dataclass(slots=True)
class Topic:
    id: int
    name: str
    creator: int
    icon_color: int = DEFAULT_ICON_COLOR
    icon_custom_emoji_id: str | None = None
    closed: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Message:
    id: int
    chat_id: int
    date: int
    sender: int
    kind: str
    content: Json
    thread: int | None = None
    in_topic: bool = False
    reply_to: int | None = None
    quote: Json | None = None
    markup: Json | None = None
    keyboard: Json | None = None
    origin: Json | None = None
    media_group_id: str | None = None
    protected: bool = False
    edit_date: int | None = None
    deleted: bool = False
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)

    @property
    def service(self) -> bool:
        return self.kind in SERVICE_KINDS


@dataclass(slots=True)
class Chat:
    id: int
    type: str
    title: str = ""
    person: int | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    last_message_id: int = 0
    migrated_to: int | None = None
    instance: str = ""
    acting: dict[int | None, tuple[str, float]] = field(default_factory=dict)
    """What the bot is about to send, by topic, and until when people see it."""

    @property
    def private(self) -> bool:
        return self.type == "private"

    @property
    def label(self) -> str:
        return "supergroup chat" if self.type == "supergroup" else "group chat"
