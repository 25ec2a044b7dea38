"""Writing statements and bills: set by set in SQL, so that a large month costs no memory."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, bindparam, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from app.accounts.models import Actor, Organisation
from app.core.clock import now, today
from app.core.db import session
from app.core.ids import readable_code, uuid7
from app.core.money import CURRENCY
from app.ledger.chart import seller_payable, seller_receivable
from app.ledger.models import LedgerAccount, LedgerLine, LedgerTransaction
from app.ledger.queries import last_number
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import paper_number, take_numbers
from app.settlement.settings import settings
from app.settlement.statements.calendar import following
from app.settlement.statements.models import Bill, BillState, Statement, StatementLine

# Kinds of ledger transactions by which money leaves for an institution or comes back (app.settlement.payouts).
PAYOUT_KINDS = ("payout_approved", "payout_returned")

_LINES = text("""
INSERT INTO statement_lines (
    id, statement_id, position, charge_id, ledger_transaction_id, kind, subject_kind, subject_id, subject_number,
    item_id, description, description_en, payer_id, payer_name, used_on, minutes,
    amount_minor, tax_minor, commission_minor, commission_tax_minor, net_minor
)
SELECT
    gen_random_uuid(), c.statement_id,
    row_number() OVER (PARTITION BY c.statement_id ORDER BY c.description, c.item_id, c.used_on, c.id),
    c.id, c.ledger_transaction_id, c.kind, c.subject_kind, c.subject_id, c.subject_number,
    c.item_id, c.description, c.description_en, c.payer_id, o.name, c.used_on, c.minutes,
    c.total_minor, c.tax_minor, c.commission_minor, c.commission_tax_minor, c.total_minor - c.commission_minor
