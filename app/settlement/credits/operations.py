"""Issuing, approving and refusing credit notes."""

from datetime import timedelta
from fractions import Fraction

from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import now, period, today
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import Money, round_half_up
from app.core.policy import ensure
from app.core.templating import format_money
from app.ledger.operations import lock_books
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.credits.policy import CreditPolicy
from app.settlement.events import CreditNoteApproved
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import paper_number, post_charge, take_numbers
from app.settlement.policy import ChargePolicy


def creditable(charge: Charge) -> Money:
    """How much of a charge can still be taken back."""
    taken = session.scalar(
        select(func.coalesce(func.sum(CreditNote.amount_minor), 0)).where(
            CreditNote.charge_id == charge.id, CreditNote.state != CreditState.REFUSED
        )
    )
    return Money(charge.total_minor - int(taken or 0), charge.currency)


def issue_credit_note(actor: Actor, charge: Charge, amount: Money, reason: str) -> CreditNote:
    """Ask to take back (part of) a billed charge; a second person decides.

    Raises Conflict when it is not billed or another note waits, Invalid when it is more than what is left.
    """
    ensure(actor, CreditPolicy.issue, charge, known_to=ChargePolicy.view)
    if actor.user_id is None:
        raise Forbidden(_l("A credit note is issued by a person."))
    lock_books()
    session.refresh(charge, with_for_update={"of": Charge})
    if charge.state is not ChargeState.BILLED or charge.kind is ChargeKind.CREDIT:
        raise Conflict(_l("Only a billed charge can be credited."), code="not_billed")
    if not reason.strip():
        raise Invalid(_l("Say why."), field="reason")
    left = creditable(charge)
    if amount.minor <= 0 or left < amount:
        raise Invalid(_l("At most %(sum)s can be taken back.", sum=format_money(left)), field="amount")
    note = _new_note(charge, amount, reason.strip())
    note.issued_by_id = actor.user_id
    waiting = Conflict(_l("Another credit note for this charge waits for its second person."), code="note_waiting")
    with guard({"credit_notes_one_waiting": waiting}):
        session.add(note)
    record(actor, "credit_note.issue", note, {"amount": [None, amount.minor], "reason": [None, note.reason]})
    return note


def credit_by_reckoning(charge: Charge, amount: Money, reason: str) -> CreditNote:
    """Take back at once what follows by arithmetic from a decision that persons have taken about another charge, e.g.
    interest on what was credited. No more than can be taken back; the charge is billed."""
    lock_books()
    session.refresh(charge, with_for_update={"of": Charge})
    if charge.state is not ChargeState.BILLED or not 0 < amount.minor <= creditable(charge).minor:
        raise Conflict(_l("Only a billed charge can be credited."), code="not_billed")
    note = _new_note(charge, amount, reason)
    credit = _credit_charge(charge, note)
    session.add(credit)
    session.flush()
    post_charge(SYSTEM, credit)
    note.state, note.result_id, note.decided_at = CreditState.APPROVED, credit.id, now()
    session.add(note)
    session.flush()
    record(SYSTEM, "credit_note.reckon", note, {"amount": [None, amount.minor], "reason": [None, reason]})
    emit(CreditNoteApproved(note.id))
    return note


def _new_note(charge: Charge, amount: Money, reason: str) -> CreditNote:
    year = today().year
    return CreditNote(
        id=uuid7(), number=paper_number("CN", year, take_numbers("credit", year)), charge_id=charge.id,
        provider_id=charge.provider_id, amount_minor=amount.minor, currency=charge.currency, reason=reason,
        state=CreditState.WAITING, issued_at=now(),
    )  # fmt: skip


def approve_credit_note(actor: Actor, note: CreditNote) -> CreditNote:
    """The second person agrees: a negative charge of today is posted and stands on the next statement and bill."""
    _start_decision(actor, note)
    charge = session.get_one(Charge, note.charge_id)
    credit = _credit_charge(charge, note)
    session.add(credit)
    session.flush()
    post_charge(actor, credit)
    note.state, note.decided_by_id, note.decided_at = CreditState.APPROVED, actor.user_id, now()
    note.result_id = credit.id
    session.flush()
    record(actor, "credit_note.approve", note, {"state": ["waiting", "approved"]})
    emit(CreditNoteApproved(note.id))
    return note


def refuse_credit_note(actor: Actor, note: CreditNote) -> CreditNote:
    """The second person does not agree; nothing is posted."""
    _start_decision(actor, note)
    note.state, note.decided_by_id, note.decided_at = CreditState.REFUSED, actor.user_id, now()
    session.flush()
    record(actor, "credit_note.refuse", note, {"state": ["waiting", "refused"]})
    return note


def _start_decision(actor: Actor, note: CreditNote) -> None:
    ensure(actor, CreditPolicy.decide, note)
    lock_books()
    session.refresh(note, with_for_update={"of": CreditNote})
    if note.state is not CreditState.WAITING:
        raise Conflict(_l("This credit note is decided already."), code="decided")
    if actor.user_id is None or actor.user_id == note.issued_by_id:
        raise Forbidden(_l("Who issued a credit note cannot approve it. Ask a colleague."), code="two_persons")


def _credit_charge(charge: Charge, note: CreditNote) -> Charge:
    """The negative charge. Tax and commission are the original's in proportion, so that the parts of a charge that
    is credited bit by bit add up to exactly the whole."""
    before = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Charge.total_minor), 0),
            func.coalesce(func.sum(Charge.tax_minor), 0),
            func.coalesce(func.sum(Charge.commission_minor), 0),
            func.coalesce(func.sum(Charge.commission_tax_minor), 0),
        ).where(Charge.corrects_id == charge.id)
    ).one()
    count, total, tax, commission, commission_tax = (int(value) for value in before)
    upto = Fraction(note.amount_minor - total, charge.total_minor)
    instant = now()
    return Charge(
        subject_kind=charge.subject_kind, subject_id=charge.subject_id, subject_number=charge.subject_number,
        kind=ChargeKind.CREDIT, revision=1 + _credits_of_subject(charge), state=ChargeState.PROVISIONAL,
        provider_id=charge.provider_id, payer_id=charge.payer_id, payer_class=charge.payer_class,
        item_id=charge.item_id, description=charge.description, description_en=charge.description_en,
        service_period=period(instant - timedelta(seconds=1), instant), used_on=today(), minutes=0,
        lines=[{"kind": "credit", "amount": -note.amount_minor, "number": note.number, "part": count + 1}],
        total_minor=-note.amount_minor, currency=charge.currency, tax_category=charge.tax_category,
        tax_rate=charge.tax_rate, commission_basis_points=charge.commission_basis_points,
        commission_tax_percent=charge.commission_tax_percent, corrects_id=charge.id,
        tax_minor=-round_half_up(charge.tax_minor * upto) - tax,
        commission_minor=-round_half_up(charge.commission_minor * upto) - commission,
        commission_tax_minor=-round_half_up(charge.commission_tax_minor * upto) - commission_tax,
    )  # fmt: skip


def _credits_of_subject(charge: Charge) -> int:
    return session.scalar(
        select(func.count()).select_from(Charge).where(
            Charge.subject_kind == charge.subject_kind, Charge.subject_id == charge.subject_id,
            Charge.kind == ChargeKind.CREDIT,
        )
    ) or 0  # fmt: skip
