"""Posting: the only way into the books. Idempotent by key, balanced, numbered without gaps, chained by hash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import CURRENCY
from app.core.policy import ActorLike
from app.ledger.chart import owner_of, rule_of
from app.ledger.hashing import chain
from app.ledger.models import LedgerAccount, LedgerLine, LedgerTransaction

Entry = tuple[str, int, str]

# Everybody who posts waits for this lock: numbers have no gaps and the chain has no forks.
_LOCK = 0x6A69_7368_6901

_TRANSACTION_COLUMNS = (
    "id", "number", "key", "kind", "subject_kind", "subject_id", "effective_at", "created_at", "user_id",
    "reverses_id", "previous_hash", "hash",
)  # fmt: skip
_LINE_COLUMNS = ("id", "transaction_id", "account_id", "currency", "amount", "memo")


class Overdrawn(Conflict):
    """A movement would take an account below what it may hold."""

    code = "overdrawn"


@dataclass(frozen=True, slots=True)
class Posting:
    """A movement to be posted. `entries` are (account code, minor units with debit positive, memo)."""

    key: str
    kind: str
    effective_at: datetime
    entries: Sequence[Entry]
    subject_kind: str = ""
    subject_id: UUID | None = None
    currency: str = CURRENCY
    reverses_id: UUID | None = None


def post(
    actor: ActorLike,
    key: str,
    kind: str,
    effective_at: datetime,
    entries: Sequence[Entry],
    *,
    subject_kind: str = "",
    subject_id: UUID | None = None,
    currency: str = CURRENCY,
) -> LedgerTransaction:
    """Post one movement and return it; the same key again returns the first one.

    Raises Conflict when the key was used for another movement, Overdrawn when an account would fall below its
    floor, Invalid when the entries do not balance.
    """
    posting = Posting(key, kind, effective_at, entries, subject_kind, subject_id, currency)
    (identity,) = post_many(actor, [posting])
    return session.get_one(LedgerTransaction, identity)


def reverse(actor: ActorLike, transaction: LedgerTransaction, effective_at: datetime) -> LedgerTransaction:
    """Post the exact mirror of a transaction; doing it again returns the first mirror."""
    lines = session.execute(
        select(LedgerAccount.code, LedgerLine.amount, LedgerLine.memo, LedgerLine.currency)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerLine.transaction_id == transaction.id)
        .order_by(LedgerLine.id)
    ).all()
    mirror = Posting(
        f"reversal:{transaction.id}",
        f"{transaction.kind}_reversal",
        effective_at,
        [(line.code, -line.amount, line.memo) for line in lines],
        transaction.subject_kind,
        transaction.subject_id,
        lines[0].currency,
        transaction.id,
    )
    (identity,) = post_many(actor, [mirror])
    return session.get_one(LedgerTransaction, identity)


def post_many(actor: ActorLike, postings: Sequence[Posting]) -> list[UUID]:
    """Post movements in the given order in one go (COPY); returns their ids, those of earlier posts for known keys.

    Raises as `post`; nothing is posted then.
    """
    if not postings:
        return []
    for posting in postings:
        _check(posting)
    lock_books()
    known = _known(postings)
    fresh = _new_postings(postings, known)
    if fresh:
        accounts = _lock_accounts(fresh)
        balances = _move(accounts, fresh)
        identities = _write(actor, fresh, accounts)
        session.execute(update(LedgerAccount), balances)
        known.update(zip((posting.key for posting in fresh), identities, strict=True))
    return [known[posting.key] for posting in postings]


def lock_books() -> None:
    """Let nobody else post until we commit; for those who read balances in order to decide what to post."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def check_deferred() -> None:
    """Check now what is deferred to the commit, so that long runs keep no growing list of pending checks."""
    connection = session.connection()
    for timing in ("IMMEDIATE", "DEFERRED"):
        connection.exec_driver_sql(f"SET CONSTRAINTS ledger_lines_balanced, ledger_transactions_complete {timing}")


def _check(posting: Posting) -> None:
    if len(posting.entries) < 2 or any(type(amount) is not int or not amount for _code, amount, _m in posting.entries):
        raise Invalid(_l("A ledger transaction has at least two lines, each a whole amount other than zero."))
    if sum(amount for _code, amount, _memo in posting.entries):
        raise Invalid(_l("The ledger transaction does not sum to zero."), code="unbalanced")
    if posting.effective_at.tzinfo is None:
        raise Invalid(_l("The ledger needs instants with a zone."))


def _new_postings(postings: Sequence[Posting], known: dict[str, UUID]) -> list[Posting]:
    """Those whose key is not in the books; the same key twice in one call must mean the same movement."""
    fresh: dict[str, Posting] = {}
    for posting in postings:
        if posting.key in known:
            continue
        earlier = fresh.setdefault(posting.key, posting)
        if earlier is not posting and _content(earlier) != _content(posting):
            raise _key_conflict(posting.key)
    return list(fresh.values())


def _content(posting: Posting) -> tuple[Any, ...]:
    return posting.kind, posting.subject_kind, posting.subject_id, posting.currency, sorted(posting.entries)


