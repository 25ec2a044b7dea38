"""Reading the books: balances now and at any earlier time, lines of an account, and the check of everything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.money import CURRENCY
from app.ledger.hashing import chain
from app.ledger.models import LedgerAccount, LedgerLine, LedgerTransaction

VERIFY_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the books found. `faults` are sentences for the operator, none when all is well."""

    transactions: int
    lines: int
    accounts: int
    faults: list[Any] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


def account_balance(code: str, currency: str = CURRENCY) -> int:
    """The balance of an account on its normal side, in minor units; 0 for one that was never used."""
    statement = select(LedgerAccount.balance * LedgerAccount.normal)
    return session.scalar(statement.where(LedgerAccount.code == code, LedgerAccount.currency == currency)) or 0


def account_balances(codes: Sequence[str], currency: str = CURRENCY) -> dict[str, int]:
    """Balances on the normal side of several accounts; those never used are 0."""
    rows = session.execute(
        select(LedgerAccount.code, LedgerAccount.balance * LedgerAccount.normal).where(
            LedgerAccount.code.in_(codes), LedgerAccount.currency == currency
        )
    ).all()
    return {**dict.fromkeys(codes, 0), **{code: int(balance) for code, balance in rows}}


def balance_through(code: str, number: int, currency: str = CURRENCY) -> int:
    """The balance on the normal side after the transaction with that number, reproducible at any later time."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(LedgerLine.amount * LedgerAccount.normal), 0))
            .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
            .join(LedgerTransaction, LedgerTransaction.id == LedgerLine.transaction_id)
            .where(LedgerAccount.code == code, LedgerAccount.currency == currency, LedgerTransaction.number <= number)
        )
        or 0
    )


def last_number() -> int:
    """Number of the last transaction, 0 in empty books."""
    return session.scalar(select(func.max(LedgerTransaction.number))) or 0


def accounts(prefix: str = "") -> Select[LedgerAccount]:
    """All accounts whose code begins with `prefix`, by code."""
    statement = select(LedgerAccount).order_by(LedgerAccount.code)
    return statement.where(LedgerAccount.code.startswith(prefix, autoescape=True)) if prefix else statement


def transactions(
    *, account_id: UUID | None = None, since: datetime | None = None, until: datetime | None = None, number: int = 0
) -> Select[LedgerTransaction]:
    """Transactions, the newest first, of one account and of a stretch of effective time if asked for."""
    statement = select(LedgerTransaction).order_by(LedgerTransaction.number.desc())
    if account_id is not None:
        moved = select(LedgerLine.transaction_id).where(LedgerLine.account_id == account_id)
        statement = statement.where(LedgerTransaction.id.in_(moved))
    if since is not None:
        statement = statement.where(LedgerTransaction.effective_at >= since)
    if until is not None:
        statement = statement.where(LedgerTransaction.effective_at < until)
    return statement.where(LedgerTransaction.number == number) if number else statement


def verify(step: Callable[[int], None] = lambda done: None) -> Verification:
    """Check sums, gaps, the hash chain and the cached balances of all books; memory stays flat.

    `step` is told now and then how many transactions are checked.
    """
    faults: list[Any] = []
    count, previous = 0, ""
    for header, lines in _walk():
        if count % VERIFY_BATCH == 0:
            step(count)
        count += 1
        if header.number != count:
            faults.append(_l("number %(number)s is missing, found %(found)s", number=count, found=header.number))
            count = header.number
        if header.previous_hash != previous:
            faults.append(_l("transaction %(number)s does not follow the one before it", number=header.number))
        said = [
            header.number, header.key, header.kind, header.subject_kind, header.subject_id, header.effective_at,
            header.created_at, header.user_id, header.reverses_id,
        ]  # fmt: skip
        moved = [(line.account_id, line.currency, line.amount, line.memo) for line in lines]
        if chain(previous, said, moved) != header.hash:
            faults.append(_l("transaction %(number)s is not what was posted", number=header.number))
        previous = header.hash
    faults.extend(_unbalanced())
    faults.extend(_wrong_balances())
    lines_count = session.scalar(select(func.count()).select_from(LedgerLine)) or 0
    accounts_count = session.scalar(select(func.count()).select_from(LedgerAccount)) or 0
    return Verification(count, lines_count, accounts_count, faults)


def _walk() -> Iterator[tuple[LedgerTransaction, list[LedgerLine]]]:
    """Every transaction in order of number with its lines in order of posting, a batch at a time."""
    headers, moves = LedgerTransaction.__table__.c, LedgerLine.__table__.c
    after = 0
    while True:
        batch = session.execute(
            select(*headers).where(headers.number > after).order_by(headers.number).limit(VERIFY_BATCH)
        ).all()
        if not batch:
            return
        lines: dict[UUID, list[Any]] = {}
        statement = select(*moves).join(LedgerTransaction, headers.id == moves.transaction_id).order_by(moves.id)
        statement = statement.where(headers.number > after, headers.number <= batch[-1].number)
        for line in session.execute(statement):
            lines.setdefault(line.transaction_id, []).append(line)
        for header in batch:
            yield header, lines.get(header.id, [])  # type: ignore[misc]
        after = batch[-1].number


def _unbalanced() -> Iterator[object]:
    """Transactions that do not sum to zero in some currency."""
    rows = session.execute(
        select(LedgerTransaction.number, LedgerLine.currency, func.sum(LedgerLine.amount))
        .join(LedgerLine, LedgerLine.transaction_id == LedgerTransaction.id)
        .group_by(LedgerTransaction.number, LedgerLine.currency)
        .having(func.sum(LedgerLine.amount) != 0)
    ).all()
    for number, currency, amount in rows:
        yield _l("transaction %(number)s is out by %(amount)s", number=number, amount=f"{amount} {currency}")


def _wrong_balances() -> Iterator[object]:
    """Accounts whose cached balance is not the sum of their lines, or lies below the floor."""
    sums = (
        select(LedgerLine.account_id, func.sum(LedgerLine.amount).label("amount"))
        .group_by(LedgerLine.account_id)
        .subquery()
    )
    amount = func.coalesce(sums.c.amount, 0)
    rows = session.execute(
        select(LedgerAccount.code, LedgerAccount.balance, amount)
        .outerjoin(sums, sums.c.account_id == LedgerAccount.id)
        .where(LedgerAccount.balance != amount)
        .order_by(LedgerAccount.code)
    ).all()
    for code, balance, amount_found in rows:
        yield _l("account %(account)s says %(said)s, its lines say %(found)s", account=code, said=balance,
                 found=amount_found)  # fmt: skip
