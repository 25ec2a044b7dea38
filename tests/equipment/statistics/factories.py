"""Bookings that were used, on a given day for a given length, without the way there."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import period
from app.core.db import session
from app.core.ids import readable_code, uuid7
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.tariffs.models import Tariff
from app.equipment.usage.models import Use, UseState
from tests.equipment.factories import SHANGHAI


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time in Shanghai."""
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def make_booking(
    instrument: Instrument, payer: Actor, day: date, *, hour: int = 9, minutes: int = 120, **overrides: Any
) -> Reservation:
    """A finished booking."""
    assert payer.organisation_id is not None
    begin = at(day, hour)
    stretch, identity = period(begin, begin + timedelta(minutes=minutes)), uuid7()
    values: dict[str, Any] = {
        "state": ReservationState.FINISHED, "is_internal": payer.organisation_id == instrument.owner_id,
        "payer_class": "internal" if payer.organisation_id == instrument.owner_id else "enterprise",
        "estimate_minor": 0, "currency": "CNY", "quote": {"lines": []}, "cancellation": {}, "purpose": "test",
        **overrides,
    }  # fmt: skip
    occupies = values["state"] in {ReservationState.FINISHED, ReservationState.CONFIRMED, ReservationState.IN_USE}
    session.add(
        Occupation(
            id=identity, instrument_id=instrument.id, period=stretch, kind=OccupationKind.RESERVATION, active=occupies
        )
    )
    session.flush()
    reservation = Reservation(
        id=identity, number=f"R-{readable_code(8)}", instrument_id=instrument.id, provider_id=instrument.owner_id,
        payer_id=payer.organisation_id, booker_id=payer.user_id, period=stretch,
        tariff_id=session.scalars(select(Tariff.id).where(Tariff.instrument_id == instrument.id)).first(), **values,
    )  # fmt: skip
    session.add(reservation)
    session.flush()
    return reservation


def make_use(
    instrument: Instrument,
    payer: Actor,
    day: date,
    *,
    hour: int = 9,
    booked: int = 120,
    used: int | None = None,
    state: UseState = UseState.ACCEPTED,
    **overrides: Any,
) -> Use:
    """A use of `used` minutes (as booked by default) that began when it was booked."""
    reservation = make_booking(instrument, payer, day, hour=hour, minutes=booked, **overrides)
    ended = reservation.starts_at + timedelta(minutes=booked if used is None else used)
    use = Use(
        reservation_id=reservation.id, instrument_id=instrument.id, started_at=reservation.starts_at, state=state,
        ended_at=None if state is UseState.RUNNING else ended,
    )  # fmt: skip
    session.add(use)
    session.flush()
    return use
