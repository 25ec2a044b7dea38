"""A new bill: what is held for its lines pays them, credit lines are set off, too much paid before is used."""

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.events import subscribe
from app.settlement.events import BillIssued
from app.settlement.payments.holding import pay_from_held
from app.settlement.payments.operations import set_off_credits, use_credit
from app.settlement.statements.models import Bill


@subscribe(BillIssued)
def set_off_new_bill(event: BillIssued) -> None:
    """Doing it again changes nothing."""
    bill = session.get_one(Bill, event.bill_id)
    pay_from_held(bill)
    set_off_credits(bill)
    use_credit(SYSTEM, bill)
