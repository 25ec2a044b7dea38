"""Late interest is asked for once, follows its base up and down, and the books stay sound."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Invalid
from app.core.events import OutboxMessage
from app.core.money import Money
from app.core.settings import forget_settings
from app.ledger.operations import check_deferred
from app.ledger.queries import verify
from app.settlement.corrections.lowering import lower_fee_note
from app.settlement.corrections.operations import undo_payment
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.credits.operations import approve_credit_note, issue_credit_note
from app.settlement.events import BillIssued, CreditNoteApproved, FeeNotePaid, PaymentReceived, PaymentTakenBack
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import postpone_fee_note
from app.settlement.interests.handlers import ask_for_interest, lower_interest_with_its_charge
from app.settlement.interests.models import LateInterest
from app.settlement.interests.operations import reckon_interest
from app.settlement.interests.queries import run_up, running
from app.settlement.models import Charge, ChargeKind
from app.settlement.payments.handlers import forget_value_dates, see_notes_paid_with_their_bill, set_off_new_bill
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import Payment
from app.settlement.payments.operations import assign_transfer
from app.settlement.settings import settings
from app.settlement.statements.models import Bill, StatementLine
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, make_organisation
from tests.settlement.factories import NOVEMBER, make_institution
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

DUE = date(2026, 10, 31)


class World:
    """A royalty of ¥36,500, due on 31 October; 3 % a year (¥3 a day), 3.65 % from 11 November (¥3.65 a day)."""

    def __init__(self) -> None:
        self.desk, self.colleague = make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)
        self.owner = make_operator(Role.OWNER)
        self.set("late_interest_rates", "2025-01-01:3.00 2026-11-11:3.65")
        self.provider, self.payer = make_institution(), make_organisation()
        self.note = make_fee_note(self.provider, self.payer, 36_500_00, due_on=DUE, bears_interest=True)

    def set(self, name: str, value: Any) -> None:
        settings.change(self.owner, name, value)
        forget_settings()

    def hold(self, amount: int, day: date) -> Payment:
        return hold_transfer(self.desk, make_transfer(self.desk, amount, "", day), self.note)

    def bill(self) -> Bill:
        close_month(SYSTEM, NOVEMBER)
        bill = session.scalars(select(Bill)).one()
        set_off_new_bill(BillIssued(bill.id))
        return bill

    def pay(self, bill: Bill, amount: int, day: date) -> Payment:
        paid = assign_transfer(self.desk, make_transfer(self.desk, amount, "", day), bill)
        see_notes_paid_with_their_bill(PaymentReceived(paid.id))
        return paid

    def asked(self) -> list[int]:
        return list(session.scalars(select(LateInterest.amount_minor).order_by(LateInterest.position)))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False) as moved:
        yield moved


@pytest.fixture
def world(clock: time_machine.Traveller) -> World:
    return World()


def sound() -> None:
    check_deferred()
    assert verify().ok


def note_of(reckoning: LateInterest | None) -> FeeNote:
    assert reckoning is not None
    return session.get_one(FeeNote, reckoning.interest_note_id)


def test_a_late_note_is_asked_interest_for_once_by_a_note_that_is_earned(world: World) -> None:
    make_earned(world.note, ChargeKind.ROYALTY)
    world.hold(18_250_00, date(2026, 10, 30))
    assert reckon_interest(world.note) is None  # nobody knows yet how long it takes
    world.hold(18_250_00, date(2026, 11, 12))
    for _again in range(2):
        ask_for_interest(FeeNotePaid(world.note.id))
    (reckoning,) = session.scalars(select(LateInterest))
    asked = note_of(reckoning)
    assert (asked.total_minor, asked.state, asked.bears_interest) == (18_65, FeeNoteState.OPEN, False)
    assert reckoning.lines == [
        {"since": "2026-11-01", "until": "2026-11-10", "amount_minor": 18_250_00, "basis_points": 300},
        {"since": "2026-11-11", "until": "2026-11-12", "amount_minor": 18_250_00, "basis_points": 365},
    ]
    assert (reckoning.due_on, reckoning.value_on) == (DUE, date(2026, 11, 12))
    assert world.note.number in asked.description
    charge = session.get_one(Charge, asked.charge_id)
    assert (charge.kind, charge.total_minor) == (ChargeKind.INTEREST, 18_65)
    assert [(line["quantity"], line["amount"]) for line in charge.lines] == [(10, 15_00), (2, 3_65)]
    sound()


@pytest.mark.parametrize(
    ("values", "day"),
    [({}, DUE), ({"bears_interest": False}, date(2026, 11, 9)), ({"due_on": None}, date(2026, 11, 9))],
)
def test_what_is_in_time_or_only_buys_something_or_has_no_day_bears_none(
    world: World, values: dict[str, Any], day: date
) -> None:
    note = make_fee_note(world.provider, world.payer, 36_500_00, **{"due_on": DUE, "bears_interest": True, **values})
    hold_transfer(world.desk, make_transfer(world.desk, 36_500_00, "", day), note)
    assert reckon_interest(note) is None
    assert running(note) == []


def test_below_the_minimum_it_is_free(world: World) -> None:
    world.set("late_interest_minimum_minor", 3_01)
    world.hold(36_500_00, date(2026, 11, 1))
    assert reckon_interest(world.note) is None
    world.set("late_interest_minimum_minor", 3_00)
    assert note_of(reckon_interest(world.note)).total_minor == 3_00


def test_what_runs_up_is_shown_until_it_is_paid(world: World) -> None:
    world.hold(18_250_00, date(2026, 11, 1))
    shown = run_up([world.note])
    assert shown.amount == 3_00 + 9 * 1_50 + 14 * 1_82 + 7
    world.hold(18_250_00, date(2026, 11, 24))
    assert run_up([world.note]).lines == []
    assert note_of(reckon_interest(world.note)).total_minor == shown.amount


def test_a_question_suspends_the_due_day_and_with_it_interest(world: World) -> None:
    postpone_fee_note(SYSTEM, world.note, None)
    world.hold(36_500_00, date(2026, 11, 20))
    assert reckon_interest(world.note) is None
    postpone_fee_note(SYSTEM, world.note, date(2026, 11, 19))  # later by the days it waited
    assert note_of(reckon_interest(world.note)).total_minor == 3_65


def test_a_note_that_is_billed_is_late_after_the_day_of_its_bill(world: World, clock: time_machine.Traveller) -> None:
    """A bill that asks for it later gives time until then; what came in on the note before counts."""
    world.hold(18_250_00, date(2026, 11, 1))
    make_earned(world.note, ChargeKind.ROYALTY)
    bill = world.bill()
    assert bill.due_on > DUE
    clock.move_to(datetime(2027, 2, 1, 4, tzinfo=UTC))
    late = date.fromordinal(bill.due_on.toordinal() + 10)
    paid = world.pay(bill, 18_250_00, late)
    assert note_of(reckon_interest(world.note)).total_minor == 18_25
    undo_payment(world.desk, paid, "another customer's")
    forget_value_dates(PaymentTakenBack(paid.id))
    assert reckon_interest(world.note) is None  # owed again: what was asked for stays until it is paid
    world.pay(bill, 18_250_00, date.fromordinal(late.toordinal() + 4))
    assert note_of(reckon_interest(world.note)).total_minor == 7_30
    assert world.asked() == [18_25, 7_30]
    sound()


def test_credit_notes_lower_interest_that_is_not_stated_yet(world: World, clock: time_machine.Traveller) -> None:
    """What was credited was never owed: of the rest what came first paid it."""
    make_earned(world.note, ChargeKind.ROYALTY)
    bill = world.bill()
    clock.move_to(datetime(2027, 2, 1, 4, tzinfo=UTC))
    late = date.fromordinal(bill.due_on.toordinal() + 10)
    world.pay(bill, 18_250_00, bill.due_on)
    world.pay(bill, 18_250_00, late)
    asked = note_of(reckon_interest(world.note))
    assert asked.total_minor == 18_25
    credit(world, 7_300_00)
    assert world.asked() == [18_25, -7_30]
    assert asked.total_minor == 10_95
    credit(world, 29_200_00)
    assert world.asked() == [18_25, -7_30, -10_95]
    assert asked.state is FeeNoteState.VOID
    assert reckon_interest(world.note) is None
    sound()


def test_credit_notes_take_back_interest_that_is_stated(world: World, clock: time_machine.Traveller) -> None:
    """By a credit note without persons, for two have decided about its base; it stands on the next bill."""
    make_earned(world.note, ChargeKind.ROYALTY)
    bill = world.bill()
    clock.move_to(datetime(2027, 2, 1, 4, tzinfo=UTC))
    world.pay(bill, 36_500_00, date.fromordinal(bill.due_on.toordinal() + 10))
    asked = note_of(reckon_interest(world.note))
    close_month(SYSTEM, date(2027, 2, 1))
    credit(world, 18_250_00)
    taken = session.scalars(select(CreditNote).where(CreditNote.charge_id == asked.charge_id)).one()
    assert (taken.amount_minor, taken.state, taken.issued_by_id) == (18_25, CreditState.APPROVED, None)
    assert world.asked() == [36_50, -18_25]
    sound()


def credit(world: World, amount: int) -> None:
    """Two persons take a part of the royalty back, and the announcement is heard twice."""
    note = issue_credit_note(world.desk, session.get_one(Charge, world.note.charge_id), Money(amount), "sold less")
    approve_credit_note(world.colleague, note)
    for _again in range(2):
        lower_interest_with_its_charge(CreditNoteApproved(note.id))


def test_a_note_lowered_before_its_bill_bears_less(world: World) -> None:
    make_earned(world.note, ChargeKind.ROYALTY)
    world.hold(36_500_00, date(2026, 11, 10))
    asked = note_of(reckon_interest(world.note))
    lower_fee_note(SYSTEM, world.note, 12_166_67, "sold less")
    reckon_interest(world.note)
    assert (asked.total_minor, world.asked()) == (10_00, [30_00, -20_00])
    lower_fee_note(SYSTEM, world.note, 0, "sold nothing")
    reckon_interest(world.note)
    assert (asked.state, sum(world.asked())) == (FeeNoteState.VOID, 0)
    sound()


def test_reckonings_never_change(world: World) -> None:
    world.hold(36_500_00, date(2026, 11, 10))
    reckon_interest(world.note)
    with pytest.raises(Exception, match="late_interests"):
        session.execute(text("UPDATE late_interests SET amount_minor = 1"))


def test_interest_stands_on_the_statement_and_both_sides_are_told(world: World) -> None:
    make_earned(world.note, ChargeKind.ROYALTY)
    world.hold(36_500_00, date(2026, 11, 10))
    ask_for_interest(FeeNotePaid(world.note.id))
    told = set(session.scalars(select(OutboxMessage.handler).where(OutboxMessage.kind == "LateInterestAsked")))
    assert "tell_of_late_interest" in {one.rsplit(".", 1)[1] for one in told}
    close_month(SYSTEM, NOVEMBER)
    lines = session.execute(select(StatementLine.kind, StatementLine.amount_minor)).all()
    assert sorted((line.kind.value, line.amount_minor) for line in lines) == [
        ("interest", 30_00), ("royalty", 36_500_00),
    ]  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Bill)) == 1
    sound()


@pytest.mark.parametrize("table", ["3.00", "2026-01-01:-1", "2026-01-01:3 2026-01-01:4"])
def test_a_table_that_cannot_be_read_is_refused_where_it_is_set(world: World, table: str) -> None:
    with pytest.raises(Invalid, match="no day with a rate"):
        world.set("late_interest_rates", table)
