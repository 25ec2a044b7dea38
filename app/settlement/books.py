"""What settlement tells the books: how movements are called and which paper each is about."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.ledger.subjects import Subject, register_movements, register_subjects
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.models import LateInterest
from app.settlement.models import Charge, ChargeKind
from app.settlement.payments.models import BankLine, Payment, PaymentSource
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.payouts.models import Payout
from app.settlement.statements.models import BillLine, StatementLine
from app.settlement.words import CHARGE_KINDS

MOVEMENTS: dict[str, object] = {
    **{f"charge_{kind}": CHARGE_KINDS[kind] for kind in ChargeKind},
    **{f"charge_{kind}_reversal": _l("Charge voided") for kind in ChargeKind},
    "bank_line": _l("Transfer received"),
    **{f"payment_{source}": PAYMENT_SOURCES[source] for source in PaymentSource},
    "payment_credit": _l("From the customer’s credit"),
    **{f"payment_{source}_reversal": _l("Payment undone") for source in PaymentSource},
    "fee_note_lowered": _l("Fee note lowered"),
    "fee_note_refund": _l("Refund promised"),
    "fee_note_refunded": _l("Refund carried out"),
    "payout_approved": _l("Payout approved"),
    "payout_paid": _l("Payout made"),
    "payout_returned": _l("Payout returned"),
}


def charges(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Charges by the number of what was used, leading to the bill on which they stand, else to the booking."""
    rows = session.execute(
        select(Charge.id, Charge.subject_number, Charge.subject_kind, Charge.subject_id, BillLine.bill_id)
        .outerjoin(StatementLine, StatementLine.charge_id == Charge.id)
        .outerjoin(BillLine, BillLine.statement_line_id == StatementLine.id)
        .where(Charge.id.in_(ids))
    )
    return {row.id: _charge(row.subject_number, row.subject_kind, row.subject_id, row.bill_id) for row in rows}


def _charge(number: str, kind: str, subject_id: UUID, bill_id: UUID | None) -> Subject:
    if bill_id is not None:
        return Subject(number, "bills.show", (("bill_id", bill_id),))
    if kind == "reservations":
        return Subject(number, "reservations.show", (("reservation_id", subject_id),))
    return Subject(number)


def payments(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Payments by the number of their receipt, leading to the transfer, else to the bill."""
    rows = session.execute(
        select(Payment.id, Payment.number, Payment.bank_line_id, Payment.bill_id).where(Payment.id.in_(ids))
    )
    return {
        row.id: Subject(row.number, "bank_lines.show", (("line_id", row.bank_line_id),))
        if row.bank_line_id
        else Subject(row.number, "bills.show", (("bill_id", row.bill_id),)) if row.bill_id else Subject(row.number)
        for row in rows
    }  # fmt: skip


def payouts(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Payouts by their number, leading to their batch."""
    rows = session.execute(select(Payout.id, Payout.number, Payout.batch_id).where(Payout.id.in_(ids)))
    return {row.id: Subject(row.number, "payouts.show", (("batch_id", row.batch_id),)) for row in rows}


def fee_notes(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Fee notes by their number."""
    rows = session.execute(select(FeeNote.id, FeeNote.number).where(FeeNote.id.in_(ids)))
    return {row.id: Subject(row.number, "fee_notes.show", (("note_id", row.id),)) for row in rows}


def late_interests(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Interest by the number of the fee note that was paid late, leading to it."""
    rows = session.execute(
        select(LateInterest.id, FeeNote.id.label("note_id"), FeeNote.number)
        .join(FeeNote, FeeNote.id == LateInterest.fee_note_id)
        .where(LateInterest.id.in_(ids))
    )
    return {row.id: Subject(row.number, "fee_notes.show", (("note_id", row.note_id),)) for row in rows}


def bank_lines(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Incoming transfers by the bank's reference."""
    rows = session.execute(select(BankLine.id, BankLine.reference).where(BankLine.id.in_(ids)))
    return {row.id: Subject(row.reference, "bank_lines.show", (("line_id", row.id),)) for row in rows}


def register_books() -> None:
    """Tell the books all of it."""
    register_movements(MOVEMENTS)
    for kind, find in (
        ("charges", charges), ("payments", payments), ("payouts", payouts), ("bank_lines", bank_lines),
        ("fee_notes", fee_notes), ("late_interests", late_interests),
    ):  # fmt: skip
        register_subjects(kind, find)
