"""Reading fee notes: whose they are, which a memo names, what is late, what goes back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, Role
from app.core.clock import today
from app.core.db import session
from app.settlement.fee_notes.models import FeeNote, FeeNoteState

UNPAID = (FeeNoteState.OPEN, FeeNoteState.PART_PAID)
WITH_PARTIES = (joinedload(FeeNote.payer), joinedload(FeeNote.provider))


def visible_fee_notes(actor: Actor) -> Select[FeeNote]:
    """The notes that the actor may know of, the newest first, with both sides loaded."""
    statement = select(FeeNote).options(*WITH_PARTIES).order_by(FeeNote.issued_at.desc(), FeeNote.id.desc())
    if actor.operates(Role.OWNER, Role.SETTLEMENT, Role.AUDITOR):
        return statement
    return statement.where(or_(FeeNote.provider_id == actor.organisation_id, FeeNote.payer_id == actor.organisation_id))


def fee_note_of(subject_kind: str, subject_id: UUID) -> FeeNote | None:
    """The note of a thing that is not void, if there is one."""
    return session.scalars(
        select(FeeNote)
        .options(*WITH_PARTIES)
        .where(
            FeeNote.subject_kind == subject_kind,
            FeeNote.subject_id == subject_id,
            FeeNote.state != FeeNoteState.VOID,
        )
    ).one_or_none()


def overdue_notes() -> Sequence[FeeNote]:
    """Unpaid notes past their due day, locked; those that others work on are left to them."""
    return session.scalars(
        select(FeeNote)
        .where(FeeNote.state.in_(UNPAID), FeeNote.due_on < today())
        .order_by(FeeNote.id)
        .with_for_update(skip_locked=True, of=FeeNote)
    ).all()


def refunds_due() -> Select[FeeNote]:
    """Notes whose money has still to go back, the oldest first."""
    return (
        select(FeeNote)
        .options(*WITH_PARTIES)
        .where(FeeNote.state == FeeNoteState.REFUNDED, FeeNote.refund_minor > 0, FeeNote.refunded_on.is_(None))
        .order_by(FeeNote.ended_at, FeeNote.id)
    )
