"""Closing months."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import SYSTEM, Role
from app.core.clock import now
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import OutboxMessage
from app.ledger.chart import seller_payable, seller_receivable, seller_uncollected
from app.ledger.operations import check_deferred
from app.ledger.queries import balance_through, verify
from app.settlement.models import Charge, ChargeState
from app.settlement.operations import finalise_charge, object_charge, void_charge
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal
from app.settlement.payouts.models import Payout
from app.settlement.statements.models import Bill, BillLine, BillState, MonthClose, Statement, StatementLine
from app.settlement.statements.operations import announce_transfer, close_month, issue_statement, mark_overdue
from app.settlement.statements.queries import charges_to_state, closed_months
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.factories import (
    NOVEMBER,
    OCTOBER,
    make_charge,
    make_final_charge,
    make_institution,
    set_commission,
)


@pytest.fixture(autouse=True)
def in_november() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 9, 2, tzinfo=UTC), tick=True) as traveller:
        yield traveller


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_close_makes_one_statement_per_institution_and_one_bill_per_customer() -> None:
    one, two = make_institution("甲大学"), make_institution("乙研究院")
    buyer, other = make_organisation(name="晶澜光电"), make_organisation(name="松江药业")
    for provider, payer, amount in ((one, buyer, 10), (one, other, 20), (two, buyer, 40), (one, buyer, 80)):
        make_final_charge(provider, payer, amount * 100)
    closed = close_month(SYSTEM, OCTOBER)
    assert (closed.statements, closed.bills, closed.lines, closed.windows_cut) == (2, 2, 4, 0)
    gross = dict(session.execute(select(Statement.provider_id, Statement.gross_minor)).all())
    assert gross == {one.id: 110_00, two.id: 40_00}
    bills = session.scalars(select(Bill).order_by(Bill.number)).all()
    assert {bill.payer_id: bill.total_minor for bill in bills} == {buyer.id: 130_00, other.id: 20_00}
    assert [bill.number for bill in bills] == ["B-2026-000001", "B-2026-000002"]
    assert {bill.due_on for bill in bills} == {date(2026, 12, 9)}
    assert len({bill.memo_code for bill in bills}) == 2
    assert session.scalars(select(Charge.state).distinct()).all() == [ChargeState.BILLED]
    assert count(BillLine) == count(StatementLine) == 4


def test_every_statement_line_has_its_ledger_transaction() -> None:
    charge = make_final_charge(make_institution(), make_organisation())
    close_month(SYSTEM, OCTOBER)
    line = session.scalars(select(StatementLine)).one()
    assert (line.charge_id, line.ledger_transaction_id) == (charge.id, charge.ledger_transaction_id)
    statement = text("INSERT INTO statement_lines SELECT * FROM statement_lines l WHERE false")
    session.execute(statement)
    nullable = session.scalar(
        text("SELECT is_nullable FROM information_schema.columns WHERE table_name = 'statement_lines'"
             " AND column_name = 'ledger_transaction_id'")
    )  # fmt: skip
    assert nullable == "NO"


def test_closing_twice_changes_nothing() -> None:
    make_final_charge(make_institution(), make_organisation())
    first = close_month(SYSTEM, OCTOBER)
    make_final_charge(make_institution("晚到大学"), make_organisation())
    again = close_month(make_operator(), OCTOBER)
    assert again.closed_at == first.closed_at
    assert (count(Statement), count(Bill), count(MonthClose)) == (1, 1, 1)


def test_an_early_close_cuts_open_windows_and_says_how_many() -> None:
    provider, payer = make_institution(), make_organisation()
    make_charge(provider, payer, window_ends_at=now() + timedelta(days=2))
    make_charge(provider, payer, window_ends_at=now() - timedelta(days=2))
    make_charge(provider, payer)
    closed = close_month(SYSTEM, OCTOBER)
    assert (closed.lines, closed.windows_cut) == (3, 1)
    assert verify().ok


def test_an_objected_line_goes_to_the_next_month_with_its_day_of_use() -> None:
    provider, payer = make_institution(), make_organisation()
    make_final_charge(provider, payer)
    objected = make_charge(provider, payer, 30_00, used_on=date(2026, 10, 20))
    object_charge(SYSTEM, objected, "too long")
    assert close_month(SYSTEM, OCTOBER).lines == 1
    finalise_charge(SYSTEM, objected)
    with time_machine.travel(datetime(2026, 12, 9, tzinfo=UTC)):
        assert close_month(SYSTEM, NOVEMBER).lines == 1
    line = session.scalars(select(StatementLine).where(StatementLine.charge_id == objected.id)).one()
    assert line.used_on == date(2026, 10, 20)
    statement = session.get_one(Statement, line.statement_id)
    assert (statement.month, statement.opening_minor, statement.closing_minor) == (NOVEMBER, 100_00, 130_00)


def test_a_use_of_this_month_is_not_on_the_statement_of_the_last() -> None:
    make_final_charge(make_institution(), make_organisation(), used_on=date(2026, 11, 1))
    assert close_month(SYSTEM, OCTOBER).lines == 0


def test_what_costs_nothing_void_or_inside_one_legal_person_is_on_no_statement() -> None:
    provider, payer = make_institution(), make_organisation()
    make_charge(provider, payer, 0)
    make_charge(provider, provider)
    void_charge(SYSTEM, make_final_charge(provider, payer), "waived")
    closed = close_month(SYSTEM, OCTOBER)
    assert (closed.statements, closed.bills, closed.lines) == (0, 0, 0)
    assert session.scalars(select(Charge.state).order_by(Charge.state)).all() == [
        ChargeState.FINAL, ChargeState.FINAL, ChargeState.VOID,
    ]  # fmt: skip


def test_what_is_never_stated_does_not_wait_for_the_statement_either() -> None:
    provider, payer = make_institution(), make_organisation()
    owed = make_charge(provider, payer)
    make_charge(provider, payer, 0)
    make_charge(provider, provider)
    make_final_charge(provider, provider)
    for statement in (charges_to_state(OCTOBER), charges_to_state(OCTOBER, provider.id)):
        assert session.scalars(statement).all() == [owed]


def test_months_are_closed_in_order() -> None:
    provider, payer = make_institution(), make_organisation()
    make_final_charge(provider, payer, used_on=date(2026, 9, 8))
    with pytest.raises(Conflict, match="September 2026") as refusal:
        close_month(SYSTEM, OCTOBER)
    assert refusal.value.details == {"month": "2026-09"}
    close_month(SYSTEM, date(2026, 9, 1))
    close_month(SYSTEM, OCTOBER)


def test_a_month_to_come_is_not_closed_but_the_present_one_may_be() -> None:
    with pytest.raises(Invalid, match="not begun"):
        close_month(SYSTEM, date(2026, 12, 1))
    assert close_month(SYSTEM, NOVEMBER).lines == 0


def test_only_the_settlement_desk_closes_a_month() -> None:
    for actor in (make_actor(make_institution()), make_actor(), make_operator(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            close_month(actor, OCTOBER)
    close_month(make_operator(Role.SETTLEMENT), OCTOBER)


def test_a_statement_shows_gross_commission_and_what_is_owed() -> None:
    set_commission(500)
    provider, payer = make_institution(), make_organisation()
    for amount in (33_33, 66_67, 10):
        make_final_charge(provider, payer, amount)
    close_month(SYSTEM, OCTOBER)
    statement = session.scalars(select(Statement)).one()
    assert statement.gross_minor == 100_10
    assert statement.commission_minor == 1_67 + 3_33 + 1
    assert statement.closing_minor == statement.net_minor == 100_10 - 5_01
    owed = sum(
        balance_through(code(provider.id), statement.cutoff) for code in (seller_uncollected, seller_payable)
    ) - balance_through(seller_receivable(provider.id), statement.cutoff)
    assert owed == statement.closing_minor


def test_an_institution_issues_its_own_statement_early_and_is_billed_at_the_close() -> None:
    provider, payer = make_institution(), make_organisation()
    finance = make_actor(provider, Role.FINANCE)
    make_charge(provider, payer, window_ends_at=now() + timedelta(days=1))
    statement, cut = issue_statement(finance, provider, OCTOBER)
    assert (statement.lines_count, cut, count(Bill)) == (1, 1, 0)
    assert issue_statement(finance, provider, OCTOBER) == (statement, 0)
    late = make_final_charge(provider, payer, 7_00)
    closed = close_month(SYSTEM, OCTOBER)
    assert (closed.statements, closed.bills, closed.lines) == (1, 1, 1)
    session.refresh(late)
    assert late.state is ChargeState.FINAL


def test_who_issues_a_statement() -> None:
    provider = make_institution()
    make_final_charge(provider, make_organisation())
    for actor in (make_actor(provider, Role.MANAGER), make_actor(make_institution("乙")), make_operator(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            issue_statement(actor, provider, OCTOBER)
    issue_statement(make_operator(Role.SETTLEMENT), provider, OCTOBER)


def test_nothing_to_state_and_a_closed_month_are_told() -> None:
    provider = make_institution()
    with pytest.raises(Invalid, match="Nothing"):
        issue_statement(SYSTEM, provider, OCTOBER)
    close_month(SYSTEM, OCTOBER)
    with pytest.raises(Conflict, match="October 2026 is closed"):
        issue_statement(SYSTEM, provider, OCTOBER)


def test_a_renamed_customer_keeps_the_old_name_on_old_papers() -> None:
    payer = make_organisation(name="旧名")
    make_final_charge(make_institution(), payer)
    close_month(SYSTEM, OCTOBER)
    payer.name = "新名"
    session.flush()
    assert session.scalars(select(StatementLine.payer_name)).one() == "旧名"
    assert session.scalars(select(Bill)).one().party["name"] == "旧名"


@pytest.mark.parametrize(
    "statement",
    [
        update(Statement).values(net_minor=1),
        delete(Statement),
        update(StatementLine).values(amount_minor=1),
        delete(StatementLine),
        update(Bill).values(total_minor=1),
        update(Bill).values(due_on=date(2030, 1, 1)),
        delete(Bill),
        update(BillLine).values(provider_id=None),
        delete(BillLine),
        delete(MonthClose),
        update(Charge).values(total_minor=1),
        update(Charge).values(lines=[]),
        delete(Charge),
        update(BankLine).values(booked_on=date(2030, 1, 1)),
        delete(BankLine),
        update(Payment).values(amount_minor=1),
        delete(Payment),
        update(PaymentReversal).values(reason="another"),
        delete(PaymentReversal),
        update(Collection).values(net_minor=1),
        delete(Collection),
        update(Payout).values(amount_minor=1),
        delete(Payout),
    ],
)
def test_issued_papers_are_never_changed(statement: object) -> None:
    make_final_charge(make_institution(), make_organisation())
    close_month(SYSTEM, OCTOBER)
    check_deferred()
    with pytest.raises(DBAPIError, match="is frozen"), savepoint():
        session.execute(statement)  # type: ignore[call-overload]


def test_a_billed_charge_is_not_made_void() -> None:
    charge = make_final_charge(make_institution(), make_organisation())
    close_month(SYSTEM, OCTOBER)
    with pytest.raises(Conflict, match="credit note"):
        void_charge(SYSTEM, charge, "waived")


def test_a_bill_becomes_overdue_and_is_reminded_of_three_times(in_november: time_machine.Traveller) -> None:
    make_final_charge(make_institution(), make_organisation())
    close_month(SYSTEM, OCTOBER)
    bill = session.scalars(select(Bill)).one()
    seen = []
    for day in (date(2026, 12, 9), date(2026, 12, 10), date(2026, 12, 12), date(2026, 12, 19), date(2027, 1, 30)):
        in_november.move_to(datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
        seen.append((mark_overdue(), mark_overdue(), bill.state, bill.reminders))
    issued, overdue = BillState.ISSUED, BillState.OVERDUE
    assert seen == [(0, 0, issued, 0), (1, 0, overdue, 0), (1, 0, overdue, 1), (1, 0, overdue, 2), (1, 0, overdue, 3)]


def test_who_has_said_that_the_money_is_on_its_way_is_not_reminded_for_some_days(
    in_november: time_machine.Traveller,
) -> None:
    payer = make_organisation()
    make_final_charge(make_institution(), payer)
    close_month(SYSTEM, OCTOBER)
    bill = session.scalars(select(Bill)).one()
    seen = []
    for day in (date(2026, 12, 12), date(2026, 12, 18), date(2026, 12, 19), date(2026, 12, 22), date(2026, 12, 24)):
        in_november.move_to(datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
        if day == date(2026, 12, 18):
            announce_transfer(make_actor(payer), bill)
        seen.append((mark_overdue(), bill.state, bill.reminders))
    overdue = BillState.OVERDUE
    assert seen == [(1, overdue, 1), (0, overdue, 1), (0, overdue, 1), (0, overdue, 1), (1, overdue, 2)]


def test_the_customer_says_that_the_money_is_on_its_way() -> None:
    payer = make_organisation()
    customer = make_actor(payer)
    make_final_charge(make_institution(), payer)
    close_month(SYSTEM, OCTOBER)
    bill = session.scalars(select(Bill)).one()
    with pytest.raises(Forbidden):
        announce_transfer(make_actor(payer, Role.BOOKER), bill)
    first = announce_transfer(customer, bill).sent_at
    assert announce_transfer(customer, bill).sent_at == first


def test_events_are_announced_for_papers() -> None:
    make_final_charge(make_institution(), make_organisation())
    close_month(SYSTEM, OCTOBER)
    kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert set(kinds) <= {"StatementIssued", "BillIssued", "MonthClosed", "ChargesFinalised"}


def test_a_year_that_no_calendar_has_holds_no_closed_month() -> None:
    for year in (-1, 10_000, 10**40):
        assert session.scalars(closed_months(year)).all() == []
