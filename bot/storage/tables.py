"""Every table, in the words of the product."""

from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.storage.types import Json, Key, UtcTime, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", Key, primary_key=True, autoincrement=True)


def _ref(name: str, table: str, *, null: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, Key, sa.ForeignKey(f"{table}.id"), nullable=null, index=index)


def _text(name: str, *, null: bool = True, **rest: Any) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=null, **rest)


def _time(name: str, *, null: bool = True, **rest: Any) -> sa.Column[Any]:
    return sa.Column(name, UtcTime, nullable=null, **rest)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, Json, nullable=False)


# Who is outside ------------------------------------------------------------------------------------------------------

contacts = sa.Table(
    "contacts",
    metadata,
    _id(),
    _text("name", null=False),
    sa.Column("name_rank", sa.Integer, nullable=False, server_default="1"),  # `NameRank`: how well we know it
    _text("named_by"),  # the channel that told the name: another one's of the same rank does not replace it
    _text("phone", index=True),
    sa.Column("phone_proven", sa.Boolean, nullable=False, server_default=sa.false()),  # else anybody may have typed it
    _text("email", index=True),
    sa.Column("email_proven", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("language"),
    _time("stopped_at"),  # asked not to be written to, until he writes himself
    _ref("joined_id", "contacts", null=True, index=True),  # turned out to be that one, who has all that was his since
    _time("forgotten_at"),  # all that was personal is erased since; the row stays for the numbers of its leads
    _time("created_at", null=False),
)

consents = sa.Table(  # append-only: what the person allowed or withdrew, for what purpose, by which words
    "consents",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _text("purpose", null=False),
    sa.Column("given", sa.Boolean, nullable=False),
    _text("text_version", null=False),
    _text("words"),  # what was read and agreed to, where it was written beside a box of its own
    _text("source", null=False),
    _time("at", null=False),
)

channel_identities = sa.Table(
    "channel_identities",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _text("channel", null=False),
    _text("external_id", null=False),
    _text("username"),
    _text("login"),  # under which the firm's own site knows the person, where it has signed that he is logged in
    sa.Column("reachable", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("one_way", sa.Boolean, nullable=False, server_default=sa.false()),  # as a form: nothing can be sent back
    _time("created_at", null=False),
    sa.UniqueConstraint("channel", "external_id"),
    sa.UniqueConstraint("channel", "login"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _ref("identity_id", "channel_identities"),
    _text("chat", null=False),
    _time("greeted_at"),
    sa.Column("read_number", sa.Integer, nullable=False, server_default="0"),  # up to this line of a window it was read
    sa.Column("followed_number", sa.Integer, nullable=False, server_default="0"),  # and what is unread was followed up
    _text("terms_shown"),  # the version of the words of consent that this person was last shown
    _time("created_at", null=False),
    sa.UniqueConstraint("identity_id"),
)

touches = sa.Table(
    "touches",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _text("kind", null=False),
    _text("channel", null=False),
    _time("at", null=False),
    _text("source"),
    _text("medium"),
    _text("campaign"),
    _text("content"),
    _text("term"),
    _text("landing_page"),
    _text("referrer"),
    _text("offer"),
    _text("click_id"),
    _text("ym_uid"),
    _json("answers"),
    _text("visit"),  # of an earlier visit that a browser tells of: told again, it is the same touch
    sa.UniqueConstraint("contact_id", "visit"),
)

page_views = sa.Table(  # what the person has looked at on the site, the newest only
    "page_views",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    _text("channel", null=False),
    _text("page", null=False),
    _time("at", null=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.UniqueConstraint("contact_id", "at", "page"),
)

links = sa.Table(  # a payload of a Telegram link has 64 Latin characters: the code stands for what does not fit
    "links",
    metadata,
    _id(),
    _text("code", null=False, unique=True),
    _text("meaning", null=False, unique=True),  # the three below, folded: what means the same has one code
    _text("source", null=False),
    _text("campaign"),
    _text("offer"),
    _ref("author_id", "teammates", null=True),
    _time("created_at", null=False),
)

passes = sa.Table(  # one-time codes with which a visitor of the site goes on with his conversation elsewhere
    "passes",
    metadata,
    _id(),
    _text("code_hash", null=False, unique=True),
    _text("channel", null=False),
    _text("visitor", null=False),
    _json("trail"),  # of who has said nothing yet; as his browser told it
    _time("expires_at", null=False, index=True),
    _text("used_by"),
)

merges = sa.Table(  # two contacts that are one person, and what was moved: it can be moved back
    "merges",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _ref("from_id", "contacts", index=True),
    _text("evidence", null=False),
    _json("moved"),
    _time("at", null=False),
    _time("undone_at"),
)

# Who is inside -------------------------------------------------------------------------------------------------------

teammates = sa.Table(
    "teammates",
    metadata,
    _id(),
    sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
    _text("name", null=False),
    _text("username"),
    _time("opened_at"),  # the private chat with the bot is open since; empty: never opened, or blocked
    _time("away_since"),
    _time("away_until"),
    sa.Column("plays_customer", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("created_at", null=False),
)

team_chats = sa.Table(
    "team_chats",
    metadata,
    _text("purpose", null=False, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    _text("title"),
    _time("bound_at", null=False),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("telegram_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("status", null=False),
    _time("checked_at", null=False),
)

quick_replies = sa.Table(
    "quick_replies",
    metadata,
    _id(),
    _text("name", null=False, unique=True),  # lower case: SQLite's own lower() knows ASCII only
    _text("kind", null=False),
    _text("text", null=False),
    _json("file"),
    _ref("author_id", "teammates", null=True),
    _time("changed_at", null=False),
)

# What is sold --------------------------------------------------------------------------------------------------------

_waits = sa.text("waiting_since IS NOT NULL")
_is_open = sa.text("status IN ({})".format(", ".join(f"'{status}'" for status in sorted(OPEN))))

leads = sa.Table(
    "leads",
    metadata,
    _id(),
    _ref("contact_id", "contacts", index=True),
    _text("status", null=False),
    _ref("owner_id", "teammates", null=True, index=True),
    _ref("former_owner_id", "teammates", null=True),
    sa.Column("score", sa.Integer, nullable=False),
    _text("band", null=False),
    _json("reasons"),
    _text("channel", null=False),
    _ref("first_touch_id", "touches", null=True),
    _ref("last_touch_id", "touches", null=True),
    _time("created_at", null=False, index=True),
    _time("offered_at"),
    _time("shown_at"),
    _time("claimed_at"),
    _time("first_inbound_at"),
    _time("first_answered_at"),
    _time("waiting_since"),
    _time("snoozed_until"),
    _time("closed_at", index=True),
    sa.Column("amount", sa.BigInteger),  # minor units of `currency`
    _text("currency"),
    _text("product"),
    _text("reject_reason"),
    _text("loss_reason"),
    _text("verdict_note"),
    sa.Column("set_aside", sa.Boolean, nullable=False, server_default=sa.false()),  # a robot's, as it seems: no number
    sa.Index("uq_leads_open_contact", "contact_id", unique=True, sqlite_where=_is_open, postgresql_where=_is_open),
    sa.Index("ix_leads_status", "status", "id"),
    sa.Index("ix_leads_waiting", "status", "waiting_since", sqlite_where=_waits, postgresql_where=_waits),
    sqlite_autoincrement=True,  # old buttons carry its id: SQLite must never give it out again
)

handoffs = sa.Table(
    "handoffs",
    metadata,
    _id(),
    _ref("lead_id", "leads", index=True),
    _time("at", null=False, index=True),
    sa.Column("score", sa.Integer, nullable=False),
    _text("band", null=False),
    _json("reasons"),
    _json("policy"),
)

_answered = sa.text("kind = 'answered'")
_undoes = sa.text("undoes_id IS NOT NULL")

lead_events = sa.Table(
    "lead_events",
    metadata,
    _id(),
    _ref("lead_id", "leads"),
    _time("at", null=False),
    _text("kind", null=False),
    _ref("actor_id", "teammates", null=True),
    _text("from_status"),
    _text("to_status"),
    _ref("undoes_id", "lead_events", null=True),  # the event that this one takes back: it counts no more
    _json("data"),
    sa.Index("ix_lead_events_lead_id", "lead_id", "kind"),
    sa.Index("ix_lead_events_at", "at", "kind", "lead_id", "actor_id"),  # what a report counts, without the rows
    sa.Index("ix_lead_events_undoes_id", "undoes_id", sqlite_where=_undoes, postgresql_where=_undoes),
    sa.Index("ix_lead_events_answered", "at", sqlite_where=_answered, postgresql_where=_answered),
)

deadlines = sa.Table(  # what is due, one of a kind a lead; the clock looks here and keeps nothing itself
    "deadlines",
    metadata,
    _id(),
    _ref("lead_id", "leads"),
    _text("kind", null=False),
    _time("due_at", null=False, index=True),
    _json("data"),
    sa.UniqueConstraint("lead_id", "kind"),
)

feedback = sa.Table(
    "feedback",
    metadata,
    _id(),
    _ref("lead_id", "leads", index=True),
    _text("state", null=False),
    _text("reason", null=False),
    _text("note"),
    _ref("rejected_by", "teammates", null=True),
    _ref("settled_by", "teammates", null=True),
    _ref("judged_by", "teammates", null=True),
    _text("comment"),  # why marketing disputes it
    _time("warm_until"),  # when what marketing warms up comes back to it
    _ref("duplicate_of_id", "leads", null=True, index=True),
    _ref("joined_id", "feedback", null=True, index=True),  # shown on the card of this other one
    _time("created_at", null=False, index=True),
    _time("settled_at"),
    sa.Index("ix_feedback_state", "state", "created_at"),
)

# What is said --------------------------------------------------------------------------------------------------------

_quotes = sa.text("reply_to_id IS NOT NULL")

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("lead_id", "leads", null=True, index=True),
    _ref("author_id", "teammates", null=True),
    _text("direction", null=False),
    _text("status", null=False),
    _text("kind", null=False),
    _text("text", null=False),
    _json("file"),
    _text("album_id"),
    _ref("reply_to_id", "messages", null=True),
    _text("chat", null=False),  # where it stands on its own channel, or in the team's chat it was written in
    _text("external_id", null=False),
    sa.Column("thread_id", sa.BigInteger),
    _text("failure"),
    _time("at", null=False),
    _time("edited_at"),
    _time("sent_at"),
    sa.UniqueConstraint("chat", "external_id"),
    sa.Index("ix_messages_conversation", "conversation_id", "at", "id"),
    sa.Index("ix_messages_reply_to_id", "reply_to_id", sqlite_where=_quotes, postgresql_where=_quotes),
)

message_versions = sa.Table(
    "message_versions",
    metadata,
    _id(),
    _ref("message_id", "messages", index=True),
    _text("text", null=False),
    _time("replaced_at", null=False),
)

message_copies = sa.Table(
    "message_copies",
    metadata,
    _id(),
    _ref("message_id", "messages", index=True),
    _text("chat", null=False),
    _text("external_id", null=False),
    sa.UniqueConstraint("chat", "external_id"),
)

window_lines = sa.Table(  # what a site visitor's window shows, in order: his browser asks for what it has not yet
    "window_lines",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    sa.Column("number", sa.Integer, nullable=False),
    _ref("message_id", "messages", null=True, index=True),
    _text("text", null=False),  # of our automatic words; a message is shown as it stands now
    _ref("closing_id", "lead_events", null=True, index=True),  # here the visitor is asked how it was
    _time("at", null=False),
    sa.UniqueConstraint("conversation_id", "number"),
)

uploads = sa.Table(  # files that came in over the web: Telegram gets them from here, and whoever sent them sees them
    "uploads",
    metadata,
    _id(),
    _text("address", null=False),  # whose it is: `channel:external id`
    _text("external_id", null=False),  # given by the browser: sent twice it is one file
    _ref("message_id", "messages", null=True, index=True),
    _text("kind", null=False),
    _text("name", null=False),
    _text("mime", null=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    _time("at", null=False, index=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("address", "external_id"),
)

ratings = sa.Table(  # what a customer says of how it was, once a closing
    "ratings",
    metadata,
    _id(),
    _ref("closing_id", "lead_events"),
    _ref("lead_id", "leads", index=True),
    sa.Column("stars", sa.Integer),  # 1 to 5; empty: asked, and did not want to say
    _text("word"),
    _time("at", null=False, index=True),
    sa.UniqueConstraint("closing_id"),
)

notes = sa.Table(
    "notes",
    metadata,
    _id(),
    _ref("lead_id", "leads", index=True),
    _ref("author_id", "teammates", index=True),
    _text("text", null=False),
    _text("album_id"),
    _time("at", null=False),
)

# What is shown -------------------------------------------------------------------------------------------------------

boards = sa.Table(  # messages that list many waiting leads; who stands on one has his card there
    "boards",
    metadata,
    _id(),
    _text("place", null=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    _text("content"),
    _time("posted_at", null=False),
    sa.UniqueConstraint("chat_id", "message_id"),
)

cards = sa.Table(
    "cards",
    metadata,
    _id(),
    _ref("lead_id", "leads"),
    _text("place", null=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    _ref("board_id", "boards", null=True, index=True),
    _text("content"),  # a digest of what it shows: an edit that would change nothing is not worth a call
    _time("shown_at", null=False),
    sa.UniqueConstraint("lead_id", "place"),
    sa.Index("ix_cards_message", "chat_id", "message_id"),
)

mentions = sa.Table(  # other messages of ours that tell of a lead: what a command has shown, a number that was revealed
    "mentions",
    metadata,
    _id(),
    _ref("lead_id", "leads", index=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("lead_id", "chat_id", "message_id"),
)

desks = sa.Table(  # where the talk of one lead goes on with its owner: a topic, or the whole private chat
    "desks",
    metadata,
    _id(),
    _ref("lead_id", "leads"),
    _ref("teammate_id", "teammates"),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger),
    _time("introduced_at"),  # the customer has been told who answers him
    sa.UniqueConstraint("lead_id"),
    sa.Index("ix_desks_thread", "chat_id", "thread_id"),
)

prompts = sa.Table(
    "prompts",
    metadata,
    _id(),
    _ref("teammate_id", "teammates"),
    _ref("lead_id", "leads", null=True, index=True),
    _text("kind", null=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    _json("data"),
    _time("created_at", null=False),
    _time("expires_at", null=False),
    sa.Index("ix_prompts_place", "chat_id", "teammate_id"),
    sqlite_autoincrement=True,  # old buttons carry its id: SQLite must never give it out again
)

digests = sa.Table(
    "digests",
    metadata,
    _id(),
    _text("kind", null=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    _text("local_date", null=False),
    _time("since", null=False),
    _time("until", null=False),
    _time("posted_at"),
    sa.Column("message_id", sa.BigInteger),
    _text("nameless"),  # the same without names: what it becomes when somebody is forgotten
    _time("pictured_at"),  # its picture is promised, or has come to nothing
    sa.UniqueConstraint("kind", "chat_id", "local_date"),
)

# The spine -----------------------------------------------------------------------------------------------------------

intake_events = sa.Table(
    "intake_events",
    metadata,
    _id(),
    _text("source", null=False),
    _text("external_id", null=False),
    _text("raw", null=False),
    _text("status", null=False),
    _time("received_at", null=False),
    _text("error"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _time("retry_at"),
    sa.Column("answer", Json),
    sa.UniqueConstraint("source", "external_id"),
    sa.Index("ix_intake_events_status", "status", "retry_at"),
    sa.Index("ix_intake_events_received", "received_at"),
)

_is_pending = sa.text("status = 'pending'")

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    _text("kind", null=False),
    _text("key"),
    _text("lane", null=False),
    _text("destination", null=False),
    sa.Column("priority", sa.Integer, nullable=False),
    _json("payload"),
    _text("status", null=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
    _time("created_at", null=False),
    _time("not_before", null=False),
    _time("expires_at"),
    _time("finished_at"),
    _text("error"),
    sa.Index("uq_outbox_pending_key", "key", unique=True, sqlite_where=_is_pending, postgresql_where=_is_pending),
    sa.Index("ix_outbox_pending", "lane", "id", sqlite_where=_is_pending, postgresql_where=_is_pending),
    sa.Index(
        "ix_outbox_next",
        *("destination", "priority", "id"),
        sqlite_where=_is_pending,
        postgresql_where=_is_pending,
    ),
    sa.Index("ix_outbox_finished", "finished_at"),
)

marks = sa.Table(  # small facts the product must remember about itself: a setup code, the last update taken
    "marks",
    metadata,
    _text("name", null=False, primary_key=True),
    _text("value", null=False),
)

leases = sa.Table(
    "leases",
    metadata,
    _text("name", null=False, primary_key=True),
    _text("holder", null=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    _time("expires_at", null=False),
)
