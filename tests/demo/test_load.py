"""The demonstration as a newcomer finds it: loaded once, whole, and the same when it is loaded again."""

import dataclasses

import pytest
from sqlalchemy import func, select
from stdnum.cn import uscc

from app.accounts.codes import check_code
from app.accounts.models import ROLES_BY_KIND, Organisation, User, Verification
from app.accounts.passwords import check_password, is_password
from app.accounts.people.queries import user_by_email
from app.core.clock import now, today
from app.core.db import Base, session
from app.core.tabular import read_table
from app.core.web import App
from app.demo import referrals
from app.demo.cast import COMPANIES, DEFAULT_PASSWORD, PEOPLE, company
from app.demo.instruments import LIST
from app.demo.timing import months_before
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.operations import plan_import
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.models import Occupation, OccupationKind, OpeningException
from app.equipment.usage.models import Use, UseObjection, UseState
from app.imports.reading import read_rows
from app.ledger.queries import verify
from app.market.licences.models import Licence, LicenceState
from app.market.negotiations.models import ContractRegistration, Negotiation, RegistrationState, Side
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.royalties.models import IncomeShare, PeriodState, RoyaltyPeriod
from app.market.royalties.sharing import share_income
from app.notifications.models import Notification
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.payments.models import BankLine
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch, PayoutState
from app.settlement.statements.models import Bill, BillState, MonthClose, Statement
from tests.demo.troubles import check_troubles

UNHURRIED = 600


