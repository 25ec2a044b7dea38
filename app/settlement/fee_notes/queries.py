"""Reading fee notes: whose they are, which a memo names, what is late, what goes back."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.accounts.models import Actor, Organisation
from app.core.clock import today
from app.core.db import session
from app.core.tenancy import everybody
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.policy import OFFICE, operator_reader
from app.settlement.statements.models import Bill, BillLine, StatementLine

Payer, Provider = aliased(Organisation), aliased(Organisation)
UNPAID = (FeeNoteState.OPEN, FeeNoteState.PART_PAID)
WITH_PARTIES = (joinedload(FeeNote.payer), joinedload(FeeNote.provider))


# What the tabs of the list ask for.
TABS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "unpaid": lambda: FeeNote.state.in_(UNPAID),
    "overdue": lambda: FeeNote.state.in_(UNPAID) & (FeeNote.due_on < today()),
    "held": lambda: FeeNote.state == FeeNoteState.PAID,
    "billed": lambda: FeeNote.state == FeeNoteState.BILLED,
    "ended": lambda: FeeNote.state.in_((FeeNoteState.REFUNDED, FeeNoteState.VOID)),
}


def visible_fee_notes(actor: Actor, *, side: str = "", state: str = "", search: str = "") -> Select[FeeNote]:
    """The notes that the actor may see, the newest first, with both sides loaded.

    `side` is ``payer`` or ``provider`` for the notes of one's own organisation, `state` one of TABS, `search` looks at
    numbers, the memo code, what it is for and both names; anything else asks for all.
    """
    statement = (
        select(FeeNote)
        .join(FeeNote.payer.of_type(Payer))
        .join(FeeNote.provider.of_type(Provider))
        .options(contains_eager(FeeNote.payer.of_type(Payer)), contains_eager(FeeNote.provider.of_type(Provider)))
        .order_by(FeeNote.issued_at.desc(), FeeNote.id.desc())
    )
    paying = FeeNote.payer_id == actor.organisation_id
    earning = (FeeNote.provider_id == actor.organisation_id) & literal(bool(actor.roles.intersection(OFFICE)))
    if not operator_reader(actor, None):
        statement = statement.where(or_(paying, earning))
    if side in {"payer", "provider"}:
        statement = statement.where(paying if side == "payer" else earning)
    if state in TABS:
        statement = statement.where(TABS[state]())
    if search:
        words = (FeeNote.description, FeeNote.description_en, Payer.name, Provider.name)
        numbers = (FeeNote.number, FeeNote.memo_code, FeeNote.subject_number)
        statement = statement.where(
            or_(
                *(column.icontains(search, autoescape=True) for column in words),
                *(column == search.upper() for column in numbers),
            )
        )
    return statement


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


def bill_of(note: FeeNote) -> Bill | None:
    """The bill on which the charge of a note stands, if it does."""
    return session.scalars(
        select(Bill)
        .join(BillLine, BillLine.bill_id == Bill.id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(StatementLine.charge_id == note.charge_id)
    ).one_or_none()


def due_day(note: FeeNote) -> date | None:
    """The last day on which a note is paid in time: its own, or that of its bill when the bill asks for it later. What
    was whole before the bill came is not asked for by it.

    None when it has none, or waits.
    """
    if note.due_on is None or note.charge_id is None or not note.outstanding_minor:
        return note.due_on
    with everybody():  # the payee does not see the bill, but its day
        bill = bill_of(note)
    return max(note.due_on, bill.due_on) if bill is not None else note.due_on


def named_note(written: str) -> FeeNote | None:
    """The note with that number or memo code."""
    wanted = written.strip().upper()
    return session.scalars(
        select(FeeNote).where(or_(FeeNote.number == wanted, FeeNote.memo_code == wanted))
    ).one_or_none()


def refunds_made() -> Select[FeeNote]:
    """Notes whose money has gone back, the latest first."""
    return (
        select(FeeNote)
        .options(*WITH_PARTIES)
        .where(FeeNote.refunded_on.is_not(None))
        .order_by(FeeNote.refunded_on.desc(), FeeNote.id.desc())
    )
