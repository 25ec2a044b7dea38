"""Notices about fee notes: issued, paid in part or in full, late, given back. Told once each."""

from typing import Any
from uuid import UUID

from app.core.db import session
from app.core.events import subscribe
from app.core.i18n import lazy_gettext as _l
from app.notifications.kinds import register_kind
from app.settlement.events import (
    FeeNoteIssued,
    FeeNoteLowered,
    FeeNoteOverdue,
    FeeNotePaid,
    FeeNoteRefunded,
    LateInterestAsked,
    RefundCarriedOut,
)
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.interests.models import LateInterest
from app.settlement.papers.notices import tell_finance, yuan
from app.settlement.payments.models import Payment

for _name, _sentence, _icon in (
    ("fee_note_issued", _l("Please pay %(amount)s: %(what)s"), "receipt-text"),
    ("fee_note_part_paid", _l("%(paid)s received, %(rest)s to go: %(what)s"), "circle-alert"),
    ("fee_note_paid", _l("Received: %(amount)s for %(what)s"), "circle-check"),
    ("fee_note_received", _l("%(payer)s has paid %(amount)s: %(what)s"), "circle-check"),
    ("fee_note_overdue", _l("Overdue: %(amount)s for %(what)s"), "triangle-alert"),
    ("fee_note_lowered", _l("%(before)s is now %(after)s: %(what)s"), "undo-2"),
    ("late_interest", _l("Late interest %(amount)s: %(what)s"), "receipt-text"),
    ("fee_note_refund", _l("%(amount)s goes back to you: %(what)s"), "undo-2"),
    ("fee_note_refunded", _l("Refunded: %(amount)s for %(what)s"), "undo-2"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="money")


def _tell(note: FeeNote, kind: str, key: str, to: UUID, *, mail: bool = True, **more: Any) -> None:
    parameters = {
        "what": {"zh_CN": note.description, "en": note.description_en or note.description}, "number": note.number,
        "subject": note.subject_number, "memo_code": note.memo_code, "due": note.due_on, "payer": note.party["name"],
        **more,
    }  # fmt: skip
    tell_finance(to, kind, key, parameters, f"/fee-notes/{note.id}", mail=kind if mail else None)


@subscribe(FeeNoteIssued)
def tell_of_fee_note(event: FeeNoteIssued) -> None:
    """Who is to pay hears of it; one that was void again at once is not told of."""
    note = session.get_one(FeeNote, event.fee_note_id)
    if note.is_unpaid:
        _tell(note, "fee_note_issued", f"fee_note_issued:{note.id}", note.payer_id, amount=note.outstanding)


def tell_of_held_payment(payment: Payment) -> None:
    """N12 for a transfer that a fee note holds: what came in, and what is still to be paid (W20)."""
    note = session.get_one(FeeNote, payment.fee_note_id)
    amount = yuan(payment.amount_minor + payment.credit_minor)
    key = f"payment_received:{payment.id}"
    if note.is_unpaid:
        paid, rest = yuan(note.paid_minor), note.outstanding
        _tell(note, "fee_note_part_paid", key, note.payer_id, paid=paid, rest=rest, amount=amount)
    else:
        credit = yuan(payment.credit_minor) if payment.credit_minor else None
        _tell(note, "fee_note_paid", key, note.payer_id, amount=amount, receipt=payment.number, credit=credit)


@subscribe(FeeNotePaid)
def tell_payee(event: FeeNotePaid) -> None:
    """Who earns the fee hears that it is here, and since when; not of money that was taken back meanwhile."""
    note = session.get_one(FeeNote, event.fee_note_id)
    if note.value_on is None:
        return
    key = f"fee_note_received:{note.id}:{note.value_on}"
    _tell(note, "fee_note_received", key, note.provider_id, amount=note.total, value_on=note.value_on)


@subscribe(FeeNoteOverdue)
def tell_of_late_fee_note(event: FeeNoteOverdue) -> None:
    """Like N13. One that was paid meanwhile is not reminded of."""
    note = session.get_one(FeeNote, event.fee_note_id)
    if note.is_unpaid:
        key = f"fee_note_overdue:{note.id}:{event.reminder}"
        _tell(note, "fee_note_overdue", key, note.payer_id, amount=note.outstanding)


@subscribe(FeeNoteLowered)
def tell_of_lower_fee_note(event: FeeNoteLowered) -> None:
    """Both sides hear that less is owed before the bill comes."""
    note = session.get_one(FeeNote, event.fee_note_id)
    before, after = yuan(event.before_minor), yuan(event.after_minor)
    released = yuan(note.released_minor) if note.released_minor else None
    for organisation_id in (note.payer_id, note.provider_id):
        key = f"fee_note_lowered:{note.id}:{event.after_minor}:{organisation_id}"
        credit = released if organisation_id == note.payer_id else None
        _tell(note, "fee_note_lowered", key, organisation_id, before=before, after=after, credit=credit)


@subscribe(LateInterestAsked)
def tell_of_late_interest(event: LateInterestAsked) -> None:
    """Who earns it hears how it is worked out; who pays it was sent the fee note and gets the same lines."""
    reckoning = session.get_one(LateInterest, event.reckoning_id)
    asked = session.get_one(FeeNote, reckoning.interest_note_id)
    lines = [line.to_json() for line in reckoning.stretches]
    for organisation_id in (asked.provider_id, asked.payer_id):
        key = f"late_interest:{reckoning.id}:{organisation_id}"
        _tell(asked, "late_interest", key, organisation_id, amount=asked.total, lines=lines)


@subscribe(FeeNoteRefunded)
def tell_of_promised_refund(event: FeeNoteRefunded) -> None:
    """What was paid goes back, and why."""
    note = session.get_one(FeeNote, event.fee_note_id)
    key, amount = f"fee_note_refund:{note.id}", yuan(note.refund_minor)
    _tell(note, "fee_note_refund", key, note.payer_id, amount=amount, reason=note.end_reason)


@subscribe(RefundCarriedOut)
def tell_of_refund(event: RefundCarriedOut) -> None:
    """The bank has sent it back."""
    note = session.get_one(FeeNote, event.fee_note_id)
    if note.state is not FeeNoteState.REFUNDED or note.refunded_on is None:
        return
    key, amount = f"fee_note_refunded:{note.id}", yuan(note.refund_minor)
    more: dict[str, Any] = {"amount": amount, "refunded_on": note.refunded_on, "reference": note.refund_reference}
    _tell(note, "fee_note_refunded", key, note.payer_id, **more)
