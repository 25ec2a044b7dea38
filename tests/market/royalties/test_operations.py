"""Periods opened, due, late, ended; reports, corrections, floors."""

from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Role
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.events import OutboxMessage
from app.core.settings import forget_settings
from app.ledger import chart
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.market.licences.models import LicenceState
from app.market.open_licences.models import PriceForm
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyReport
from app.market.royalties.operations import accept, end_periods, make_due, open_periods, remind_of_reports
from app.market.royalties.queries import reports_of
from app.market.royalties.reporting import credit_difference, report_royalty, to_credit
from app.market.royalties.tasks import late_and_billed
from app.settlement.credits.operations import approve_credit_note
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.payments.holding import hold_transfer
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month, issue_statement
from tests.accounts.factories import make_operator
from tests.market.factories import make_licence, make_open_licence
from tests.market.royalties.conftest import World, at
from tests.settlement.fee_notes.factories import make_transfer

SOLD = [{"name": "光学胶", "units": 120, "gross_minor": 500_000_00, "deductions_minor": 20_000_00}]


def sold(net: int, name: str = "光学胶") -> list[dict[str, Any]]:
    return [{"name": name, "units": 1, "gross_minor": net, "deductions_minor": 0}]


def note(report: RoyaltyReport) -> FeeNote:
    return session.get_one(FeeNote, report.fee_note_id)


def test_periods_are_opened_once_and_the_last_ends_with_the_licence(world: World) -> None:
    periods = world.periods
    assert [(one.starts_on, one.ends_on) for one in periods] == [
        (date(2026, 1, 15), date(2027, 1, 15)), (date(2027, 1, 15), date(2028, 1, 15)),
        (date(2028, 1, 15), date(2028, 7, 1)),
    ]  # fmt: skip
    assert [one.id for one in open_periods(world.licence)] == [one.id for one in periods]
    assert (periods[2].floor_minor, periods[2].cap_minor) == (459_02, 45_901_64)  # 168 of 366 days
    assert periods[0].due_on == date(2027, 2, 15)  # 13 February is a Saturday


def test_a_licence_without_a_royalty_has_no_periods(world: World) -> None:
    lump = make_licence(make_open_licence(price_form=PriceForm.LUMP_SUM))
    assert list(open_periods(lump)) == []


def test_a_period_is_due_when_it_is_over_and_not_a_day_before(world: World, clock: time_machine.Traveller) -> None:
    first = world.periods[0]
    at(clock, date(2027, 1, 14))
    assert make_due() == 0
    with pytest.raises(Conflict, match="runs until 2027-01-15"):
        report_royalty(world.payer, first, SOLD)
    at(clock, date(2027, 1, 15))
    assert (make_due(), make_due()) == (1, 0)
    assert first.state is PeriodState.DUE


def test_the_licensee_is_reminded_once_a_week_before(world: World, clock: time_machine.Traveller) -> None:
    make_due()
    at(clock, date(2027, 2, 7))
    assert remind_of_reports() == 0
    at(clock, date(2027, 2, 8))
    assert (remind_of_reports(), remind_of_reports()) == (1, 0)


@pytest.mark.parametrize(("day", "reminded"), [(date(2027, 2, 15), 1), (date(2027, 2, 16), 0)])
def test_who_was_not_reminded_is_so_until_the_last_day(
    world: World, clock: time_machine.Traveller, day: date, reminded: int
) -> None:
    """After nights without anybody at work; once it is late another notice says so."""
    make_due()
    assert world.periods[0].due_on == date(2027, 2, 15)
    at(clock, day)
    assert remind_of_reports() == reminded


def test_a_report_is_billed_and_earned_at_once(world: World) -> None:
    make_due()
    report = report_royalty(world.payer, world.periods[0], SOLD)
    assert (report.net_minor, report.computed_minor, report.due_minor) == (480_000_00, 24_000_00, 24_000_00)
    assert report.slices == [{"base_minor": 480_000_00, "rate": 500}]
    bill = note(report)
    charge = session.get_one(Charge, bill.charge_id)
    assert (bill.total_minor, bill.tax_rate, bill.due_on) == (24_000_00, 6, date(2027, 2, 14))
    assert (charge.kind, charge.state, charge.used_on) == (ChargeKind.ROYALTY, ChargeState.FINAL, date(2027, 1, 15))
    assert "2026-01-15—2027-01-14" in bill.description
    assert "2026-01-15—2027-01-14" in bill.description_en
    assert world.periods[0].state is PeriodState.REPORTED
    assert world.periods[0].question_until == date(2027, 2, 5)  # 15 working days
    assert verify().ok


