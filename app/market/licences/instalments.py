"""Instalments that fall due after a licence took effect: planned then, asked for in time, earned on their day."""

from datetime import date, timedelta
from uuid import UUID

from app.accounts.models import SYSTEM
from app.core.audit import record
from app.core.clock import DEFAULT_ZONE, day_period, today
from app.core.db import session
from app.core.ids import uuid7
from app.core.money import Money
from app.ledger.operations import lock_books
from app.market.licences.models import LIVE, Licence, LicenceInstalment
from app.market.licences.pledges import hold_if_pledged
from app.market.licences.queries import instalments_of
from app.market.open_licences.models import PriceForm
from app.market.open_licences.prices import instalments
from app.market.patents.models import Patent
from app.market.settings import settings
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note, refund_fee_note
from app.settlement.models import ChargeKind


def plan_instalments(licence: Licence) -> None:
    """Write down what falls due later, each counted from the day the licence took effect, never chained. What would
    fall due with its end or after it is never owed."""
    if licence.price_form is not PriceForm.INSTALMENTS or licence.effective_on is None or licence.ends_on is None:
        return
    for part in instalments(licence, licence.effective_on):
        if licence.effective_on < part.due_on < licence.ends_on:
            session.add(
                LicenceInstalment(
                    id=uuid7(), licence_id=licence.id, licensor_id=licence.licensor_id,
                    licensee_id=licence.licensee_id, number=part.number, due_on=part.due_on, amount_minor=part.minor,
                    is_closed=False,
                )
            )  # fmt: skip
    session.flush()


def tend_instalment(instalment_id: UUID) -> bool:
    """Ask for an instalment some days before it is due, and earn it on its day; whether anything was done."""
    lock_books()
    part = session.get_one(LicenceInstalment, instalment_id, with_for_update=True, populate_existing=True)
    licence = session.get_one(Licence, part.licence_id)
    if part.is_closed or licence.state not in LIVE:
        return False
    day, done = today(), False
    if part.fee_note_id is None and part.due_on <= day + timedelta(days=settings.number("instalment_days")):
        _ask(licence, part)
        done = True
    if part.fee_note_id is not None and part.due_on <= day:
        earn_instalment(part)
        done = True
    return done


def _ask(licence: Licence, part: LicenceInstalment) -> None:
    patent = session.get_one(Patent, licence.patent_id)
    note = issue_fee_note(
        SYSTEM, subject_kind="licence_instalments", subject_id=part.id,
        subject_number=f"{licence.number}-{part.number}",
        provider_id=part.licensor_id, payer_id=part.licensee_id,
        description=f"专利许可使用费第{part.number}期 {patent.shown_number}",
        description_en=f"Patent licence fee, instalment {part.number}, {patent.shown_number}",
        total=Money(part.amount_minor, licence.currency), tax_category="patent_licence",
        tax_rate=settings.number("licence_tax_percent"), due_on=part.due_on, bears_interest=True,
    )  # fmt: skip
    part.fee_note_id = note.id
    session.flush()
    record(SYSTEM, "licence.instalment", licence, {"amount": [None, part.amount_minor]})


def earn_instalment(part: LicenceInstalment) -> None:
    """An instalment is earned when it is paid, at the latest on its due day. Twice is once."""
    if part.fee_note_id is None or part.is_closed:
        return
    note = session.get_one(FeeNote, part.fee_note_id)
    day = min(part.due_on, note.value_on or part.due_on)
    charge = earn_fee_note(
        SYSTEM, note, kind=ChargeKind.LICENCE_FEE, used_on=day, service_period=day_period(day, DEFAULT_ZONE)
    )
    hold_if_pledged(session.get_one(Licence, part.licence_id).patent_id, charge)
    part.is_closed = True
    session.flush()


def close_instalments(licence: Licence, ended_on: date, reason: str) -> None:
    """What would fall due on the end of a licence or after it is not owed; what was paid on it goes back. What was due
    before stays owed, also where nobody has asked for it in time."""
    for part in instalments_of(licence.id):
        if part.is_closed:
            continue
        if part.due_on < ended_on:
            if part.fee_note_id is None:
                _ask(licence, part)
            earn_instalment(part)
            continue
        part.is_closed = True
        session.flush()
        if part.fee_note_id is not None:
            refund_fee_note(SYSTEM, session.get_one(FeeNote, part.fee_note_id), reason)
