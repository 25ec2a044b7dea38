"""Text messages, and the telephone of whoever consents to an open licence.

Revision: 0049, after 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0046"
branch_labels = None
depends_on = None

CONSENTS = "open_licence_consents"


def upgrade() -> None:
    op.create_table(
        "text_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name=op.f("text_messages_one_end_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("text_messages_pkey")),
        sa.UniqueConstraint("key", name=op.f("text_messages_key_key")),
    )
    op.create_index("text_messages_created_at", "text_messages", ["created_at"])
    op.create_index("text_messages_of_number", "text_messages", ["recipient", "created_at"])
    op.create_index(
        "text_messages_due", "text_messages", ["due_at"],
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )  # fmt: skip
    op.add_column(CONSENTS, sa.Column("phone", sa.Text(), server_default="", nullable=False))
    op.add_column(CONSENTS, sa.Column("code_way", sa.String(32), nullable=True))
    op.create_check_constraint(op.f(f"{CONSENTS}_codeway_check"), CONSENTS, "code_way IN ('mail', 'text')")
    op.create_check_constraint(op.f(f"{CONSENTS}_code_way_check"), CONSENTS, "code_way <> 'text' OR phone <> ''")


def downgrade() -> None:
    op.drop_constraint(op.f(f"{CONSENTS}_code_way_check"), CONSENTS, type_="check")
    op.drop_constraint(op.f(f"{CONSENTS}_codeway_check"), CONSENTS, type_="check")
    op.drop_column(CONSENTS, "code_way")
    op.drop_column(CONSENTS, "phone")
    op.drop_table("text_messages")
