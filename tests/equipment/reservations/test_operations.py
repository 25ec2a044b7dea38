"""What happens to a booking: answered, cancelled, moved, expired, missed."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts.models import Actor, OrganisationKind, Role, Verification
from app.core.clock import bounds
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.money import Money
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import (
    approve_reservation,
    cancel_reservation,
    decline_reservation,
    expire_requests,
    fee_of_cancelling,
    mark_no_shows,
    move_reservation,
    waive_fee,
    withdraw_reservation,
)
from app.equipment.schedule.models import Occupation
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def sme() -> Actor:
    return make_actor()


def requested(manager: Actor, sme: Actor) -> Reservation:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    return make_reservation(sme, instrument.id, slot(), purpose="x")


def booked(manager: Actor, sme: Actor) -> Reservation:
    assert manager.organisation is not None
    return make_reservation(sme, make_bookable_instrument(manager.organisation).id, slot(), purpose="x")


def test_a_manager_approves_a_request(manager: Actor, sme: Actor) -> None:
    reservation = requested(manager, sme)
    assert reservation.state is ReservationState.PENDING
    assert approve_reservation(manager, reservation).state is ReservationState.CONFIRMED
    session.commit()


def test_a_second_answer_is_told_that_it_is_too_late(manager: Actor, sme: Actor) -> None:
    reservation = requested(manager, sme)
    approve_reservation(manager, reservation)
    with pytest.raises(Conflict):
        decline_reservation(manager, reservation, "no")


def test_declining_needs_a_reason_and_frees_the_time(manager: Actor, sme: Actor) -> None:
    reservation = requested(manager, sme)
    with pytest.raises(Invalid):
        decline_reservation(manager, reservation, "  ")
    decline_reservation(manager, reservation, "需要先培训")
    session.commit()
    make_reservation(make_actor(), reservation.instrument_id, slot(), purpose="y")


def test_a_customer_may_not_approve_and_a_stranger_may_not_know(manager: Actor, sme: Actor) -> None:
    reservation = requested(manager, sme)
    with pytest.raises(Forbidden):
        approve_reservation(sme, reservation)
    with pytest.raises(Missing):
        approve_reservation(make_actor(), reservation)


def test_a_technician_may_not_approve(manager: Actor, sme: Actor) -> None:
    with pytest.raises(Forbidden):
        approve_reservation(make_actor(manager.organisation, Role.TECHNICIAN), requested(manager, sme))


def test_cancelling_early_is_free_and_late_costs_half(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    assert fee_of_cancelling(reservation) == Money(0)
    with time_machine.travel(reservation.starts_at - timedelta(hours=2), tick=False):
        assert fee_of_cancelling(reservation) == Money(55_000)
        cancel_reservation(sme, reservation, shown_fee=Money(55_000))
    assert reservation.cancellation_fee_minor == 55_000
    session.commit()
    assert not session.get_one(Occupation, reservation.id).active


def test_a_fee_that_rose_since_it_was_shown_is_told_first(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with time_machine.travel(reservation.starts_at - timedelta(hours=2), tick=False), pytest.raises(Conflict) as told:
        cancel_reservation(sme, reservation, shown_fee=Money(0))
    assert told.value.details["fee"] == {"amount": 55_000, "currency": "CNY"}
    assert reservation.state is ReservationState.CONFIRMED


def test_a_booking_cannot_be_cancelled_after_its_start(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with time_machine.travel(reservation.starts_at + timedelta(minutes=1), tick=False), pytest.raises(Conflict):
        cancel_reservation(sme, reservation)


def test_a_colleague_who_did_not_book_may_not_cancel(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with pytest.raises(Missing):
        cancel_reservation(make_actor(sme.organisation, Role.BOOKER), reservation)


def test_moving_keeps_the_tariff_of_the_booking(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    move_reservation(sme, reservation, slot(days=5, hour=14, minutes=180))
    assert reservation.estimate_minor == 20_000 + 50_000 + 80_000
    session.commit()
    assert bounds(session.get_one(Occupation, reservation.id).period) == bounds(reservation.period)


def test_moving_never_resets_a_fee_already_due(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with time_machine.travel(reservation.starts_at - timedelta(hours=2), tick=False):
        move_reservation(sme, reservation, slot(days=9))
        assert fee_of_cancelling(reservation) == Money(55_000)


def test_moving_onto_a_taken_time_is_refused_with_alternatives(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    make_reservation(make_actor(), reservation.instrument_id, slot(days=4), purpose="y")
    with pytest.raises(Conflict) as refused:
        move_reservation(sme, reservation, slot(days=4, hour=10))
    assert len(refused.value.details["alternatives"]) == 3


def test_moving_within_its_own_time_is_no_conflict(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    move_reservation(sme, reservation, slot(hour=10))


def test_withdrawing_costs_the_customer_nothing(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with time_machine.travel(reservation.starts_at - timedelta(hours=1), tick=False):
        withdraw_reservation(manager, reservation, "离子源故障")
    assert reservation.cancellation_fee_minor == 0
    assert reservation.state is ReservationState.CANCELLED


def test_requests_run_out_when_nobody_answers(manager: Actor, sme: Actor) -> None:
    reservation = requested(manager, sme)
    assert reservation.answer_due_at is not None
    assert expire_requests() == 0
    with time_machine.travel(reservation.answer_due_at + timedelta(seconds=1), tick=False):
        assert expire_requests() == 1
    assert reservation.state is ReservationState.EXPIRED
    session.commit()


def test_no_shows_are_found_however_late_one_looks(manager: Actor, sme: Actor) -> None:
    reservation = booked(manager, sme)
    with time_machine.travel(reservation.starts_at + timedelta(minutes=29), tick=False):
        assert mark_no_shows() == 0
    with time_machine.travel(reservation.ends_at + timedelta(days=2), tick=False):
        assert mark_no_shows() == 1
    assert reservation.state is ReservationState.NO_SHOW
    assert reservation.cancellation_fee_minor == 110_000
    waive_fee(manager, reservation)
    assert reservation.is_fee_waived


def test_moving_a_request_forward_moves_the_time_to_answer(manager: Actor, sme: Actor) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    reservation = make_reservation(sme, instrument.id, slot(days=9), purpose="x")
    move_reservation(sme, reservation, slot(days=1))
    assert reservation.answer_due_at is not None
    assert reservation.answer_due_at < reservation.starts_at


def test_moving_does_not_lead_round_the_limit_of_those_who_are_not_verified(manager: Actor) -> None:
    unverified = make_actor(make_organisation(verification=Verification.WAITING))
    instrument = make_bookable_instrument(manager.organisation, rules={"longest": 1440})
    reservation = make_reservation(unverified, instrument.id, slot(minutes=60), purpose="x")
    with pytest.raises(Invalid) as caught:
        move_reservation(unverified, reservation, slot(days=5, minutes=1200))
    assert caught.value.code == "unverified_limit"
