"""Booking a slot: what it costs, who may, what the database refuses."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import OrganisationKind, Verification
from app.core.audit import AuditEntry
from app.core.clock import bounds
from app.core.db import WriteInRead, savepoint, session, unit_of_work
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import OutboxMessage
from app.core.ids import uuid7
from app.equipment.instruments.models import OperationMode
from app.equipment.reservations.booking import make_reservation, quote_slot
from app.equipment.reservations.holds import hold_slot
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import Occupation, OccupationKind
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot


def test_an_enterprise_books_a_slot_at_the_enterprise_price() -> None:
    instrument, sme = make_bookable_instrument(), make_actor()
    reservation = make_reservation(sme, instrument.id, slot(), purpose="光学胶残留单体定性")
    assert reservation.state is ReservationState.CONFIRMED
    assert reservation.estimate_minor == 20_000 + 50_000 + 40_000
    assert reservation.payer_class == "enterprise"
    assert not reservation.is_internal
    assert session.get_one(Occupation, reservation.id).active


def test_lines_of_the_quote_add_up_to_its_total() -> None:
    offer = quote_slot(make_actor(), make_bookable_instrument().id, slot(minutes=210), with_operator=True)
    assert (
        sum(line.amount for line in offer.quote.lines) == offer.quote.total.minor == 20_000 + 50_000 + 100_000 + 42_000
    )


def test_a_taken_slot_is_refused_with_the_nearest_free_ones() -> None:
    instrument = make_bookable_instrument()
    make_reservation(make_actor(), instrument.id, slot(hour=9), purpose="first")
    with pytest.raises(Conflict) as refused:
        make_reservation(make_actor(), instrument.id, slot(hour=10), purpose="second")
    alternatives = refused.value.details["alternatives"]
    assert [one["starts_at"][11:16] for one in alternatives] == ["11:00", "13:00", "07:00"]


def test_adjacent_slots_do_not_overlap() -> None:
    instrument = make_bookable_instrument()
    make_reservation(make_actor(), instrument.id, slot(hour=9), purpose="first")
    make_reservation(make_actor(), instrument.id, slot(hour=11), purpose="second")


def test_the_database_itself_refuses_an_overlap() -> None:
    instrument = make_bookable_instrument()
    assert claim(uuid7(), instrument.id, slot(), OccupationKind.MAINTENANCE, reason="校准")
    assert not claim(uuid7(), instrument.id, slot(hour=10), OccupationKind.RESERVATION)
    session.add(Occupation(instrument_id=instrument.id, period=slot(hour=10), kind=OccupationKind.RESERVATION))
    with pytest.raises(IntegrityError, match="occupations_no_overlap"), session.begin_nested():
        session.flush()
    session.rollback()


def test_a_reservation_cannot_stop_occupying_while_its_claim_is_active() -> None:
    reservation = make_reservation(make_actor(), make_bookable_instrument().id, slot(), purpose="x")
    reservation.state = ReservationState.CANCELLED
    session.flush()
    with pytest.raises(IntegrityError, match="reservations_occupation"):
        session.commit()
    session.rollback()


def test_an_unverified_organisation_books_one_slot_that_waits_for_approval() -> None:
    newcomer = make_actor(make_organisation(verification=Verification.WAITING))
    instrument = make_bookable_instrument()
    reservation = make_reservation(newcomer, instrument.id, slot(), purpose="x")
    assert reservation.state is ReservationState.PENDING
    with pytest.raises(Invalid) as refused:
        make_reservation(newcomer, instrument.id, slot(days=4), purpose="x")
    assert refused.value.code == "unverified_limit"


def test_somebody_without_an_organisation_cannot_book() -> None:
    from_nowhere = make_actor()
    alone = type(from_nowhere)(user=from_nowhere.user)
    with pytest.raises(Forbidden):
        make_reservation(alone, make_bookable_instrument().id, slot(), purpose="x")


def test_own_people_pay_the_internal_price_without_approval() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university, rules={"needs_approval": True})
    reservation = make_reservation(make_actor(university), instrument.id, slot(), purpose="x")
    assert reservation.is_internal
    assert reservation.state is ReservationState.CONFIRMED
    assert reservation.estimate_minor == 10_000 + 20_000 + 15_000


def test_a_changed_price_is_told_and_nothing_is_booked() -> None:
    instrument = make_bookable_instrument()
    with pytest.raises(Conflict) as refused:
        make_reservation(make_actor(), instrument.id, slot(), purpose="x", shown_minor=1)
    assert refused.value.code == "price_changed"
    assert session.query(Reservation).count() == 0


def test_bounds_are_half_open() -> None:
    reservation = make_reservation(make_actor(), make_bookable_instrument().id, slot(), purpose="x")
    session.expire(reservation)
    assert reservation.period.bounds == "[)"
    assert bounds(reservation.period) == (reservation.starts_at, reservation.ends_at)


def test_where_only_the_staff_works_an_instrument_its_price_cannot_be_left_out() -> None:
    instrument = make_bookable_instrument(operation_mode=OperationMode.ASSISTED)
    offer = quote_slot(make_actor(), instrument.id, slot(minutes=210))
    assert offer.with_operator
    assert offer.quote == quote_slot(make_actor(), instrument.id, slot(minutes=210), with_operator=True).quote


def test_an_operator_who_is_not_offered_cannot_be_booked() -> None:
    instrument = make_bookable_instrument(operation_mode=OperationMode.SELF)
    with pytest.raises(Invalid) as caught:
        quote_slot(make_actor(), instrument.id, slot(), with_operator=True)
    assert (caught.value.code, caught.value.field) == ("no_operator", "with_operator")


def test_of_several_slots_all_are_booked_or_none() -> None:
    instrument, sme = make_bookable_instrument(), make_actor()
    make_reservation(make_actor(), instrument.id, slot(days=5), purpose="in the way")

    def book_a_series() -> None:
        with savepoint():
            for days in (3, 4, 5):
                make_reservation(sme, instrument.id, slot(days=days), purpose="a series")

    with pytest.raises(Conflict):
        book_a_series()
    mine = select(func.count()).where(Reservation.payer_id == sme.organisation_id)
    taken = select(func.count()).where(Occupation.instrument_id == instrument.id, Occupation.active)
    assert (session.scalar(mine), session.scalar(taken)) == (0, 1)
    assert make_reservation(sme, instrument.id, slot(days=3), purpose="alone").state is ReservationState.CONFIRMED


def test_a_hold_that_ran_out_gives_way_to_the_first_claim() -> None:
    instrument = make_bookable_instrument()
    held = hold_slot(make_actor(), instrument.id, slot(), holder="browser")
    with pytest.raises(Conflict):
        make_reservation(make_actor(), instrument.id, slot(), purpose="too early")
    assert held.expires_at is not None
    with time_machine.travel(held.expires_at, tick=False):
        made = make_reservation(make_actor(), instrument.id, slot(), purpose="in time")
        assert made.state is ReservationState.CONFIRMED


def written() -> tuple[int | None, ...]:
    """How many bookings there are, how many were noted in the audit log, and how many announced."""
    return tuple(
        session.scalar(statement)
        for statement in (
            select(func.count()).select_from(Reservation),
            select(func.count()).where(AuditEntry.action == "reservation.make"),
            select(func.count(func.distinct(OutboxMessage.payload))).where(OutboxMessage.kind == "ReservationMade"),
        )
    )


def test_a_booking_is_two_statements(max_queries: Callable[[int], AbstractContextManager[list[str]]]) -> None:
    instrument, sme = make_bookable_instrument(), make_actor()
    session.flush()
    with max_queries(2):
        make_reservation(sme, instrument.id, slot(), purpose="x")
    assert written() == (1, 1, 1)


def test_a_booking_is_what_the_database_has_made_of_it() -> None:
    made = make_reservation(make_actor(), make_bookable_instrument().id, slot(), purpose="x")
    names = [column.name for column in Reservation.__table__.columns]
    before = {name: getattr(made, name) for name in names}
    session.refresh(made)
    assert {name: getattr(made, name) for name in names} == before


def test_a_refused_booking_leaves_no_entry_and_announces_nothing() -> None:
    instrument = make_bookable_instrument()
    make_reservation(make_actor(), instrument.id, slot(), purpose="first")
    with pytest.raises(Conflict):
        make_reservation(make_actor(), instrument.id, slot(), purpose="second")
    assert written() == (1, 1, 1)


def test_a_booking_of_a_hold_is_written_beside_it() -> None:
    instrument, sme = make_bookable_instrument(), make_actor()
    hold = hold_slot(sme, instrument.id, slot(), holder="browser")
    make_reservation(sme, instrument.id, slot(), purpose="x", hold_id=hold.id, holders=("person:browser",))
    assert written() == (1, 1, 1)


def test_nothing_is_booked_by_a_request_that_only_reads() -> None:
    instrument, sme = make_bookable_instrument(), make_actor()
    session.flush()
    with pytest.raises(WriteInRead), unit_of_work(read_only=True):
        make_reservation(sme, instrument.id, slot(), purpose="x")
