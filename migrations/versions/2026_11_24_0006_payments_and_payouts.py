"""Bank lines, payments, collections, payouts.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "exported",
                "discarded",
                name="batchstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'exported')) = (approved_by_id IS NOT NULL)",
            name=op.f("payout_batches_approved_check"),
        ),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> made_by_id", name=op.f("payout_batches_two_persons_check")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("payout_batches_approved_by_id_fkey")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("payout_batches_made_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("payout_batches_pkey")),
        sa.UniqueConstraint("number", name=op.f("payout_batches_number_key")),
    )
    op.create_index(op.f("payout_batches_approved_by_id_idx"), "payout_batches", ["approved_by_id"], unique=False)
    op.create_index(op.f("payout_batches_made_by_id_idx"), "payout_batches", ["made_by_id"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("account_tail", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), server_default="", nullable=False),
        sa.Column("assigned_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ledger_transaction_id", sa.Uuid(), nullable=False),
        sa.Column("imported_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "imported_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("bank_lines_amount_check")),
        sa.CheckConstraint(
            "assigned_minor >= 0 AND assigned_minor <= amount_minor", name=op.f("bank_lines_assigned_check")
        ),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("bank_lines_imported_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["ledger_transaction_id"], ["ledger_transactions.id"], name=op.f("bank_lines_ledger_transaction_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bank_lines_pkey")),
        sa.UniqueConstraint("ledger_transaction_id", name=op.f("bank_lines_ledger_transaction_id_key")),
        sa.UniqueConstraint("reference", name=op.f("bank_lines_reference_key")),
    )
    op.create_index("bank_lines_booked", "bank_lines", ["booked_on", "id"], unique=False)
    op.create_index(op.f("bank_lines_imported_by_id_idx"), "bank_lines", ["imported_by_id"], unique=False)
    op.create_index(
        "bank_lines_open",
        "bank_lines",
        ["booked_on", "id"],
        unique=False,
        postgresql_where=sa.text("assigned_minor < amount_minor"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "paid",
                "returned",
                "discarded",
                name="payoutstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("netted_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("approval_transaction_id", sa.Uuid(), nullable=True),
        sa.Column("answer_transaction_id", sa.Uuid(), nullable=True),
        sa.Column("bank_reference", sa.Text(), server_default="", nullable=False),
        sa.Column("return_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0 AND netted_minor >= 0", name=op.f("payouts_amounts_check")),
        sa.ForeignKeyConstraint(
            ["answer_transaction_id"], ["ledger_transactions.id"], name=op.f("payouts_answer_transaction_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["approval_transaction_id"], ["ledger_transactions.id"], name=op.f("payouts_approval_transaction_id_fkey")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("payouts_batch_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("payouts_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("payouts_pkey")),
        sa.UniqueConstraint("answer_transaction_id", name=op.f("payouts_answer_transaction_id_key")),
        sa.UniqueConstraint("approval_transaction_id", name=op.f("payouts_approval_transaction_id_key")),
        sa.UniqueConstraint("number", name=op.f("payouts_number_key")),
    )
    op.create_index(op.f("payouts_batch_id_idx"), "payouts", ["batch_id"], unique=False)
    op.create_index(
        "payouts_one_draft", "payouts", ["provider_id"], unique=True, postgresql_where=sa.text("state = 'draft'")
    )
    op.create_index("payouts_provider", "payouts", ["provider_id", "created_at"], unique=False)
    op.create_index(op.f("payouts_provider_id_idx"), "payouts", ["provider_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=True),
        sa.Column("bank_line_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "memo",
                "hand",
                "credit",
                "offset",
                name="paymentsource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ledger_transaction_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(source IN ('memo', 'hand')) = (bank_line_id IS NOT NULL)", name=op.f("payments_source_check")
        ),
        sa.CheckConstraint(
            "amount_minor >= 0 AND credit_minor >= 0 AND (source = 'offset' OR amount_minor + credit_minor > 0)",
            name=op.f("payments_amounts_check"),
        ),
        sa.CheckConstraint("bill_id IS NOT NULL OR amount_minor = 0", name=op.f("payments_bill_check")),
        sa.ForeignKeyConstraint(["bank_line_id"], ["bank_lines.id"], name=op.f("payments_bank_line_id_fkey")),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("payments_bill_id_fkey")),
        sa.ForeignKeyConstraint(
            ["ledger_transaction_id"], ["ledger_transactions.id"], name=op.f("payments_ledger_transaction_id_fkey")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("payments_made_by_id_fkey")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("payments_payer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("payments_pkey")),
        sa.UniqueConstraint("ledger_transaction_id", name=op.f("payments_ledger_transaction_id_key")),
        sa.UniqueConstraint("number", name=op.f("payments_number_key")),
    )
    op.create_index(op.f("payments_bank_line_id_idx"), "payments", ["bank_line_id"], unique=False)
    op.create_index(op.f("payments_bill_id_idx"), "payments", ["bill_id"], unique=False)
    op.create_index(op.f("payments_made_by_id_idx"), "payments", ["made_by_id"], unique=False)
    op.create_index("payments_payer", "payments", ["payer_id", "created_at"], unique=False)
    op.create_index(op.f("payments_payer_id_idx"), "payments", ["payer_id"], unique=False)
    op.create_table(
        "payment_reversals",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ledger_transaction_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("payment_reversals_reason_check")),
        sa.ForeignKeyConstraint(
            ["ledger_transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("payment_reversals_ledger_transaction_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("payment_reversals_made_by_id_fkey")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("payment_reversals_payment_id_fkey")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("payment_reversals_pkey")),
        sa.UniqueConstraint("ledger_transaction_id", name=op.f("payment_reversals_ledger_transaction_id_key")),
    )
    op.create_index(op.f("payment_reversals_made_by_id_idx"), "payment_reversals", ["made_by_id"], unique=False)
    op.create_table(
        "collections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("bill_line_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("gross_minor <> 0", name=op.f("collections_gross_check")),
        sa.ForeignKeyConstraint(["bill_line_id"], ["bill_lines.id"], name=op.f("collections_bill_line_id_fkey")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("collections_payment_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("collections_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("collections_pkey")),
    )
    op.create_index(op.f("collections_bill_line_id_idx"), "collections", ["bill_line_id"], unique=False)
    op.create_index(op.f("collections_payment_id_idx"), "collections", ["payment_id"], unique=False)
    op.create_index(op.f("collections_payout_id_idx"), "collections", ["payout_id"], unique=False)
    op.create_index("collections_provider", "collections", ["provider_id", "payout_id"], unique=False)
    op.create_index(op.f("collections_provider_id_idx"), "collections", ["provider_id"], unique=False)


def downgrade() -> None:

    op.drop_table("collections")
    op.drop_table("payment_reversals")
    op.drop_table("payments")
    op.drop_table("payouts")
    op.drop_table("bank_lines")
    op.drop_table("payout_batches")
