"""Lowering a fee note before its bill: the charge is turned back and made anew, what was paid too much is credit."""

from decimal import Decimal

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money, tax_inside
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import post
from app.settlement.events import FeeNoteLowered, FeeNotePaid
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import lock, refund_fee_note, void_fee_note
from app.settlement.fee_notes.policy import FeeNotePolicy
from app.settlement.models import Charge, ChargeState
from app.settlement.operations import drop_charge, lower_charge
from app.settlement.payments.lateness import paid_on
from app.settlement.proceeds.operations import drop_hold, move_hold


def can_be_lowered(note: FeeNote) -> bool:
    """Whether a note has not ended and its charge, if it has one, stands on no statement yet."""
    if note.has_ended or note.state is FeeNoteState.BILLED:
        return False
    return note.charge_id is None or session.get_one(Charge, note.charge_id).state is ChargeState.FINAL


def lower_fee_note(actor: Actor, note: FeeNote, total_minor: int, reason: str) -> FeeNote:
    """Let a note ask for less (minor units, 0 or more) as long as no statement shows it. The caller, whose fee it is,
    has checked its own rules.

    What came in beyond that becomes the payer's credit; a note lowered to nothing is void, or all goes back. Both
    sides are told. The same again changes nothing. Raises Conflict once it is billed (a credit note is the way then)
    or has ended, Invalid for more than it asks for.
    """
    ensure(actor, FeeNotePolicy.end, note, known_to=FeeNotePolicy.view)
    lock(note)
    before = note.total_minor
    if total_minor == before:
        return note
    if not 0 <= total_minor < before:
        raise Invalid(_l("A fee note can only be lowered."), code="amount")
    if note.has_ended:
        raise Conflict(_l("This fee note has ended."), code="ended")
    charge = None if note.charge_id is None else session.get_one(
        Charge, note.charge_id, with_for_update=True, populate_existing=True
    )  # fmt: skip
    if note.state is FeeNoteState.BILLED or (charge is not None and charge.state is not ChargeState.FINAL):
        raise Conflict(_l("This charge is on a statement. Issue a credit note instead."), code="billed")
    if total_minor == 0:
        _end(actor, note, charge, reason)
    else:
        _lower(actor, note, charge, Money(total_minor, note.currency))
    session.flush()
    record(actor, "fee_note.lower", note, {"amount": [before, total_minor], "reason": [None, reason]})
    emit(FeeNoteLowered(note.id, before, total_minor))
    return note


def _end(actor: Actor, note: FeeNote, charge: Charge | None, reason: str) -> None:
    if charge is not None:
        drop_charge(actor, charge, reason)
        drop_hold(charge.id)
        note.charge_id = None
        session.flush()
    if note.paid_minor:
        refund_fee_note(actor, note, reason)
    else:
        void_fee_note(actor, note, reason)


def _lower(actor: Actor, note: FeeNote, charge: Charge | None, total: Money) -> None:
    was_unpaid = note.is_unpaid
    if charge is not None:
        note.charge_id = lower_charge(actor, charge, total).id
        move_hold(charge.id, note.charge_id)
    too_much = max(0, note.paid_minor - total.minor)
    if too_much:
        post(
            actor, f"fee_note_lowered:{note.id}:{total.minor}", "fee_note_lowered", now(),
            [(chart.order_hold(note.id), too_much, note.number),
             (chart.buyer_credit(note.payer_id), -too_much, note.number)],
            subject_kind="fee_notes", subject_id=note.id,
        )  # fmt: skip
    note.lowered_minor += note.total_minor - total.minor
    note.released_minor += too_much
    note.total_minor, note.paid_minor = total.minor, note.paid_minor - too_much
    note.tax_minor = tax_inside(total.minor, Decimal(note.tax_rate))
    if note.paid_minor == total.minor:
        note.state, note.value_on = FeeNoteState.PAID, paid_on(note)
        if was_unpaid:
            emit(FeeNotePaid(note.id))