def _key_conflict(key: str) -> Conflict:
    sentence = _l("The key %(key)s was used for another ledger transaction.", key=key)
    return Conflict(sentence, code="ledger_key_reused")


def _known(postings: Sequence[Posting]) -> dict[str, UUID]:
    """Ids of transactions that carry one of the keys already. Raises Conflict when one has other content."""
    by_key = {posting.key: posting for posting in postings}
    rows = session.execute(
        select(
            LedgerTransaction.id, LedgerTransaction.key, LedgerTransaction.kind, LedgerTransaction.subject_kind,
            LedgerTransaction.subject_id, LedgerLine.currency, LedgerAccount.code, LedgerLine.amount, LedgerLine.memo,
        )
        .join(LedgerLine, LedgerLine.transaction_id == LedgerTransaction.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerTransaction.key == any_(literal(list(by_key), ARRAY(Text))))
    ).all()  # fmt: skip
    found: dict[str, tuple[UUID, list[Any]]] = {}
    for row in rows:
        found.setdefault(row.key, (row.id, []))[1].append(row)
    for key, (_identity, lines) in found.items():
        first = lines[0]
        entries = sorted((line.code, line.amount, line.memo) for line in lines)
        if (first.kind, first.subject_kind, first.subject_id, first.currency, entries) != _content(by_key[key]):
            raise _key_conflict(key)
    return {key: identity for key, (identity, _lines) in found.items()}


def _lock_accounts(postings: Iterable[Posting]) -> dict[tuple[str, str], LedgerAccount]:
    """The accounts by code and currency, opened when new, their rows locked in the order of ids."""
    wanted = {(code, posting.currency) for posting in postings for code, _amount, _memo in posting.entries}
    codes = sorted({code for code, _currency in wanted})
    statement = (
        select(LedgerAccount)
        .where(LedgerAccount.code == any_(literal(codes, ARRAY(Text))))
        .order_by(LedgerAccount.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {(account.code, account.currency): account for account in session.scalars(statement)}
    missing = [_new_account(code, currency) for code, currency in sorted(wanted - found.keys())]
    if missing:
        session.execute(insert(LedgerAccount).on_conflict_do_nothing(), missing)
        found = {(account.code, account.currency): account for account in session.scalars(statement)}
    return found


def _new_account(code: str, currency: str) -> dict[str, Any]:
    rule = rule_of(code)
    return {
        "id": uuid7(), "code": code, "kind": rule.kind, "normal": rule.normal, "currency": currency,
        "owner_id": owner_of(code), "floor": rule.floor, "balance": 0,
    }  # fmt: skip


def _move(accounts: dict[tuple[str, str], LedgerAccount], postings: Sequence[Posting]) -> list[dict[str, Any]]:
    """The new balances. Raises Overdrawn when one would be below its floor after any of the movements."""
    balances: dict[UUID, int] = {}
    for posting in postings:
        touched = [accounts[code, posting.currency] for code, _amount, _memo in posting.entries]
        for account, (_code, amount, _memo) in zip(touched, posting.entries, strict=True):
            balances[account.id] = balances.get(account.id, account.balance) + amount
        for account in touched:
            balance = balances[account.id] * account.normal
            if account.floor is not None and balance < account.floor:
                sentence = _l("There is not enough on the account %(account)s.", account=account.code)
                raise Overdrawn(sentence, details={"account": account.code, "short_by": account.floor - balance})
    return [{"id": identity, "balance": balances[identity]} for identity in sorted(balances)]


def _write(actor: ActorLike, postings: Sequence[Posting], accounts: dict[tuple[str, str], LedgerAccount]) -> list[UUID]:
    """Copy transactions and lines into their tables; returns the ids of the transactions."""
    last = session.execute(
        select(LedgerTransaction.number, LedgerTransaction.hash).order_by(LedgerTransaction.number.desc()).limit(1)
    ).one_or_none()
    previous = last.hash if last else ""
    created_at, user_id = now(), actor.user_id
    headers, lines = [], []
    for number, posting in enumerate(postings, start=last.number + 1 if last else 1):
        identity = uuid7()
        moved = [
            (uuid7(), identity, accounts[code, posting.currency].id, posting.currency, amount, memo)
            for code, amount, memo in posting.entries
        ]
        header: list[Any] = [
            identity, number, posting.key, posting.kind, posting.subject_kind, posting.subject_id,
            posting.effective_at, created_at, user_id, posting.reverses_id,
        ]  # fmt: skip
        digest = chain(previous, header[1:], [line[2:] for line in moved])
        headers.append((*header, previous, digest))
        lines.extend(moved)
        previous = digest
    _copy("ledger_transactions", _TRANSACTION_COLUMNS, headers)
    _copy("ledger_lines", _LINE_COLUMNS, lines)
    return [header[0] for header in headers]


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows by COPY on the session's own connection, inside its transaction."""
    driver: Any = session.connection().connection.cursor()
    with driver, driver.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