@pytest.mark.parametrize(
    ("net", "due", "by_floor", "by_cap"),
    [(0, 1_000_00, True, False), (10_000_00, 1_000_00, True, False), (3_000_000_00, 100_000_00, False, True)],
)
def test_floor_and_cap_are_those_of_the_period(world: World, net: int, due: int, by_floor: bool, by_cap: bool) -> None:
    report = report_royalty(world.payer, world.periods[0], sold(net) if net else [])
    assert (report.due_minor, report.by_floor, report.by_cap) == (due, by_floor, by_cap)


def test_no_sales_without_a_floor_ask_for_nothing(world: World) -> None:
    first = world.periods[0]
    first.floor_minor = None
    report = report_royalty(world.payer, first, [])
    assert (report.due_minor, report.fee_note_id, first.state) == (0, None, PeriodState.REPORTED)


def test_a_second_report_says_why_and_changes_something(world: World) -> None:
    first = world.periods[0]
    report_royalty(world.payer, first, SOLD)
    with pytest.raises(Invalid, match="why"):
        report_royalty(world.payer, first, sold(1))
    with pytest.raises(Conflict, match="already"):
        report_royalty(world.payer, first, SOLD, reason="typo")
    assert len(reports_of(first.id)) == 1


@pytest.mark.parametrize(
    "product",
    [
        {"name": " ", "units": 1, "gross_minor": 1, "deductions_minor": 0},
        {"name": "x", "units": -1, "gross_minor": 1, "deductions_minor": 0},
        {"name": "x", "units": 1, "gross_minor": 1, "deductions_minor": 2},
        {"name": "x", "units": 1, "gross_minor": 10**16, "deductions_minor": 0},
    ],
)
def test_products_that_mean_nothing_are_refused(world: World, product: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        report_royalty(world.payer, world.periods[0], [product])


def test_only_the_licensees_finance_reports(world: World) -> None:
    with pytest.raises(Forbidden):
        report_royalty(world.officer, world.periods[0], SOLD)
    with pytest.raises(Missing):
        report_royalty(world.stranger, world.periods[0], SOLD)
    with pytest.raises(Forbidden):
        report_royalty(SYSTEM, world.periods[0], SOLD)


def test_a_correction_upwards_is_a_line_of_its_own_that_names_the_period(world: World) -> None:
    first = world.periods[0]
    before = report_royalty(world.payer, first, SOLD)
    after = report_royalty(world.payer, first, sold(600_000_00), reason="one shop was missing")
    assert (after.revision, after.corrects_id, after.difference_minor) == (2, before.id, 6_000_00)
    assert note(after).total_minor == 6_000_00
    assert "2026-01-15—2027-01-14" in note(after).description
    close_month(SYSTEM, date(2027, 1, 1))
    lines = session.scalars(select(Charge.total_minor).where(Charge.state == ChargeState.BILLED)).all()
    assert sorted(lines) == [6_000_00, 24_000_00]
    assert verify().ok


def test_a_correction_downwards_is_taken_back_by_two_persons(world: World, clock: time_machine.Traveller) -> None:
    first = world.periods[0]
    report_royalty(world.payer, first, SOLD)
    report_royalty(world.payer, first, sold(900_000_00), reason="more")
    close_month(SYSTEM, date(2027, 1, 1))
    report_royalty(world.payer, first, sold(100_000_00), reason="far less")
    assert to_credit(first.id) == 40_000_00
    notes = credit_difference(world.accountant, first)
    assert [one.amount_minor for one in notes] == [21_000_00, 19_000_00]  # the newest bill first
    assert to_credit(first.id) == 0
    with pytest.raises(Conflict, match="Nothing"):
        credit_difference(world.accountant, first)
    for one in notes:
        with pytest.raises(Forbidden):
            approve_credit_note(world.accountant, one)
        approve_credit_note(world.second, one)
    owed = session.scalar(select(func.sum(Charge.total_minor)))
    assert owed == 5_000_00
    assert verify().ok


def test_a_correction_downwards_before_the_bill_counts_at_once(world: World) -> None:
    """The newest fee note falls away, the one before it is lowered; the books show only what is owed."""
    first = world.periods[0]
    one = note(report_royalty(world.payer, first, SOLD))
    two = note(report_royalty(world.payer, first, sold(900_000_00), reason="more"))
    report_royalty(world.payer, first, sold(100_000_00), reason="far less")
    assert to_credit(first.id) == 0
    assert (two.state, two.charge_id) == (FeeNoteState.VOID, None)
    assert (one.total_minor, one.tax_minor, one.lowered_minor) == (5_000_00, 283_02, 19_000_00)
    assert account_balance(chart.buyer_receivable(world.maker.id)) == 5_000_00
    with pytest.raises(Conflict, match="Nothing"):
        credit_difference(world.accountant, first)
    close_month(SYSTEM, date(2027, 1, 1))
    bill = session.scalars(select(Bill)).one()
    assert bill.total_minor == 5_000_00
    check_deferred()
    assert verify().ok


def test_a_correction_after_the_statement_lowers_what_is_not_stated_and_credits_the_rest(world: World) -> None:
    first = world.periods[0]
    report_royalty(world.payer, first, SOLD)
    issue_statement(SYSTEM, world.university, date(2027, 1, 1))
    two = note(report_royalty(world.payer, first, sold(900_000_00), reason="more"))
    report_royalty(world.payer, first, sold(100_000_00), reason="far less")
    assert two.state is FeeNoteState.VOID
    assert to_credit(first.id) == 19_000_00
    (credit,) = credit_difference(world.accountant, first)
    assert credit.amount_minor == 19_000_00
    report_royalty(world.payer, first, sold(200_000_00), reason="one shop was missing")
    assert to_credit(first.id) == 0  # the credit note waits, the new note asks for the difference
    assert verify().ok


def test_a_period_that_was_paid_and_is_corrected_to_less_stays_paid(world: World) -> None:
    first, desk = world.periods[0], make_operator(Role.SETTLEMENT)
    first.floor_minor = None
    asked = note(report_royalty(world.payer, first, SOLD))
    hold_transfer(desk, make_transfer(desk, 24_000_00), asked)
    report_royalty(world.payer, first, sold(100_000_00), reason="far less")
    accept(SYSTEM, first)
    assert first.state is PeriodState.PAID
    assert account_balance(chart.buyer_credit(world.maker.id)) == 19_000_00
    report_royalty(world.payer, first, [], reason="all came back")
    assert (asked.state, asked.refund_minor, asked.charge_id) == (FeeNoteState.REFUNDED, 5_000_00, None)
    accept(SYSTEM, first)
    assert first.state is PeriodState.PAID
    assert account_balance(chart.buyer_receivable(world.maker.id)) == 0
    check_deferred()
    assert verify().ok


def test_without_a_report_only_the_announced_floor_is_billed(world: World, clock: time_machine.Traveller) -> None:
    make_due()
    at(clock, date(2027, 2, 15))
    assert late_and_billed() == 0
    at(clock, date(2027, 2, 16))
    assert (late_and_billed(), late_and_billed()) == (1, 0)
    first = session.get_one(RoyaltyPeriod, world.periods[0].id)
    (report,) = reports_of(first.id)
    assert (first.state, first.is_late) == (PeriodState.DUE, True)
    assert (report.is_floor_only, report.due_minor, report.reported_by_id) == (True, 1_000_00, None)
    bill = note(report)
    charge = session.get_one(Charge, bill.charge_id)
    assert (bill.total_minor, charge.total_minor, charge.state) == (1_000_00, 1_000_00, ChargeState.FINAL)
    assert verify().ok
    late = report_royalty(world.payer, first, SOLD)
    assert (late.difference_minor, note(late).total_minor) == (23_000_00, 23_000_00)


def test_without_a_report_and_a_floor_nothing_is_billed(world: World, clock: time_machine.Traveller) -> None:
    world.periods[0].floor_minor = None
    make_due()
    at(clock, date(2027, 2, 16))
    assert late_and_billed() == 1
    assert reports_of(world.periods[0].id) == []
    assert world.periods[0].is_late


def test_a_lapse_ends_the_periods_to_come_and_cuts_the_running_one(world: World, clock: time_machine.Traveller) -> None:
    """专利法 art. 42, 44: what is owed until the right ends stays owed; nothing after it."""
    report_royalty(world.payer, world.periods[0], SOLD)
    world.licence.state, world.licence.ended_on = LicenceState.ENDED, date(2027, 5, 1)
    assert (end_periods(world.licence), end_periods(world.licence)) == (2, 0)
    first, second = world.periods
    assert first.state is PeriodState.REPORTED
    assert second.ends_on == date(2027, 5, 1)
    assert second.floor_minor == 290_41  # 106 of 365 days


def test_reports_never_change(world: World) -> None:
    report = report_royalty(world.payer, world.periods[0], SOLD)
    report.due_minor = 1
    with pytest.raises(Exception, match="royalty_reports"):
        session.flush()


def test_everything_is_told_and_recorded(world: World) -> None:
    make_due()
    report_royalty(world.payer, world.periods[0], SOLD)
    kinds = set(session.scalars(select(OutboxMessage.kind)))
    assert {"RoyaltyDue", "RoyaltyReported"} <= kinds
    actions = set(session.scalars(select(AuditEntry.action)))
    assert {"royalty.open_periods", "royalty.due", "royalty.report"} <= actions


def test_a_report_is_kept_also_when_the_settings_are_read_anew(world: World) -> None:
    """Reading them flushes what is half done: state and day are set together."""
    first = world.periods[0]
    first.floor_minor = None
    session.flush()
    forget_settings()
    report_royalty(world.payer, first, [])
    assert first.question_until is not None
