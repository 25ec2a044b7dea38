"""Money for fee notes: held when it comes in, given to the bill that shows the earned charge."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Actor
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import Entry
from app.settlement.events import FeeNotePaid
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import lock as lock_note
from app.settlement.fee_notes.reviving import revive_fee_note
from app.settlement.payments.allocation import collect
from app.settlement.payments.models import BankLine, Payment, PaymentReversal, PaymentSource
from app.settlement.payments.operations import keep_payment, lock_bill, lock_line, mark_paid, new_payment
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import claims_of
from app.settlement.statements.models import Bill, BillLine, StatementLine


def hold_transfer(actor: Actor, line: BankLine, note: FeeNote, source: PaymentSource = PaymentSource.HAND) -> Payment:
    """Hold what is left of a transfer for a fee note; what is too much becomes the payer's credit.

    When the note is whole, its value date is the latest of the bank's among the transfers that made it so, and
    `FeeNotePaid` is announced. A note that ended unpaid is open again for a transfer that the bank dates before that,
    where what it bought can still come about. Raises Conflict when the transfer is used up or the note is not open.
    """
    ensure(actor, PaymentPolicy.assign, None)
    lock_line(line)
    lock_note(note)
    if not note.is_unpaid and not revive_fee_note(actor, note, line.booked_on, line.rest_minor):
        raise Conflict(_l("This fee note is not open. Keep the transfer as credit instead."), code="paid")
    amount = min(line.rest_minor, note.outstanding_minor)
    credit = line.rest_minor - amount
    payment = new_payment(actor, note.payer_id, None, line, source, amount, credit)
    payment.fee_note_id = note.id
    entries: list[Entry] = [
        (chart.BANK_UNMATCHED, amount + credit, note.number),
        (chart.order_hold(note.id), -amount, note.number),
    ]
    if credit:
        entries.append((chart.buyer_credit(note.payer_id), -credit, note.number))
    line.assigned_minor += amount + credit
    before = _value_date(note.id) or line.booked_on
    note.paid_minor += amount
    if note.outstanding_minor:
        note.state = FeeNoteState.PART_PAID
    else:
        note.state, note.value_on = FeeNoteState.PAID, max(line.booked_on, before)
    keep_payment(actor, payment, entries, [])
    if note.state is FeeNoteState.PAID:
        emit(FeeNotePaid(note.id))
    return payment


def pay_from_held(bill: Bill) -> list[Payment]:
    """Pay those lines of a new bill whose charges have fee notes, from what is held for them.

    What the bill does not need any more, because it was paid already or a credit stands on it, becomes the payer's
    credit. From now on the bill asks for what is still open of such a note. Doing it again changes nothing.
    """
    payments = []
    for note, line_id in _notes_on(bill.id):
        lock_bill(bill)
        lock_note(note)
        if note.state is FeeNoteState.BILLED:
            continue
        if note.paid_minor:
            payments.append(_give(bill, note, line_id))
        note.state = FeeNoteState.BILLED
    session.flush()
    return payments


def _give(bill: Bill, note: FeeNote, line_id: UUID) -> Payment:
    claim = next(claim for claim in claims_of(bill.id) if claim.line_id == line_id)
    amount = max(0, min(note.paid_minor, claim.open_gross, bill.outstanding_minor))
    credit = note.paid_minor - amount
    payment = new_payment(SYSTEM, bill.payer_id, bill, None, PaymentSource.HELD, amount, credit)
    payment.fee_note_id = note.id
    entries: list[Entry] = [
        (chart.order_hold(note.id), note.paid_minor, note.number),
        (chart.buyer_receivable(bill.payer_id), -amount, bill.number),
        (chart.buyer_credit(bill.payer_id), -credit, note.number),
    ]
    if amount:
        mark_paid(bill, amount)
    shares = [collect(claim, amount)] if amount else []
    return keep_payment(SYSTEM, payment, [entry for entry in entries if entry[1]], shares)


def billed_notes(bill_id: UUID) -> Sequence[FeeNote]:
    """The fee notes that a bill has taken over."""
    return session.scalars(
        select(FeeNote)
        .join(StatementLine, StatementLine.charge_id == FeeNote.charge_id)
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .where(BillLine.bill_id == bill_id, FeeNote.state == FeeNoteState.BILLED)
        .order_by(FeeNote.id)
    ).all()


def _notes_on(bill_id: UUID) -> list[tuple[FeeNote, UUID]]:
    rows = session.execute(
        select(FeeNote, BillLine.id)
        .join(StatementLine, StatementLine.charge_id == FeeNote.charge_id)
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .where(BillLine.bill_id == bill_id, FeeNote.state != FeeNoteState.BILLED)
        .order_by(FeeNote.id)
    ).all()
    return [(note, line_id) for note, line_id in rows]


def _value_date(note_id: UUID) -> date | None:
    """The latest value date among the transfers that are held for a note."""
    return session.scalar(
        select(func.max(BankLine.booked_on))
        .join(Payment, Payment.bank_line_id == BankLine.id)
        .where(Payment.fee_note_id == note_id)
        .where(~select(PaymentReversal.payment_id).where(PaymentReversal.payment_id == Payment.id).exists())
    )
