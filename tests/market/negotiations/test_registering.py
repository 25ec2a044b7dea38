"""技术合同认定登记: the sums, the steps and the registrar's clock."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Role
from app.core.clock import today
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.settings import forget_settings
from app.core.workdays import add_working_days
from app.market.negotiations.models import (
    Contract,
    ContractRegistration,
    RegistrationState,
    RegistrationStep,
)
from app.market.negotiations.queries import REGISTRATION_WITH_ALL, contract_with_all
from app.market.negotiations.registering import (
    Amounts,
    clock_days,
    report_change,
    set_amounts,
    start_registration,
    take_step,
)
from app.market.settings import settings
from tests.accounts.factories import make_actor, make_operator
from tests.market.negotiations.factories import Case, make_case

S = RegistrationState


@pytest.fixture
def case() -> Case:
    return make_case()


def started(case: Case) -> ContractRegistration:
    """A draft whose contract was signed four weeks ago."""
    contract = contract_with_all(case.signed().id)
    session.execute(update(Contract).where(Contract.id == contract.id).values(signed_on=today() - timedelta(days=28)))
    registration = start_registration(case.owner, contract_with_all(contract.id))
    return session.scalars(
        select(ContractRegistration)
        .options(*REGISTRATION_WITH_ALL)
        .where(ContractRegistration.id == registration.id)
        .execution_options(populate_existing=True)
    ).one()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def test_the_seller_registers_what_both_have_signed(case: Case) -> None:
    registration = started(case)
    assert (registration.state, registration.seller_id) == (S.DRAFT, case.owner.organisation_id)
    assert (registration.total_minor, registration.technical_minor) == (8_000_000, 8_000_000)
    assert start_registration(case.owner, contract_with_all(registration.contract_id)) is registration


def test_who_registers(case: Case) -> None:
    contract = contract_with_all(case.agreed().id)
    with pytest.raises(Conflict, match="both sides have signed"):
        start_registration(case.owner, contract)
    with pytest.raises(Forbidden):
        start_registration(case.asker, contract)
    with pytest.raises(Missing):
        start_registration(make_actor(), contract)
    registration = started(make_case())
    with pytest.raises(Missing):
        take_step(case.owner, registration, S.SUBMITTED, today())
    buyer = make_actor(registration.buyer, Role.OWNER)
    with pytest.raises(Forbidden):
        take_step(buyer, registration, S.SUBMITTED, today())
    with pytest.raises(Forbidden):
        take_step(make_operator(), registration, S.SUBMITTED, today())


def test_technology_value_is_the_total_less_what_is_no_technology(case: Case) -> None:
    """技术交易额 = 成交额 − equipment, instruments, materials (domain.md C.2)."""
    registration = started(case)
    set_amounts(case.owner, registration, Amounts(8_000_000, 1_000_000, 500_000))
    assert registration.technical_minor == 6_500_000
    with pytest.raises(Invalid) as refusal:
        set_amounts(case.owner, registration, Amounts(100, 60, 41))
    assert refusal.value.field == "equipment_minor"
    with pytest.raises(Invalid):
        set_amounts(case.owner, registration, Amounts(100, -1))
    with pytest.raises(Exception, match="contract_registrations_amounts_check"), savepoint():
        session.execute(update(ContractRegistration).values(technical_minor=1))


@pytest.mark.parametrize(
    ("technical", "disputed", "days"),
    [(499_999_999, False, 15), (500_000_000, False, 30), (100, True, 30)],
)
def test_the_registrar_decides_within_15_or_30_working_days(
    case: Case, technical: int, disputed: bool, days: int
) -> None:
    """认定登记 draft of 2024-12-20: 15 working days; large or disputed 30; from the acceptance on."""
    registration = started(case)
    set_amounts(case.owner, registration, Amounts(technical), is_disputed=disputed)
    take_step(case.owner, registration, S.SUBMITTED, ago(20))
    assert registration.due_on is None
    forget_settings()  # so that they are read in the middle of the step
    take_step(case.owner, registration, S.ACCEPTED, ago(18))
    assert registration.due_on == add_working_days(ago(18), days)


def test_a_supplement_stops_the_clock_and_starts_it_anew(case: Case) -> None:
    registration = started(case)
    take_step(case.owner, registration, S.SUBMITTED, ago(20))
    take_step(case.owner, registration, S.ACCEPTED, ago(18))
    with pytest.raises(Invalid) as refusal:
        take_step(case.owner, registration, S.SUPPLEMENT, ago(10))
    assert refusal.value.field == "note"
    take_step(case.owner, registration, S.SUPPLEMENT, ago(10), note="缺技术资料清单")
    assert (registration.due_on, registration.note) == (None, "缺技术资料清单")
    take_step(case.owner, registration, S.ACCEPTED, ago(3))
    assert registration.due_on == add_working_days(ago(3), 15)


def test_the_days_are_settings(case: Case) -> None:
    registration = started(case)
    settings.change(make_operator(), "registration_days", 7)
    settings.change(make_operator(), "registration_large_minor", 8_000_001)
    forget_settings()
    assert clock_days(registration) == 7


def test_a_number_ends_it_and_changes_are_reported(case: Case) -> None:
    registration = started(case)
    take_step(case.owner, registration, S.SUBMITTED, ago(20))
    take_step(case.owner, registration, S.ACCEPTED, ago(18))
    with pytest.raises(Invalid) as refusal:
        take_step(case.owner, registration, S.REGISTERED, ago(5))
    assert refusal.value.field == "registration_no"
    with pytest.raises(Conflict):
        report_change(case.owner, registration, ago(4), "价款变更")
    take_step(case.owner, registration, S.REGISTERED, ago(5), registration_no="2026 220101 000001")
    assert (registration.registration_no, registration.due_on) == ("2026 220101 000001", None)
    with pytest.raises(Conflict, match="registrar has it"):
        set_amounts(case.owner, registration, Amounts(1))
    report_change(case.owner, registration, ago(4), "价款变更")
    take_step(case.owner, registration, S.CANCELLED, ago(2), note="合同解除")
    steps = session.scalars(select(RegistrationStep.what).order_by(RegistrationStep.position)).all()
    assert steps == ["submitted", "accepted", "registered", "change", "cancelled"]


def test_a_refused_one_is_submitted_again(case: Case) -> None:
    registration = started(case)
    take_step(case.owner, registration, S.SUBMITTED, ago(20))
    take_step(case.owner, registration, S.REFUSED, ago(19), note="不是技术合同")
    set_amounts(case.owner, registration, Amounts(5))
    take_step(case.owner, registration, S.SUBMITTED, ago(18))
    assert (registration.state, registration.note) == (S.SUBMITTED, "")


def test_days_follow_each_other(case: Case) -> None:
    registration = started(case)
    with pytest.raises(Invalid, match="still to come"):
        take_step(case.owner, registration, S.SUBMITTED, today() + timedelta(days=1))
    with pytest.raises(Invalid, match="before the last step"):
        take_step(case.owner, registration, S.SUBMITTED, ago(29))
    take_step(case.owner, registration, S.SUBMITTED, ago(10))
    take_step(case.owner, registration, S.SUBMITTED, ago(9))  # the same again changes nothing
    assert registration.submitted_on == ago(10)
    with pytest.raises(Invalid, match="before the last step"):
        take_step(case.owner, registration, S.ACCEPTED, ago(11))
    with pytest.raises(Conflict, match="cannot follow"):
        take_step(case.owner, registration, S.CANCELLED, ago(5), note="x")
