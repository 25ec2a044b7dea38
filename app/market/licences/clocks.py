"""What the calendar does to notices and licences: reminders, void notices, filing days, the end of the term."""

from datetime import date
from uuid import UUID

from app.accounts.models import SYSTEM
from app.core.audit import record
from app.core.clock import today
from app.core.db import session
from app.core.events import Event, emit
from app.core.workdays import working_day_from
from app.market.licences.events import FilingDue, NoticeUnpaid
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import end_licence, void_notice
from app.market.licences.words import Reason
from app.market.settings import settings
from app.settlement.fee_notes.models import FeeNote, FeeNoteState


def filing_deadline(licence: Licence) -> date | None:
    """The last day for filing: where the three months end on a holiday, the next working day (rule 5)."""
    return working_day_from(licence.filing_due_on) if licence.filing_due_on else None


def is_filing_late(licence: Licence, day: date) -> bool:
    """Whether the filing was, or is, later than its last day; the licence stands all the same."""
    deadline = filing_deadline(licence)
    return deadline is not None and (licence.filed_on or day) > deadline


def tend_notice(licence_id: UUID) -> bool:
    """Remind of an unpaid notice, or make it void on its day; whether anything was done."""
    licence = session.get_one(Licence, licence_id)
    if licence.state is not LicenceState.NOTICED or licence.void_on is None or licence.awaits_review:
        return False
    note = session.get(FeeNote, licence.fee_note_id) if licence.fee_note_id else None
    if note is None or note.state is FeeNoteState.PAID:
        return False  # its payment is on the way to it
    if today() >= licence.void_on:
        void_notice(licence, Reason.UNPAID)
        return True
    waited = (today() - licence.received_on).days
    due = sum(waited >= day for day in settings.days("unpaid_notice_reminders"))
    if due <= licence.payment_reminders:
        return False
    licence.payment_reminders = due
    return _remind(licence, due, NoticeUnpaid(licence.id, due))


def tend_filing(licence_id: UUID) -> bool:
    """Remind both sides of the filing, on the days before it is due and once when it is late."""
    licence = session.get_one(Licence, licence_id)
    if licence.state is not LicenceState.EFFECTIVE or licence.filing_due_on is None:
        return False
    left = (licence.filing_due_on - today()).days
    due = sum(left <= day for day in settings.days("filing_reminders")) + is_filing_late(licence, today())
    if due <= licence.filing_reminders:
        return False
    licence.filing_reminders = due
    return _remind(licence, due, FilingDue(licence.id, due))


def _remind(licence: Licence, number: int, event: Event) -> bool:
    """Note and announce the so many-th reminder of a licence."""
    session.flush()
    record(SYSTEM, "licence.remind", licence, {"reminder": [None, number]})
    emit(event)
    return True


def end_by_time(licence_id: UUID) -> bool:
    """End a licence whose term is over."""
    licence = session.get_one(Licence, licence_id)
    if not licence.is_live or licence.ends_on is None or licence.ends_on > today():
        return False
    end_licence(licence, licence.ends_on, Reason.TERM)
    return True
