"""A use that runs over into the next booking: that one is warned, and may move or go free of charge (flows.md §4)."""

from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import everybody
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.settings import settings

WAITING = (ReservationState.PENDING, ReservationState.CONFIRMED)


def reach() -> timedelta:
    """How long before its start a booking counts as hit by a use that runs over."""
    return timedelta(minutes=settings.number("overrun_warning_minutes"))


def is_hindered(reservation: Reservation) -> bool:
    """Whether an earlier booking still runs past its end when this one is about to begin or should have begun.

    Only that is learned of the other one, so it is asked for with everybody's eyes.
    """
    if reservation.state not in WAITING or reservation.starts_at > now() + reach():
        return False
    limit = now() - timedelta(minutes=settings.number("overrun_grace_minutes"))
    earlier = exists().where(
        Reservation.instrument_id == reservation.instrument_id,
        Reservation.state == ReservationState.IN_USE,
        Reservation.id != reservation.id,
        func.upper(Reservation.period) <= limit,
        func.upper(Reservation.period) <= reservation.starts_at,
    )
    with everybody():
        return bool(session.scalar(select(earlier)))


def is_cancellable(reservation: Reservation) -> bool:
    """Before its start, and later as well while the use before it keeps the instrument."""
    if reservation.is_cancellable:
        return True
    return reservation.can_become(ReservationState.CANCELLED) and is_hindered(reservation)


def is_movable(reservation: Reservation) -> bool:
    """Before its start, and later as well while the use before it keeps the instrument."""
    return reservation.is_movable or is_hindered(reservation)


def booking_hit_by(reservation: Reservation) -> Reservation | None:
    """The booking that waits while this one runs over; None when nobody waits yet."""
    return session.scalars(
        select(Reservation)
        .options(joinedload(Reservation.booker), joinedload(Reservation.instrument))
        .where(
            Reservation.instrument_id == reservation.instrument_id,
            Reservation.state.in_(WAITING),
            func.lower(Reservation.period) >= reservation.ends_at,
            func.lower(Reservation.period) <= now() + reach(),
        )
        .order_by(func.lower(Reservation.period))
        .limit(1)
    ).one_or_none()


def end_of_overrun(reservation: Reservation) -> None:
    """A use that ran over is off the instrument: whoever waited is not missing before now."""
    if reservation.ends_at >= now():
        return
    waiting = booking_hit_by(reservation)
    if waiting is not None and waiting.starts_at < now():
        waiting.delayed_until = now()
        session.flush()
