"""What the money machine asks the database after every step."""

from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import session
from app.ledger import chart
from app.ledger.models import LedgerAccount, LedgerLine, LedgerTransaction
from app.ledger.queries import balance_through
from app.settlement.credits.models import CreditNote
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.models import Payment
from app.settlement.payouts.models import Payout, PayoutBatch
from app.settlement.statements.models import Bill, Statement, StatementLine

NUMBERED: tuple[Any, ...] = (Statement, Bill, Payment, Payout, PayoutBatch, CreditNote, FeeNote)


def total(statement: Select[Any]) -> int:
    """The one number a query gives, 0 for none."""
    return int(session.scalar(statement) or 0)


def numbers_have_no_gap() -> bool:
    """Whether every series of papers runs 1, 2, 3 … in every year."""
    for model in NUMBERED:
        numbers = sorted(session.scalars(select(model.number)))
        for year in {number.split("-")[1] for number in numbers}:
            found = [int(number.split("-")[2]) for number in numbers if number.split("-")[1] == year]
            if found != list(range(1, len(found) + 1)):
                return False
    return True


def owed_at_cutoff(statement: Statement) -> int:
    """What the books say is owed to the institution at the statement's cut-off, less what it has not stated yet."""
    provider, cutoff = statement.provider_id, statement.cutoff
    owed = (
        balance_through(chart.seller_uncollected(provider), cutoff)
        + balance_through(chart.seller_payable(provider), cutoff)
        - balance_through(chart.seller_receivable(provider), cutoff)
    )
    stated = (
        select(StatementLine.ledger_transaction_id)
        .join(Statement)
        .where(Statement.provider_id == provider, Statement.cutoff <= cutoff)
    )
    unstated = (
        select(func.sum(-LedgerLine.amount))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerLine.transaction_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(
            LedgerTransaction.number <= cutoff,
            LedgerTransaction.subject_kind == "charges",
            LedgerTransaction.id.not_in(stated),
            LedgerAccount.code == chart.seller_uncollected(provider),
        )
    )
    return owed - total(unstated)
