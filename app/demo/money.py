"""What follows from the past: months closed, bills paid, institutions paid out; all by the real operations."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import today
from app.core.db import session
from app.core.money import Money
from app.demo.cast import COMPANIES, SECOND_SME, SME, company
from app.demo.people import actor_of
from app.demo.pledge import agree_on_first, propose_second
from app.demo.timing import months_before
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.payouts.models import Payout
from app.settlement.payouts.operations import approve_batch, draft_payouts, mark_exported, mark_payout_paid
from app.settlement.statements.models import Bill, MonthClose
from app.settlement.statements.operations import close_month

FIRST, SECOND = "operator@jishi.example", "operator2@jishi.example"


def are_closed() -> bool:
    """Whether any month was closed before."""
    return session.scalar(select(MonthClose.month).limit(1)) is not None


def close_months(_password: str) -> str:
    """Close the two whole months: statements, bills, and everything in them posted."""
    operator = actor_of(FIRST)
    told = []
    for month in (months_before(2), months_before(1)):
        closed = close_month(operator, month)
        told.append(f"{month:%Y-%m} {closed.statements} statements, {closed.bills} bills, {closed.lines} lines")
    return "; ".join(told)


def is_paid() -> bool:
    """Whether anything was paid out before."""
    return session.scalar(select(Payout.id).limit(1)) is not None


def move_money(_password: str) -> str:
    """Customers pay the older bills and one of the last month; the first payout is made, the second one waits."""
    operator, colleague = actor_of(FIRST), actor_of(SECOND)
    older = _bills(months_before(2))
    for bill in older:
        _pay(bill, bill.total_minor, bill.memo_code, days_ago=6)
    batch = draft_payouts(operator).batch
    approve_batch(colleague, batch)
    mark_exported(operator, batch)
    payouts = session.scalars(select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.number)).all()
    for place, payout in enumerate(payouts, start=1):
        mark_payout_paid(operator, payout, f"JL{today():%Y%m}{place:04d}")
    agree_on_first()
    paid = [bill for bill in _bills(months_before(1)) if bill.payer_id == company(SECOND_SME).id]
    for bill in paid:
        _pay(bill, bill.total_minor, bill.memo_code, days_ago=1)
    propose_second()
    waiting = draft_payouts(colleague).batch
    _transfer("unmatched", company(SME).name, 386_000, "检测费", days_ago=1)
    return (
        f"{len(older) + len(paid)} bills paid, {len(payouts)} payouts made, "
        f"1 batch waits for approval ({waiting.number}), 1 transfer is not matched"
    )


def _bills(month: object) -> list[Bill]:
    return list(session.scalars(select(Bill).where(Bill.month == month).order_by(Bill.number)))


def _pay(bill: Bill, amount: int, memo: str, *, days_ago: int) -> None:
    payer = next(each for each in COMPANIES if each.id == bill.payer_id)
    _transfer(bill.number, payer.name, amount, f"仪器使用费 {memo}", days_ago=days_ago)


def _transfer(reference: str, payer_name: str, amount: int, memo: str, *, days_ago: int) -> None:
    """A transfer as it stands in the bank's list; matched by its memo if that names a bill."""
    operator = actor_of(FIRST)
    transfer = Transfer(
        reference=f"DEMO-{reference}",
        booked_on=today() - timedelta(days=days_ago),
        payer_name=payer_name,
        account_tail="5678",
        amount=Money(amount),
        memo=memo,
    )
    line, _is_new = record_transfer(operator, transfer)
    match_transfer(operator, line)
