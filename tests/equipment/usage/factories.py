"""Bookings that are confirmed, run, or wait for the customer; the clock stands where the test puts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import time_machine

from app.accounts.models import Actor, OrganisationKind, Role
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.usage.disputes import object_to_use
from app.equipment.usage.models import Use, UseObjection
from app.equipment.usage.operations import finish_use, start_use
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot


@dataclass
class Case:
    """An institution with an instrument, its technician, its manager, and a customer with a booking."""

    instrument: Instrument
    manager: Actor
    technician: Actor
    customer: Actor
    reservation: Reservation

    @property
    def starts_at(self) -> datetime:
        return self.reservation.starts_at

    def at(self, minutes: int) -> time_machine.travel:
        """The clock at some minutes after the booked start."""
        return time_machine.travel(self.starts_at + timedelta(minutes=minutes), tick=False)


def make_case(*, minutes: int = 120, customer: Actor | None = None, days: int = 3) -> Case:
    """A confirmed booking of an enterprise, 9 to 11 in three days."""
    institution = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(institution)
    customer = customer or make_actor()
    return Case(
        instrument=instrument,
        manager=make_actor(institution, Role.MANAGER),
        technician=make_actor(institution, Role.TECHNICIAN),
        customer=customer,
        reservation=make_reservation(customer, instrument.id, slot(days=days, minutes=minutes), purpose="光学胶"),
    )


def make_started(case: Case | None = None, *, minutes: int = 0) -> tuple[Case, Use]:
    """A running use, started some minutes after the booked start."""
    case = case or make_case()
    with case.at(minutes):
        return case, start_use(case.technician, case.reservation)


def make_recorded(case: Case | None = None, *, minutes: int = 120, **how: object) -> tuple[Case, Use]:
    """A finished use of some minutes that waits for the customer."""
    case, _use = make_started(case)
    with case.at(minutes):
        return case, finish_use(case.technician, case.reservation, **how)  # type: ignore[arg-type]


def make_objected(case: Case | None = None, *, minutes: int = 150, claimed: int = 120) -> tuple[Case, UseObjection]:
    """A use of 2.5 hours of which the customer says it were two."""
    case, use = make_recorded(case, minutes=minutes)
    with case.at(minutes + 60):
        return case, object_to_use(case.customer, use, claimed_minutes=claimed, reason="第4份样品没有做")
