"""Instalments and disputes of licences, and the operator's look at them.

Revision: 0033, after 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"
TABLES = ("licence_instalments", "licence_disputes", "licence_dispute_entries")


def upgrade() -> None:
    op.create_table(
        "licence_disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "negotiating",
                "mediating",
                "court",
                "settled",
                name="disputestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("court", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'settled') = (settled_at IS NOT NULL)", name=op.f("licence_disputes_settled_check")
        ),
        sa.CheckConstraint("claim <> ''", name=op.f("licence_disputes_claim_check")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("licence_disputes_licence_id_fkey")),
        sa.ForeignKeyConstraint(["licensee_id"], ["organisations.id"], name=op.f("licence_disputes_licensee_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("licence_disputes_licensor_id_fkey")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["organisations.id"], name=op.f("licence_disputes_opened_by_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("licence_disputes_pkey")),
    )
    op.create_index(op.f("licence_disputes_licence_id_idx"), "licence_disputes", ["licence_id"], unique=False)
    op.create_index(op.f("licence_disputes_licensee_id_idx"), "licence_disputes", ["licensee_id"], unique=False)
    op.create_index(op.f("licence_disputes_licensor_id_idx"), "licence_disputes", ["licensor_id"], unique=False)
    op.create_index(
        "licence_disputes_mediated",
        "licence_disputes",
        ["opened_at"],
        unique=False,
        postgresql_where=sa.text("state = 'mediating'"),
    )
    op.create_index(
        "licence_disputes_one_open",
        "licence_disputes",
        ["licence_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'settled'"),
    )
    op.create_index(op.f("licence_disputes_opened_by_id_idx"), "licence_disputes", ["opened_by_id"], unique=False)
    op.create_table(
        "licence_instalments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_note_id", sa.Uuid(), nullable=True),
        sa.Column("is_closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("licence_instalments_amount_check")),
        sa.ForeignKeyConstraint(["fee_note_id"], ["fee_notes.id"], name=op.f("licence_instalments_fee_note_id_fkey")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("licence_instalments_licence_id_fkey")),
        sa.ForeignKeyConstraint(
            ["licensee_id"], ["organisations.id"], name=op.f("licence_instalments_licensee_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["licensor_id"], ["organisations.id"], name=op.f("licence_instalments_licensor_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("licence_instalments_pkey")),
        sa.UniqueConstraint("fee_note_id", name=op.f("licence_instalments_fee_note_id_key")),
        sa.UniqueConstraint("licence_id", "number", name=op.f("licence_instalments_licence_id_number_key")),
    )
    op.create_index(
        "licence_instalments_due",
        "licence_instalments",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("is_closed = false"),
    )
    op.create_index(op.f("licence_instalments_licence_id_idx"), "licence_instalments", ["licence_id"], unique=False)
    op.create_index(op.f("licence_instalments_licensee_id_idx"), "licence_instalments", ["licensee_id"], unique=False)
    op.create_index(op.f("licence_instalments_licensor_id_idx"), "licence_instalments", ["licensor_id"], unique=False)
    op.create_table(
        "licence_dispute_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "statement",
                "note",
                "proposal",
                "accepted",
                "refused",
                "step",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("text <> ''", name=op.f("licence_dispute_entries_text_check")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["licence_disputes.id"], name=op.f("licence_dispute_entries_dispute_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["licensee_id"], ["organisations.id"], name=op.f("licence_dispute_entries_licensee_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["licensor_id"], ["organisations.id"], name=op.f("licence_dispute_entries_licensor_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("licence_dispute_entries_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["users.id"], name=op.f("licence_dispute_entries_written_by_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("licence_dispute_entries_pkey")),
        sa.UniqueConstraint("dispute_id", "position", name=op.f("licence_dispute_entries_dispute_id_position_key")),
    )
    op.create_index(
        op.f("licence_dispute_entries_dispute_id_idx"), "licence_dispute_entries", ["dispute_id"], unique=False
    )
    op.create_index(
        op.f("licence_dispute_entries_licensee_id_idx"), "licence_dispute_entries", ["licensee_id"], unique=False
    )
    op.create_index(
        op.f("licence_dispute_entries_licensor_id_idx"), "licence_dispute_entries", ["licensor_id"], unique=False
    )
    op.create_index(
        op.f("licence_dispute_entries_organisation_id_idx"),
        "licence_dispute_entries",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("licence_dispute_entries_written_by_id_idx"), "licence_dispute_entries", ["written_by_id"], unique=False
    )
    op.add_column(
        "licences",
        sa.Column(
            "review",
            sa.Enum(
                "",
                "same_day",
                "recorded_late",
                "nothing_due",
                name="review",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="",
            nullable=False,
        ),
    )
    op.add_column("licences", sa.Column("review_note", sa.Text(), server_default="", nullable=False))
    op.add_column("licences", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("licences", sa.Column("reviewed_by_id", sa.Uuid(), nullable=True))
    op.add_column("licences", sa.Column("payment_reminders", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("licences", sa.Column("filing_reminders", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(op.f("licences_reviewed_by_id_idx"), "licences", ["reviewed_by_id"], unique=False)
    op.create_index(
        "licences_to_review",
        "licences",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("review <> '' AND reviewed_at IS NULL"),
    )
    op.create_foreign_key(op.f("licences_reviewed_by_id_fkey"), "licences", "users", ["reviewed_by_id"], ["id"])
    for table in TABLES:
        mine = f"{MINE} = '*' OR licensor_id::text = {MINE} OR licensee_id::text = {MINE}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({mine}) WITH CHECK ({mine})")
    op.execute(
        "CREATE TRIGGER licence_dispute_entries_append_only BEFORE UPDATE OR DELETE ON licence_dispute_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER licence_dispute_entries_append_only ON licence_dispute_entries")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("licences_to_review", table_name="licences")
    for column in (
        "filing_reminders", "payment_reminders", "reviewed_by_id", "reviewed_at", "review_note", "review",
    ):  # fmt: skip
        op.drop_column("licences", column)
