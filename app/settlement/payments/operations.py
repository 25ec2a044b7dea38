"""Transfers received: recorded once, matched by memo code, assigned by hand, kept as credit, set off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.audit import record
from app.core.clock import noon, now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import CURRENCY, Money
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import Entry, lock_books, post
from app.ledger.queries import account_balance, account_balances
from app.settlement.events import PaymentReceived
from app.settlement.operations import paper_number, take_numbers
from app.settlement.payments.allocation import Share, allocate_oldest_first, offset_credits
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentSource
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import claims_of
from app.settlement.statements.models import Bill, BillState


@dataclass(frozen=True, slots=True)
class Transfer:
    """One incoming transfer as the bank reports it."""

    reference: str
    booked_on: date
    payer_name: str
    account_tail: str
    amount: Money
    memo: str


def record_transfer(actor: Actor, transfer: Transfer) -> tuple[BankLine, bool]:
    """Write a transfer down and post it into suspense; returns it and whether it is new.

    Raises Conflict when the bank's reference came with another amount before, Invalid for what is no income.
    """
    ensure(actor, PaymentPolicy.record, None)
    if transfer.amount.minor <= 0 or transfer.amount.currency != CURRENCY:
        raise Invalid(_l("An incoming transfer is an amount of yuan above zero."), field="amount")
    if transfer.booked_on > today():
        raise Invalid(_l("This day is still to come."), field="booked_on")
    lock_books()
    known = session.scalars(select(BankLine).where(BankLine.reference == transfer.reference)).one_or_none()
    if known is not None:
        if known.amount_minor != transfer.amount.minor:
            sentence = _l("The bank’s reference %(reference)s came with another amount.", reference=known.reference)
            raise Conflict(sentence, code="reference_reused", field="reference")
        return known, False
    line = BankLine(
        id=uuid7(), reference=transfer.reference, booked_on=transfer.booked_on, payer_name=transfer.payer_name,
        account_tail=transfer.account_tail, amount_minor=transfer.amount.minor, currency=CURRENCY,
        memo=transfer.memo, assigned_minor=0, imported_by_id=actor.user_id, imported_at=now(),
    )  # fmt: skip
    entries = [(chart.bank(), line.amount_minor, ""), (chart.BANK_UNMATCHED, -line.amount_minor, "")]
    line.ledger_transaction_id = post(
        actor,
        f"bank_line:{line.id}",
        "bank_line",
        noon(line.booked_on),
        entries,
        subject_kind="bank_lines",
        subject_id=line.id,
    ).id
    session.add(line)
    session.flush()
    record(actor, "bank_line.record", line, {"amount": [None, line.amount_minor]})
    return line, True


def assign_transfer(actor: Actor, line: BankLine, bill: Bill) -> Payment:
    """Assign what is left of a transfer to a bill; what is too much becomes the customer's credit.

    Raises Conflict when the transfer is used up or the bill is paid.
    """
    ensure(actor, PaymentPolicy.assign, None)
    return _pay(actor, bill, line, PaymentSource.HAND)


def keep_as_credit(actor: Actor, line: BankLine, payer: Organisation) -> Payment:
    """Keep what is left of a transfer for the customer's next bills."""
    ensure(actor, PaymentPolicy.assign, None)
    lock_line(line)
    rest = line.rest_minor
    payment = new_payment(actor, payer.id, None, line, PaymentSource.HAND, 0, rest)
    entries = [(chart.BANK_UNMATCHED, rest, ""), (chart.buyer_credit(payer.id), -rest, "")]
    line.assigned_minor += rest
    return keep_payment(actor, payment, entries, [])


def use_credit(actor: Actor, bill: Bill) -> Payment | None:
    """Pay a bill from what the customer has paid too much; None when there is nothing to use."""
    ensure(actor, PaymentPolicy.use_credit, bill)
    lock_bill(bill)
    credit = account_balance(chart.buyer_credit(bill.payer_id))
    amount = min(credit, bill.outstanding_minor)
    if amount <= 0:
        return None
    payment = new_payment(actor, bill.payer_id, bill, None, PaymentSource.CREDIT, amount, 0)
    entries = [
        (chart.buyer_credit(bill.payer_id), amount, bill.number),
        (chart.buyer_receivable(bill.payer_id), -amount, bill.number),
    ]
    shares, _rest = allocate_oldest_first(claims_of(bill.id), amount)
    mark_paid(bill, amount)
    return keep_payment(actor, payment, entries, shares)


def set_off_credits(bill: Bill) -> Payment | None:
    """Set the credit lines of a bill off against its other lines; what they exceed becomes the customer's credit.

    None when there are no open credit lines, so that doing it again changes nothing.
    """
    lock_bill(bill)
    shares, rest = offset_credits(claims_of(bill.id))
    if not shares:
        return None
    payment = new_payment(SYSTEM, bill.payer_id, bill, None, PaymentSource.OFFSET, 0, rest)
    entries: list[Entry] = []
    if rest:
        entries = [
            (chart.buyer_receivable(bill.payer_id), rest, bill.number),
            (chart.buyer_credit(bill.payer_id), -rest, bill.number),
        ]
    return keep_payment(SYSTEM, payment, entries, shares)


