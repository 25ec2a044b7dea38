"""The books as people read them: accounts with balances, one account line by line with its running balance.

Days are days of posting: what was posted never changes, so a balance of a past day is the same whenever it is asked
for (money.md §5). The day on which a movement took effect is shown beside. Sums walk `ledger_lines_in_order` alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.accounts.models import Organisation
from app.core.clock import DEFAULT_ZONE, day_period
from app.core.db import session
from app.ledger.models import AccountKind, LedgerAccount, LedgerLine, LedgerTransaction

MOST_ROWS = 100_000
_COLUMNS = (
    LedgerTransaction.number, LedgerTransaction.kind, LedgerTransaction.subject_kind, LedgerTransaction.subject_id,
    LedgerTransaction.effective_at, LedgerTransaction.created_at, LedgerLine.amount, LedgerLine.memo,
)  # fmt: skip
_ORDER = (LedgerLine.transaction_id.desc(), LedgerLine.id.desc())


def accounts_to_show(kind: str = "", words: str = "") -> Select[Any]:
    """Accounts with the name of their owner, by code; `words` are looked for in code and owner."""
    statement: Any = (
        select(LedgerAccount, Organisation.name)
        .outerjoin(Organisation, Organisation.id == LedgerAccount.owner_id)
        .order_by(LedgerAccount.code, LedgerAccount.currency)
    )
    if kind in set(AccountKind):
        statement = statement.where(LedgerAccount.kind == AccountKind(kind))
    if words:
        statement = statement.where(
            or_(
                LedgerAccount.code.icontains(words, autoescape=True),
                Organisation.name.icontains(words, autoescape=True),
                Organisation.code == words.upper(),
            )
        )
    return statement  # type: ignore[no-any-return]


def balances(accounts: Sequence[LedgerAccount], last_day: date | None = None) -> dict[UUID, int]:
    """Balances on the normal side, in minor units, now or at the end of a day."""
    after = _first_after(last_day)
    moved: dict[UUID, int] = {}
    if after is not None:
        rows = session.execute(
            select(LedgerLine.account_id, func.sum(LedgerLine.amount))
            .where(LedgerLine.account_id.in_([one.id for one in accounts]), LedgerLine.transaction_id >= after)
            .group_by(LedgerLine.account_id)
        ).all()
        moved = {identity: int(amount) for identity, amount in rows}
    return {one.id: (one.balance - moved.get(one.id, 0)) * one.normal for one in accounts}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The lines of an account in a stretch of days: how many, what they add up to, and the balances at both ends.

    `debits` is positive, `credits` negative; `opening` and `closing` are debit-positive.
    """

    lines: int
    debits: int
    credits: int
    closing: int
    within: tuple[ColumnElement[bool], ...]

    @property
    def opening(self) -> int:
        return self.closing - self.debits - self.credits


def stretch_of(account: LedgerAccount, first_day: date | None, last_day: date | None) -> Stretch:
    """What happened on an account from the first to the last day, both included; None leaves an end open."""
    since, after = _first_from(first_day), _first_after(last_day)
    own = LedgerLine.account_id == account.id
    later = 0
    within: list[ColumnElement[bool]] = [own]
    if after is not None:
        later = session.scalar(select(func.sum(LedgerLine.amount)).where(own, LedgerLine.transaction_id >= after)) or 0
        within.append(LedgerLine.transaction_id < after)
    if first_day is not None:
        within.append(LedgerLine.transaction_id >= since if since else LedgerLine.id.is_(None))
    count, debited, credited = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(LedgerLine.amount).filter(LedgerLine.amount > 0), 0),
            func.coalesce(func.sum(LedgerLine.amount).filter(LedgerLine.amount < 0), 0),
        ).where(*within)
    ).one()
    return Stretch(count, int(debited), int(credited), account.balance - int(later), tuple(within))


def lines_of(stretch: Stretch, limit: int, offset: int) -> Sequence[Any]:
    """Lines, the latest first, each with its transaction and the balance after it (debit positive).

    The page is cut out first, from the index alone; the running balance is a window over it, below what the newer
    pages add up to.
    """
    newer = select(LedgerLine.amount).where(*stretch.within).order_by(*_ORDER).limit(offset).subquery()
    skipped = session.scalar(select(func.sum(newer.c.amount))) if offset else 0
    cut = (
        select(LedgerLine.id, LedgerLine.transaction_id, LedgerLine.amount)
        .where(*stretch.within)
        .order_by(*_ORDER)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    above = func.sum(cut.c.amount).over(order_by=(cut.c.transaction_id.desc(), cut.c.id.desc()), rows=(None, -1))
    after = stretch.closing - int(skipped or 0) - func.coalesce(above, 0)
    statement = (
        select(*_COLUMNS, after.label("balance"))
        .select_from(cut)
        .join(LedgerLine, LedgerLine.id == cut.c.id)
        .join(LedgerTransaction, LedgerTransaction.id == cut.c.transaction_id)
        .order_by(cut.c.transaction_id.desc(), cut.c.id.desc())
    )
    return session.execute(statement).all()


def all_lines_of(stretch: Stretch) -> Iterator[Any]:
    """Lines for a file, the earliest first, at most 100,000, read a thousand at a time."""
    running = func.sum(LedgerLine.amount).over(order_by=(LedgerLine.transaction_id, LedgerLine.id))
    statement = (
        select(*_COLUMNS, (running + stretch.opening).label("balance"))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerLine.transaction_id)
        .where(*stretch.within)
        .order_by(LedgerLine.transaction_id, LedgerLine.id)
        .limit(MOST_ROWS)
        .execution_options(yield_per=1000)
    )
    with session.execute(statement) as rows:
        yield from rows


def _first_from(day: date | None) -> UUID | None:
    """The first transaction posted on a day or later; ids ascend in the order of posting."""
    if day is None:
        return None
    return session.scalar(
        select(LedgerTransaction.id)
        .where(LedgerTransaction.created_at >= day_period(day, DEFAULT_ZONE).lower)
        .order_by(LedgerTransaction.created_at, LedgerTransaction.number)
        .limit(1)
    )


def _first_after(day: date | None) -> UUID | None:
    if day is None:
        return None
    return session.scalar(
        select(LedgerTransaction.id)
        .where(LedgerTransaction.created_at >= day_period(day, DEFAULT_ZONE).upper)
        .order_by(LedgerTransaction.created_at, LedgerTransaction.number)
        .limit(1)
    )
