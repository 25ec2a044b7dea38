"""Late interest: exact, half up once, by the rates of each day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.ledger.operations import check_deferred
from app.ledger.queries import verify
from app.settlement.corrections.operations import undo_payment
from app.settlement.events import BillIssued, PaymentReceived, PaymentTakenBack
from app.settlement.fee_notes.models import FeeNoteState
from app.settlement.interest import Rate, interest, late_interest, read_rates
from app.settlement.models import Charge, ChargeKind
from app.settlement.payments.handlers import forget_value_dates, see_notes_paid_with_their_bill, set_off_new_bill
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.lateness import issue_interest, parts_paid
from app.settlement.payments.operations import assign_transfer
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, make_organisation
from tests.settlement.factories import NOVEMBER, make_institution
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

DUE = date(2026, 10, 31)
RATES = [Rate(date(2025, 1, 1), 300), Rate(date(2026, 11, 11), 365)]
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
tables = st.dictionaries(days, st.integers(0, 2400), min_size=1, max_size=5).map(
    lambda found: [Rate(since, points) for since, points in found.items()]
)


def day_by_day(amount: int, due_on: date, value_on: date, rates: list[Rate]) -> Fraction:
    """The slow way: one day after the other, each at the rate in force on it."""
    total, day = Fraction(), due_on + timedelta(days=1)
    while day <= value_on:
        in_force = [rate for rate in rates if rate.since <= day]
        if in_force:
            total += Fraction(amount * max(in_force, key=lambda rate: rate.since).basis_points, 10_000 * 365)
        day += timedelta(days=1)
    return total


@given(amount=st.integers(1, 10**12), due_on=days, late=st.integers(-400, 900), rates=tables)
@pytest.mark.nodb
def test_interest_is_what_counting_day_by_day_gives(amount: int, due_on: date, late: int, rates: list[Rate]) -> None:
    value_on = due_on + timedelta(days=late)
    expected = day_by_day(amount, due_on, value_on, rates)
    assert interest(amount, due_on, value_on, rates) == expected
    exact = Decimal(expected.numerator) / Decimal(expected.denominator)
    assert late_interest([(amount, value_on)], due_on, rates) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(amount=st.integers(2, 10**9), part=st.integers(1, 99), due_on=days, late=st.integers(1, 400), rates=tables)
@pytest.mark.nodb
def test_parts_on_the_same_day_bear_what_the_whole_bears(
    amount: int, part: int, due_on: date, late: int, rates: list[Rate]
) -> None:
    day, first = due_on + timedelta(days=late), amount * part // 100
    split = [(first, day), (amount - first, day)]
    assert late_interest(split, due_on, rates) == late_interest([(amount, day)], due_on, rates)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("amount", "value_on", "expected"),
    [
        (36_500_00, DUE, 0),  # on the due day
        (36_500_00, date(2026, 11, 1), 3_00),  # one day at 3 %
        (36_500_00, date(2026, 11, 12), 10 * 3_00 + 2 * 3_65),  # ten days at 3 %, two at 3.65 %
        (60_83, date(2026, 11, 1), 0),  # 0.49997 fen
        (60_84, date(2026, 11, 1), 1),  # 0.50005 fen: half up
    ],
)
def test_worked_examples(amount: int, value_on: date, expected: int) -> None:
    assert late_interest([(amount, value_on)], DUE, RATES) == expected


@pytest.mark.nodb
def test_the_table_of_the_setting_is_read_in_any_order() -> None:
    assert read_rates("2026-11-11:3.65 2025-01-01:3.00") == RATES
    assert read_rates("") == []


@pytest.mark.parametrize(
    "table", ["3.00", "2025-01-01", "2025-13-01:3", "2025-01-01:x", "2025-01-01:-1", "2025-01-01:3.001",
              "2025-01-01:nan", "2025-01-01:3 2025-01-01:4"],
)  # fmt: skip
def test_an_unreadable_table_is_refused(table: str) -> None:
    with pytest.raises(Invalid, match="no day with a rate"):
        read_rates(table)


class World:
    """A royalty of ¥36,500, due on 31 October."""

    def __init__(self) -> None:
        self.desk = make_operator(Role.SETTLEMENT)
        self.provider, self.payer = make_institution(), make_organisation()
        self.note = make_fee_note(self.provider, self.payer, 36_500_00, due_on=DUE)

    def hold(self, amount: int, day: date) -> None:
        hold_transfer(self.desk, make_transfer(self.desk, amount, "", day), self.note)


@pytest.fixture
def world() -> Iterator[World]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False):
        yield World()


def test_a_late_note_is_asked_interest_for_once_and_it_is_earned(world: World) -> None:
    make_earned(world.note, ChargeKind.ROYALTY)
    world.hold(18_250_00, date(2026, 10, 30))
    with pytest.raises(Conflict, match="all of the fee is paid"):
        issue_interest(SYSTEM, world.note, RATES)
    world.hold(18_250_00, date(2026, 11, 10))
    asked = issue_interest(SYSTEM, world.note, RATES)
    assert asked is not None
    assert issue_interest(SYSTEM, world.note, RATES) is asked
    assert (asked.total_minor, asked.state) == (15_00, FeeNoteState.OPEN)  # half of it, ten days at 3 %
    assert world.note.number in asked.description
    assert "2026-11-10" in asked.description_en or "10 Nov" in asked.description_en
    charge = session.get_one(Charge, asked.charge_id)
    assert (charge.kind, charge.total_minor) == (ChargeKind.INTEREST, 15_00)
    check_deferred()
    assert verify().ok


def test_a_note_paid_in_time_bears_none(world: World) -> None:
    world.hold(36_500_00, DUE)
    assert issue_interest(SYSTEM, world.note, RATES) is None


def test_a_note_without_a_due_day_bears_interest_only_after_a_named_one(world: World) -> None:
    note = make_fee_note(world.provider, world.payer, 36_500_00)
    hold_transfer(world.desk, make_transfer(world.desk, 36_500_00, "", date(2026, 11, 1)), note)
    with pytest.raises(Conflict):
        issue_interest(SYSTEM, note, RATES)
    asked = issue_interest(SYSTEM, note, RATES, due_on=DUE)
    assert asked is not None
    assert asked.total_minor == 3_00


def test_a_note_billed_before_it_was_paid_counts_the_transfers_of_its_bill(world: World) -> None:
    """What came in on the note, then on the bill; the note is paid on the bank's day of the last of them."""
    world.hold(18_250_00, date(2026, 11, 1))
    make_earned(world.note, ChargeKind.ROYALTY)
    close_month(SYSTEM, NOVEMBER)
    bill = session.scalars(select(Bill)).one()
    set_off_new_bill(BillIssued(bill.id))
    assert world.note.value_on is None
    paid = assign_transfer(world.desk, make_transfer(world.desk, 18_250_00, "", date(2026, 11, 10)), bill)
    see_notes_paid_with_their_bill(PaymentReceived(paid.id))
    see_notes_paid_with_their_bill(PaymentReceived(paid.id))
    assert world.note.value_on == date(2026, 11, 10)
    assert sorted(parts_paid(world.note)) == [(18_250_00, date(2026, 11, 1)), (18_250_00, date(2026, 11, 10))]
    undo_payment(world.desk, paid, "another customer's")
    forget_value_dates(PaymentTakenBack(paid.id))
    assert world.note.value_on is None
    assign_transfer(world.desk, make_transfer(world.desk, 18_250_00, "", date(2026, 11, 20)), bill)
    asked = issue_interest(SYSTEM, world.note, RATES)
    assert asked is not None
    assert asked.total_minor == (3_00 + 10 * 3_00 + 10 * 3_65) // 2
