"""Taking a payment back: the bill is owed again, the money lies where it came from."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.events import emit
from app.core.ids import uuid7
from app.ledger import chart
from app.ledger.operations import Entry, Posting, post_many
from app.settlement.events import PaymentTakenBack
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.payments.allocation import Share
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal, PaymentSource
from app.settlement.payments.operations import collection_entries
from app.settlement.statements.models import Bill, BillState


def reverse_payment(
    actor: Actor, payment: Payment, bill: Bill | None, line: BankLine | None, reason: str
) -> PaymentReversal:
    """Mirror a payment in the books and in its collections. The caller has checked that it may be, and has locked
    the books, the bill and the transfer."""
    shares = [
        Share(one.bill_line_id, one.provider_id, -one.gross_minor, -one.net_minor)
        for one in session.scalars(
            select(Collection).where(Collection.payment_id == payment.id).order_by(Collection.id)
        )
    ]
    reversal = PaymentReversal(
        payment=payment, reason=reason, made_by_id=actor.user_id, created_at=now(),
        ledger_transaction_id=_post(actor, payment, bill, shares),
    )  # fmt: skip
    session.add(reversal)
    session.flush()
    if shares:
        session.execute(insert(Collection), [_collection(payment, share, reversal) for share in shares])
    if line is not None:
        line.assigned_minor -= payment.amount_minor + payment.credit_minor
    if bill is not None:
        _owe_again(bill, payment.amount_minor)
    if payment.fee_note_id is not None:
        _open_again(session.get_one(FeeNote, payment.fee_note_id), payment.amount_minor)
    session.flush()
    record(actor, "payment.undo", payment, {"amount": [payment.amount_minor, 0], "reason": [None, reason]})
    emit(PaymentTakenBack(payment.id))
    return reversal


def _post(actor: Actor, payment: Payment, bill: Bill | None, shares: Sequence[Share]) -> UUID:
    memo = bill.number if bill else ""
    credit = chart.buyer_credit(payment.payer_id)
    if payment.source is PaymentSource.CREDIT:
        entries: list[Entry] = [(credit, -payment.amount_minor, memo)]
    else:
        came = payment.amount_minor + payment.credit_minor
        entries = [(chart.BANK_UNMATCHED, -came, memo), (credit, payment.credit_minor, memo)]
    paid = chart.order_hold(payment.fee_note_id) if payment.fee_note_id else chart.buyer_receivable(payment.payer_id)
    entries.append((paid, payment.amount_minor, memo))
    posting = Posting(
        f"payment_undone:{payment.id}", f"payment_{payment.source}_reversal", now(),
        [*(entry for entry in entries if entry[1]), *collection_entries(shares)], "payments", payment.id,
        payment.currency, payment.ledger_transaction_id,
    )  # fmt: skip
    return post_many(actor, [posting])[0]


def _collection(payment: Payment, share: Share, reversal: PaymentReversal) -> dict[str, object]:
    return {
        "id": uuid7(), "payment_id": payment.id, "bill_line_id": share.line_id, "provider_id": share.provider_id,
        "gross_minor": share.gross, "net_minor": share.net, "created_at": reversal.created_at,
    }  # fmt: skip


def _open_again(note: FeeNote, amount: int) -> None:
    """The fee note as if the money had never come."""
    note.paid_minor -= amount
    note.state, note.value_on = (FeeNoteState.PART_PAID if note.paid_minor else FeeNoteState.OPEN), None


def _owe_again(bill: Bill, amount: int) -> None:
    """The bill's state as if the money had never come: late when its day is past."""
    bill.paid_minor -= amount
    if bill.outstanding_minor == 0:
        return
    bill.paid_at = None
    if bill.state is BillState.OVERDUE or bill.due_on < today():
        bill.state = BillState.OVERDUE
    else:
        bill.state = BillState.PART_PAID if bill.paid_minor else BillState.ISSUED
