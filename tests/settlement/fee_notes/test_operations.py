"""Fee notes: issued, earned, made void, given back, reminded of."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

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
from app.ledger.queries import account_balance, last_number, verify
from app.settlement.fee_notes.models import FeeNoteState
from app.settlement.fee_notes.operations import (
    announce_fee_transfer,
    record_refund,
    refund_fee_note,
    remind_of_fee_notes,
    void_fee_note,
)
from app.settlement.fee_notes.queries import refunds_due, visible_fee_notes
from app.settlement.models import ChargeKind, ChargeState
from app.settlement.operations import void_charge
from app.settlement.payments.holding import hold_transfer
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.factories import make_institution, set_commission
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False) as moved:
        yield moved


class World:
    """One institution, one customer, one open note of ¥50,000."""

    def __init__(self) -> None:
        self.provider, self.payer = make_institution(), make_organisation(name="晶澜光电")
        self.desk = make_operator(Role.SETTLEMENT)
        self.finance = make_actor(self.payer, Role.FINANCE)
        self.note = make_fee_note(self.provider, self.payer)

    def pay(self, amount: int) -> None:
        hold_transfer(self.desk, make_transfer(self.desk, amount), self.note)

    @property
    def held(self) -> int:
        return account_balance(chart.order_hold(self.note.id))

    @property
    def promised(self) -> int:
        return account_balance(chart.refund_payable(self.note.id))


@pytest.fixture
def world() -> World:
    return World()


def test_a_note_freezes_names_account_tax_and_gets_number_and_memo_code(world: World) -> None:
    note = world.note
    assert note.number.startswith("F-2026-")
    assert len(note.memo_code) == 8
    assert (note.total_minor, note.tax_minor, note.paid_minor) == (50_000_00, 2_830_19, 0)
    assert note.party["name"] == "晶澜光电"
    assert note.bank["bank_account"]
    assert note.state is FeeNoteState.OPEN
    assert last_number() == 0


def test_one_thing_is_asked_for_once_until_its_note_is_void(world: World) -> None:
    same: dict[str, Any] = {"subject_id": world.note.subject_id}
    with pytest.raises(Conflict, match="asked for already"):
        make_fee_note(world.provider, world.payer, **same)
    void_fee_note(SYSTEM, world.note, "withdrawn")
    assert make_fee_note(world.provider, world.payer, **same).number != world.note.number


@pytest.mark.parametrize("total", [Money(0), Money(-1), Money(100, "USD")])
def test_only_yuan_above_nothing_are_asked_for(world: World, total: Money) -> None:
    with pytest.raises(Invalid, match="yuan above zero"):
        make_fee_note(world.provider, world.payer, total=total)


def test_nobody_is_asked_to_pay_oneself(world: World) -> None:
    with pytest.raises(Invalid, match="oneself"):
        make_fee_note(world.provider, world.provider)


def test_a_stranger_issues_and_sees_nothing(world: World) -> None:
    stranger = make_actor(make_organisation(), Role.OWNER)
    with pytest.raises((Forbidden, Missing)):
        make_fee_note(world.provider, world.payer, actor=stranger)
    assert session.scalars(visible_fee_notes(stranger)).all() == []
    for operation in (void_fee_note, refund_fee_note):
        with pytest.raises(Missing):
            operation(stranger, world.note, "mine now")
    for actor in (world.finance, make_actor(world.provider, Role.FINANCE), world.desk):
        assert session.scalars(visible_fee_notes(actor)).all() == [world.note]


def test_an_earned_fee_is_charged_once_with_its_tax_and_commission(world: World) -> None:
    set_commission(500)
    charge = make_earned(world.note)
    number = last_number()
    assert make_earned(world.note) is charge
    assert last_number() == number
    assert (charge.kind, charge.state) == (ChargeKind.LICENCE_FEE, ChargeState.FINAL)
    assert (charge.total_minor, charge.tax_minor, charge.commission_minor) == (50_000_00, 2_830_19, 2_500_00)
    assert charge.subject_number == world.note.subject_number
    assert account_balance(chart.buyer_receivable(world.payer.id)) == 50_000_00
    assert account_balance(chart.seller_uncollected(world.provider.id)) == 47_500_00
    assert world.note.state is FeeNoteState.OPEN


def test_the_charge_of_a_note_cannot_be_voided_under_the_money_that_is_held_for_it(world: World) -> None:
    world.pay(50_000_00)
    charge = make_earned(world.note)
    with pytest.raises(Conflict, match="held for this charge"):
        void_charge(SYSTEM, charge, "waived")
    assert charge.state is ChargeState.FINAL


def test_a_note_on_which_nothing_came_in_is_made_void_once(world: World) -> None:
    void_fee_note(SYSTEM, world.note, "the licence did not arise")
    assert void_fee_note(SYSTEM, world.note, "again") is world.note
    assert (world.note.state, world.note.end_reason) == (FeeNoteState.VOID, "the licence did not arise")
    with pytest.raises(Conflict, match="ended"):
        make_earned(world.note)
    with pytest.raises(Conflict, match="not open"):
        world.pay(1)


def test_a_paid_or_earned_note_is_not_made_void(world: World) -> None:
    world.pay(1)
    with pytest.raises(Conflict, match="Give it back"):
        void_fee_note(SYSTEM, world.note, "too late")
    other = make_fee_note(world.provider, world.payer)
    make_earned(other)
    with pytest.raises(Conflict, match="Give it back"):
        void_fee_note(SYSTEM, other, "too late")


@pytest.mark.parametrize("paid", [20_000_00, 50_000_00])
def test_all_that_came_in_goes_back_and_the_bank_carries_it_out(world: World, paid: int) -> None:
    world.pay(paid)
    refund_fee_note(SYSTEM, world.note, "declaration withdrawn")
    assert refund_fee_note(SYSTEM, world.note, "again") is world.note
    assert (world.note.state, world.note.refund_minor) == (FeeNoteState.REFUNDED, paid)
    assert (world.held, world.promised) == (0, paid)
    assert session.scalars(refunds_due()).all() == [world.note]
    record_refund(world.desk, world.note, date(2026, 11, 24), " JL-77 ")
    record_refund(world.desk, world.note, date(2026, 11, 24), "JL-77")
    assert (world.note.refunded_on, world.note.refund_reference) == (date(2026, 11, 24), "JL-77")
    assert (world.promised, account_balance(chart.bank())) == (0, 0)
    assert session.scalars(refunds_due()).all() == []
    check_deferred()
    assert verify().ok


def test_the_books_move_on_the_day_of_the_bank(world: World, traveller: time_machine.Traveller) -> None:
    world.pay(100)
    refund_fee_note(SYSTEM, world.note, "declaration withdrawn")
    traveller.move_to(datetime(2026, 11, 30, 2, tzinfo=UTC))
    record_refund(world.desk, world.note, date(2026, 11, 26), "JL-77")
    transaction = session.scalars(
        select(LedgerTransaction).where(LedgerTransaction.key == f"fee_note_refunded:{world.note.id}")
    ).one()
    assert transaction.effective_at.date() == date(2026, 11, 26)


def test_a_note_on_which_nothing_came_in_is_void_instead_of_refunded(world: World) -> None:
    assert refund_fee_note(SYSTEM, world.note, "declaration withdrawn").state is FeeNoteState.VOID
    assert last_number() == 0


def test_an_earned_fee_does_not_go_back(world: World) -> None:
    world.pay(50_000_00)
    make_earned(world.note)
    with pytest.raises(Conflict, match="credit note"):
        refund_fee_note(SYSTEM, world.note, "changed our mind")


def test_a_refund_is_recorded_by_the_settlement_with_day_and_reference(world: World) -> None:
    with pytest.raises(Conflict, match="No refund is due"):
        record_refund(world.desk, world.note, date(2026, 11, 24), "JL-77")
    world.pay(100)
    refund_fee_note(SYSTEM, world.note, "declaration withdrawn")
    with pytest.raises((Forbidden, Missing)):
        record_refund(world.finance, world.note, date(2026, 11, 24), "JL-77")
    for day, reference, field in (
        (date(2026, 11, 24), "  ", "reference"),
        (date(2026, 11, 25), "JL-77", "refunded_on"),
        (date(2026, 11, 23), "JL-77", "refunded_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            record_refund(world.desk, world.note, day, reference)
        assert refusal.value.field == field
    record_refund(world.desk, world.note, date(2026, 11, 24), "JL-77")
    with pytest.raises(Conflict, match="No refund is due"):
        record_refund(world.desk, world.note, date(2026, 11, 24), "JL-78")


def test_finance_of_the_payer_says_once_that_the_transfer_is_under_way(
    world: World, traveller: time_machine.Traveller
) -> None:
    with pytest.raises(Forbidden):
        announce_fee_transfer(make_actor(world.payer, Role.BOOKER), world.note)
    first = announce_fee_transfer(world.finance, world.note).sent_at
    traveller.shift(60)
    assert announce_fee_transfer(world.finance, world.note).sent_at == first
    world.pay(50_000_00)
    with pytest.raises(Conflict, match="Already paid"):
        announce_fee_transfer(world.finance, world.note)


def test_a_late_note_is_reminded_of_on_the_same_days_as_bills(world: World, traveller: time_machine.Traveller) -> None:
    due = make_fee_note(world.provider, world.payer, due_on=date(2026, 12, 1))
    paid = make_fee_note(world.provider, world.payer, due_on=date(2026, 12, 1))
    hold_transfer(world.desk, make_transfer(world.desk, 50_000_00), paid)
    seen = []
    for day in (1, 2, 4, 5, 11, 21, 30):
        traveller.move_to(datetime(2026, 12, day, 4, tzinfo=UTC))
        seen.append((remind_of_fee_notes(), remind_of_fee_notes(), due.reminders))
    assert seen == [(0, 0, 0), (0, 0, 0), (1, 0, 1), (0, 0, 1), (1, 0, 2), (1, 0, 3), (0, 0, 3)]
    assert (paid.reminders, world.note.reminders) == (0, 0)


def test_who_has_announced_the_transfer_is_not_reminded_for_some_days(
    world: World, traveller: time_machine.Traveller
) -> None:
    note = make_fee_note(world.provider, world.payer, due_on=date(2026, 12, 1))
    for day, reminders in ((4, 1), (10, 1), (11, 1), (14, 1), (16, 2)):
        traveller.move_to(datetime(2026, 12, day, 4, tzinfo=UTC))
        if day == 10:
            announce_fee_transfer(world.finance, note)
        remind_of_fee_notes()
        assert note.reminders == reminders, day


def test_issue_is_for_parties_and_the_settlement() -> None:
    provider, payer = make_institution(), make_organisation()
    for actor in (make_actor(provider, Role.MANAGER), make_actor(payer, Role.OWNER), make_operator(Role.SETTLEMENT)):
        assert make_fee_note(provider, payer, actor=actor).issued_by_id == actor.user_id
