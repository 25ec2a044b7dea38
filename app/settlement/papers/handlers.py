"""Notices about papers, payments, payouts and credits. Told once each, however often an event is heard."""

from app.core.db import session
from app.core.events import subscribe
from app.notifications.parameters import Month
from app.settlement.credits.models import CreditNote
from app.settlement.events import (
    BillBecameOverdue,
    BillIssued,
    CreditNoteApproved,
    PaymentReceived,
    PaymentTakenBack,
    PayoutPaid,
    PayoutReturned,
    StatementIssued,
)
from app.settlement.models import Charge
from app.settlement.papers.fee_note_handlers import tell_of_held_payment
from app.settlement.papers.notices import tell_finance, yuan
from app.settlement.payments.handlers import set_off_new_bill
from app.settlement.payments.models import Payment, PaymentReversal, PaymentSource
from app.settlement.payouts.models import Payout
from app.settlement.statements.models import Bill, Statement


@subscribe(BillIssued)
def tell_of_bill(event: BillIssued) -> None:
    """N11. It asks for what is left when held money, credit lines and credit are used; a bill that owes nothing at
    all is only shown, not mailed."""
    set_off_new_bill(event)
    bill = session.get_one(Bill, event.bill_id)
    is_settled = bill.total_minor > 0 and not bill.is_unpaid
    parameters = {
        "month": Month.of(bill.month), "amount": yuan(max(bill.total_minor, 0)) if is_settled else bill.outstanding,
        "due": bill.due_on, "number": bill.number, "memo_code": bill.memo_code, "total": yuan(bill.total_minor),
        "paid": yuan(bill.paid_minor) if bill.paid_minor else None,
    }  # fmt: skip
    kind = "bill_settled" if is_settled else "bill_issued"
    mail = kind if bill.total_minor > 0 else None
    tell_finance(bill.payer_id, kind, f"bill_issued:{bill.id}", parameters, f"/bills/{bill.id}", mail=mail)


@subscribe(BillBecameOverdue)
def tell_of_overdue_bill(event: BillBecameOverdue) -> None:
    """N13: in the application at once, by one mail for the organisation. One that was paid meanwhile is not named."""
    bill = session.get_one(Bill, event.bill_id)
    if not bill.is_unpaid:
        return
    parameters = {
        "amount": bill.outstanding, "number": bill.number, "due": bill.due_on, "memo_code": bill.memo_code
    }  # fmt: skip
    key = f"bill_overdue:{bill.id}:{event.reminder}"
    tell_finance(bill.payer_id, "bill_overdue", key, parameters, f"/bills/{bill.id}", collected=True)


@subscribe(PaymentReceived)
def tell_of_payment(event: PaymentReceived) -> None:
    """N12. Money that was held was told of when it came in, and the bill tells that it is paid from it."""
    payment = session.get_one(Payment, event.payment_id)
    if payment.source in {PaymentSource.OFFSET, PaymentSource.HELD}:
        return
    if payment.fee_note_id is not None:
        tell_of_held_payment(payment)
        return
    parameters = {"amount": yuan(payment.amount_minor + payment.credit_minor), "number": payment.number}
    path = f"/bills/{payment.bill_id}" if payment.bill_id else "/bills"
    key = f"payment_received:{payment.id}"
    tell_finance(payment.payer_id, "payment_received", key, parameters, path, mail="payment_received")


@subscribe(PaymentTakenBack)
def tell_of_undone_payment(event: PaymentTakenBack) -> None:
    """Who was told of money must hear that it was not theirs."""
    payment = session.get_one(Payment, event.payment_id)
    reason = session.get_one(PaymentReversal, payment.id).reason
    parameters = {
        "amount": yuan(payment.amount_minor + payment.credit_minor), "number": payment.number, "reason": reason
    }  # fmt: skip
    path = f"/bills/{payment.bill_id}" if payment.bill_id else "/bills"
    if payment.fee_note_id is not None:
        path = f"/fee-notes/{payment.fee_note_id}"
    tell_finance(
        payment.payer_id, "payment_undone", f"payment_undone:{payment.id}", parameters, path, mail="payment_undone"
    )


@subscribe(StatementIssued)
def tell_of_statement(event: StatementIssued) -> None:
    """N14."""
    statement = session.get_one(Statement, event.statement_id)
    parameters = {
        "month": Month.of(statement.month), "amount": yuan(statement.net_minor), "number": statement.number
    }  # fmt: skip
    path = f"/statements/{statement.id}"
    key = f"statement_issued:{statement.id}"
    tell_finance(statement.provider_id, "statement_issued", key, parameters, path, mail="statement_issued")


@subscribe(PayoutPaid)
def tell_of_payout(event: PayoutPaid) -> None:
    """N15."""
    payout = session.get_one(Payout, event.payout_id)
    parameters = {"amount": yuan(payout.amount_minor), "number": payout.number, "reference": payout.bank_reference}
    key = f"payout_paid:{payout.id}"
    tell_finance(payout.provider_id, "payout_paid", key, parameters, "/statements", mail="payout_paid")


@subscribe(PayoutReturned)
def tell_of_returned_payout(event: PayoutReturned) -> None:
    """N16."""
    payout = session.get_one(Payout, event.payout_id)
    parameters = {"amount": yuan(payout.amount_minor), "number": payout.number, "reason": payout.return_reason}
    key, path = f"payout_returned:{payout.id}", f"/organisations/{payout.provider_id}"
    tell_finance(payout.provider_id, "payout_returned", key, parameters, path, mail="payout_returned")


@subscribe(CreditNoteApproved)
def tell_of_credit(event: CreditNoteApproved) -> None:
    """N19, to the customer and to the institution."""
    note = session.get_one(CreditNote, event.credit_note_id)
    charge = session.get_one(Charge, note.charge_id)
    parameters = {"amount": yuan(note.amount_minor), "number": charge.subject_number, "reason": note.reason}
    key = f"credit_note_approved:{note.id}"
    tell_finance(charge.payer_id, "credit_note_approved", key, parameters, "/bills", mail="credit_note")
    tell_finance(charge.provider_id, "credit_note_approved", key, parameters, "/credit-notes")
