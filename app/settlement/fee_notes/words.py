"""The names of states of fee notes."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.fee_notes.models import FeeNote, FeeNoteState

FEE_NOTE_STATES = {
    FeeNoteState.OPEN: _l("To be paid"),
    FeeNoteState.PART_PAID: _l("Partly paid"),
    FeeNoteState.PAID: _l("Paid, held"),
    FeeNoteState.BILLED: _l("Billed"),
    FeeNoteState.REFUNDED: _l("Refunded"),
    FeeNoteState.VOID: _l("Void"),
}
# The badge of a state (docs/face.md).
FEE_NOTE_BADGES = {
    FeeNoteState.OPEN: "to_settle",
    FeeNoteState.PART_PAID: "waiting",
    FeeNoteState.PAID: "paid",
    FeeNoteState.BILLED: "settled",
    FeeNoteState.REFUNDED: "cancelled",
    FeeNoteState.VOID: "cancelled",
}


def state_of(note: FeeNote) -> tuple[str, object]:
    """(badge, name) of a note; late ones and refunds that are still to be carried out say so."""
    if note.days_late:
        return "overdue", _l("Overdue")
    if note.waits_for_refund:
        return "waiting", _l("To be refunded")
    return FEE_NOTE_BADGES[note.state], FEE_NOTE_STATES[note.state]