FROM charges c JOIN organisations o ON o.id = c.payer_id
WHERE c.statement_id = ANY(:statements)
""").bindparams(bindparam("statements", type_=ARRAY(Uuid)))

_BILL_LINES = text("""
INSERT INTO bill_lines (id, bill_id, statement_line_id, provider_id, provider_name)
SELECT gen_random_uuid(), b.id, l.id, s.provider_id, s.party ->> 'name'
FROM statements s
JOIN statement_lines l ON l.statement_id = s.id
JOIN bills b ON b.payer_id = l.payer_id AND b.month = s.month
WHERE s.month = :month
""")


def write_statements(actor: Actor, month: date, provider_id: UUID | None = None) -> list[UUID]:
    """State every final charge used before the month's end, for institutions without a statement of that month.

    Returns the ids of the new statements. The caller holds the lock of the close.
    """
    chosen = _claim_charges(month, provider_id)
    if not chosen:
        return []
    cutoff = last_number()
    opening = _openings([provider for _statement, provider in chosen])
    rows = session.execute(
        select(
            Charge.statement_id.label("id"),
            Charge.provider_id,
            func.count().label("lines_count"),
            func.count().filter(Charge.kind == ChargeKind.USE).label("uses_count"),
            func.count().filter(Charge.kind == ChargeKind.CREDIT).label("credits_count"),
            func.sum(Charge.minutes).label("minutes"),
            func.sum(Charge.total_minor).label("gross_minor"),
            func.sum(Charge.tax_minor).label("tax_minor"),
            func.sum(Charge.commission_minor).label("commission_minor"),
            func.sum(Charge.commission_tax_minor).label("commission_tax_minor"),
            Organisation,
        )
        .join(Organisation, Organisation.id == Charge.provider_id)
        .where(Charge.statement_id == any_(literal([statement for statement, _p in chosen], ARRAY(Uuid))))
        .group_by(Charge.statement_id, Charge.provider_id, Organisation.id)
        .order_by(Organisation.code)
    ).all()
    first = take_numbers("statement", month.year, len(rows))
    issued_at = now()
    values = []
    for number, row in enumerate(rows, start=first):
        paid_before, closing_before = opening[row.provider_id]
        values.append(_statement(row, month, closing_before, paid_before))
        values[-1].update(
            number=paper_number("S", month.year, number), cutoff=cutoff, issued_at=issued_at,
            issued_by_id=actor.user_id,
        )  # fmt: skip
    session.execute(insert(Statement), values)
    session.execute(_LINES, {"statements": [value["id"] for value in values]})
    return [value["id"] for value in values]


def _claim_charges(month: date, provider_id: UUID | None) -> list[tuple[UUID, UUID]]:
    """Mark what goes on the statements, so that the set stands still; (statement id, institution id) pairs."""
    due = [
        Charge.state == ChargeState.FINAL,
        Charge.ledger_transaction_id.is_not(None),
        Charge.used_on < following(month),
        ~select(Statement.id).where(Statement.provider_id == Charge.provider_id, Statement.month == month).exists(),
    ]
    if provider_id is not None:
        due.append(Charge.provider_id == provider_id)
    providers = session.scalars(select(Charge.provider_id).where(*due).distinct().order_by(Charge.provider_id)).all()
    chosen = [(uuid7(), provider) for provider in providers]
    for statement_id, provider in chosen:
        session.execute(
            update(Charge)
            .where(*due, Charge.provider_id == provider)
            .values(state=ChargeState.BILLED, statement_id=statement_id)
            .execution_options(synchronize_session=False)
        )
    return chosen


def _statement(row: Any, month: date, opening: int, paid: int) -> dict[str, Any]:
    provider: Organisation = row.Organisation
    sums = {
        name: int(getattr(row, name))
        for name in (
            "lines_count", "uses_count", "credits_count", "minutes", "gross_minor", "tax_minor", "commission_minor",
            "commission_tax_minor",
        )
    }  # fmt: skip
    net = sums["gross_minor"] - sums["commission_minor"]
    return {
        "id": row.id, "provider_id": row.provider_id, "month": month, "currency": CURRENCY, **sums,
        "net_minor": net, "opening_minor": opening, "paid_minor": paid, "closing_minor": opening + net - paid,
        "party": {
            **_party(provider), "bank_name": provider.bank_name, "bank_account": provider.bank_account,
            "bank_account_name": provider.bank_account_name or provider.name,
        },
    }  # fmt: skip


def _party(organisation: Organisation) -> dict[str, str]:
    return {"name": organisation.name, "name_en": organisation.name_en, "code": organisation.code}


def _openings(providers: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """For each institution: what has been paid out since its last statement, and what that one closed with."""
    latest = session.execute(
        select(Statement.provider_id, Statement.closing_minor, Statement.cutoff)
        .where(Statement.provider_id.in_(providers))
        .ext(distinct_on(Statement.provider_id))
        .order_by(Statement.provider_id, Statement.cutoff.desc(), Statement.month.desc())
    ).all()
    before = {row.provider_id: (int(row.closing_minor), int(row.cutoff)) for row in latest}
    owner = {code(provider): provider for provider in providers for code in (seller_payable, seller_receivable)}
    moves = session.execute(
        select(LedgerAccount.code, LedgerTransaction.number, LedgerLine.amount)
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerLine.transaction_id)
        .where(LedgerAccount.code == any_(literal(list(owner), ARRAY(Text))))
        .where(LedgerTransaction.kind.in_(PAYOUT_KINDS), LedgerAccount.currency == CURRENCY)
        .where(LedgerTransaction.number > min((cutoff for _closing, cutoff in before.values()), default=0))
    ).all()
    found = {provider: [0, before.get(provider, (0, 0))[0]] for provider in providers}
    for code, number, amount in moves:
        provider = owner[code]
        if number > before.get(provider, (0, 0))[1]:
            found[provider][0] += amount
    return {provider: (paid, closing) for provider, (paid, closing) in found.items()}


def write_bills(month: date) -> list[UUID]:
    """Bill every line of the month's statements to its customer, one bill each; returns the ids of the bills."""
    rows = session.execute(
        select(
            StatementLine.payer_id,
            func.count().label("lines_count"),
            func.sum(StatementLine.minutes).label("minutes"),
            func.sum(StatementLine.amount_minor).label("total_minor"),
            func.sum(StatementLine.tax_minor).label("tax_minor"),
            Organisation,
        )
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Organisation, Organisation.id == StatementLine.payer_id)
        .where(Statement.month == month)
        .group_by(StatementLine.payer_id, Organisation.id)
        .order_by(Organisation.code)
    ).all()
    if not rows:
        return []
    first = take_numbers("bill", month.year, len(rows))
    issued_at, due_on = now(), today() + timedelta(days=settings.number("due_days"))
    bank = {name: settings[name] for name in ("bank_name", "bank_account", "bank_account_name")}
    values = [
        {
            "id": uuid7(), "number": paper_number("B", month.year, number), "payer_id": row.payer_id, "month": month,
            "issued_at": issued_at, "due_on": due_on, "currency": CURRENCY, "lines_count": row.lines_count,
            "minutes": int(row.minutes), "total_minor": int(row.total_minor), "tax_minor": int(row.tax_minor),
            "memo_code": readable_code(8), "bank": bank,
            "party": _party(row.Organisation),
            "state": BillState.ISSUED if row.total_minor > 0 else BillState.PAID,
            "paid_at": None if row.total_minor > 0 else issued_at,
        }
        for number, row in enumerate(rows, start=first)
    ]  # fmt: skip
    session.execute(insert(Bill), values)
    session.execute(_BILL_LINES, {"month": month})
    return [value["id"] for value in values]
