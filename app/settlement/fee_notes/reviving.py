"""Fee notes that ended unpaid and yet were paid in time: the bank's value date counts, not the day of our matching."""

from collections.abc import Callable
from datetime import date

from app.accounts.models import Actor
from app.core.audit import record
from app.core.db import session
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import lock

Reviver = Callable[[FeeNote, date], bool]
_revivers: dict[str, Reviver] = {}


def register_reviver(subject_kind: str, reviver: Reviver) -> None:
    """Let the slice whose fee it is say whether what it bought can still come about with a payment of a value date;
    where it says yes it has made its own thing wait for the payment again."""
    _revivers[subject_kind] = reviver


def revive_fee_note(actor: Actor, note: FeeNote, value_on: date, amount_minor: int) -> bool:
    """Open a void note again for a transfer that pays all of it and that the bank dates before the note was due.

    Returns whether it is open now; anything else leaves it void, and the transfer becomes the payer's credit. A note
    of which a part had come in is given back as a whole and stays so.
    """
    reviver = _revivers.get(note.subject_kind)
    lock(note)
    in_time = note.due_on is not None and value_on < note.due_on
    if note.state is not FeeNoteState.VOID or reviver is None or not in_time or amount_minor < note.total_minor:
        return False
    if not reviver(note, value_on):
        return False
    before, note.state, note.ended_at, note.end_reason = note.end_reason, FeeNoteState.OPEN, None, ""
    session.flush()
    record(actor, "fee_note.revive", note, {"reason": [before, None]})
    return True
