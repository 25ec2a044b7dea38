"""A new bill: its credit lines are set off, and what the customer has paid too much is used."""

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.events import subscribe
from app.settlement.events import BillIssued
from app.settlement.payments.operations import set_off_credits, use_credit
from app.settlement.statements.models import Bill


@subscribe(BillIssued)
def set_off_new_bill(event: BillIssued) -> None:
    """Doing it again changes nothing."""
    bill = session.get_one(Bill, event.bill_id)
    set_off_credits(bill)
    use_credit(SYSTEM, bill)
