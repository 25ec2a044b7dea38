"""What makes an offer change at once."""

from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.events import subscribe
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.instruments.events import InstrumentPublished
from app.equipment.reservations.events import (
    ReservationCancelled,
    ReservationDeclined,
    ReservationExpired,
    ReservationExtended,
    ReservationMade,
    ReservationMissed,
    ReservationMoved,
    ReservationShortened,
    ReservationWithdrawn,
)
from app.equipment.reservations.models import Reservation
from app.equipment.schedule.events import TimetableChanged
from app.equipment.tariffs.events import TariffEnded, TariffPublished


@subscribe(InstrumentPublished)
def offer_published(event: InstrumentPublished) -> None:
    """A published instrument is listed with its next free time from the start."""
    refresh_offers([event.instrument_id])


@subscribe(TimetableChanged)
def offer_after_timetable(event: TimetableChanged) -> None:
    """Other hours, other free slots."""
    refresh_offers([event.instrument_id])


@subscribe(TariffPublished)
def offer_after_tariff(event: TariffPublished) -> None:
    """Prices may hold from today on."""
    refresh_offers([event.instrument_id])


@subscribe(TariffEnded)
def offer_after_end_of_tariff(event: TariffEnded) -> None:
    """Prices may hold no longer."""
    refresh_offers([event.instrument_id])


@subscribe(ReservationMade)
def offer_after_booking(event: ReservationMade) -> None:
    """The slot is gone."""
    _refresh(event.reservation_id)


@subscribe(ReservationMoved)
def offer_after_moving(event: ReservationMoved) -> None:
    """One slot is gone and another is free."""
    _refresh(event.reservation_id)


@subscribe(ReservationExtended)
def offer_after_extending(event: ReservationExtended) -> None:
    """Less is free after it."""
    _refresh(event.reservation_id)


@subscribe(ReservationShortened)
def offer_after_early_finish(event: ReservationShortened) -> None:
    """The rest of the slot is free again."""
    _refresh(event.reservation_id)


@subscribe(ReservationCancelled)
def offer_after_cancelling(event: ReservationCancelled) -> None:
    """The slot is free again."""
    _refresh(event.reservation_id)


@subscribe(ReservationDeclined)
def offer_after_declining(event: ReservationDeclined) -> None:
    """The slot is free again."""
    _refresh(event.reservation_id)


@subscribe(ReservationWithdrawn)
def offer_after_withdrawing(event: ReservationWithdrawn) -> None:
    """The slot is free again."""
    _refresh(event.reservation_id)


@subscribe(ReservationMissed)
def offer_after_no_show(event: ReservationMissed) -> None:
    """The rest of the slot is free again."""
    _refresh(event.reservation_id)


@subscribe(ReservationExpired)
def offer_after_expiry(event: ReservationExpired) -> None:
    """The slot is free again."""
    _refresh(event.reservation_id)


def _refresh(reservation_id: UUID) -> None:
    statement = select(Reservation.instrument_id).where(Reservation.id == reservation_id)
    refresh_offers(session.scalars(statement).all())
