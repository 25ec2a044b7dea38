"""Maintenance over bookings: what is in the way goes at no cost, and the instrument is blocked, in one step."""

from dataclasses import dataclass

from app.accounts.models import Actor
from app.core.clock import Period, bounds, now, period
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.templating import format_datetime
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import decline_reservation, withdraw_reservation
from app.equipment.schedule.claims import lock_instruments, release
from app.equipment.schedule.models import OccupationKind
from app.equipment.schedule.operations import add_maintenance
from app.equipment.schedule.policy import SchedulePolicy
from app.equipment.schedule.queries import occupations_within


@dataclass(frozen=True, slots=True)
class Blocked:
    """The block that was made: its period, and how many bookings and requests gave way to it."""

    stretch: Period
    taken_back: int


def block_over_bookings(actor: Actor, instrument: Instrument, stretch: Period, reason: str) -> Blocked:
    """Take back every booking and request in a stretch, free of charge, and block it for maintenance.

    Customers read the reason and which times are free instead (flows.md §4, W24). A running use may finish: the block
    begins after it. Raises Invalid without a reason or for a stretch that makes no sense, and Conflict when a running
    use or maintenance keeps it.
    """
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    if not reason.strip():
        raise Invalid(_l("Give a reason; the customer reads it."), field="reason")
    starts_at, ends_at = bounds(stretch)
    if ends_at <= now():
        raise Invalid(_l("This time has passed."), field="ends_at", code="past")
    lock_instruments([instrument.id])
    taken_back = 0
    for occupation in occupations_within(instrument.id, (starts_at, ends_at)):
        if occupation.kind is OccupationKind.HOLD:
            release(occupation.id, instrument.id)
        if occupation.kind is not OccupationKind.RESERVATION:
            continue
        reservation = session.get_one(Reservation, occupation.id)
        if reservation.state is ReservationState.PENDING:
            decline_reservation(actor, reservation, reason)
        elif reservation.state is ReservationState.CONFIRMED:
            withdraw_reservation(actor, reservation, reason)
        else:
            starts_at = max(starts_at, reservation.ends_at)
            continue
        taken_back += 1
    if starts_at >= ends_at:
        until = format_datetime(starts_at, zone=instrument.timezone)
        raise Conflict(
            _l("A use runs until %(time)s and may finish. Block the time after it.", time=until), code="running"
        )
    kept = period(starts_at, ends_at)
    add_maintenance(actor, instrument, kept, reason)
    return Blocked(kept, taken_back)
