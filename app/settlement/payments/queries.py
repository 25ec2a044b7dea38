"""Reading incoming money: what waits in suspense, what belongs to a bill, which bill a memo names."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Organisation
from app.core.db import session
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.queries import UNPAID as OPEN_NOTES
from app.settlement.payments.allocation import Claim
from app.settlement.payments.models import BankLine, Collection, Payment
from app.settlement.statements.models import UNPAID, Bill, BillLine, BillState, StatementLine

CODE_LENGTH = 8
WITH_ENDS = (
    joinedload(Payment.bill),
    joinedload(Payment.fee_note),
    joinedload(Payment.bank_line),
    joinedload(Payment.payer),
    joinedload(Payment.reversal),
)
_RUN = re.compile(r"[2-9A-HJKMNP-Z]{8,}")


def memo_codes(memo: str) -> list[str]:
    """Everything in a memo that could be a memo code: full-width, lower case and blanks inside are forgiven."""
    text = unicodedata.normalize("NFKC", memo).upper()
    runs = _RUN.findall(text) + _RUN.findall(re.sub(r"[\s\-_.]", "", text))
    found = [run[start : start + CODE_LENGTH] for run in runs for start in range(len(run) - CODE_LENGTH + 1)]
    return list(dict.fromkeys(found))


def named_in(memo: str) -> Bill | FeeNote | None:
    """The one unpaid bill or open fee note whose code a memo carries; None when it names none, or several.

    The code of a fee note that stands on a bill by now names that bill.
    """
    codes = memo_codes(memo)
    if not codes:
        return None
    billed = (
        select(Bill)
        .join(BillLine, BillLine.bill_id == Bill.id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .join(FeeNote, FeeNote.charge_id == StatementLine.charge_id)
        .where(FeeNote.memo_code.in_(codes), FeeNote.state == FeeNoteState.BILLED, Bill.state.in_(UNPAID))
    )
    bills = [
        *session.scalars(select(Bill).where(Bill.memo_code.in_(codes), Bill.state.in_(UNPAID)).limit(2)),
        *session.scalars(billed.limit(2)),
    ]
    notes = session.scalars(
        select(FeeNote).where(FeeNote.memo_code.in_(codes), FeeNote.state.in_(OPEN_NOTES)).limit(2)
    ).all()
    found = {one.id: one for one in (*bills, *notes)}
    return next(iter(found.values())) if len(found) == 1 else None


def ended_before_matched(line: BankLine) -> FeeNote | None:
    """The void fee note whose code a transfer carries, where the bank dates it before the note was due."""
    codes = memo_codes(line.memo)
    if not codes:
        return None
    found = session.scalars(
        select(FeeNote)
        .where(FeeNote.memo_code.in_(codes), FeeNote.state == FeeNoteState.VOID, FeeNote.due_on > line.booked_on)
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def claims_of(bill_id: UUID) -> list[Claim]:
    """The lines of a bill, the oldest use first, with what has been collected on each."""
    rows = session.execute(
        select(
            BillLine.id, BillLine.provider_id, StatementLine.amount_minor, StatementLine.net_minor,
            func.coalesce(func.sum(Collection.gross_minor), 0), func.coalesce(func.sum(Collection.net_minor), 0),
        )
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .outerjoin(Collection, Collection.bill_line_id == BillLine.id)
        .where(BillLine.bill_id == bill_id)
        .group_by(BillLine.id, StatementLine.id)
        .order_by(StatementLine.used_on, StatementLine.charge_id)
    ).all()  # fmt: skip
    return [
        Claim(line, provider, gross, net, int(got), int(got_net)) for line, provider, gross, net, got, got_net in rows
    ]


def bank_lines(*, state: str = "", search: str = "") -> Select[BankLine]:
    """Transfers, the newest first; `state` is ``open`` or ``done``, `search` looks at payer, memo and reference."""
    statement = select(BankLine).order_by(BankLine.booked_on.desc(), BankLine.id.desc())
    if state == "open":
        statement = statement.where(BankLine.assigned_minor < BankLine.amount_minor)
    elif state == "done":
        statement = statement.where(BankLine.assigned_minor == BankLine.amount_minor)
    if search:
        statement = statement.where(
            or_(
                BankLine.payer_name.icontains(search, autoescape=True),
                BankLine.memo.icontains(search, autoescape=True),
                BankLine.reference == search,
            )
        )
    return statement


def payments_of(
    *, bill_id: UUID | None = None, fee_note_id: UUID | None = None, bank_line_ids: Sequence[UUID] = ()
) -> Sequence[Payment]:
    """Payments of a bill or a fee note, or from some transfers, with both ends loaded, the oldest first."""
    statement = select(Payment).options(*WITH_ENDS)
    if bill_id is not None:
        statement = statement.where(Payment.bill_id == bill_id)
    elif fee_note_id is not None:
        statement = statement.where(Payment.fee_note_id == fee_note_id)
    else:
        statement = statement.where(Payment.bank_line_id.in_(bank_line_ids))
    return session.scalars(statement.order_by(Payment.id)).all()


def suggested_bills(line: BankLine, limit: int = 5) -> Sequence[Bill]:
    """Unpaid bills that a transfer may be meant for: the memo's code, the payer's name, then the same amount."""
    outstanding = Bill.total_minor - Bill.paid_minor
    rank = (
        case((Bill.memo_code.in_(memo_codes(line.memo)), 4), else_=0)
        + case((Organisation.name == line.payer_name, 2), else_=0)
        + case((outstanding == line.rest_minor, 1), else_=0)
    )
    return session.scalars(
        select(Bill)
        .join(Organisation, Organisation.id == Bill.payer_id)
        .options(joinedload(Bill.payer))
        .where(Bill.state.in_(UNPAID), rank > 0)
        .order_by(rank.desc(), Bill.due_on, Bill.id)
        .limit(limit)
    ).all()


def suggested_fee_notes(line: BankLine, limit: int = 5) -> Sequence[FeeNote]:
    """Open fee notes that a transfer may be meant for, ranked as bills are."""
    outstanding = FeeNote.total_minor - FeeNote.paid_minor
    rank = (
        case((FeeNote.memo_code.in_(memo_codes(line.memo)), 4), else_=0)
        + case((Organisation.name == line.payer_name, 2), else_=0)
        + case((outstanding == line.rest_minor, 1), else_=0)
    )
    return session.scalars(
        select(FeeNote)
        .join(Organisation, Organisation.id == FeeNote.payer_id)
        .options(joinedload(FeeNote.payer))
        .where(FeeNote.state.in_(OPEN_NOTES), rank > 0)
        .order_by(rank.desc(), FeeNote.due_on, FeeNote.id)
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class Receivables:
    """What customers owe at this moment, in minor units."""

    bills: int
    amount: int
    overdue_bills: int
    overdue_amount: int
    transfers: int
    transfers_amount: int


def receivables() -> Receivables:
    """What is owed, what of that is late, and what lies in suspense."""
    outstanding = Bill.total_minor - Bill.paid_minor
    late = Bill.state == BillState.OVERDUE
    owed = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(outstanding), 0),
            func.count().filter(late),
            func.coalesce(func.sum(outstanding).filter(late), 0),
        ).where(Bill.state.in_(UNPAID))
    ).one()
    waiting = session.execute(
        select(func.count(), func.coalesce(func.sum(BankLine.amount_minor - BankLine.assigned_minor), 0)).where(
            BankLine.assigned_minor < BankLine.amount_minor
        )
    ).one()
    return Receivables(*(int(value) for value in (*owed, *waiting)))
