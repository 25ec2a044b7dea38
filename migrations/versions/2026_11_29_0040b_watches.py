"""Watches: who watches which searches and patents, what they were told, and the links in their mails.

Revision: 0040b, after 0042b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040b"
down_revision = "0042b"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)


def upgrade() -> None:
    op.add_column("mails", sa.Column("unsubscribe_url", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "watchers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", postgresql.CITEXT(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("(user_id IS NULL) <> (email IS NULL)", name=op.f("watchers_person_check")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("watchers_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("watchers_pkey")),
        sa.UniqueConstraint("user_id", name=op.f("watchers_user_id_key")),
        sa.UniqueConstraint("email", name=op.f("watchers_email_key")),
    )
    op.create_table(
        "watches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("watcher_id", sa.Uuid(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "rhythm",
            sa.Enum("weekly", "daily", name="rhythm", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        _moment("created_at"),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        _moment("told_until"),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watchers.id"], name=op.f("watches_watcher_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("watches_patent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("watches_pkey")),
        sa.UniqueConstraint("watcher_id", "search", name=op.f("watches_watcher_id_search_key")),
    )
    op.create_index(op.f("watches_patent_id_idx"), "watches", ["patent_id"])
    op.create_table(
        "watch_hits",
        sa.Column("watcher_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _moment("told_at"),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watchers.id"], name=op.f("watch_hits_watcher_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("watcher_id", "key", name=op.f("watch_hits_pkey")),
    )
    op.create_table(
        "watch_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("watcher_id", sa.Uuid(), nullable=False),
        sa.Column("confirms_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("confirms_id IS NULL OR day IS NULL", name=op.f("watch_links_kind_check")),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["watchers.id"], name=op.f("watch_links_watcher_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["confirms_id"], ["watches.id"], name=op.f("watch_links_confirms_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("watch_links_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("watch_links_token_hash_key")),
        sa.UniqueConstraint("watcher_id", "day", name=op.f("watch_links_watcher_id_day_key")),
    )
    op.create_index(op.f("watch_links_confirms_id_idx"), "watch_links", ["confirms_id"])


def downgrade() -> None:
    for table in ("watch_links", "watch_hits", "watches", "watchers"):
        op.drop_table(table)
    op.drop_column("mails", "unsubscribe_url")
