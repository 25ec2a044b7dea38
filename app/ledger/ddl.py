"""Triggers and grants that keep the books: balanced per transaction, never changed. Copied into the migration."""

BALANCED = """
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

COMPLETE = """
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

APPEND_ONLY = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only: post a correcting transaction', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only',
              TABLE = TG_TABLE_NAME;
END $$
"""

# The application's own role, where there is one: it may add to the books and read them, no more.
GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jishi_app') THEN
        REVOKE ALL ON ledger_transactions, ledger_lines, ledger_accounts FROM jishi_app;
        GRANT SELECT, INSERT ON ledger_transactions, ledger_lines, ledger_accounts TO jishi_app;
        GRANT UPDATE (balance) ON ledger_accounts TO jishi_app;
    END IF;
END $$
"""

UPGRADE: list[str] = [
    BALANCED,
    COMPLETE,
    APPEND_ONLY,
    """CREATE CONSTRAINT TRIGGER ledger_lines_balanced AFTER INSERT ON ledger_lines
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced()""",
    """CREATE CONSTRAINT TRIGGER ledger_transactions_complete AFTER INSERT ON ledger_transactions
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_empty()""",
    """CREATE TRIGGER ledger_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_lines
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER ledger_accounts_append_only
       BEFORE UPDATE OF id, code, kind, normal, currency, owner_id OR DELETE OR TRUNCATE ON ledger_accounts
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    GRANTS,
]

DOWNGRADE: list[str] = [
    "DROP TRIGGER ledger_accounts_append_only ON ledger_accounts",
    "DROP TRIGGER ledger_transactions_append_only ON ledger_transactions",
    "DROP TRIGGER ledger_lines_append_only ON ledger_lines",
    "DROP TRIGGER ledger_transactions_complete ON ledger_transactions",
    "DROP TRIGGER ledger_lines_balanced ON ledger_lines",
    "DROP FUNCTION ledger_refuse_change()",
    "DROP FUNCTION ledger_refuse_empty()",
    "DROP FUNCTION ledger_refuse_unbalanced()",
]
