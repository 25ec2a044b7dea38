"""When a fee note was really paid, part by part."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from app.core.clock import DEFAULT_ZONE
from app.core.db import session
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal, PaymentSource
from app.settlement.statements.models import BillLine, StatementLine


def parts_paid(note: FeeNote) -> list[tuple[int, date]]:
    """What came in on a note and on the line of its bill, each part (minor units) with its value date.

    A transfer counts from the bank's date, credit and set-off from the day of their use.
    """
    undone = select(PaymentReversal.payment_id).where(PaymentReversal.payment_id == Payment.id).exists()
    held = session.execute(
        select(Payment.amount_minor, BankLine.booked_on)
        .join(BankLine, BankLine.id == Payment.bank_line_id)
        .where(Payment.fee_note_id == note.id, Payment.amount_minor > 0, ~undone)
    ).all()
    billed = session.execute(
        select(func.sum(Collection.gross_minor).label("amount"), BankLine.booked_on, Payment.created_at)
        .join(Payment, Payment.id == Collection.payment_id)
        .outerjoin(BankLine, BankLine.id == Payment.bank_line_id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(StatementLine.charge_id == note.charge_id, Payment.source != PaymentSource.HELD)
        .group_by(Payment.id, BankLine.booked_on)
        .having(func.sum(Collection.gross_minor) > 0)
    ).all()
    return [(row.amount_minor, row.booked_on) for row in held] + [
        (int(row.amount), row.booked_on or row.created_at.astimezone(DEFAULT_ZONE).date()) for row in billed
    ]


def paid_on(note: FeeNote) -> date | None:
    """The value date that made a note whole, be it on itself or on its bill; None while something is owed."""
    return whole_on(note.total_minor, parts_paid(note))


def whole_on(owed_minor: int, parts: Sequence[tuple[int, date]]) -> date | None:
    """The day on which so much had come in, what came first counted first; None while it has not."""
    came = 0
    for amount, day in sorted(parts, key=lambda part: part[1]):
        came += amount
        if came >= owed_minor:
            return day
    return None
