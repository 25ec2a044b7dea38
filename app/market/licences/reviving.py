"""A notice that was paid in time, though we matched the transfer only after the notice had become void (art. 51)."""

from datetime import date

from app.accounts.models import SYSTEM
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import has_ended, is_withdrawn_on
from app.market.licences.queries import current_licence, declaration_with_patent, licence_of_note
from app.market.licences.words import Reason
from app.market.open_licences.models import OpenLicence
from app.settlement.fee_notes.models import FeeNote


def revive_notice(note: FeeNote, value_on: date) -> bool:
    """Let a void notice wait for its payment again; whether it does. The note is locked, and with it the books.

    The licence arises by law at the later of notice and payment (专利法 art. 51), so a payment that the bank dates
    before the notice was void has made it. Not so where the notice ended for another reason or by contract, where the
    open licence or the patent had ended by that day, or where the licensee has given another notice since.
    """
    licence = licence_of_note(note.id)
    if licence is None:
        return False
    session.refresh(licence, with_for_update={"of": Licence})
    if licence.state is not LicenceState.VOID or licence.end_reason != Reason.UNPAID or licence.open_licence_id is None:
        return False
    if licence.void_on is None or value_on >= licence.void_on:
        return False
    declaration = declaration_with_patent(licence.open_licence_id, lock=True)
    if declaration is None or not _was_open(declaration, max(licence.received_on, value_on)):
        return False
    if current_licence(declaration.id, licence.licensee_id) is not None:
        return False
    licence.state, licence.ended_on, licence.end_reason = LicenceState.NOTICED, None, ""
    licence.changed_at = now()
    session.flush()
    record(SYSTEM, "licence.revive", licence, {"state": ["void", "noticed"], "reason": [Reason.UNPAID.value, None]})
    return True


def _was_open(declaration: OpenLicence, day: date) -> bool:
    """Whether a licence could still begin on a day; on that of the withdrawal the operator decides, as ever."""
    if has_ended(declaration.patent, day):
        return False
    ended_on = declaration.ended_on
    return ended_on is None or day < ended_on or is_withdrawn_on(declaration, day)
