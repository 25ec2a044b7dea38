"""Posting into the books."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import SYSTEM
from app.core.clock import now
from app.core.db import savepoint, session
from app.core.errors import Conflict, Invalid
from app.ledger.chart import bank, buyer_receivable, seller_payable
from app.ledger.models import LedgerAccount, LedgerLine, LedgerTransaction
from app.ledger.operations import Overdrawn, Posting, check_deferred, post, post_many, reverse
from app.ledger.queries import account_balance, balance_through, last_number, verify
from tests.accounts.factories import make_organisation

A, B = "assets:bank:a", "assets:bank:b"


def move(key: str = "k1", amount: int = 100, *, source: str = B, target: str = A) -> LedgerTransaction:
    return post(SYSTEM, key, "test", now(), [(target, amount, ""), (source, -amount, "")])


REMOVE_SECOND = """
DELETE FROM ledger_lines WHERE transaction_id IN (SELECT id FROM ledger_transactions WHERE number = 2);
DELETE FROM ledger_transactions WHERE number = 2
"""


def write(row: LedgerLine | LedgerTransaction) -> None:
    """Write a row behind the back of the operations."""
    with savepoint():
        session.add(row)
        session.flush()
        check_deferred()


@pytest.fixture
def app_role() -> None:
    """The cluster has the role that an operator may give the application, and we may take it on."""
    if not session.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = 'jishi_app'")):
        pytest.skip("the cluster has no role jishi_app")


def test_a_posting_moves_both_balances_and_is_numbered_and_chained() -> None:
    first, second = move("k1"), move("k2", 50)
    assert (account_balance(A), account_balance(B)) == (150, -150)
    assert second.number == first.number + 1
    assert second.previous_hash == first.hash
    assert verify().ok


def test_the_same_key_posts_once() -> None:
    first = move("k1")
    assert move("k1").id == first.id
    assert account_balance(A) == 100


def test_the_same_key_with_another_amount_is_a_conflict() -> None:
    move("k1")
    with pytest.raises(Conflict, match="k1"):
        move("k1", 101)
    assert account_balance(A) == 100


def test_the_same_key_twice_in_one_batch_posts_once_and_a_different_one_is_refused() -> None:
    same = Posting("k1", "test", now(), [(A, 5, ""), (B, -5, "")])
    other = Posting("k1", "test", now(), [(A, 6, ""), (B, -6, "")])
    assert len(set(post_many(SYSTEM, [same, same]))) == 1
    with pytest.raises(Conflict):
        post_many(SYSTEM, [Posting("k2", "test", now(), other.entries), Posting("k2", "test", now(), same.entries)])
    assert account_balance(A) == 5


@pytest.mark.parametrize(
    "entries",
    [
        [(A, 100, ""), (B, -99, "")],
        [(A, 100, "")],
        [],
        [(A, 0, ""), (B, 0, "")],
        [(A, 1.0, ""), (B, -1.0, "")],
        [(A, True, ""), (B, -1, "")],
    ],
)
def test_what_does_not_balance_is_refused(entries: list[tuple[str, int, str]]) -> None:
    with pytest.raises(Invalid):
        post(SYSTEM, "k1", "test", now(), entries)
    assert last_number() == 0


def test_an_account_outside_the_chart_is_refused() -> None:
    with pytest.raises(KeyError):
        post(SYSTEM, "k1", "test", now(), [("assets:pocket:a", 1, ""), (B, -1, "")])


def test_an_account_of_an_organisation_knows_its_owner() -> None:
    organisation = make_organisation()
    move(target=buyer_receivable(organisation.id))
    account = session.scalars(select(LedgerAccount).where(LedgerAccount.owner_id == organisation.id)).one()
    assert (account.normal, account.balance) == (1, 100)


def test_no_account_falls_below_its_floor_and_nothing_is_kept() -> None:
    payable = seller_payable(make_organisation().id)
    move("in", 100, source=payable, target=bank())
    with pytest.raises(Overdrawn) as refusal:
        move("out", 101, source=bank(), target=payable)
    assert refusal.value.details["short_by"] == 1
    move("out", 100, source=bank(), target=payable)
    assert account_balance(payable) == 0
    assert verify().ok


def test_the_floor_holds_inside_a_batch_as_well() -> None:
    payable = seller_payable(make_organisation().id)
    out = Posting("out", "test", now(), [(payable, 10, ""), (bank(), -10, "")])
    back = Posting("in", "test", now(), [(payable, -10, ""), (bank(), 10, "")])
    with pytest.raises(Overdrawn):
        post_many(SYSTEM, [out, back])
    assert len(post_many(SYSTEM, [back, out])) == 2


def test_the_database_refuses_a_floor_that_python_did_not_see() -> None:
    payable = seller_payable(make_organisation().id)
    move("in", 100, source=payable, target=bank())
    with pytest.raises(DBAPIError, match="ledger_accounts_floor_check"), savepoint():
        session.execute(update(LedgerAccount).where(LedgerAccount.code == payable).values(balance=1))


def test_a_reversal_is_the_exact_mirror_and_happens_once() -> None:
    original = move("k1", 70)
    mirror = reverse(SYSTEM, original, now())
    assert mirror.reverses_id == original.id
    assert reverse(SYSTEM, original, now()).id == mirror.id
    assert (account_balance(A), account_balance(B)) == (0, 0)
    assert verify().ok


def test_a_balance_of_the_past_can_be_read_later() -> None:
    first = move("k1", 70)
    move("k2", 30)
    assert balance_through(A, first.number) == 70
    assert balance_through(A, first.number + 1) == 100


def test_lines_that_do_not_sum_to_zero_are_refused_by_the_database() -> None:
    transaction = move()
    account = session.scalars(select(LedgerAccount.id).where(LedgerAccount.code == A)).one()
    line = LedgerLine(transaction_id=transaction.id, account_id=account, currency="CNY", amount=1)
    with pytest.raises(DBAPIError, match="does not sum to zero"):
        write(line)


def test_a_transaction_without_lines_is_refused_by_the_database() -> None:
    empty = LedgerTransaction(
        number=999, key="empty", kind="test", subject_kind="", effective_at=now(), previous_hash="", hash=""
    )
    with pytest.raises(DBAPIError, match="has no lines"):
        write(empty)


def test_a_line_in_another_currency_than_its_account_is_refused_by_the_database() -> None:
    transaction = move()
    account = session.scalars(select(LedgerAccount.id).where(LedgerAccount.code == A)).one()
    line = LedgerLine(transaction_id=transaction.id, account_id=account, currency="USD", amount=1)
    with pytest.raises(DBAPIError, match="ledger_lines_account"):
        write(line)


def test_currencies_are_kept_apart() -> None:
    move("k1", 100)
    post(SYSTEM, "k2", "test", now(), [(A, 7, ""), (B, -7, "")], currency="EUR")
    assert (account_balance(A), account_balance(A, "EUR")) == (100, 7)
    assert verify().ok


@pytest.mark.parametrize(
    "statement",
    [
        update(LedgerLine).values(amount=1),
        delete(LedgerLine),
        update(LedgerTransaction).values(kind="x"),
        delete(LedgerTransaction),
        update(LedgerAccount).values(code="x"),
        delete(LedgerAccount),
        text("TRUNCATE ledger_lines"),
        text("TRUNCATE ledger_transactions CASCADE"),
    ],
)
def test_nothing_posted_is_changed_or_removed(statement: object) -> None:
    move()
    check_deferred()
    with pytest.raises(DBAPIError, match="append only"), savepoint():
        session.execute(statement)  # type: ignore[call-overload]
    assert verify().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_lines SET amount = 1",
        "DELETE FROM ledger_lines",
        "UPDATE ledger_transactions SET hash = ''",
        "DELETE FROM ledger_transactions",
        "UPDATE ledger_accounts SET code = ''",
        "TRUNCATE ledger_lines",
    ],
)
def test_the_application_role_has_no_right_to_change_the_books(statement: str, app_role: None) -> None:
    move()
    session.execute(text("SET LOCAL ROLE jishi_app"))
    with pytest.raises(DBAPIError, match="permission denied"), savepoint():
        session.execute(text(statement))


def test_the_application_role_may_add_to_the_books(app_role: None) -> None:
    session.execute(text("SET LOCAL ROLE jishi_app"))
    move()
    move("k2")
    session.execute(text("RESET ROLE"))
    assert verify().ok


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE ledger_lines SET memo = 'x'", "transaction 2 is not what was posted"),
        ("UPDATE ledger_lines SET amount = amount * 2", "transaction 2 is not what was posted"),
        ("UPDATE ledger_lines SET amount = amount + 1 WHERE amount > 0", "transaction 1 is out by 1 CNY"),
        ("UPDATE ledger_transactions SET kind = 'tesT' WHERE number = 2", "transaction 2 is not what was posted"),
        ("UPDATE ledger_transactions SET previous_hash = 'x' WHERE number = 2", "transaction 2 does not follow"),
        (REMOVE_SECOND, "number 2 is missing"),
        ("UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'assets:bank:a'", "assets:bank:a says"),
    ],
)  # fmt: skip
def test_tampering_behind_the_triggers_is_found(tampering: str, fault: str) -> None:
    for key in ("k1", "k2", "k3"):
        move(key)
    check_deferred()
    assert verify().ok
    for table in ("ledger_lines", "ledger_transactions"):
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
    for statement in tampering.split(";"):
        session.execute(text(statement))
    assert any(fault in found for found in verify().faults), verify().faults


def test_one_changed_byte_of_one_transaction_is_named() -> None:
    for key in ("k1", "k2", "k3"):
        move(key)
    check_deferred()
    session.execute(text("ALTER TABLE ledger_transactions DISABLE TRIGGER ledger_transactions_append_only"))
    session.execute(update(LedgerTransaction).where(LedgerTransaction.number == 2).values(subject_id=uuid4()))
    assert verify().faults == ["transaction 2 is not what was posted"]


def test_three_thousand_postings_are_one_chain() -> None:
    payers = [buyer_receivable(make_organisation().id) for _number in range(20)]
    postings = [
        Posting(f"bulk:{n}", "test", now(), [(payers[n % 20], n + 1, "memo"), (A, -n - 1, "memo")]) for n in range(3000)
    ]
    post_many(SYSTEM, postings)
    check_deferred()
    assert session.scalar(select(func.count()).select_from(LedgerTransaction)) == 3000
    assert verify().ok
