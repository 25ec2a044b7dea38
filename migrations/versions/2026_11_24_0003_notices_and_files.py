"""Notices, mail, stored files, calendar feeds.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "attachments", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("mails_pkey")),
        sa.UniqueConstraint("key", name=op.f("mails_key_key")),
    )
    op.create_index("mails_created_at", "mails", ["created_at"], unique=False)
    op.create_index(
        "mails_due",
        "mails",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("user", "instrument", name="feedkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'user') = (subject_id IS NULL)", name=op.f("calendar_feeds_subject_check")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("calendar_feeds_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("calendar_feeds_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("calendar_feeds_token_hash_key")),
    )
    op.create_index(
        "calendar_feeds_one_live",
        "calendar_feeds",
        ["user_id", "kind", "subject_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("calendar_feeds_subject_id_idx"), "calendar_feeds", ["subject_id"], unique=False)
    op.create_index(op.f("calendar_feeds_user_id_idx"), "calendar_feeds", ["user_id"], unique=False)
    op.create_table(
        "digest_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("digest_entries_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("digest_entries_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("digest_entries_pkey")),
        sa.UniqueConstraint("user_id", "key", name=op.f("digest_entries_user_id_key_key")),
    )
    op.create_index(op.f("digest_entries_organisation_id_idx"), "digest_entries", ["organisation_id"], unique=False)
    op.create_index(op.f("digest_entries_user_id_idx"), "digest_entries", ["user_id"], unique=False)
    op.create_index(
        "digest_entries_waiting",
        "digest_entries",
        ["kind", "user_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("notifications_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("notifications_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("notifications_pkey")),
        sa.UniqueConstraint("user_id", "key", name=op.f("notifications_user_id_key_key")),
    )
    op.create_index("notifications_of_user", "notifications", ["user_id", "created_at"], unique=False)
    op.create_index(op.f("notifications_organisation_id_idx"), "notifications", ["organisation_id"], unique=False)
    op.create_index(
        "notifications_unread",
        "notifications",
        ["user_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(op.f("notifications_user_id_idx"), "notifications", ["user_id"], unique=False)
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by_id", sa.Uuid(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("size >= 0", name=op.f("stored_files_size_check")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("stored_files_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("stored_files_uploaded_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("stored_files_pkey")),
        sa.UniqueConstraint("storage_key", name=op.f("stored_files_storage_key_key")),
    )
    op.create_index(op.f("stored_files_organisation_id_idx"), "stored_files", ["organisation_id"], unique=False)
    op.create_index("stored_files_subject", "stored_files", ["subject_kind", "subject_id"], unique=False)
    op.create_index(op.f("stored_files_uploaded_by_id_idx"), "stored_files", ["uploaded_by_id"], unique=False)


def downgrade() -> None:

    op.drop_table("stored_files")
    op.drop_table("notifications")
    op.drop_table("digest_entries")
    op.drop_table("calendar_feeds")
    op.drop_table("mails")
