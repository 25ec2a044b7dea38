"""Charges, statements and bills.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "number_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("number_series_pkey")),
    )
    op.create_table(
        "bills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines_count", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("memo_code", sa.Text(), nullable=False),
        sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bank", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "part_paid",
                "overdue",
                "paid",
                name="billstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_minor = greatest(total_minor, 0))", name=op.f("bills_state_check")
        ),
        sa.CheckConstraint("paid_minor >= 0 AND paid_minor <= greatest(total_minor, 0)", name=op.f("bills_paid_check")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("bills_payer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("bills_pkey")),
        sa.UniqueConstraint("memo_code", name=op.f("bills_memo_code_key")),
        sa.UniqueConstraint("number", name=op.f("bills_number_key")),
        sa.UniqueConstraint("payer_id", "month", name=op.f("bills_payer_id_month_key")),
    )
    op.create_index("bills_due", "bills", ["due_on"], unique=False, postgresql_where=sa.text("state <> 'paid'"))
    op.create_index("bills_month", "bills", ["month", "number"], unique=False)
    op.create_index(op.f("bills_payer_id_idx"), "bills", ["payer_id"], unique=False)
    op.create_table(
        "month_closes",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("statements", sa.BigInteger(), nullable=False),
        sa.Column("bills", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("windows_cut", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("month_closes_month_check")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("month_closes_closed_by_id_fkey")),
        sa.PrimaryKeyConstraint("month", name=op.f("month_closes_pkey")),
    )
    op.create_index(op.f("month_closes_closed_by_id_idx"), "month_closes", ["closed_by_id"], unique=False)
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines_count", sa.BigInteger(), nullable=False),
        sa.Column("uses_count", sa.BigInteger(), nullable=False),
        sa.Column("credits_count", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("cutoff", sa.BigInteger(), nullable=False),
        sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("gross_minor - commission_minor = net_minor", name=op.f("statements_net_check")),
        sa.CheckConstraint(
            "opening_minor + net_minor - paid_minor = closing_minor", name=op.f("statements_closing_check")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("statements_issued_by_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("statements_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("statements_pkey")),
        sa.UniqueConstraint("number", name=op.f("statements_number_key")),
        sa.UniqueConstraint("provider_id", "month", name=op.f("statements_provider_id_month_key")),
    )
    op.create_index(op.f("statements_issued_by_id_idx"), "statements", ["issued_by_id"], unique=False)
    op.create_index("statements_month", "statements", ["month", "number"], unique=False)
    op.create_index(op.f("statements_provider_id_idx"), "statements", ["provider_id"], unique=False)
    op.create_table(
        "charges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "use",
                "cancellation_fee",
                "no_show_fee",
                "credit",
                name="chargekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "provisional",
                "objected",
                "final",
                "billed",
                "superseded",
                "void",
                name="chargestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("payer_class", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("service_period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("estimate_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("commission_tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("commission_basis_points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("commission_tax_percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection", sa.Text(), server_default="", nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("ledger_transaction_id", sa.Uuid(), nullable=True),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'credit') = (corrects_id IS NOT NULL)", name=op.f("charges_corrects_check")),
        sa.CheckConstraint("(state = 'billed') = (statement_id IS NOT NULL)", name=op.f("charges_statement_check")),
        sa.CheckConstraint("kind = 'credit' OR total_minor >= 0", name=op.f("charges_total_check")),
        sa.CheckConstraint("minutes >= 0 OR kind = 'credit'", name=op.f("charges_minutes_check")),
        sa.CheckConstraint("state <> 'billed' OR ledger_transaction_id IS NOT NULL", name=op.f("charges_billed_check")),
        sa.CheckConstraint(
            "state IN ('provisional', 'objected', 'superseded', 'void') OR total_minor = 0 OR payer_id = provider_id OR ledger_transaction_id IS NOT NULL",
            name=op.f("charges_posted_check"),
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["charges.id"], name=op.f("charges_corrects_id_fkey")),
        sa.ForeignKeyConstraint(
            ["ledger_transaction_id"], ["ledger_transactions.id"], name=op.f("charges_ledger_transaction_id_fkey")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("charges_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("charges_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("charges_pkey")),
        sa.UniqueConstraint("ledger_transaction_id", name=op.f("charges_ledger_transaction_id_key")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "kind",
            "revision",
            name=op.f("charges_subject_kind_subject_id_kind_revision_key"),
        ),
    )
    op.create_index(
        "charges_corrects",
        "charges",
        ["corrects_id"],
        unique=False,
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index(
        "charges_one_live",
        "charges",
        ["subject_kind", "subject_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('superseded', 'void') AND kind <> 'credit'"),
    )
    op.create_index("charges_payer", "charges", ["payer_id", "used_on", "id"], unique=False)
    op.create_index("charges_provider", "charges", ["provider_id", "used_on", "id"], unique=False)
    op.create_index(
        "charges_statement",
        "charges",
        ["statement_id"],
        unique=False,
        postgresql_where=sa.text("statement_id IS NOT NULL"),
    )
    op.create_index(
        "charges_to_state",
        "charges",
        ["provider_id", "used_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('provisional', 'objected', 'final')"),
    )
    op.create_table(
        "statement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("ledger_transaction_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "use",
                "cancellation_fee",
                "no_show_fee",
                "credit",
                name="chargekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_number", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor - commission_minor = net_minor", name=op.f("statement_lines_net_check")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("statement_lines_charge_id_fkey")),
        sa.ForeignKeyConstraint(
            ["ledger_transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("statement_lines_ledger_transaction_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("statement_lines_payer_id_fkey")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("statement_lines_statement_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("statement_lines_pkey")),
        sa.UniqueConstraint("charge_id", name=op.f("statement_lines_charge_id_key")),
        sa.UniqueConstraint("ledger_transaction_id", name=op.f("statement_lines_ledger_transaction_id_key")),
        sa.UniqueConstraint("statement_id", "position", name=op.f("statement_lines_statement_id_position_key")),
    )
    op.create_index("statement_lines_payer", "statement_lines", ["payer_id", "used_on"], unique=False)
    op.create_index(op.f("statement_lines_payer_id_idx"), "statement_lines", ["payer_id"], unique=False)
    op.create_index(op.f("statement_lines_statement_id_idx"), "statement_lines", ["statement_id"], unique=False)
    op.create_table(
        "bill_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("statement_line_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("bill_lines_bill_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("bill_lines_provider_id_fkey")),
        sa.ForeignKeyConstraint(
            ["statement_line_id"], ["statement_lines.id"], name=op.f("bill_lines_statement_line_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bill_lines_pkey")),
        sa.UniqueConstraint("statement_line_id", name=op.f("bill_lines_statement_line_id_key")),
    )
    op.create_index(op.f("bill_lines_bill_id_idx"), "bill_lines", ["bill_id"], unique=False)
    op.create_index(op.f("bill_lines_provider_id_idx"), "bill_lines", ["provider_id"], unique=False)


def downgrade() -> None:

    op.drop_table("bill_lines")
    op.drop_table("statement_lines")
    op.drop_table("charges")
    op.drop_table("statements")
    op.drop_table("month_closes")
    op.drop_table("bills")
    op.drop_table("number_series")