def pay_by_memo(actor: Actor, line: BankLine, bill: Bill) -> Payment:
    """Assign a transfer to the bill that its memo names, see `matching`."""
    ensure(actor, PaymentPolicy.record, None)
    return _pay(actor, bill, line, PaymentSource.MEMO)


def _pay(actor: Actor, bill: Bill, line: BankLine, source: PaymentSource) -> Payment:
    lock_line(line)
    lock_bill(bill)
    if not bill.is_unpaid:
        raise Conflict(_l("This bill is paid. Keep the transfer as credit instead."), code="paid")
    amount = min(line.rest_minor, bill.outstanding_minor)
    credit = line.rest_minor - amount
    payment = new_payment(actor, bill.payer_id, bill, line, source, amount, credit)
    entries: list[Entry] = [
        (chart.BANK_UNMATCHED, amount + credit, bill.number),
        (chart.buyer_receivable(bill.payer_id), -amount, bill.number),
    ]
    if credit:
        entries.append((chart.buyer_credit(bill.payer_id), -credit, bill.number))
    shares, _rest = allocate_oldest_first(claims_of(bill.id), amount)
    line.assigned_minor += amount + credit
    mark_paid(bill, amount)
    return keep_payment(actor, payment, entries, shares)


def new_payment(
    actor: Actor, payer_id: UUID, bill: Bill | None, line: BankLine | None, source: PaymentSource, amount: int,
    credit: int,
) -> Payment:  # fmt: skip
    year = today().year
    return Payment(
        id=uuid7(), number=paper_number("RC", year, take_numbers("payment", year)), payer_id=payer_id,
        bill_id=bill.id if bill else None, bank_line_id=line.id if line else None, source=source, amount_minor=amount,
        credit_minor=credit, currency=CURRENCY, made_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip


def keep_payment(actor: Actor, payment: Payment, entries: list[Entry], shares: Sequence[Share]) -> Payment:
    """Post a payment together with what it collects for institutions, and write both down."""
    payment.ledger_transaction_id = post(
        actor, f"payment:{payment.id}", f"payment_{payment.source}", payment.created_at,
        [*entries, *collection_entries(shares)], subject_kind="payments", subject_id=payment.id,
    ).id  # fmt: skip
    session.add(payment)
    session.flush()
    if shares:
        rows = [
            {"id": uuid7(), "payment_id": payment.id, "bill_line_id": share.line_id, "provider_id": share.provider_id,
             "gross_minor": share.gross, "net_minor": share.net, "created_at": payment.created_at}
            for share in shares
        ]  # fmt: skip
        session.execute(insert(Collection), rows)
    changes = {"amount": [None, payment.amount_minor], "credit": [None, payment.credit_minor]}
    record(actor, f"payment.{payment.source}", payment, changes)
    emit(PaymentReceived(payment.id))
    return payment


def collection_entries(shares: Sequence[Share]) -> list[Entry]:
    """Move what was collected from "earned" to "payable" per institution; what has to come back is taken from the
    payable first and is owed by the institution beyond that (money.md §5.4, netting)."""
    providers = sorted({share.provider_id for share in shares})
    payable = account_balances([chart.seller_payable(provider) for provider in providers])
    entries: list[Entry] = []
    for provider in providers:
        earned = sum(share.net for share in shares if share.provider_id == provider and share.net > 0)
        taken_back = -sum(share.net for share in shares if share.provider_id == provider and share.net < 0)
        covered = min(taken_back, payable[chart.seller_payable(provider)] + earned)
        entries += [
            (chart.seller_uncollected(provider), earned, "collected"),
            (chart.seller_payable(provider), -earned, "collected"),
            (chart.seller_payable(provider), covered, "credit"),
            (chart.seller_receivable(provider), taken_back - covered, "credit"),
            (chart.seller_uncollected(provider), -taken_back, "credit"),
        ]
    return [entry for entry in entries if entry[1]]


def mark_paid(bill: Bill, amount: int) -> None:
    bill.paid_minor += amount
    if bill.outstanding_minor == 0:
        bill.state, bill.paid_at = BillState.PAID, now()
    elif bill.state is BillState.ISSUED:
        bill.state = BillState.PART_PAID


def lock_line(line: BankLine) -> None:
    lock_books()
    session.refresh(line, with_for_update={"of": BankLine})
    if not line.is_open:
        raise Conflict(_l("This transfer is assigned already."), code="assigned")


def lock_bill(bill: Bill) -> None:
    lock_books()
    session.refresh(bill, with_for_update={"of": Bill})
