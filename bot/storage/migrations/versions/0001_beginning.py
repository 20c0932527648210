"""Beginning."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import Json, Key, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boards",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("posted_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sa.UniqueConstraint("chat_id", "message_id", name=op.f("uq_boards_chat_id_message_id")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_rank", sa.Integer(), server_default="1", nullable=False),
        sa.Column("named_by", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_proven", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_proven", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("joined_id", Key, nullable=True),
        sa.Column("forgotten_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["joined_id"], ["contacts.id"], name=op.f("fk_contacts_joined_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_email"), "contacts", ["email"], unique=False)
    op.create_index(op.f("ix_contacts_joined_id"), "contacts", ["joined_id"], unique=False)
    op.create_index(op.f("ix_contacts_phone"), "contacts", ["phone"], unique=False)
    op.create_table(
        "digests",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Text(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("posted_at", UtcTime(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("nameless", sa.Text(), nullable=True),
        sa.Column("pictured_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("kind", "chat_id", "local_date", name=op.f("uq_digests_kind_chat_id_local_date")),
    )
    op.create_table(
        "intake_events",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", UtcTime(), nullable=True),
        sa.Column("answer", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_events")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_intake_events_source_external_id")),
    )
    op.create_index("ix_intake_events_received", "intake_events", ["received_at"], unique=False)
    op.create_index("ix_intake_events_status", "intake_events", ["status", "retry_at"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "memberships",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("checked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("telegram_id", "chat_id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_finished", "outbox", ["finished_at"], unique=False)
    op.create_index(
        "ix_outbox_next",
        "outbox",
        ["destination", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "uq_outbox_pending_key",
        "outbox",
        ["key"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "passes",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("trail", Json, nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_passes_code_hash")),
    )
    op.create_index(op.f("ix_passes_expires_at"), "passes", ["expires_at"], unique=False)
    op.create_table(
        "team_chats",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("bound_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_team_chats")),
    )
    op.create_table(
        "teammates",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("away_since", UtcTime(), nullable=True),
        sa.Column("away_until", UtcTime(), nullable=True),
        sa.Column("plays_customer", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teammates")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_teammates_telegram_id")),
    )
    op.create_table(
        "channel_identities",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("reachable", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("one_way", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_channel_identities_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_identities")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_channel_identities_channel_external_id")),
        sa.UniqueConstraint("channel", "login", name=op.f("uq_channel_identities_channel_login")),
    )
    op.create_index(op.f("ix_channel_identities_contact_id"), "channel_identities", ["contact_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("offer", sa.Text(), nullable=True),
        sa.Column("author_id", Key, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["teammates.id"], name=op.f("fk_links_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("code", name=op.f("uq_links_code")),
        sa.UniqueConstraint("meaning", name=op.f("uq_links_meaning")),
    )
    op.create_table(
        "merges",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("from_id", Key, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("moved", Json, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_merges_contact_id")),
        sa.ForeignKeyConstraint(["from_id"], ["contacts.id"], name=op.f("fk_merges_from_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_contact_id"), "merges", ["contact_id"], unique=False)
    op.create_index(op.f("ix_merges_from_id"), "merges", ["from_id"], unique=False)
    op.create_table(
        "page_views",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_page_views_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_views")),
        sa.UniqueConstraint("contact_id", "at", "page", name=op.f("uq_page_views_contact_id_at_page")),
    )
    op.create_table(
        "quick_replies",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file", Json, nullable=False),
        sa.Column("author_id", Key, nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["teammates.id"], name=op.f("fk_quick_replies_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_replies")),
        sa.UniqueConstraint("name", name=op.f("uq_quick_replies_name")),
    )
    op.create_table(
        "touches",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("term", sa.Text(), nullable=True),
        sa.Column("landing_page", sa.Text(), nullable=True),
        sa.Column("referrer", sa.Text(), nullable=True),
        sa.Column("offer", sa.Text(), nullable=True),
        sa.Column("click_id", sa.Text(), nullable=True),
        sa.Column("ym_uid", sa.Text(), nullable=True),
        sa.Column("answers", Json, nullable=False),
        sa.Column("visit", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_touches_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
        sa.UniqueConstraint("contact_id", "visit", name=op.f("uq_touches_contact_id_visit")),
    )
    op.create_index(op.f("ix_touches_contact_id"), "touches", ["contact_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("identity_id", Key, nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("greeted_at", UtcTime(), nullable=True),
        sa.Column("read_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("followed_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("terms_shown", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["channel_identities.id"], name=op.f("fk_conversations_identity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_conversations_identity_id")),
    )
    op.create_index(op.f("ix_conversations_contact_id"), "conversations", ["contact_id"], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", Key, nullable=True),
        sa.Column("former_owner_id", Key, nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("first_touch_id", Key, nullable=True),
        sa.Column("last_touch_id", Key, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("offered_at", UtcTime(), nullable=True),
        sa.Column("shown_at", UtcTime(), nullable=True),
        sa.Column("claimed_at", UtcTime(), nullable=True),
        sa.Column("first_inbound_at", UtcTime(), nullable=True),
        sa.Column("first_answered_at", UtcTime(), nullable=True),
        sa.Column("waiting_since", UtcTime(), nullable=True),
        sa.Column("snoozed_until", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("loss_reason", sa.Text(), nullable=True),
        sa.Column("verdict_note", sa.Text(), nullable=True),
        sa.Column("set_aside", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_leads_contact_id")),
        sa.ForeignKeyConstraint(["first_touch_id"], ["touches.id"], name=op.f("fk_leads_first_touch_id")),
        sa.ForeignKeyConstraint(["former_owner_id"], ["teammates.id"], name=op.f("fk_leads_former_owner_id")),
        sa.ForeignKeyConstraint(["last_touch_id"], ["touches.id"], name=op.f("fk_leads_last_touch_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["teammates.id"], name=op.f("fk_leads_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_leads_closed_at"), "leads", ["closed_at"], unique=False)
    op.create_index(op.f("ix_leads_contact_id"), "leads", ["contact_id"], unique=False)
    op.create_index(op.f("ix_leads_created_at"), "leads", ["created_at"], unique=False)
    op.create_index(op.f("ix_leads_owner_id"), "leads", ["owner_id"], unique=False)
    op.create_index("ix_leads_status", "leads", ["status", "id"], unique=False)
    op.create_index(
        "ix_leads_waiting",
        "leads",
        ["status", "waiting_since"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_index(
        "uq_leads_open_contact",
        "leads",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('claimed', 'nurturing', 'offered', 'working')"),
        postgresql_where=sa.text("status IN ('claimed', 'nurturing', 'offered', 'working')"),
    )
    op.create_table(
        "cards",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("board_id", Key, nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("shown_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_cards_board_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_cards_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("lead_id", "place", name=op.f("uq_cards_lead_id_place")),
    )
    op.create_index(op.f("ix_cards_board_id"), "cards", ["board_id"], unique=False)
    op.create_index("ix_cards_message", "cards", ["chat_id", "message_id"], unique=False)
    op.create_table(
        "deadlines",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_deadlines_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("lead_id", "kind", name=op.f("uq_deadlines_lead_id_kind")),
    )
    op.create_index(op.f("ix_deadlines_due_at"), "deadlines", ["due_at"], unique=False)
    op.create_table(
        "desks",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("teammate_id", Key, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("introduced_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_desks_lead_id")),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"], name=op.f("fk_desks_teammate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_desks_lead_id")),
    )
    op.create_index("ix_desks_thread", "desks", ["chat_id", "thread_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("rejected_by", Key, nullable=True),
        sa.Column("settled_by", Key, nullable=True),
        sa.Column("judged_by", Key, nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("warm_until", UtcTime(), nullable=True),
        sa.Column("duplicate_of_id", Key, nullable=True),
        sa.Column("joined_id", Key, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["leads.id"], name=op.f("fk_feedback_duplicate_of_id")),
        sa.ForeignKeyConstraint(["joined_id"], ["feedback.id"], name=op.f("fk_feedback_joined_id")),
        sa.ForeignKeyConstraint(["judged_by"], ["teammates.id"], name=op.f("fk_feedback_judged_by")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_feedback_lead_id")),
        sa.ForeignKeyConstraint(["rejected_by"], ["teammates.id"], name=op.f("fk_feedback_rejected_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["teammates.id"], name=op.f("fk_feedback_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_created_at"), "feedback", ["created_at"], unique=False)
    op.create_index(op.f("ix_feedback_duplicate_of_id"), "feedback", ["duplicate_of_id"], unique=False)
    op.create_index(op.f("ix_feedback_joined_id"), "feedback", ["joined_id"], unique=False)
    op.create_index(op.f("ix_feedback_lead_id"), "feedback", ["lead_id"], unique=False)
    op.create_index("ix_feedback_state", "feedback", ["state", "created_at"], unique=False)
    op.create_table(
        "handoffs",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("policy", Json, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_handoffs_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
    )
    op.create_index(op.f("ix_handoffs_at"), "handoffs", ["at"], unique=False)
    op.create_index(op.f("ix_handoffs_lead_id"), "handoffs", ["lead_id"], unique=False)
    op.create_table(
        "lead_events",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=True),
        sa.Column("undoes_id", Key, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["teammates.id"], name=op.f("fk_lead_events_actor_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_events_lead_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["lead_events.id"], name=op.f("fk_lead_events_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_events")),
    )
    op.create_index(
        "ix_lead_events_answered",
        "lead_events",
        ["at"],
        unique=False,
        sqlite_where=sa.text("kind = 'answered'"),
        postgresql_where=sa.text("kind = 'answered'"),
    )
    op.create_index("ix_lead_events_at", "lead_events", ["at", "kind", "lead_id", "actor_id"], unique=False)
    op.create_index("ix_lead_events_lead_id", "lead_events", ["lead_id", "kind"], unique=False)
    op.create_index(
        "ix_lead_events_undoes_id",
        "lead_events",
        ["undoes_id"],
        unique=False,
        sqlite_where=sa.text("undoes_id IS NOT NULL"),
        postgresql_where=sa.text("undoes_id IS NOT NULL"),
    )
    op.create_table(
        "mentions",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_mentions_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("lead_id", "chat_id", "message_id", name=op.f("uq_mentions_lead_id_chat_id_message_id")),
    )
    op.create_index(op.f("ix_mentions_lead_id"), "mentions", ["lead_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("lead_id", Key, nullable=True),
        sa.Column("author_id", Key, nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file", Json, nullable=False),
        sa.Column("album_id", sa.Text(), nullable=True),
        sa.Column("reply_to_id", Key, nullable=True),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["teammates.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_messages_lead_id")),
        sa.ForeignKeyConstraint(["reply_to_id"], ["messages.id"], name=op.f("fk_messages_reply_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("chat", "external_id", name=op.f("uq_messages_chat_external_id")),
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "at", "id"], unique=False)
    op.create_index(op.f("ix_messages_lead_id"), "messages", ["lead_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("author_id", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("album_id", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["teammates.id"], name=op.f("fk_notes_author_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_notes_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_author_id"), "notes", ["author_id"], unique=False)
    op.create_index(op.f("ix_notes_lead_id"), "notes", ["lead_id"], unique=False)
    op.create_table(
        "prompts",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("teammate_id", Key, nullable=False),
        sa.Column("lead_id", Key, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_prompts_lead_id")),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"], name=op.f("fk_prompts_teammate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_prompts_lead_id"), "prompts", ["lead_id"], unique=False)
    op.create_index("ix_prompts_place", "prompts", ["chat_id", "teammate_id"], unique=False)
    op.create_table(
        "message_copies",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("message_id", Key, nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_copies_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_copies")),
        sa.UniqueConstraint("chat", "external_id", name=op.f("uq_message_copies_chat_external_id")),
    )
    op.create_index(op.f("ix_message_copies_message_id"), "message_copies", ["message_id"], unique=False)
    op.create_table(
        "message_versions",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("message_id", Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_versions_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_versions")),
    )
    op.create_index(op.f("ix_message_versions_message_id"), "message_versions", ["message_id"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("closing_id", Key, nullable=False),
        sa.Column("lead_id", Key, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["lead_events.id"], name=op.f("fk_ratings_closing_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_ratings_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("closing_id", name=op.f("uq_ratings_closing_id")),
    )
    op.create_index(op.f("ix_ratings_at"), "ratings", ["at"], unique=False)
    op.create_index(op.f("ix_ratings_lead_id"), "ratings", ["lead_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("message_id", Key, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_uploads_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("address", "external_id", name=op.f("uq_uploads_address_external_id")),
    )
    op.create_index(op.f("ix_uploads_at"), "uploads", ["at"], unique=False)
    op.create_index(op.f("ix_uploads_message_id"), "uploads", ["message_id"], unique=False)
    op.create_table(
        "window_lines",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", Key, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("closing_id", Key, nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["lead_events.id"], name=op.f("fk_window_lines_closing_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_window_lines_conversation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_window_lines_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_lines")),
        sa.UniqueConstraint("conversation_id", "number", name=op.f("uq_window_lines_conversation_id_number")),
    )
    op.create_index(op.f("ix_window_lines_closing_id"), "window_lines", ["closing_id"], unique=False)
    op.create_index(op.f("ix_window_lines_message_id"), "window_lines", ["message_id"], unique=False)
