"""The books: accounts, transactions, lines and what keeps them.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "asset",
                "liability",
                "revenue",
                "expense",
                "equity",
                name="accountkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("normal", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custodian", sa.Text(), server_default="", nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("floor IS NULL OR normal * balance >= floor", name=op.f("ledger_accounts_floor_check")),
        sa.CheckConstraint("normal IN (1, -1)", name=op.f("ledger_accounts_normal_check")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("ledger_accounts_owner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_accounts_pkey")),
        sa.UniqueConstraint("code", "currency", name=op.f("ledger_accounts_code_currency_key")),
        sa.UniqueConstraint("id", "currency", name=op.f("ledger_accounts_id_currency_key")),
    )
    op.create_index(op.f("ledger_accounts_owner_id_idx"), "ledger_accounts", ["owner_id"], unique=False)
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transactions.id"], name=op.f("ledger_transactions_reverses_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("ledger_transactions_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_transactions_pkey")),
        sa.UniqueConstraint("key", name=op.f("ledger_transactions_key_key")),
        sa.UniqueConstraint("number", name=op.f("ledger_transactions_number_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("ledger_transactions_reverses_id_key")),
    )
    op.create_index("ledger_transactions_subject", "ledger_transactions", ["subject_kind", "subject_id"], unique=False)
    op.create_index(op.f("ledger_transactions_user_id_idx"), "ledger_transactions", ["user_id"], unique=False)
    op.create_table(
        "ledger_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("memo", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ledger_lines_amount_check")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"], name="ledger_lines_account"
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("ledger_lines_transaction_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_lines_pkey")),
    )
    op.create_index("ledger_lines_account_idx", "ledger_lines", ["account_id", "transaction_id"], unique=False)
    op.create_index(op.f("ledger_lines_transaction_id_idx"), "ledger_lines", ["transaction_id"], unique=False)
    op.execute(
        """
CREATE FUNCTION ledger_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_lines WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_lines_balanced', TABLE = 'ledger_lines';
    END IF;
    RETURN NULL;
END $$
"""
    )
    op.execute(
        """
CREATE FUNCTION ledger_refuse_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_lines WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction % has no lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transactions_complete',
                  TABLE = 'ledger_transactions';
    END IF;
    RETURN NULL;
END $$
"""
    )
    op.execute(
        """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only: post a correcting transaction', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only',
              TABLE = TG_TABLE_NAME;
END $$
"""
    )
    op.execute(
        """
CREATE CONSTRAINT TRIGGER ledger_lines_balanced AFTER INSERT ON ledger_lines
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced()
"""
    )
    op.execute(
        """
CREATE CONSTRAINT TRIGGER ledger_transactions_complete AFTER INSERT ON ledger_transactions
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_empty()
"""
    )
    op.execute(
        """
CREATE TRIGGER ledger_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_lines
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
"""
    )
    op.execute(
        """
CREATE TRIGGER ledger_accounts_append_only
       BEFORE UPDATE OF id, code, kind, normal, currency, owner_id OR DELETE OR TRUNCATE ON ledger_accounts
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
"""
    )
    op.execute(
        """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jishi_app') THEN
        REVOKE ALL ON ledger_transactions, ledger_lines, ledger_accounts FROM jishi_app;
        GRANT SELECT, INSERT ON ledger_transactions, ledger_lines, ledger_accounts TO jishi_app;
        GRANT UPDATE (balance) ON ledger_accounts TO jishi_app;
    END IF;
END $$
"""
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_accounts_append_only ON ledger_accounts")
    op.execute("DROP TRIGGER ledger_transactions_append_only ON ledger_transactions")
    op.execute("DROP TRIGGER ledger_lines_append_only ON ledger_lines")
    op.execute("DROP TRIGGER ledger_transactions_complete ON ledger_transactions")
    op.execute("DROP TRIGGER ledger_lines_balanced ON ledger_lines")
    op.execute("DROP FUNCTION ledger_refuse_change()")
    op.execute("DROP FUNCTION ledger_refuse_empty()")
    op.execute("DROP FUNCTION ledger_refuse_unbalanced()")
    op.drop_table("ledger_lines")
    op.drop_table("ledger_transactions")
    op.drop_table("ledger_accounts")
