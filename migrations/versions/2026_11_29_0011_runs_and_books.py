"""Runs of long work with their progress; the lines of an account by index alone.

Revision: 0011, after 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("failure", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("acting_for_id", sa.Uuid(), nullable=True),
        sa.Column(
            "requested_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("runs_pkey")),
    )
    op.create_index(
        "runs_active", "runs", ["kind", "subject"], unique=True, postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_index("runs_latest", "runs", ["kind", "subject", "id"], unique=False)
    op.create_index(
        "ledger_lines_in_order", "ledger_lines", ["account_id", "transaction_id", "id"], postgresql_include=["amount"]
    )
    op.drop_index("ledger_lines_account_idx", table_name="ledger_lines")
    op.create_index("ledger_transactions_posted", "ledger_transactions", ["created_at", "number"])


def downgrade() -> None:
    op.drop_index("ledger_transactions_posted", table_name="ledger_transactions")
    op.create_index("ledger_lines_account_idx", "ledger_lines", ["account_id", "transaction_id"])
    op.drop_index("ledger_lines_in_order", table_name="ledger_lines", postgresql_include=["amount"])
    op.drop_table("runs")
