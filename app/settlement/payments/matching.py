"""Transfers find what they pay by the memo code they carry: a bill, or a fee note."""

from app.accounts.models import Actor
from app.core.policy import ensure
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.reviving import revive_fee_note
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import BankLine, Payment, PaymentSource
from app.settlement.payments.operations import pay_by_memo
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import ended_before_matched, named_in


def match_transfer(actor: Actor, line: BankLine) -> Payment | None:
    """Assign a transfer to the bill or fee note whose memo code it carries; None when it names none, or a paid one.

    A fee note that ended unpaid counts where the transfer was in time by the bank's value date.
    """
    ensure(actor, PaymentPolicy.record, None)
    if not line.is_open:
        return None
    found = named_in(line.memo)
    if found is None:
        late = ended_before_matched(line)
        if late is None or not revive_fee_note(actor, late, line.booked_on, line.rest_minor):
            return None
        found = late
    if isinstance(found, FeeNote):
        return hold_transfer(actor, line, found, PaymentSource.MEMO)
    return pay_by_memo(actor, line, found)
