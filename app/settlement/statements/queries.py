"""Reading statements, bills and months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, cast, extract, false, func, literal, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, Organisation
from app.core.clock import now, today
from app.core.db import session
from app.ledger.models import LedgerTransaction
from app.settlement.models import Charge, ChargeState
from app.settlement.policy import operator_reader, reads_papers
from app.settlement.statements.calendar import following
from app.settlement.statements.models import UNPAID, Bill, BillLine, BillState, MonthClose, Statement, StatementLine

TO_STATE = (ChargeState.PROVISIONAL, ChargeState.OBJECTED, ChargeState.FINAL)
_OWED = (Charge.total_minor != 0) & (Charge.provider_id != Charge.payer_id)


def visible_statements(actor: Actor, *, month: date | None = None) -> Select[Statement]:
    """Statements that the actor may see, the newest first."""
    statement = select(Statement).order_by(Statement.month.desc(), Statement.number.desc())
    if not operator_reader(actor, None):
        statement = statement.where(Statement.provider_id == actor.organisation_id, literal(reads_papers(actor)))
    return statement.where(Statement.month == month) if month else statement


def visible_bills(actor: Actor, *, month: date | None = None, state: str = "", search: str = "") -> Select[Bill]:
    """Bills that the actor may see, the newest first; `state` is one of BillState or ``unpaid``."""
    statement = select(Bill).join(Organisation, Organisation.id == Bill.payer_id).options(joinedload(Bill.payer))
    statement = statement.order_by(Bill.month.desc(), Bill.number.desc())
    if not operator_reader(actor, None):
        statement = statement.where(Bill.payer_id == actor.organisation_id, literal(reads_papers(actor)))
    if month is not None:
        statement = statement.where(Bill.month == month)
    if state == "unpaid":
        statement = statement.where(Bill.state.in_(UNPAID))
    elif state in {each.value for each in BillState}:
        statement = statement.where(Bill.state == BillState(state))
    if search:
        statement = statement.where(
            Organisation.name.icontains(search, autoescape=True)
            | (Bill.number == search.upper())
            | (Bill.memo_code == search.upper())
        )
    return statement


def lines_of_statement(statement_id: UUID) -> Select[Any]:
    """Lines of a statement with the number of their ledger transaction, grouped by what was used."""
    lines: Any = (
        select(StatementLine, LedgerTransaction.number)
        .join(LedgerTransaction, LedgerTransaction.id == StatementLine.ledger_transaction_id)
        .where(StatementLine.statement_id == statement_id)
        .order_by(StatementLine.position)
    )
    return lines  # type: ignore[no-any-return]


def lines_of_bill(bill_id: UUID) -> Select[Any]:
    """Lines of a bill with their institution and the number of their ledger transaction, by institution and day."""
    lines: Any = (
        select(StatementLine, BillLine.provider_id, BillLine.provider_name, LedgerTransaction.number)
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .join(LedgerTransaction, LedgerTransaction.id == StatementLine.ledger_transaction_id)
        .where(BillLine.bill_id == bill_id)
        .order_by(BillLine.provider_name, BillLine.provider_id, StatementLine.used_on, StatementLine.charge_id)
    )
    return lines  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Group:
    """The sum over the lines of one instrument or institution."""

    lines: int
    minutes: int
    amount_minor: int


def groups_of_statement(
    statement_id: UUID, names: Sequence[tuple[str, UUID | None]]
) -> dict[tuple[str, UUID | None], Group]:
    """Sums by (description, item) for those named."""
    key = (StatementLine.description, StatementLine.item_id)
    rows = session.execute(
        select(*key, func.count(), func.sum(StatementLine.minutes), func.sum(StatementLine.amount_minor))
        .where(StatementLine.statement_id == statement_id, StatementLine.description.in_({name for name, _i in names}))
        .group_by(*key)
    ).all()
    return {(name, item): Group(count, int(minutes), int(amount)) for name, item, count, minutes, amount in rows}


def groups_of_bill(bill_id: UUID) -> dict[UUID, Group]:
    """Sums by institution."""
    rows = session.execute(
        select(
            BillLine.provider_id, func.count(), func.sum(StatementLine.minutes), func.sum(StatementLine.amount_minor)
        )
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(BillLine.bill_id == bill_id)
        .group_by(BillLine.provider_id)
    ).all()
    return {provider: Group(count, int(minutes), int(amount)) for provider, count, minutes, amount in rows}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a close of the month would do now."""

    month: date
    final: int
    provisional: int
    windows_open: int
    objected: int
    amount_minor: int
    last_window_ends_at: datetime | None
    closed: MonthClose | None
    earlier_open: date | None

    @property
    def lines(self) -> int:
        return self.final + self.provisional

    @property
    def can_be_closed(self) -> bool:
        return self.closed is None and self.earlier_open is None and self.month <= today()


