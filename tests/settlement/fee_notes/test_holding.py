"""Money for fee notes: held, matched by memo, given to the bill, taken back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select, text, update

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Missing
from app.core.money import Money
from app.ledger import chart
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.settlement.corrections.operations import undo_payment
from app.settlement.credits.operations import approve_credit_note, issue_credit_note
from app.settlement.events import BillIssued
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import refund_fee_note
from app.settlement.models import ChargeKind
from app.settlement.payments.handlers import set_off_new_bill
from app.settlement.payments.holding import hold_transfer, pay_from_held
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import Collection, Payment, PaymentSource
from app.settlement.payments.operations import assign_transfer
from app.settlement.payments.queries import claims_of, named_in
from app.settlement.payouts.operations import approve_batch, draft_payouts
from app.settlement.payouts.queries import payouts_of_batch
from app.settlement.statements.models import Bill, BillState, Statement, StatementLine
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.factories import NOVEMBER, OCTOBER, make_final_charge, make_institution, set_commission
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False) as moved:
        yield moved


class World:
    """One institution with 5 % commission, one customer, one open note of ¥1,000."""

    def __init__(self) -> None:
        set_commission(500)
        self.provider, self.payer = make_institution(), make_organisation(name="晶澜光电")
        self.desk, self.colleague = make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)
        self.note = make_fee_note(self.provider, self.payer, 1_000_00)

    def hold(self, amount: int, booked_on: date | None = None) -> Payment:
        return hold_transfer(self.desk, make_transfer(self.desk, amount, "", booked_on), self.note)

    def close(self, month: date = NOVEMBER) -> Bill:
        """The bill of the month, before its events are heard."""
        close_month(SYSTEM, month)
        return session.scalars(select(Bill).where(Bill.payer_id == self.payer.id, Bill.month == month)).one()

    @property
    def held(self) -> int:
        return account_balance(chart.order_hold(self.note.id))

    @property
    def credit(self) -> int:
        return account_balance(chart.buyer_credit(self.payer.id))

    @property
    def owed(self) -> int:
        return account_balance(chart.buyer_receivable(self.payer.id))

    @property
    def payable(self) -> int:
        return account_balance(chart.seller_payable(self.provider.id))

    def assert_sound(self) -> None:
        check_deferred()
        assert verify().ok


@pytest.fixture
def world() -> World:
    return World()


def test_exactly_what_is_asked_is_held_until_the_bill(world: World) -> None:
    payment = world.hold(1_000_00, date(2026, 11, 20))
    assert (payment.amount_minor, payment.credit_minor, payment.bill_id) == (1_000_00, 0, None)
    assert (world.note.state, world.note.value_on) == (FeeNoteState.PAID, date(2026, 11, 20))
    assert (world.held, world.credit, world.owed, world.payable) == (1_000_00, 0, 0, 0)
    assert account_balance(chart.BANK_UNMATCHED) == 0
    world.assert_sound()


def test_a_part_is_held_and_the_rest_is_still_asked_for(world: World) -> None:
    world.hold(400_00)
    assert (world.note.state, world.note.value_on, world.note.outstanding_minor) == (
        FeeNoteState.PART_PAID, None, 600_00,
    )  # fmt: skip
    assert world.held == 400_00


def test_what_is_too_much_becomes_the_payers_credit(world: World) -> None:
    payment = world.hold(1_200_00)
    assert (payment.amount_minor, payment.credit_minor) == (1_000_00, 200_00)
    assert (world.held, world.credit) == (1_000_00, 200_00)
    world.assert_sound()


@pytest.mark.parametrize("days", [(18, 20), (20, 18)])
def test_the_latest_value_date_of_the_parts_counts_in_whatever_order_they_are_told(
    world: World, days: tuple[int, int]
) -> None:
    for day in days:
        world.hold(500_00, date(2026, 11, day))
    assert world.note.value_on == date(2026, 11, 20)


def test_the_value_date_of_a_part_that_was_taken_back_does_not_count(world: World) -> None:
    wrong = world.hold(500_00, date(2026, 11, 22))
    undo_payment(world.desk, wrong, "another customer's")
    for day in (18, 20):
        world.hold(500_00, date(2026, 11, day))
    assert world.note.value_on == date(2026, 11, 20)


def test_a_memo_finds_the_note_however_it_is_written(world: World) -> None:
    line = make_transfer(world.desk, 1_000_00, f"许可费 {world.note.memo_code.lower()} 谢谢")
    payment = match_transfer(world.desk, line)
    assert payment is not None
    assert (payment.fee_note_id, payment.source) == (world.note.id, PaymentSource.MEMO)
    again = make_transfer(world.desk, 1_000_00, world.note.memo_code)
    assert match_transfer(world.desk, again) is None
    assert again.rest_minor == 1_000_00


def test_a_memo_that_names_two_notes_waits_for_a_person(world: World) -> None:
    other = make_fee_note(world.provider, world.payer)
    line = make_transfer(world.desk, 100, f"{world.note.memo_code} {other.memo_code}")
    assert match_transfer(world.desk, line) is None
    assert line.is_open


def test_only_the_settlement_assigns(world: World) -> None:
    line = make_transfer(world.desk, 1_000_00)
    with pytest.raises((Forbidden, Missing)):
        hold_transfer(make_actor(world.payer, Role.FINANCE), line, world.note)
    refund_fee_note(SYSTEM, world.note, "withdrawn")
    with pytest.raises(Conflict, match="not open"):
        hold_transfer(world.desk, line, world.note)


def test_the_bill_of_an_earned_fee_is_paid_from_what_is_held_and_paid_out(world: World) -> None:
    world.hold(1_000_00)
    make_earned(world.note)
    bill = world.close()
    assert (bill.total_minor, bill.outstanding_minor, world.owed) == (1_000_00, 1_000_00, 1_000_00)
    set_off_new_bill(BillIssued(bill.id))
    set_off_new_bill(BillIssued(bill.id))
    payment = session.scalars(select(Payment).where(Payment.bill_id == bill.id)).one()
    assert (payment.source, payment.amount_minor, payment.fee_note_id) == (
        PaymentSource.HELD, 1_000_00, world.note.id,
    )  # fmt: skip
    assert (bill.state, world.note.state) == (BillState.PAID, FeeNoteState.BILLED)
    assert (world.held, world.owed, world.payable) == (0, 0, 950_00)
    line = session.scalars(select(StatementLine)).one()
    assert (line.kind, line.amount_minor, line.net_minor) == (ChargeKind.LICENCE_FEE, 1_000_00, 950_00)
    statement = session.scalars(select(Statement)).one()
    assert (statement.gross_minor, statement.net_minor) == (1_000_00, 950_00)
    collected = session.scalars(select(Collection)).one()
    assert (collected.gross_minor, collected.net_minor) == (1_000_00, 950_00)
    batch = approve_batch(world.colleague, draft_payouts(world.desk).batch)
    assert [payout.amount_minor for payout in payouts_of_batch(batch.id)] == [950_00]
    world.assert_sound()


def test_a_part_paid_note_is_billed_for_its_rest_and_its_code_names_the_bill(world: World) -> None:
    world.hold(400_00)
    make_earned(world.note, ChargeKind.ROYALTY)
    make_final_charge(world.provider, world.payer, 50_00, used_on=date(2026, 11, 3))
    bill = world.close()
    set_off_new_bill(BillIssued(bill.id))
    assert (bill.state, bill.outstanding_minor) == (BillState.PART_PAID, 650_00)
    assert (world.note.state, world.note.paid_minor) == (FeeNoteState.BILLED, 400_00)
    assert named_in(world.note.memo_code) == bill
    payment = match_transfer(world.desk, make_transfer(world.desk, 650_00, world.note.memo_code))
    assert payment is not None
    assert (payment.bill_id, bill.state) == (bill.id, BillState.PAID)
    assert (world.held, world.owed, world.payable) == (0, 0, 997_50)
    assert named_in(world.note.memo_code) is None
    world.assert_sound()


def test_a_note_earned_but_unpaid_is_paid_with_its_bill(world: World) -> None:
    make_earned(world.note, ChargeKind.ROYALTY)
    bill = world.close()
    assert pay_from_held(bill) == []
    assert (world.note.state, bill.outstanding_minor) == (FeeNoteState.BILLED, 1_000_00)


def test_a_note_that_is_not_earned_stays_off_the_bill(world: World) -> None:
    world.hold(1_000_00)
    make_final_charge(world.provider, world.payer, 50_00, used_on=date(2026, 11, 3))
    bill = world.close()
    set_off_new_bill(BillIssued(bill.id))
    assert (bill.total_minor, bill.outstanding_minor) == (50_00, 50_00)
    assert (world.held, world.note.state) == (1_000_00, FeeNoteState.PAID)


def test_held_money_for_a_bill_that_was_paid_before_becomes_credit(world: World) -> None:
    """Somebody pays the whole bill between its issue and the moment in which the held money reaches it."""
    world.hold(1_000_00)
    make_earned(world.note)
    bill = world.close()
    assign_transfer(world.desk, make_transfer(world.desk, 1_000_00), bill)
    set_off_new_bill(BillIssued(bill.id))
    assert (bill.state, bill.paid_minor, world.note.state) == (BillState.PAID, 1_000_00, FeeNoteState.BILLED)
    assert (world.held, world.credit, world.owed, world.payable) == (0, 1_000_00, 0, 950_00)
    world.assert_sound()


def test_held_money_on_a_bill_with_a_credit_leaves_the_difference_to_the_customer(world: World) -> None:
    """¥1,000 held; the same bill takes ¥600 of an older charge back, so that it asks for ¥400."""
    old = make_final_charge(world.provider, world.payer, 600_00)
    october = world.close(OCTOBER)
    assign_transfer(world.desk, make_transfer(world.desk, 600_00), october)
    session.refresh(old)
    credit = issue_credit_note(world.desk, old, Money(600_00), "broken detector")
    approve_credit_note(world.colleague, credit)
    world.hold(1_000_00)
    make_earned(world.note)
    bill = world.close()
    assert bill.total_minor == 400_00
    set_off_new_bill(BillIssued(bill.id))
    assert (bill.state, bill.paid_minor) == (BillState.PAID, 400_00)
    assert [claim.open_gross for claim in claims_of(bill.id)] == [0, 0]
    assert (world.held, world.credit, world.owed) == (0, 600_00, 0)
    assert world.payable == 950_00
    world.assert_sound()


def test_a_held_payment_is_taken_back_before_the_fee_is_earned(world: World) -> None:
    line = make_transfer(world.desk, 1_200_00)
    payment = hold_transfer(world.desk, line, world.note)
    undo_payment(world.desk, payment, "another customer's")
    undo_payment(world.colleague, payment, "again")
    assert (world.note.state, world.note.paid_minor, world.note.value_on) == (FeeNoteState.OPEN, 0, None)
    assert (world.held, world.credit, line.rest_minor) == (0, 0, 1_200_00)
    assert account_balance(chart.BANK_UNMATCHED) == -1_200_00
    world.assert_sound()


def test_one_of_two_held_parts_is_taken_back(world: World) -> None:
    first = world.hold(400_00)
    world.hold(600_00)
    undo_payment(world.desk, first, "another customer's")
    assert (world.note.state, world.note.paid_minor, world.held) == (FeeNoteState.PART_PAID, 600_00, 600_00)


def test_a_held_payment_stays_once_the_fee_is_earned_billed_or_gone_back(world: World) -> None:
    payment = world.hold(1_000_00)
    make_earned(world.note)
    with pytest.raises(Conflict, match="stays"):
        undo_payment(world.desk, payment, "another customer's")
    set_off_new_bill(BillIssued(world.close().id))
    given = session.scalars(select(Payment).where(Payment.source == PaymentSource.HELD)).one()
    for one in (payment, given):
        with pytest.raises(Conflict, match="stays"):
            undo_payment(world.desk, one, "another customer's")
    other = make_fee_note(world.provider, world.payer, 5_00)
    gone = hold_transfer(world.desk, make_transfer(world.desk, 5_00), other)
    refund_fee_note(SYSTEM, other, "withdrawn")
    with pytest.raises(Conflict, match="stays"):
        undo_payment(world.desk, gone, "another customer's")
    world.assert_sound()


def test_undoing_looks_at_the_note_and_the_bill_as_they_are_now(world: World) -> None:
    """What was read before the books were locked may be old by then."""
    payment = world.hold(400_00)
    session.execute(
        update(FeeNote)
        .where(FeeNote.id == world.note.id)
        .values(paid_minor=900_00)
        .execution_options(synchronize_session=False)
    )
    assert world.note.paid_minor == 400_00
    undo_payment(world.desk, payment, "another customer's")
    assert world.note.paid_minor == 500_00
    make_final_charge(world.provider, world.payer, 80_00, used_on=date(2026, 11, 3))
    bill = world.close()
    paid = assign_transfer(world.desk, make_transfer(world.desk, 30_00), bill)
    session.flush()
    session.execute(text("UPDATE bills SET paid_minor = 5000 WHERE id = :id"), {"id": bill.id})
    assert bill.paid_minor == 30_00
    undo_payment(world.desk, paid, "another customer's")
    assert bill.paid_minor == 20_00
