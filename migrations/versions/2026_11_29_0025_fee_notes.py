"""Fee notes; roles, kinds of charges and of payments for the market.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# What enumerations of older tables allow: (table, constraint, column, before, since)
WIDENED = (
    ("organisations", "organisationkind", "kind", ("institution", "enterprise", "operator"), ("person",)),
    (
        "charges", "chargekind", "kind", ("use", "cancellation_fee", "no_show_fee", "credit"),
        ("licence_fee", "royalty", "interest"),
    ),
    (
        "statement_lines", "chargekind", "kind", ("use", "cancellation_fee", "no_show_fee", "credit"),
        ("licence_fee", "royalty", "interest"),
    ),
    ("payments", "paymentsource", "source", ("memo", "hand", "credit", "offset"), ("held",)),
)  # fmt: skip

MINE = "current_setting('jishi.tenant', true)"


def upgrade() -> None:
    for table, constraint, column, before, since in WIDENED:
        _allow(table, constraint, column, (*before, *since))
    op.create_table(
        "fee_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("memo_code", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_number", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "part_paid",
                "paid",
                "billed",
                "refunded",
                "void",
                name="feenotestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bank", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=True),
        sa.Column("refund_reference", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("state <> 'billed' OR charge_id IS NOT NULL", name=op.f("fee_notes_billed_check")),
        sa.CheckConstraint(
            "state NOT IN ('paid') OR (paid_minor = total_minor AND value_on IS NOT NULL)",
            name=op.f("fee_notes_paid_check"),
        ),
        sa.CheckConstraint("refund_minor = 0 OR state = 'refunded'", name=op.f("fee_notes_refund_check")),
        sa.CheckConstraint("(refunded_on IS NULL) = (refund_reference = '')", name=op.f("fee_notes_refunded_check")),
        sa.CheckConstraint("payer_id <> provider_id", name=op.f("fee_notes_parties_check")),
        sa.CheckConstraint(
            "total_minor > 0 AND paid_minor >= 0 AND paid_minor <= total_minor", name=op.f("fee_notes_amounts_check")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fee_notes_charge_id_fkey")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("fee_notes_issued_by_id_fkey")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("fee_notes_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fee_notes_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("fee_notes_pkey")),
        sa.UniqueConstraint("charge_id", name=op.f("fee_notes_charge_id_key")),
        sa.UniqueConstraint("memo_code", name=op.f("fee_notes_memo_code_key")),
        sa.UniqueConstraint("number", name=op.f("fee_notes_number_key")),
    )
    op.create_index(
        "fee_notes_due",
        "fee_notes",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'part_paid')"),
    )
    op.create_index(op.f("fee_notes_issued_by_id_idx"), "fee_notes", ["issued_by_id"], unique=False)
    op.create_index(
        "fee_notes_to_refund",
        "fee_notes",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("state = 'refunded' AND refund_minor > 0 AND refunded_on IS NULL"),
    )
    op.create_index(
        "fee_notes_one_live",
        "fee_notes",
        ["subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_index("fee_notes_payer", "fee_notes", ["payer_id", "issued_at"], unique=False)
    op.create_index(op.f("fee_notes_payer_id_idx"), "fee_notes", ["payer_id"], unique=False)
    op.create_index("fee_notes_provider", "fee_notes", ["provider_id", "issued_at"], unique=False)
    op.create_index(op.f("fee_notes_provider_id_idx"), "fee_notes", ["provider_id"], unique=False)
    op.add_column("payments", sa.Column("fee_note_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("payments_fee_note_id_fkey"), "payments", "fee_notes", ["fee_note_id"], ["id"])
    op.create_index(op.f("payments_fee_note_id_idx"), "payments", ["fee_note_id"])
    op.drop_constraint(op.f("payments_bill_check"), "payments", type_="check")
    op.create_check_constraint(
        op.f("payments_bill_check"), "payments", "bill_id IS NOT NULL OR fee_note_id IS NOT NULL OR amount_minor = 0"
    )
    op.create_check_constraint(
        op.f("payments_held_check"),
        "payments",
        "source <> 'held' OR (bill_id IS NOT NULL AND fee_note_id IS NOT NULL)",
    )
    _secure("fee_notes", ("provider_id", "payer_id"), "")


def _allow(table: str, constraint: str, column: str, values: tuple[str, ...]) -> None:
    name = f"{table}_{constraint}_check"
    op.drop_constraint(op.f(name), table, type_="check")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({allowed})")


def _secure(table: str, owners: tuple[str, ...], public: str) -> None:
    mine = " OR ".join([f"{MINE} = '*'", *(f"{owner}::text = {MINE}" for owner in owners)])
    seen = f"{mine} OR {public}" if public else mine
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({mine})")


def downgrade() -> None:
    op.drop_constraint(op.f("payments_held_check"), "payments", type_="check")
    op.drop_constraint(op.f("payments_bill_check"), "payments", type_="check")
    # Payments that a fee note held stay as they are, since nothing of the books is lost; only new ones are checked.
    op.create_check_constraint(
        op.f("payments_bill_check"), "payments", "bill_id IS NOT NULL OR amount_minor = 0", postgresql_not_valid=True
    )
    op.drop_index(op.f("payments_fee_note_id_idx"), "payments")
    op.drop_column("payments", "fee_note_id")
    op.drop_table("fee_notes")
    for table, constraint, column, before, _since in WIDENED:
        _allow(table, constraint, column, before)