def load(app: App) -> list[str]:
    """Run the command; its lines."""
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def sizes() -> dict[str, int]:
    """How many rows every table has."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.nodb
def test_the_codes_pass_the_check_and_cannot_be_anybody_s() -> None:
    for each in COMPANIES:
        assert check_code(each.code) == each.code
        assert uscc.is_valid(each.code)
        assert each.code[8:12] == "DEMA"


@pytest.mark.nodb
def test_everybody_has_roles_that_their_organisation_knows() -> None:
    for person in PEOPLE:
        assert set(person.roles) <= set(ROLES_BY_KIND[company(person.company).kind])


def test_the_usual_password_keeps_the_rules() -> None:
    for person in PEOPLE:
        check_password(DEFAULT_PASSWORD, personal=(person.name, person.email))


@pytest.mark.slow
@pytest.mark.timeout(UNHURRIED)
def test_loading_tells_a_whole_story_and_loading_again_changes_nothing(app: App) -> None:
    lines = load(app)
    assert "created 143, changed 0, unchanged 0, skipped 6, failed 0" in lines[1]
    _check_people()
    _check_instruments()
    _check_bookings()
    _check_money()
    _check_market()
    check_troubles()
    before = sizes()
    again = load(app)
    assert all(line.endswith("there already") for line in again)
    assert sizes() == before
    _check_importing_again()


def _check_people() -> None:
    for person in PEOPLE:
        user = user_by_email(person.email)
        assert user is not None
        unread = select(func.count()).where(Notification.user_id == user.id, Notification.read_at.is_(None))
        assert session.scalar(unread), person.email
    assert is_password(session.get(User, PEOPLE[0].id), DEFAULT_PASSWORD)
    waiting = session.scalars(select(Organisation).where(Organisation.verification == Verification.WAITING)).all()
    assert [each.code for each in waiting] == [company("newcomer").code]


def _check_instruments() -> None:
    counted = session.execute(select(Instrument.state, func.count()).group_by(Instrument.state))
    states = {state: count for state, count in counted}  # noqa: C416 rows are no pairs to dict()
    assert states == {InstrumentState.PUBLISHED: 149, InstrumentState.DRAFT: 8}
    assert session.scalar(select(func.count()).where(Instrument.value_minor >= 50_000_000))
    for kind in (OccupationKind.MAINTENANCE, OccupationKind.RESERVATION):
        assert session.scalar(select(func.count()).where(Occupation.kind == kind, Occupation.active))
    assert session.scalar(select(func.count()).select_from(OpeningException))
    at_once = session.execute(
        select(InstrumentOffer.next_free_at, InstrumentOffer.needs_approval)
        .join(Instrument, Instrument.id == InstrumentOffer.instrument_id)
        .where(Instrument.asset_no == "34297")
    ).one()
    assert not at_once.needs_approval
    assert (at_once.next_free_at - now()).total_seconds() < 16 * 60


def _check_bookings() -> None:
    states = set(session.scalars(select(Reservation.state).distinct()))
    assert states >= set(ReservationState) - {ReservationState.EXPIRED}
    assert set(session.scalars(select(Use.state).distinct())) == set(UseState)
    first = session.scalar(select(func.min(func.lower(Reservation.period))))
    assert first.date() <= months_before(2).replace(day=5)
    assert session.scalar(select(func.count()).where(Reservation.payer_id == company("sme").id))
    open_objections = session.scalars(select(UseObjection).where(UseObjection.decided_at.is_(None))).all()
    assert sorted(each.escalated_at is not None for each in open_objections) == [False, True]
    fee = Reservation.cancellation_fee_minor > 0
    late = session.scalars(select(Reservation).where(Reservation.state == ReservationState.CANCELLED, fee)).all()
    assert len(late) == 1


def _check_money() -> None:
    assert list(session.scalars(select(MonthClose.month).order_by(MonthClose.month))) == [
        months_before(2), months_before(1),
    ]  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Statement)) == 4
    assert set(session.scalars(select(Bill.state).distinct())) == {BillState.PAID, BillState.ISSUED}
    assert set(session.scalars(select(PayoutBatch.state))) == {BatchState.EXPORTED, BatchState.DRAFT}
    assert PayoutState.PAID in set(session.scalars(select(Payout.state)))
    assert len(session.scalars(select(BankLine).where(BankLine.assigned_minor < BankLine.amount_minor)).all()) == 1
    assert set(session.scalars(select(Charge.kind).distinct())) == set(ChargeKind) - {ChargeKind.CREDIT}
    states = set(ChargeState) - {ChargeState.VOID}
    assert set(session.scalars(select(Charge.state).distinct())) == states
    early = select(func.count()).where(Charge.state == ChargeState.PROVISIONAL, Charge.used_on < months_before(0))
    assert today().day <= 3 or session.scalar(early) == 0
    checked = verify()
    assert not checked.faults, checked.faults


def _check_market() -> None:
    """Something to see for everybody: each state of a declaration that a page shows, notices, periods and talks."""
    states = set(session.scalars(select(OpenLicence.state)))
    assert states >= set(DeclarationState) - {
        DeclarationState.CORRECTION, DeclarationState.GIVEN_UP, DeclarationState.REFUSED, DeclarationState.WITHDRAWING,
        DeclarationState.EXPIRED, DeclarationState.LAPSED,
    }  # fmt: skip
    assert session.scalar(select(func.count()).where(OpenLicence.pilot_at.is_not(None))) == 1
    assert set(session.scalars(select(Licence.state))) == {
        LicenceState.NOTICED, LicenceState.EFFECTIVE, LicenceState.FILED,
    }  # fmt: skip
    assert set(session.scalars(select(RoyaltyPeriod.state))) == {
        PeriodState.OPEN, PeriodState.DUE, PeriodState.REPORTED, PeriodState.QUESTIONED,
    }  # fmt: skip
    assert set(session.scalars(select(Negotiation.turn))) == set(Side)
    share_income(months_before(1))  # which the worker does when it hears of the month that was closed
    shares = session.scalars(select(IncomeShare).where(IncomeShare.month == months_before(1))).all()
    income = {(share.gross_minor, share.is_pledged) for share in shares}
    assert income == {(3_000_000, False), (1_500_000, True)}
    for share in shares:
        assert share.licensor_id == company("university").id
        assert {part["kind"] for part in share.parts} >= {"inventor", "institution"}
    assert session.scalar(select(ContractRegistration.state)) is RegistrationState.REGISTERED


def _check_importing_again() -> None:
    """The demonstration has added to the real list, which is still known row by row."""
    owner = session.get_one(Organisation, company("university").id)
    rows = read_rows(FORMATS[FormatCode.UNIQUIP].reader, read_table(LIST.read_bytes(), LIST.name))
    outcomes = [each.outcome.value for each in plan_import(owner, rows)]
    assert {outcome: outcomes.count(outcome) for outcome in set(outcomes)} == {"unchanged": 143, "skipped": 6}


def test_the_accounts_are_listed_with_their_password(app: App) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "accounts"], env={"LANG": "en_GB.UTF-8"})
    assert result.exit_code == 0
    for person in PEOPLE:
        assert person.email in result.output
    assert result.output.splitlines()[-1] == f"Password of all accounts: {DEFAULT_PASSWORD}"


def test_production_is_left_alone(app: App) -> None:
    usual = app.config["JISHI"]
    app.config["JISHI"] = dataclasses.replace(usual, environment="production")
    try:
        result = app.test_cli_runner().invoke(args=["demo", "load"])
    finally:
        app.config["JISHI"] = usual
    assert result.exit_code == 1
    assert session.scalar(select(func.count()).select_from(User)) == 0


def test_data_of_before_there_was_a_bank_stay_as_they_are(app: App) -> None:
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Organisation)) == 0
        assert referrals.are_there()
