"""Whatever changes what was owed, or when it came in, works interest out anew. Each may run twice."""

from app.core.db import session
from app.core.events import subscribe
from app.settlement.credits.models import CreditNote
from app.settlement.events import CreditNoteApproved, FeeNoteLowered, FeeNotePaid
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.operations import reckon_interest
from app.settlement.interests.queries import note_with_charge


@subscribe(FeeNotePaid)
def ask_for_interest(event: FeeNotePaid) -> None:
    """A fee is paid in full: whether it was late is known now."""
    reckon_interest(session.get_one(FeeNote, event.fee_note_id))


@subscribe(FeeNoteLowered)
def lower_interest_with_its_note(event: FeeNoteLowered) -> None:
    """Less was owed."""
    reckon_interest(session.get_one(FeeNote, event.fee_note_id))


@subscribe(CreditNoteApproved)
def lower_interest_with_its_charge(event: CreditNoteApproved) -> None:
    """What was taken back was never owed and bears no interest."""
    note = note_with_charge(session.get_one(CreditNote, event.credit_note_id).charge_id)
    if note is not None:
        reckon_interest(note)
