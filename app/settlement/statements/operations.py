"""Closing a month, issuing one institution's statement early, and what happens to bills that are not paid."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.templating import month_words
from app.ledger.models import LedgerTransaction
from app.ledger.operations import check_deferred, lock_books, post_many
from app.settlement.events import BillBecameOverdue, BillIssued, ChargesFinalised, MonthClosed, StatementIssued
from app.settlement.models import Charge, ChargeState
from app.settlement.operations import charge_posting
from app.settlement.reminding import reminders_due
from app.settlement.statements.calendar import following
from app.settlement.statements.models import UNPAID, Bill, BillState, MonthClose, Statement, StatementLine
from app.settlement.statements.papers import write_bills, write_statements
from app.settlement.statements.policy import BillPolicy, MonthPolicy, StatementPolicy
from app.settlement.statements.queries import first_open_month

BATCH = 5000
_LOCK = 0x6A69_7368_6902


def close_month(actor: Actor, month: date, save: Callable[[], None] = lambda: None) -> MonthClose:
    """Close a month: every finished, unobjected line goes on a statement and a bill; `month` is its first day.

    Done again it changes nothing and returns the first close. `save` commits between batches of a large month.
    Raises Conflict while an earlier month is open, Invalid for a month that has not begun.
    """
    ensure(actor, MonthPolicy.close, None)
    windows_cut = 0
    while True:
        closed = _take_lock(month)
        if closed is not None:
            return closed
        finalised, cut = _finalise_some(actor, month, None)
        windows_cut += cut
        if not finalised:
            break
        save()
    statements = write_statements(actor, month)
    check_deferred()
    bills = write_bills(month)
    lines = session.scalar(
        select(func.count()).select_from(StatementLine).join(Statement).where(Statement.month == month)
    )
    issued = session.scalar(select(func.count()).select_from(Statement).where(Statement.month == month)) or 0
    closed = MonthClose(
        month=month, closed_by_id=actor.user_id, statements=issued, bills=len(bills), lines=lines or 0,
        windows_cut=windows_cut, closed_at=now(),
    )  # fmt: skip
    session.add(closed)
    session.flush()
    emit(*(StatementIssued(identity) for identity in statements), *(BillIssued(identity) for identity in bills))
    emit(MonthClosed(month))
    record(actor, "month.close", closed, {"month": [None, month.isoformat()], "lines": [None, closed.lines]})
    return closed


def issue_statement(actor: Actor, provider: Organisation, month: date) -> tuple[Statement, int]:
    """Issue one institution's statement before the month is closed for all; its lines are billed at the close.

    Returns the statement and how many objection windows it cut short. Done again it returns the first one.
    Raises Conflict when the month is closed already or an earlier one is open, Invalid when there is nothing.
    """
    ensure(actor, StatementPolicy.issue, Statement(provider_id=provider.id))
    statement = _statement_of(provider.id, month)
    if statement is not None:
        return statement, 0
    if _take_lock(month) is not None:
        sentence = _l("%(month)s is closed; what comes now is stated in the next month.", month=month_words(month))
        raise Conflict(sentence, code="month_closed")
    windows_cut = 0
    while True:
        finalised, cut = _finalise_some(actor, month, provider.id)
        windows_cut += cut
        if not finalised:
            break
    issued = write_statements(actor, month, provider.id)
    statement = _statement_of(provider.id, month)
    if statement is None:
        raise Invalid(_l("Nothing was used in this month that could be stated."), code="nothing_to_state")
    emit(*(StatementIssued(identity) for identity in issued))
    record(actor, "statement.issue", statement, {"net": [None, statement.net_minor]})
    return statement, windows_cut


def announce_transfer(actor: Actor, bill: Bill) -> Bill:
    """The customer says that the transfer is under way; reminders pause for `announced_pause_days`."""
    ensure(actor, BillPolicy.pay, bill, known_to=BillPolicy.known_to)
    session.refresh(bill, with_for_update={"of": Bill})
    if not bill.is_unpaid:
        raise Conflict(_l("This bill is paid. Nothing more to do."), code="paid")
    if bill.sent_at is None:
        bill.sent_at = now()
        record(actor, "bill.announce", bill)
    return bill


def mark_overdue() -> int:
    """Turn unpaid bills past their due day overdue and announce due reminders; returns how many were touched.

    Who has said that the transfer is under way is not reminded for some days; what fell due meanwhile comes as one.
    """
    late = session.scalars(
        select(Bill)
        .where(Bill.state.in_(UNPAID), Bill.due_on < today())
        .order_by(Bill.id)
        .with_for_update(skip_locked=True)
    ).all()
    touched = 0
    for bill in late:
        due = reminders_due(bill.days_late, sent_at=bill.sent_at, so_far=bill.reminders)
        if bill.state is BillState.OVERDUE and due <= bill.reminders:
            continue
        touched += 1
        if bill.state is not BillState.OVERDUE:
            bill.state = BillState.OVERDUE
            record(SYSTEM, "bill.overdue", bill)
        if due > bill.reminders:
            bill.reminders = due
            emit(BillBecameOverdue(bill.id, due))
    session.flush()
    return touched


def ensure_closable(month: date) -> None:
    """Raises Invalid for a month to come, Conflict while an earlier month has charges and is not closed."""
    if month > today():
        raise Invalid(_l("This month has not begun."), field="month", code="month_to_come")
    earlier = first_open_month(before=month)
    if earlier is not None:
        sentence = _l("Close %(month)s first.", month=month_words(earlier))
        raise Conflict(sentence, code="earlier_month_open", details={"month": earlier.strftime("%Y-%m")})


def _take_lock(month: date) -> MonthClose | None:
    """Let nobody else close until we commit; gives back what an earlier close of this month left.

    Raises what `ensure_closable` raises.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    closed = session.get(MonthClose, month, populate_existing=True)
    if closed is not None:
        return closed
    lock_books()
    ensure_closable(month)
    return None


def _finalise_some(actor: Actor, month: date, provider_id: UUID | None) -> tuple[int, int]:
    """Make a batch of provisional charges final; returns how many, and how many could still have been objected to."""
    due = [Charge.state == ChargeState.PROVISIONAL, Charge.used_on < following(month)]
    if provider_id is not None:
        due.append(Charge.provider_id == provider_id)
    columns = (
        Charge.id, Charge.kind, Charge.subject_number, Charge.payer_id, Charge.provider_id, Charge.total_minor,
        Charge.commission_minor, Charge.commission_tax_minor, Charge.currency, Charge.service_period,
        Charge.window_ends_at,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(*due).order_by(Charge.id).limit(BATCH).with_for_update()).all()
    if not rows:
        return 0, 0
    instant = now()
    post_many(actor, [charge_posting(row) for row in rows if row.total_minor and row.payer_id != row.provider_id])
    posted = (
        select(LedgerTransaction.id).where(LedgerTransaction.key == func.concat("charge:", Charge.id)).scalar_subquery()
    )
    session.execute(
        update(Charge)
        .where(Charge.id == any_(literal([row.id for row in rows], ARRAY(Uuid))))
        .values(state=ChargeState.FINAL, finalised_at=instant, ledger_transaction_id=posted)
        .execution_options(synchronize_session=False)
    )
    check_deferred()
    emit(ChargesFinalised([str(row.id) for row in rows]))
    return len(rows), sum(row.window_ends_at is not None and row.window_ends_at > instant for row in rows)


def _statement_of(provider_id: UUID, month: date) -> Statement | None:
    return session.scalars(
        select(Statement).where(Statement.provider_id == provider_id, Statement.month == month)
    ).one_or_none()
