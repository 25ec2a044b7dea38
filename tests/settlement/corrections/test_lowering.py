"""A fee note that is lowered before its bill: the books show what is owed, what was paid too much is credit."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Conflict, Invalid, Missing
from app.ledger import chart
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.settlement.corrections.lowering import lower_fee_note
from app.settlement.corrections.operations import undo_payment
from app.settlement.events import BillIssued
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.payments.handlers import set_off_new_bill
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import Payment
from app.settlement.proceeds.operations import hold_proceeds
from app.settlement.statements.models import Bill, Statement
from app.settlement.statements.operations import close_month, issue_statement
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.factories import NOVEMBER, make_institution, set_commission
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

WHY = "two batches came back"


class World:
    """A royalty of ¥1,000 with 5 % commission, earned, not stated yet."""

    def __init__(self) -> None:
        set_commission(500)
        self.provider, self.payer = make_institution(), make_organisation()
        self.desk = make_operator(Role.SETTLEMENT)
        self.note = make_fee_note(self.provider, self.payer, 1_000_00, due_on=date(2026, 12, 20))
        self.charge = make_earned(self.note, ChargeKind.ROYALTY)

    def hold(self, amount: int, day: date) -> Payment:
        return hold_transfer(self.desk, make_transfer(self.desk, amount, "", day), self.note)

    def balances(self) -> tuple[int, ...]:
        """What the payer owes, has as credit, is held; what the provider has earned."""
        codes = (chart.buyer_receivable(self.payer.id), chart.buyer_credit(self.payer.id),
                 chart.order_hold(self.note.id), chart.seller_uncollected(self.provider.id))  # fmt: skip
        return tuple(account_balance(code) for code in codes)


@pytest.fixture
def world() -> Iterator[World]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False):
        yield World()


def sound() -> None:
    check_deferred()
    assert verify().ok


def test_the_charge_is_turned_back_and_made_anew(world: World) -> None:
    lower_fee_note(SYSTEM, world.note, 400_00, WHY)
    assert (world.note.total_minor, world.note.tax_minor, world.note.lowered_minor) == (400_00, 22_64, 600_00)
    lower = session.get_one(Charge, world.note.charge_id)
    assert (lower.revision, lower.state, lower.total_minor, lower.commission_minor) == (
        2, ChargeState.FINAL, 400_00, 20_00,
    )  # fmt: skip
    assert (lower.used_on, lower.service_period) == (world.charge.used_on, world.charge.service_period)
    assert world.charge.state is ChargeState.SUPERSEDED
    assert world.balances() == (400_00, 0, 0, 380_00)
    before = world.balances()
    assert lower_fee_note(SYSTEM, world.note, 400_00, WHY) is world.note
    assert world.balances() == before
    close_month(SYSTEM, NOVEMBER)
    assert session.scalars(select(Bill.total_minor)).one() == 400_00
    assert session.scalars(select(Statement.net_minor)).one() == 380_00
    sound()


def test_what_was_paid_too_much_is_credit_and_pays_the_next_bill(world: World) -> None:
    world.hold(700_00, date(2026, 11, 20))
    lower_fee_note(SYSTEM, world.note, 800_00, WHY)
    assert (world.note.state, world.note.paid_minor) == (FeeNoteState.PART_PAID, 700_00)
    lower_fee_note(SYSTEM, world.note, 300_00, WHY)
    assert (world.note.state, world.note.paid_minor, world.note.released_minor) == (FeeNoteState.PAID, 300_00, 400_00)
    assert world.note.value_on == date(2026, 11, 20)
    assert world.balances() == (300_00, 400_00, 300_00, 285_00)
    close_month(SYSTEM, NOVEMBER)
    bill = session.scalars(select(Bill)).one()
    set_off_new_bill(BillIssued(bill.id))
    assert (bill.total_minor, bill.paid_minor) == (300_00, 300_00)
    assert world.balances() == (0, 400_00, 0, 0)
    sound()


def test_of_several_transfers_the_one_that_made_it_whole_dates_it(world: World) -> None:
    for day in (18, 12, 20):
        world.hold(333_33, date(2026, 11, day))
    lower_fee_note(SYSTEM, world.note, 600_00, WHY)
    assert world.note.value_on == date(2026, 11, 18)


@pytest.mark.parametrize("paid", [0, 400_00])
def test_lowered_to_nothing_it_is_void_or_all_goes_back(world: World, paid: int) -> None:
    if paid:
        world.hold(paid, date(2026, 11, 20))
    lower_fee_note(SYSTEM, world.note, 0, WHY)
    assert world.note.state is (FeeNoteState.REFUNDED if paid else FeeNoteState.VOID)
    assert (world.charge.state, world.note.charge_id) == (ChargeState.VOID, None)
    assert world.balances() == (0, 0, 0, 0)
    assert account_balance(chart.refund_payable(world.note.id)) == paid
    with pytest.raises(Conflict):
        lower_fee_note(SYSTEM, world.note, 1, WHY)
    sound()


def test_after_the_statement_a_credit_note_is_the_way(world: World) -> None:
    issue_statement(SYSTEM, world.provider, NOVEMBER)
    with pytest.raises(Conflict, match="credit note"):
        lower_fee_note(SYSTEM, world.note, 400_00, WHY)
    assert world.note.total_minor == 1_000_00


def test_a_note_is_never_raised_and_strangers_know_of_none(world: World) -> None:
    with pytest.raises(Invalid):
        lower_fee_note(SYSTEM, world.note, 1_000_01, WHY)
    with pytest.raises(Invalid):
        lower_fee_note(SYSTEM, world.note, -1, WHY)
    with pytest.raises(Missing):
        lower_fee_note(make_actor(), world.note, 1, WHY)


def test_a_payment_that_left_credit_by_it_is_not_undone(world: World) -> None:
    note = make_fee_note(world.provider, world.payer, 1_000_00)  # not earned
    payment = hold_transfer(world.desk, make_transfer(world.desk, 1_000_00), note)
    lower_fee_note(SYSTEM, note, 400_00, WHY)
    with pytest.raises(Conflict, match="lowered"):
        undo_payment(world.desk, payment, "wrong")


def test_held_proceeds_stay_held(world: World) -> None:
    hold = hold_proceeds(SYSTEM, world.charge, "pledged")
    lower_fee_note(SYSTEM, world.note, 400_00, WHY)
    assert hold.charge_id == world.note.charge_id


def test_a_note_that_is_not_earned_yet_can_be_lowered(world: World) -> None:
    note = make_fee_note(world.provider, world.payer, 500_00)
    lower_fee_note(SYSTEM, note, 200_00, WHY)
    assert (session.get_one(FeeNote, note.id).outstanding_minor, note.charge_id) == (200_00, None)
