"""A booking from now, made at the instrument."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts.models import OrganisationKind, Verification
from app.core.clock import minutes, now
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.equipment.reservations.models import ReservationState
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.usage.models import UseState
from app.equipment.usage.operations import finish_use
from app.equipment.usage.walkins import start_walk_in
from app.settlement.models import Charge
from tests.accounts.factories import make_organisation
from tests.equipment.usage.factories import make_case, make_started


def test_a_walk_in_is_a_booking_from_now_that_runs() -> None:
    case = make_case()
    with case.at(-600):
        use = start_walk_in(case.technician, case.instrument, payer_code=None, minutes=60, purpose="试样")
        reservation = use.reservation
        assert use.state is UseState.RUNNING
        assert reservation.starts_at == now() == use.started_at
    assert (reservation.state, reservation.is_walk_in, reservation.is_internal) == (ReservationState.IN_USE, True, True)
    assert minutes(reservation.period) == 60
    assert session.get_one(Occupation, reservation.id).kind is OccupationKind.RESERVATION
    assert reservation.estimate_minor == 10_000 + 20_000
    session.commit()


def test_a_walk_in_of_another_organisation_is_charged_by_its_class() -> None:
    case = make_case()
    university = make_organisation(OrganisationKind.INSTITUTION)
    with case.at(-600):
        use = start_walk_in(
            case.technician, case.instrument, payer_code=university.code.lower(), minutes=60, purpose="x"
        )
    with case.at(-540):
        finish_use(case.technician, use.reservation)
    charge = session.get_one(Charge, use.charge_id)
    assert (charge.payer_id, charge.payer_class, charge.total_minor) == (university.id, "institution", 50_000)
    assert use.state is UseState.TO_CONFIRM


def test_a_walk_in_ends_where_the_next_booking_begins() -> None:
    case = make_case()
    with case.at(-20):
        use = start_walk_in(case.technician, case.instrument, payer_code=None, minutes=60, purpose="x")
    assert use.reservation.ends_at == case.starts_at


def test_a_busy_instrument_refuses_a_walk_in_and_names_free_slots() -> None:
    case, _use = make_started()
    with case.at(30), pytest.raises(Conflict) as refused:
        start_walk_in(case.technician, case.instrument, payer_code=None, minutes=60, purpose="x")
    assert refused.value.code == "slot_taken"
    assert len(refused.value.details["alternatives"]) == 3


def test_four_minutes_before_the_next_booking_there_is_no_walk_in() -> None:
    case = make_case()
    with case.at(-4), pytest.raises(Conflict, match="taken that time"):
        start_walk_in(case.technician, case.instrument, payer_code=None, minutes=60, purpose="x")


def test_an_unknown_or_unverified_payer_is_refused() -> None:
    case = make_case()
    waiting = make_organisation(verification=Verification.WAITING)
    with time_machine.travel(case.starts_at - timedelta(hours=10), tick=False):
        for code in ("91220101000000000X", waiting.code):
            with pytest.raises(Invalid) as refused:
                start_walk_in(case.technician, case.instrument, payer_code=code, minutes=60, purpose="x")
            assert refused.value.field == "payer_code"


def test_a_customer_cannot_walk_in() -> None:
    case = make_case()
    with case.at(-600), pytest.raises(Forbidden):
        start_walk_in(case.customer, case.instrument, payer_code=None, minutes=60, purpose="x")
