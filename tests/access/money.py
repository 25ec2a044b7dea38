"""Statements, bills, charges and what the settlement desk does."""

from tests.access.rows import get, post

ROWS = [
    get("bills.list", "", {302: "anonymous", 200: "*", 403: "lonely manager technician booker verifier"}),
    get(
        "bills.show",
        "bill_id=bill",
        {302: "anonymous", 404: "*", 403: "booker", 200: "head payer chief settler auditor"},
    ),
    get(
        "bills.pdf",
        "bill_id=bill",
        {302: "anonymous", 404: "*", 403: "booker", 200: "head payer chief settler auditor"},
    ),
    post("bills.sent", "bill_id=bill", {302: "anonymous head payer", 404: "*", 403: "booker chief settler auditor"}),
    get(
        "bills.xlsx",
        "bill_id=bill",
        {302: "anonymous", 404: "*", 403: "booker", 200: "head payer chief settler auditor"},
    ),
    get(
        "bills.receipt",
        "payment_id=payment",
        {302: "anonymous", 404: "*", 403: "booker", 200: "head payer chief settler auditor"},
    ),
    get("statements.list", "", {302: "anonymous", 200: "*", 403: "lonely manager technician booker verifier"}),
    get(
        "statements.show",
        "statement_id=statement",
        {302: "anonymous", 404: "*", 403: "manager technician", 200: "owner finance chief settler auditor"},
    ),
    get(
        "statements.pdf",
        "statement_id=statement",
        {302: "anonymous", 404: "*", 403: "manager technician", 200: "owner finance chief settler auditor"},
    ),
    get(
        "statements.xlsx",
        "statement_id=statement",
        {302: "anonymous", 404: "*", 403: "manager technician", 200: "owner finance chief settler auditor"},
    ),
    get("fee_notes.list", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    get(
        "fee_notes.show",
        "note_id=fee_note",
        {
            302: "anonymous",
            404: "*",
            403: "technician",
            200: "owner manager finance head booker payer chief settler auditor",
        },
    ),
    get(
        "fee_notes.pdf",
        "note_id=fee_note",
        {
            302: "anonymous",
            404: "*",
            403: "technician",
            200: "owner manager finance head booker payer chief settler auditor",
        },
    ),
    post(
        "fee_notes.sent",
        "note_id=fee_note",
        {
            302: "anonymous head payer",
            404: "*",
            403: "owner manager technician finance booker chief settler auditor",
        },
    ),
    get("refunds.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    post(
        "refunds.carried_out",
        "note_id=refund",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"},
    ),
    get("proceeds.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get(
        "proceeds.show",
        "hold_id=proceeds",
        {302: "anonymous", 404: "*", 403: "manager technician verifier", 200: "owner finance chief settler auditor"},
    ),
    post(
        "proceeds.propose",
        "hold_id=proceeds",
        {302: "anonymous", 404: "*", 403: "manager technician chief verifier auditor", 422: "owner finance settler"},
        choice="prepay",
    ),
    post(
        "proceeds.confirm",
        "hold_id=proceeds",
        {302: "anonymous", 404: "*", 403: "owner manager technician finance chief verifier auditor", 409: "settler"},
    ),
    post(
        "proceeds.refuse",
        "hold_id=proceeds",
        {302: "anonymous settler", 404: "*", 403: "owner manager technician finance chief verifier auditor"},
    ),
    get("held.show", "token=held", {200: "*"}),
    get("held.show", "token=instrument", {404: "*"}),
    get("charges.list", "", {302: "anonymous", 404: "*", 200: "rival owner finance", 403: "lonely manager technician"}),
    post(
        "charges.issue",
        "month=month",
        {302: "anonymous rival owner finance", 404: "*", 403: "lonely manager technician"},
    ),
    get("credit_notes.list", "", {302: "anonymous", 200: "*", 403: "lonely manager technician booker verifier"}),
    post("credit_notes.approve", "note_id=note", {302: "anonymous owner settler", 404: "*", 403: "finance"}),
    post("credit_notes.refuse", "note_id=note", {302: "anonymous owner settler", 404: "*", 403: "finance"}),
    get("credit_notes.new", "charge_id=charge", {302: "anonymous", 404: "*", 200: "owner finance settler"}),
    post(
        "credit_notes.new",
        "charge_id=charge",
        {302: "anonymous owner finance settler", 404: "*"},
        amount="5",
        reason="x",
    ),
    get("bank_lines.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get("bank_lines.show", "line_id=line", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    post(
        "bank_lines.assign", "line_id=line", {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"}
    ),
    post(
        "bank_lines.credit",
        "line_id=line",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"},
        code="enterprise",
    ),
    post("bank_lines.upload", "", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    get("bank_lines.new", "", {302: "anonymous", 404: "*", 403: "chief verifier auditor", 200: "settler"}),
    post("bank_lines.new", "", {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"}),
    get("months.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get("months.show", "month=month", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    post("months.close", "month=month", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    get("months.progress", "month=month", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get("ledger.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get(
        "ledger.show", "account_id=account", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}
    ),
    get("ledger.progress", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    post("ledger.check", "", {302: "anonymous settler auditor", 404: "*", 403: "chief verifier"}),
    get("payouts.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    get("payouts.show", "batch_id=batch", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
    post("payouts.approve", "batch_id=batch", {302: "anonymous", 404: "*", 403: "chief verifier settler auditor"}),
    post("payouts.discard", "batch_id=batch", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    post(
        "payouts.export", "batch_id=batch", {302: "anonymous", 404: "*", 403: "chief verifier auditor", 409: "settler"}
    ),
    post("payouts.preview_answers", "", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    post("payouts.answers", "", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    post("payouts.draft", "", {302: "anonymous settler", 404: "*", 403: "chief verifier auditor"}),
    post(
        "payouts.paid",
        "payout_id=payout",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"},
        bank_reference="X1",
    ),
    post(
        "payouts.returned",
        "payout_id=payout",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"},
        reason="closed",
    ),
    get(
        "payments.undo",
        "payment_id=payment",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 200: "settler"},
    ),
    post(
        "payments.undo",
        "payment_id=payment",
        {302: "anonymous", 404: "*", 403: "chief verifier auditor", 422: "settler"},
        reason="wrong customer",
    ),
    get("receivables.list", "", {302: "anonymous", 404: "*", 200: "chief settler auditor", 403: "verifier"}),
]
