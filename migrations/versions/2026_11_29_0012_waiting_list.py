"""The waiting list.

Revision: 0012, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("booker_id", sa.Uuid(), nullable=False),
        sa.Column("days", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("from_minute", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("until_minute", sa.SmallInteger(), server_default="1440", nullable=False),
        sa.Column("with_operator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "booked",
                "left",
                "over",
                name="waitingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="waiting",
            nullable=False,
        ),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("offered", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "NOT isempty(days) AND NOT lower_inf(days) AND NOT upper_inf(days)",
            name=op.f("waiting_entries_bounded_check"),
        ),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440",
            name=op.f("waiting_entries_hours_check"),
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("waiting_entries_minutes_check")),
        sa.CheckConstraint(
            "state <> 'offered' OR (hold_id IS NOT NULL AND offered IS NOT NULL AND offered_until IS NOT NULL)",
            name=op.f("waiting_entries_offer_check"),
        ),
        sa.ForeignKeyConstraint(["booker_id"], ["users.id"], name=op.f("waiting_entries_booker_id_fkey")),
        sa.ForeignKeyConstraint(["hold_id"], ["occupations.id"], name=op.f("waiting_entries_hold_id_fkey")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("waiting_entries_instrument_id_fkey")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("waiting_entries_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("waiting_entries_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("waiting_entries_pkey")),
    )
    for column in ("booker_id", "hold_id", "instrument_id", "payer_id", "provider_id"):
        op.create_index(op.f(f"waiting_entries_{column}_idx"), "waiting_entries", [column], unique=False)
    op.create_index(
        "waiting_entries_line",
        "waiting_entries",
        ["instrument_id", "joined_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "waiting_entries_payer", "waiting_entries", ["payer_id", sa.literal_column("joined_at DESC")], unique=False
    )
    op.create_index("waiting_entries_provider", "waiting_entries", ["provider_id", "instrument_id"], unique=False)
    op.execute("ALTER TABLE waiting_entries ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE waiting_entries FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON waiting_entries
    USING  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
"""
    )


def downgrade() -> None:
    op.execute("DROP POLICY tenant ON waiting_entries")
    op.execute("ALTER TABLE waiting_entries NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE waiting_entries DISABLE ROW LEVEL SECURITY")
    op.drop_table("waiting_entries")
