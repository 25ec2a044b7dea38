"""A new bill: what is held for its lines pays them, credit lines are set off, too much paid before is used."""

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.events import emit, subscribe
from app.settlement.events import BillIssued, FeeNotePaid, PaymentReceived, PaymentTakenBack
from app.settlement.fee_notes.operations import lock
from app.settlement.payments.holding import billed_notes, pay_from_held
from app.settlement.payments.lateness import paid_on
from app.settlement.payments.models import Payment
from app.settlement.payments.operations import set_off_credits, use_credit
from app.settlement.statements.models import Bill


@subscribe(BillIssued)
def set_off_new_bill(event: BillIssued) -> None:
    """Doing it again changes nothing."""
    bill = session.get_one(Bill, event.bill_id)
    pay_from_held(bill)
    set_off_credits(bill)
    use_credit(SYSTEM, bill)


@subscribe(PaymentReceived)
def see_notes_paid_with_their_bill(event: PaymentReceived) -> None:
    """A fee note that was billed before it was paid is paid when its line of the bill is."""
    payment = session.get_one(Payment, event.payment_id)
    for note in billed_notes(payment.bill_id) if payment.bill_id else []:
        lock(note)
        value_on = paid_on(note)
        if note.value_on is None and value_on is not None:
            note.value_on = value_on
            emit(FeeNotePaid(note.id))


@subscribe(PaymentTakenBack)
def forget_value_dates(event: PaymentTakenBack) -> None:
    """What was taken back from a bill has not paid the notes on it."""
    payment = session.get_one(Payment, event.payment_id)
    for note in billed_notes(payment.bill_id) if payment.bill_id else []:
        lock(note)
        note.value_on = paid_on(note)
