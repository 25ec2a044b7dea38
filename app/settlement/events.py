"""What the settlement announces."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class ChargesFinalised(Event):
    """Charges became final because their month was closed, although the payer could still have objected."""

    charge_ids: list[str]


@dataclass(frozen=True)
class MonthClosed(Event):
    """All statements and bills of a month are issued."""

    month: date


@dataclass(frozen=True)
class StatementIssued(Event):
    """An institution has a new statement."""

    statement_id: UUID


@dataclass(frozen=True)
class BillIssued(Event):
    """A customer has a new bill."""

    bill_id: UUID


@dataclass(frozen=True)
class BillBecameOverdue(Event):
    """A bill is past its due day; sent once more at each reminder."""

    bill_id: UUID
    reminder: int


@dataclass(frozen=True)
class PaymentReceived(Event):
    """Money was assigned to a bill, or kept as credit."""

    payment_id: UUID


@dataclass(frozen=True)
class PaymentTakenBack(Event):
    """A payment was assigned wrongly and has been undone."""

    payment_id: UUID


@dataclass(frozen=True)
class PayoutPaid(Event):
    """The bank has carried out a payout."""

    payout_id: UUID


@dataclass(frozen=True)
class PayoutReturned(Event):
    """The bank has sent a payout back."""

    payout_id: UUID


@dataclass(frozen=True)
class CreditNoteApproved(Event):
    """Part of a charge has been taken back."""

    credit_note_id: UUID


@dataclass(frozen=True)
class FeeNoteIssued(Event):
    """Somebody is asked to pay for one thing."""

    fee_note_id: UUID


@dataclass(frozen=True)
class FeeNotePaid(Event):
    """All of a fee note has come in; its value date is the bank's. Who hears of it looks whether the note is still
    paid: a wrong match can be undone in between."""

    fee_note_id: UUID


@dataclass(frozen=True)
class FeeNoteRefunded(Event):
    """What came in on a fee note goes back."""

    fee_note_id: UUID


@dataclass(frozen=True)
class RefundCarriedOut(Event):
    """The bank has sent back what came in on a fee note."""

    fee_note_id: UUID


@dataclass(frozen=True)
class FeeNoteOverdue(Event):
    """A fee note is past its due day; sent once more at each reminder."""

    fee_note_id: UUID
    reminder: int


@dataclass(frozen=True)
class FeeNoteLowered(Event):
    """A fee note asks for less than it did, or for nothing any more; amounts in minor units."""

    fee_note_id: UUID
    before_minor: int
    after_minor: int


@dataclass(frozen=True)
class LateInterestAsked(Event):
    """Interest on a fee note that was paid late is asked for."""

    reckoning_id: UUID
