"""Undoing a wrong match: what comes back, and what stands in the way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.money import Money
from app.ledger import chart
from app.ledger.models import LedgerTransaction
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.settlement.corrections.operations import undo_payment
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine, Payment, PaymentReversal
from app.settlement.payments.operations import Transfer, assign_transfer, record_transfer, use_credit
from app.settlement.payments.queries import claims_of
from app.settlement.payouts.operations import (
    approve_batch,
    discard_batch,
    draft_payouts,
    mark_payout_paid,
    mark_payout_returned,
)
from app.settlement.payouts.queries import due_to_institutions, payouts_of_batch
from app.settlement.statements.models import Bill, BillState
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.factories import NOVEMBER, OCTOBER, make_final_charge, make_institution, set_commission


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False) as moved:
        yield moved


class World:
    """Two customers with a bill of ¥1,000 each at one institution, commission 5 %."""

    def __init__(self) -> None:
        set_commission(500)
        self.provider = make_institution()
        self.payers = [make_organisation(name="晶澜光电"), make_organisation(name="松江药业")]
        self.desk, self.colleague = make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)
        for payer in self.payers:
            make_final_charge(self.provider, payer, 1_000_00)
        close_month(SYSTEM, OCTOBER)
        self.bills = [session.scalars(select(Bill).where(Bill.payer_id == payer.id)).one() for payer in self.payers]

    def pay(self, amount: int, reference: str = "T1") -> tuple[BankLine, Payment]:
        """A transfer, matched with the first bill."""
        memo = self.bills[0].memo_code
        transfer = Transfer(reference, date(2026, 11, 20), "晶澜光电", "", Money(amount), memo)
        line, _is_new = record_transfer(self.desk, transfer)
        payment = match_transfer(self.desk, line)
        assert payment is not None
        return line, payment

    @property
    def payable(self) -> int:
        return account_balance(chart.seller_payable(self.provider.id))


@pytest.fixture
def world() -> World:
    return World()


def test_bill_transfer_shares_and_books_are_as_before(world: World) -> None:
    line, payment = world.pay(1_000_00)
    assert world.payable == 950_00
    undo_payment(world.desk, payment, " wrong customer ")
    check_deferred()
    bill = world.bills[0]
    assert (bill.state, bill.paid_minor, bill.paid_at) == (BillState.ISSUED, 0, None)
    assert line.rest_minor == 1_000_00
    assert world.payable == 0
    assert account_balance(chart.buyer_receivable(bill.payer_id)) == 1_000_00
    assert [claim.open_gross for claim in claims_of(bill.id)] == [1_000_00]
    assert due_to_institutions() == []
    assert verify().ok
    mirror = session.scalars(
        select(LedgerTransaction).where(LedgerTransaction.reverses_id == payment.ledger_transaction_id)
    ).one()
    reversal = session.get_one(PaymentReversal, payment.id)
    assert (reversal.reason, reversal.ledger_transaction_id) == ("wrong customer", mirror.id)


def test_the_transfer_can_be_assigned_to_the_right_bill_then(world: World) -> None:
    line, payment = world.pay(1_000_00)
    undo_payment(world.desk, payment, "wrong customer")
    assign_transfer(world.desk, line, world.bills[1])
    assert world.bills[1].state is BillState.PAID
    assert world.payable == 950_00


def test_undoing_twice_changes_nothing(world: World) -> None:
    _line, payment = world.pay(1_000_00)
    first = undo_payment(world.desk, payment, "wrong customer")
    assert undo_payment(world.colleague, payment, "again") is first
    assert world.bills[0].paid_minor == 0


def test_one_of_two_parts_is_undone_and_the_rest_adds_up(world: World) -> None:
    _line, first = world.pay(333_33, "T1")
    world.pay(300_01, "T2")
    undo_payment(world.desk, first, "wrong customer")
    assert (world.bills[0].state, world.bills[0].paid_minor) == (BillState.PART_PAID, 300_01)
    world.pay(699_99, "T3")
    assert world.bills[0].state is BillState.PAID
    assert world.payable == 950_00


def test_a_bill_whose_day_is_past_is_late_again(world: World, traveller: time_machine.Traveller) -> None:
    _line, payment = world.pay(1_000_00)
    traveller.move_to(datetime(2027, 1, 20, tzinfo=UTC))
    undo_payment(world.desk, payment, "wrong customer")
    assert world.bills[0].state is BillState.OVERDUE


def test_money_in_a_draft_waits_until_the_draft_is_discarded(world: World) -> None:
    _line, payment = world.pay(1_000_00)
    batch = draft_payouts(world.desk).batch
    with pytest.raises(Conflict, match="Discard that draft first"):
        undo_payment(world.desk, payment, "wrong customer")
    discard_batch(world.desk, batch)
    undo_payment(world.desk, payment, "wrong customer")
    assert world.payable == 0


def test_money_on_its_way_or_paid_out_stays(world: World) -> None:
    _line, payment = world.pay(1_000_00)
    batch = draft_payouts(world.desk).batch
    approve_batch(world.colleague, batch)
    with pytest.raises(Conflict, match="on its way to 北松大学"):
        undo_payment(world.desk, payment, "wrong customer")
    mark_payout_paid(world.desk, payouts_of_batch(batch.id)[0], "OUT-1")
    with pytest.raises(Conflict, match="keep that transfer as credit"):
        undo_payment(world.desk, payment, "wrong customer")
    assert session.get(PaymentReversal, payment.id) is None


def test_money_that_the_bank_sent_back_can_be_undone(world: World) -> None:
    _line, payment = world.pay(1_000_00)
    batch = draft_payouts(world.desk).batch
    approve_batch(world.colleague, batch)
    mark_payout_returned(world.desk, payouts_of_batch(batch.id)[0], "account closed")
    undo_payment(world.desk, payment, "wrong customer")
    assert world.payable == 0


def test_credit_that_was_used_is_undone_first(world: World) -> None:
    line, payment = world.pay(1_200_00)
    make_final_charge(world.provider, world.payers[0], 500_00, used_on=date(2026, 11, 3))
    close_month(SYSTEM, NOVEMBER)
    bill = session.scalars(select(Bill).where(Bill.payer_id == world.payers[0].id, Bill.month == NOVEMBER)).one()
    spent = use_credit(SYSTEM, bill)
    assert spent is not None
    with pytest.raises(Conflict, match=bill.number):
        undo_payment(world.desk, payment, "wrong customer")
    undo_payment(world.desk, spent, "wrong customer")
    assert (bill.state, account_balance(chart.buyer_credit(bill.payer_id))) == (BillState.ISSUED, 200_00)
    undo_payment(world.desk, payment, "wrong customer")
    assert line.rest_minor == 1_200_00
    assert account_balance(chart.buyer_credit(bill.payer_id)) == 0
    assert verify().ok


def test_only_the_settlement_role_undoes_and_says_why(world: World) -> None:
    _line, payment = world.pay(1_000_00)
    with pytest.raises(Invalid, match="Say why"):
        undo_payment(world.desk, payment, "  ")
    for actor in (make_actor(world.payers[0], Role.OWNER), make_operator(Role.AUDITOR)):
        with pytest.raises((Forbidden, Missing)):
            undo_payment(actor, payment, "mine")
