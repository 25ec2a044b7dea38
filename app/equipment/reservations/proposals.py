"""One other time that an institution proposes when it says no, or takes a booking back (flows.md §1g)."""

from sqlalchemy import select

from app.core.clock import Period, bounds, now
from app.core.db import session
from app.core.errors import DomainError, Invalid
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.booking import slot_taken
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.sheet import booking_sheet
from app.equipment.schedule.models import Occupation
from app.equipment.schedule.slots import check_slot


def check_proposal(reservation: Reservation, stretch: Period) -> None:
    """Whether a time can be proposed instead of a booking's own: another one, offered, and free now.

    Raises Invalid (field offer, starts_at or ends_at) and Conflict with `alternatives` when somebody has it.
    """
    if stretch == reservation.period:
        raise Invalid(_l("Propose another time than the one asked for."), field="date")
    sheet = booking_sheet(reservation.instrument_id, bounds(stretch))
    check_slot(sheet.rules, sheet.zone, sheet.opening(bounds(stretch)), stretch, now())
    taken = select(Occupation.id).where(
        Occupation.instrument_id == reservation.instrument_id,
        Occupation.id != reservation.id,
        Occupation.active,
        Occupation.period.op("&&")(stretch),
        (Occupation.expires_at.is_(None)) | (Occupation.expires_at > now()),
    )
    if session.scalar(select(taken.exists())):
        raise slot_taken(reservation.instrument_id, stretch)


def proposed_time(reservation: Reservation) -> Period | None:
    """The time proposed instead of a booking that came to nothing; None when there is none or it is gone by now."""
    if reservation.proposed_period is None:
        return None
    instrument = session.get_one(Instrument, reservation.instrument_id)
    try:
        check_proposal(reservation, reservation.proposed_period)
    except DomainError:
        return None
    return reservation.proposed_period if instrument.state is InstrumentState.PUBLISHED else None
