"""Credit notes, and what keeps issued papers and amounts frozen.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "refused",
                name="creditstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("issued_by_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'approved') = (result_id IS NOT NULL)", name=op.f("credit_notes_result_check")),
        sa.CheckConstraint("(state = 'waiting') = (decided_by_id IS NULL)", name=op.f("credit_notes_decided_check")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("credit_notes_amount_check")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> issued_by_id", name=op.f("credit_notes_two_persons_check")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("credit_notes_charge_id_fkey")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("credit_notes_decided_by_id_fkey")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("credit_notes_issued_by_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("credit_notes_provider_id_fkey")),
        sa.ForeignKeyConstraint(["result_id"], ["charges.id"], name=op.f("credit_notes_result_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("credit_notes_pkey")),
        sa.UniqueConstraint("number", name=op.f("credit_notes_number_key")),
        sa.UniqueConstraint("result_id", name=op.f("credit_notes_result_id_key")),
    )
    op.create_index(op.f("credit_notes_charge_id_idx"), "credit_notes", ["charge_id"], unique=False)
    op.create_index(op.f("credit_notes_decided_by_id_idx"), "credit_notes", ["decided_by_id"], unique=False)
    op.create_index(op.f("credit_notes_issued_by_id_idx"), "credit_notes", ["issued_by_id"], unique=False)
    op.create_index(
        "credit_notes_one_waiting",
        "credit_notes",
        ["charge_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("credit_notes_provider_id_idx"), "credit_notes", ["provider_id"], unique=False)
    op.execute(
        """
CREATE FUNCTION settlement_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is frozen: issue a credit note', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_frozen',
              TABLE = TG_TABLE_NAME;
END $$
"""
    )
    op.execute(
        """
CREATE TRIGGER statements_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON statements
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER statement_lines_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON statement_lines
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER bill_lines_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON bill_lines
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER payments_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON payments
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER payment_reversals_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON payment_reversals
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER month_closes_frozen
    BEFORE UPDATE
    OR DELETE
    OR TRUNCATE ON month_closes
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER bills_frozen
    BEFORE UPDATE OF id, number, payer_id, month, issued_at, due_on, currency, lines_count, minutes, total_minor, tax_minor, memo_code, party, bank
    OR DELETE
    OR TRUNCATE ON bills
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER charges_frozen
    BEFORE UPDATE OF id, subject_kind, subject_id, subject_number, kind, revision, provider_id, payer_id, payer_class, service_period, used_on, minutes, lines, total_minor, currency, tax_minor, tax_category, tax_rate, commission_minor, commission_tax_minor, corrects_id, created_at
    OR DELETE
    OR TRUNCATE ON charges
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER bank_lines_frozen
    BEFORE UPDATE OF id, reference, booked_on, payer_name, amount_minor, currency, ledger_transaction_id, imported_at
    OR DELETE
    OR TRUNCATE ON bank_lines
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER collections_frozen
    BEFORE UPDATE OF id, payment_id, bill_line_id, provider_id, gross_minor, net_minor, created_at
    OR DELETE
    OR TRUNCATE ON collections
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER payouts_frozen
    BEFORE UPDATE OF id, number, batch_id, provider_id, amount_minor, netted_minor, currency, account, created_at
    OR DELETE
    OR TRUNCATE ON payouts
    FOR EACH  STATEMENT EXECUTE FUNCTION settlement_refuse_change()
"""
    )
    op.execute("ALTER TABLE charges ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE charges FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON charges
    USING  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
"""
    )
    op.execute("ALTER TABLE statements ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE statements FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON statements
    USING  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true))
"""
    )
    op.execute("ALTER TABLE bills ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE bills FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON bills
    USING  (current_setting('jishi.tenant', true) = '*'
    OR payer_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR payer_id::text = current_setting('jishi.tenant', true))
"""
    )


def downgrade() -> None:
    op.execute("DROP POLICY tenant ON charges")
    op.execute("ALTER TABLE charges NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE charges DISABLE ROW LEVEL SECURITY")
    op.execute("DROP POLICY tenant ON statements")
    op.execute("ALTER TABLE statements NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE statements DISABLE ROW LEVEL SECURITY")
    op.execute("DROP POLICY tenant ON bills")
    op.execute("ALTER TABLE bills NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE bills DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER statements_frozen ON statements")
    op.execute("DROP TRIGGER statement_lines_frozen ON statement_lines")
    op.execute("DROP TRIGGER bill_lines_frozen ON bill_lines")
    op.execute("DROP TRIGGER payments_frozen ON payments")
    op.execute("DROP TRIGGER payment_reversals_frozen ON payment_reversals")
    op.execute("DROP TRIGGER month_closes_frozen ON month_closes")
    op.execute("DROP TRIGGER bills_frozen ON bills")
    op.execute("DROP TRIGGER charges_frozen ON charges")
    op.execute("DROP TRIGGER bank_lines_frozen ON bank_lines")
    op.execute("DROP TRIGGER collections_frozen ON collections")
    op.execute("DROP TRIGGER payouts_frozen ON payouts")
    op.execute("DROP FUNCTION settlement_refuse_change()")
    op.drop_table("credit_notes")
