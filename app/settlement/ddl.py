"""Triggers that freeze issued papers and amounts. Copied into the migration; needs those of the ledger no more."""

from app.core.tenancy import isolate, unite

REFUSE = """
CREATE FUNCTION settlement_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is frozen: issue a credit note', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_frozen',
              TABLE = TG_TABLE_NAME;
END $$
"""

# Tables whose rows never change, and those of which only the named columns are frozen.
IMMUTABLE = ("statements", "statement_lines", "bill_lines", "payments", "month_closes")
FROZEN = {
    "bills": "id, number, payer_id, month, issued_at, due_on, currency, lines_count, minutes, total_minor, tax_minor,"
    " memo_code, party, bank",
    "charges": "id, subject_kind, subject_id, subject_number, kind, revision, provider_id, payer_id, payer_class,"
    " service_period, used_on, minutes, lines, total_minor, currency, tax_minor, tax_category, tax_rate,"
    " commission_minor, commission_tax_minor, corrects_id, created_at",
    "bank_lines": "id, reference, booked_on, payer_name, amount_minor, currency, ledger_transaction_id, imported_at",
    "collections": "id, payment_id, bill_line_id, provider_id, gross_minor, net_minor, created_at",
    "payouts": "id, number, batch_id, provider_id, amount_minor, netted_minor, currency, account, created_at",
}


# Whose rows they are, for row-level security.
PARTIES = {
    "charges": ("provider_id", "payer_id"),
    "statements": ("provider_id",),
    "bills": ("payer_id",),
}


def _trigger(table: str, event: str) -> str:
    return (
        f"CREATE TRIGGER {table}_frozen BEFORE {event} OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change()"
    )


UPGRADE: list[str] = [
    REFUSE,
    *(_trigger(table, "UPDATE") for table in IMMUTABLE),
    *(_trigger(table, f"UPDATE OF {columns}") for table, columns in FROZEN.items()),
    *(statement for table, parties in PARTIES.items() for statement in isolate(table, *parties)),
]

DOWNGRADE: list[str] = [
    *(statement for table in PARTIES for statement in unite(table)),
    *(f"DROP TRIGGER {table}_frozen ON {table}" for table in (*IMMUTABLE, *FROZEN)),
    "DROP FUNCTION settlement_refuse_change()",
]
