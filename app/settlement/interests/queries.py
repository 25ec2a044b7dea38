"""Reading late interest: what was asked for, and what runs up while a fee is not paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.core.clock import today
from app.core.db import session
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.queries import due_day
from app.settlement.interest import Rate, Stretch, read_rates, rounded, stretches
from app.settlement.interests.models import LateInterest
from app.settlement.models import ChargeKind
from app.settlement.payments.lateness import parts_paid
from app.settlement.settings import settings
from app.settlement.statements.models import StatementLine


def rates_in_force() -> list[Rate]:
    """The table of the setting."""
    return read_rates(str(settings["late_interest_rates"]))


def owed_minor(note: FeeNote) -> int:
    """What is (or was) really owed on a note, in minor units: without what approved credit notes have taken back."""
    if note.has_ended:
        return 0
    credited = select(func.coalesce(func.sum(CreditNote.amount_minor), 0)).where(
        CreditNote.charge_id == note.charge_id, CreditNote.state == CreditState.APPROVED
    )
    return note.total_minor - int(session.scalar(credited) or 0)


def reckonings_of(note_ids: Collection[UUID]) -> Sequence[LateInterest]:
    """Every reckoning of some fee notes with both notes loaded, the first one first."""
    return session.scalars(
        select(LateInterest)
        .options(joinedload(LateInterest.fee_note), joinedload(LateInterest.interest_note))
        .where(LateInterest.fee_note_id.in_(note_ids))
        .order_by(LateInterest.fee_note_id, LateInterest.position)
    ).all()


def reckoning_of(interest_note_id: UUID) -> LateInterest | None:
    """What an interest note asks for."""
    return session.scalars(
        select(LateInterest)
        .options(joinedload(LateInterest.fee_note))
        .where(LateInterest.interest_note_id == interest_note_id)
    ).one_or_none()


def explained_lines(lines: Sequence[StatementLine]) -> dict[UUID, list[Stretch]]:
    """What explains those lines of statements and bills that are interest, by charge."""
    charge_ids = [line.charge_id for line in lines if line.kind is ChargeKind.INTEREST]
    if not charge_ids:
        return {}
    rows = session.execute(
        select(FeeNote.charge_id, LateInterest)
        .join(LateInterest, LateInterest.interest_note_id == FeeNote.id)
        .where(FeeNote.charge_id.in_(charge_ids))
    ).all()
    return {charge_id: reckoning.stretches for charge_id, reckoning in rows if charge_id is not None}


def running(note: FeeNote) -> list[Stretch]:
    """What has run up to today on a note that is late and not paid; empty for any other."""
    if not note.bears_interest or not note.is_owed:
        return []
    due = due_day(note)
    if due is None or due >= today():
        return []
    return stretches(owed_minor(note), parts_paid(note), due, rates_in_force(), today())


@dataclass(frozen=True, slots=True)
class RunUp:
    """Interest that nobody asks for yet: its lines, and their sum in minor units."""

    lines: Sequence[Stretch]
    amount: int


def run_up(notes: Sequence[FeeNote]) -> RunUp:
    """What has run up to today on those of some notes that are late and not paid."""
    lines = [line for note in notes for line in running(note)]
    return RunUp(lines, rounded(lines))


def note_with_charge(charge_id: UUID) -> FeeNote | None:
    """The fee note whose charge it is."""
    return session.scalars(select(FeeNote).where(FeeNote.charge_id == charge_id)).one_or_none()
