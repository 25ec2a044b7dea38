"""Fee notes: issued, earned, made void, given back. What comes in is held, see `payments.holding`."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.audit import record
from app.core.clock import DEFAULT_ZONE, Period, noon, now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import readable_code, uuid7
from app.core.money import CURRENCY, Money, tax_inside
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import lock_books, post
from app.settlement.events import FeeNoteIssued, FeeNoteOverdue, FeeNoteRefunded, RefundCarriedOut
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.policy import FeeNotePolicy
from app.settlement.fee_notes.queries import overdue_notes
from app.settlement.models import Charge, ChargeKind
from app.settlement.operations import draft_charge, finalise_charge, paper_number, take_numbers
from app.settlement.reminding import reminders_due
from app.settlement.settings import settings


def issue_fee_note(
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: UUID,
    subject_number: str,
    provider_id: UUID,
    payer_id: UUID,
    description: str,
    total: Money,
    tax_category: str,
    tax_rate: int,
    description_en: str = "",
    due_on: date | None = None,
    bears_interest: bool = False,
) -> FeeNote:
    """Ask one organisation to pay for one thing; VAT of `tax_rate` per cent is inside `total`. What is owed whether or
    not it is paid `bears_interest` from its due day on; a fee that only buys something when it is paid does not.

    Raises Conflict when the thing has a live note already, Invalid for nothing, for other money than yuan and for
    a fee to oneself.
    """
    if total.minor <= 0 or total.currency != CURRENCY:
        raise Invalid(_l("A fee note asks for an amount of yuan above zero."), code="amount")
    if payer_id == provider_id:
        raise Invalid(_l("Nobody pays a fee to oneself."), code="parties")
    payer = session.get_one(Organisation, payer_id)
    year = today().year
    note = FeeNote(
        id=uuid7(), number=paper_number("F", year, take_numbers("fee_note", year)), memo_code=readable_code(8),
        subject_kind=subject_kind, subject_id=subject_id, subject_number=subject_number, provider_id=provider_id,
        payer_id=payer_id, description=description, description_en=description_en, total_minor=total.minor,
        tax_minor=tax_inside(total.minor, Decimal(tax_rate)), tax_category=tax_category, tax_rate=tax_rate,
        currency=total.currency, paid_minor=0, due_on=due_on, bears_interest=bears_interest, lowered_minor=0,
        released_minor=0, state=FeeNoteState.OPEN, refund_minor=0, reminders=0,
        party={"name": payer.name, "name_en": payer.name_en, "code": payer.code}, issued_by_id=actor.user_id,
        bank={name: settings[name] for name in ("bank_name", "bank_account", "bank_account_name")}, issued_at=now(),
    )  # fmt: skip
    ensure(actor, FeeNotePolicy.issue, note)
    asked = Conflict(_l("This is asked for already."), code="asked")
    with guard({"fee_notes_one_live": asked}):
        session.add(note)
    record(actor, "fee_note.issue", note, {"amount": [None, note.total_minor]})
    emit(FeeNoteIssued(note.id))
    return note


def earn_fee_note(
    actor: Actor,
    note: FeeNote,
    *,
    kind: ChargeKind,
    used_on: date,
    service_period: Period,
    payer_class: str = "",
    lines: Sequence[Mapping[str, Any]] = (),
) -> Charge:
    """The fee is earned: its charge goes into the books and on the bill of its month. Done again it is the same one.
    `lines` explain the total, which they make up.

    What is held pays the bill when that is issued. Raises Conflict for a note that is void or refunded.
    """
    lock(note)
    if note.charge_id is not None:
        return session.get_one(Charge, note.charge_id)
    if note.has_ended:
        raise Conflict(_l("This fee note has ended."), code="ended")
    line: Mapping[str, Any] = {
        "kind": kind.value, "quantity": 1, "unit": "", "unit_price": note.total_minor, "amount": note.total_minor
    }  # fmt: skip
    charge = draft_charge(
        actor, subject_kind=note.subject_kind, subject_id=note.subject_id, subject_number=note.subject_number,
        provider_id=note.provider_id, payer_id=note.payer_id, description=note.description,
        description_en=note.description_en, service_period=service_period, used_on=used_on, payer_class=payer_class,
        lines=lines or [line], total=note.total, tax_minor=note.tax_minor, tax_category=note.tax_category,
        tax_rate=Decimal(note.tax_rate), minutes=0, kind=kind,
    )  # fmt: skip
    finalise_charge(actor, charge)
    note.charge_id = charge.id
    session.flush()
    record(actor, "fee_note.earn", note, {"amount": [None, note.total_minor]})
    return charge


def void_fee_note(actor: Actor, note: FeeNote, reason: str) -> FeeNote:
    """Nobody needs to pay any more. Raises Conflict when money has come in or the fee is earned."""
    ensure(actor, FeeNotePolicy.end, note, known_to=FeeNotePolicy.view)
    lock(note)
    if note.state is FeeNoteState.VOID:
        return note
    if note.paid_minor or note.charge_id is not None or not note.is_unpaid:
        raise Conflict(_l("Money has come in on this fee note. Give it back instead."), code="paid")
    _end(note, FeeNoteState.VOID, reason)
    record(actor, "fee_note.void", note, {"reason": [None, reason]})
    return note


def refund_fee_note(actor: Actor, note: FeeNote, reason: str) -> FeeNote:
    """All that came in goes back to the payer by bank; the operator carries it out and records it.

    Done again it changes nothing. Raises Conflict when the fee is earned: then a credit note is the way.
    """
    ensure(actor, FeeNotePolicy.end, note, known_to=FeeNotePolicy.view)
    lock(note)
    if note.state is FeeNoteState.REFUNDED:
        return note
    if note.charge_id is not None or note.state is FeeNoteState.VOID:
        raise Conflict(_l("This fee is earned. Issue a credit note instead."), code="earned")
    if not note.paid_minor:
        return void_fee_note(actor, note, reason)
    post(
        actor, f"fee_note_refund:{note.id}", "fee_note_refund", now(),
        [(chart.order_hold(note.id), note.paid_minor, note.number),
         (chart.refund_payable(note.id), -note.paid_minor, note.number)],
        subject_kind="fee_notes", subject_id=note.id,
    )  # fmt: skip
    note.refund_minor = note.paid_minor
    _end(note, FeeNoteState.REFUNDED, reason)
    record(actor, "fee_note.refund", note, {"amount": [None, note.refund_minor], "reason": [None, reason]})
    emit(FeeNoteRefunded(note.id))
    return note


def record_refund(actor: Actor, note: FeeNote, refunded_on: date, reference: str) -> FeeNote:
    """The bank has carried the refund out, on the day it says. Once recorded, the same again changes nothing.

    Raises Conflict when none is due, Invalid for a day to come or before the refund was promised.
    """
    ensure(actor, FeeNotePolicy.refund, note)
    lock(note)
    if (note.refunded_on, note.refund_reference) == (refunded_on, reference.strip()[:200]):
        return note
    if note.refunded_on is not None or not note.refund_minor or note.ended_at is None:
        raise Conflict(_l("No refund is due on this fee note."), code="no_refund")
    if not reference.strip():
        raise Invalid(_l("Write down the bank’s reference."), field="reference")
    if refunded_on > today():
        raise Invalid(_l("This day is still to come."), field="refunded_on")
    if refunded_on < note.ended_at.astimezone(DEFAULT_ZONE).date():
        raise Invalid(_l("The refund was not promised yet on this day."), field="refunded_on")
    carried_out_at = max(note.ended_at, noon(refunded_on))
    post(
        actor, f"fee_note_refunded:{note.id}", "fee_note_refunded", carried_out_at,
        [(chart.refund_payable(note.id), note.refund_minor, note.number),
         (chart.bank(), -note.refund_minor, note.number)],
        subject_kind="fee_notes", subject_id=note.id,
    )  # fmt: skip
    note.refunded_on, note.refund_reference = refunded_on, reference.strip()[:200]
    session.flush()
    changes = {"amount": [None, note.refund_minor], "reference": [None, note.refund_reference]}
    record(actor, "fee_note.refunded", note, changes)
    emit(RefundCarriedOut(note.id))
    return note


def postpone_fee_note(actor: Actor, note: FeeNote, due_on: date | None) -> FeeNote:
    """Move the due day of a note; without one it waits: nobody is reminded, and it bears no interest. A note that is
    paid stays as it is, unless it was paid while it waited."""
    ensure(actor, FeeNotePolicy.end, note, known_to=FeeNotePolicy.view)
    lock(note)
    if (note.is_owed or note.due_on is None) and note.due_on != due_on:
        before, note.due_on = note.due_on, due_on
        session.flush()
        record(
            actor, "fee_note.postpone", note, {"due": [before and before.isoformat(), due_on and due_on.isoformat()]}
        )
    return note


def announce_fee_transfer(actor: Actor, note: FeeNote) -> FeeNote:
    """The payer says that the transfer is under way. Raises Conflict when nothing is owed any more."""
    ensure(actor, FeeNotePolicy.pay, note, known_to=FeeNotePolicy.view)
    lock(note)
    if not note.is_unpaid:
        raise Conflict(_l("Already paid. Nothing more to do."), code="paid")
    if note.sent_at is None:
        note.sent_at = now()
        record(actor, "fee_note.announce", note)
    return note


def remind_of_fee_notes() -> int:
    """Announce unpaid notes that are past their due day, on the same days as bills; returns how many.

    What stands on a bill by now is reminded of with the bill.
    """
    touched = 0
    for note in overdue_notes():
        late = (today() - note.due_on).days if note.due_on else 0
        due = reminders_due(late, sent_at=note.sent_at, so_far=note.reminders)
        if due > note.reminders:
            note.reminders = due
            touched += 1
            record(SYSTEM, "fee_note.remind", note, {"reminder": [None, due]})
            emit(FeeNoteOverdue(note.id, due))
    session.flush()
    return touched


def lock(note: FeeNote) -> None:
    """Books before rows, everywhere."""
    lock_books()
    session.refresh(note, with_for_update={"of": FeeNote})


def _end(note: FeeNote, state: FeeNoteState, reason: str) -> None:
    note.state, note.ended_at, note.end_reason = state, now(), reason
    session.flush()