def close_preview(month: date, provider_id: UUID | None = None) -> Preview:
    """What would be stated and billed, for one institution or for all, and what stands in the way."""
    open_window = (Charge.state == ChargeState.PROVISIONAL) & (Charge.window_ends_at > now())
    statement = select(
        func.count().filter(Charge.state == ChargeState.FINAL),
        func.count().filter(Charge.state == ChargeState.PROVISIONAL),
        func.count().filter(open_window),
        func.count().filter(Charge.state == ChargeState.OBJECTED),
        func.coalesce(func.sum(Charge.total_minor).filter(Charge.state != ChargeState.OBJECTED), 0),
        func.max(Charge.window_ends_at).filter(open_window),
    ).where(Charge.state.in_(TO_STATE), _OWED, Charge.used_on < following(month))
    if provider_id is not None:
        statement = statement.where(Charge.provider_id == provider_id)
    final, provisional, windows, objected, amount, last = session.execute(statement).one()
    closed = session.get(MonthClose, month)
    earlier = None if closed else first_open_month(provider_id, before=month)
    return Preview(month, final, provisional, windows, objected, int(amount), last, closed, earlier)


def first_open_month(provider_id: UUID | None = None, *, before: date | None = None) -> date | None:
    """The earliest month (of those `before` another) that has charges to state and is not closed."""
    used_in = cast(func.date_trunc("month", Charge.used_on), Date)
    statement = select(func.min(used_in)).where(
        Charge.state.in_((ChargeState.PROVISIONAL, ChargeState.FINAL)),
        (Charge.state == ChargeState.PROVISIONAL) | Charge.ledger_transaction_id.is_not(None),
        used_in.not_in(select(MonthClose.month)),
    )
    if provider_id is not None:
        statement = statement.where(Charge.provider_id == provider_id)
    if before is not None:
        statement = statement.where(Charge.used_on < before)
    return session.scalar(statement)


def charges_to_state(month: date, provider_id: UUID | None = None, *, state: str = "") -> Select[Charge]:
    """Charges that wait for the month's statement, objected ones first; what costs nothing or stays inside one legal
    person is never stated (`Charge.is_owed`)."""
    statement = (
        select(Charge)
        .options(joinedload(Charge.payer), joinedload(Charge.provider))
        .where(Charge.state.in_(TO_STATE), _OWED, Charge.used_on < following(month))
        .order_by(Charge.state != ChargeState.OBJECTED, Charge.used_on, Charge.id)
    )
    if provider_id is not None:
        statement = statement.where(Charge.provider_id == provider_id)
    return statement.where(Charge.state == ChargeState(state)) if state in TO_STATE else statement


def closed_months(year: int | None = None) -> Select[MonthClose]:
    """Closed months, the newest first, of one year if asked for; a year that no calendar has holds none."""
    statement = select(MonthClose).order_by(MonthClose.month.desc())
    if not year:
        return statement
    if not MINYEAR <= year <= MAXYEAR:
        return statement.where(false())
    return statement.where(MonthClose.month.between(date(year, 1, 1), date(year, 12, 31)))


def years_closed() -> Sequence[int]:
    """The years in which a month is closed, the newest first."""
    year = extract("year", MonthClose.month)
    return [int(found) for found in session.scalars(select(year).distinct().order_by(year.desc()))]


def closed_among(months: Sequence[date]) -> set[date]:
    """Which of the months are closed."""
    return set(session.scalars(select(MonthClose.month).where(MonthClose.month.in_(months))))
