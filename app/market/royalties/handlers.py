"""What moves royalties: licences that begin and end, money that comes in, months that close. Each may run twice."""

from app.core.db import session
from app.core.events import subscribe
from app.ledger.operations import lock_books
from app.market.licences.events import LicenceEnded, LicenceTookEffect
from app.market.licences.models import Licence
from app.market.licences.pledges import hold_if_pledged
from app.market.royalties.models import RoyaltyPeriod
from app.market.royalties.operations import end_periods, open_periods, settle
from app.market.royalties.queries import patent_of_note, period_of_note, periods_on_bill, periods_with_charge
from app.market.royalties.reporting import lock
from app.market.royalties.sharing import share_income
from app.settlement.credits.models import CreditNote
from app.settlement.events import CreditNoteApproved, FeeNotePaid, LateInterestAsked, MonthClosed, PaymentReceived
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.models import LateInterest
from app.settlement.models import Charge
from app.settlement.payments.models import Payment


@subscribe(LicenceTookEffect)
def open_periods_of_licence(event: LicenceTookEffect) -> None:
    """Its reporting periods begin."""
    open_periods(session.get_one(Licence, event.licence_id))


@subscribe(LicenceEnded)
def end_periods_of_licence(event: LicenceEnded) -> None:
    """No royalty is owed for the time after it."""
    end_periods(session.get_one(Licence, event.licence_id))


@subscribe(FeeNotePaid)
def settle_when_paid(event: FeeNotePaid) -> None:
    """A royalty is paid, before its month is billed."""
    period = period_of_note(event.fee_note_id)
    if period is not None:
        _settle(period)


@subscribe(PaymentReceived)
def settle_when_bill_is_paid(event: PaymentReceived) -> None:
    """A royalty is paid with the bill on which it stands."""
    payment = session.get_one(Payment, event.payment_id)
    if payment.bill_id is not None:
        for period in periods_on_bill(payment.bill_id):
            _settle(period)


@subscribe(CreditNoteApproved)
def settle_when_credited(event: CreditNoteApproved) -> None:
    """What was asked for too much is taken back."""
    note = session.get_one(CreditNote, event.credit_note_id)
    for period in periods_with_charge(note.charge_id):
        _settle(period)


@subscribe(MonthClosed)
def share_income_of_month(event: MonthClosed) -> None:
    """Inventors, department and institution get their shares with the settlement."""
    share_income(event.month)


@subscribe(LateInterestAsked)
def hold_interest_of_pledged(event: LateInterestAsked) -> None:
    """Interest is held like the fee it is on."""
    reckoning = session.get_one(LateInterest, event.reckoning_id)
    asked = session.get_one(FeeNote, reckoning.interest_note_id)
    patent_id = patent_of_note(reckoning.fee_note_id)
    if patent_id is not None and asked.charge_id is not None:
        hold_if_pledged(patent_id, session.get_one(Charge, asked.charge_id))


def _settle(period: RoyaltyPeriod) -> None:
    lock_books()
    lock(period)
    settle(period)
