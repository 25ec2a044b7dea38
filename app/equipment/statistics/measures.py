"""What is measured, as parts of SQL: minutes booked and used of every instrument in a span.

A use counts on the day at the place on which it ended, as on statements; a booking on the day on which it begins.
Hours for others are those of bookings whose payer was another legal person than the owner when the booking was made
(domain.md A.4: the whole sharing statistic rests on that).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Subquery, cast, func, select

from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.statistics.spans import Span
from app.equipment.usage.models import Use, UseState

RECORDED = (UseState.TO_CONFIRM, UseState.OBJECTED, UseState.ACCEPTED)
BOOKED = (ReservationState.CONFIRMED, ReservationState.IN_USE, ReservationState.FINISHED)


def used_minutes() -> ColumnElement[int]:
    """Whole minutes of a use, begun ones counted, at least one: `Use.used_minutes` in SQL."""
    seconds = func.floor(func.extract("epoch", Use.ended_at - Use.started_at))
    return cast(func.greatest(1, func.ceil(seconds / 60)), BigInteger)


def whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number, nothing as 0; PostgreSQL adds up to numeric."""
    return cast(func.coalesce(total, 0), BigInteger)


def used_on() -> ColumnElement[Any]:
    """The day at the place on which a use ended."""
    return func.date(func.timezone(Instrument.zone, Use.ended_at))


def recorded_uses(*columns: Any, span: Span, owner_id: UUID | None) -> Any:
    """Uses whose hours are there, with their booking and instrument joined, of one institution or of all."""
    statement = (
        select(*columns)
        .select_from(Use)
        .join(Reservation, Reservation.id == Use.reservation_id)
        .join(Instrument, Instrument.id == Use.instrument_id)
        .where(Use.state.in_(RECORDED), used_on() >= span.first, used_on() < span.end)
    )
    return statement if owner_id is None else statement.where(Reservation.provider_id == owner_id)


def uses_by_instrument(span: Span, owner_id: UUID | None) -> Subquery:
    """Columns instrument_id, used, shared (minutes) and uses."""
    statement: Any = recorded_uses(
        Use.instrument_id,
        whole(func.sum(used_minutes())).label("used"),
        whole(func.sum(used_minutes()).filter(~Reservation.is_internal)).label("shared"),
        func.count().label("uses"),
        span=span,
        owner_id=owner_id,
    ).group_by(Use.instrument_id)
    found: Subquery = statement.subquery("used")
    return found


def bookings_by_instrument(span: Span, owner_id: UUID | None) -> Subquery:
    """Columns instrument_id and booked (minutes)."""
    booked = func.coalesce(Reservation.booked_period, Reservation.period)
    length = func.extract("epoch", func.upper(booked) - func.lower(booked)) / 60
    begins_on = func.date(func.timezone(Instrument.zone, func.lower(Reservation.period)))
    statement = (
        select(Reservation.instrument_id, whole(func.sum(length)).label("booked"))
        .join(Instrument, Instrument.id == Reservation.instrument_id)
        .where(Reservation.state.in_(BOOKED), begins_on >= span.first, begins_on < span.end)
        .group_by(Reservation.instrument_id)
    )
    if owner_id is not None:
        statement = statement.where(Reservation.provider_id == owner_id)
    return statement.subquery("booked")


def is_counted(used: Subquery) -> ColumnElement[bool]:
    """Which instruments utilisation is measured over: those that are offered, and any other that was used."""
    return (Instrument.state == InstrumentState.PUBLISHED) | used.c.used.is_not(None)
