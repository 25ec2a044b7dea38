"""What makes an instrument's line move at once. Every handler may run twice; the second run finds nothing to do."""

from uuid import UUID

from app.core.db import session
from app.core.events import subscribe
from app.equipment.instruments.events import InstrumentPublished
from app.equipment.reservations.events import (
    HoldReleased,
    ReservationCancelled,
    ReservationDeclined,
    ReservationExpired,
    ReservationMade,
    ReservationMissed,
    ReservationMoved,
    ReservationShortened,
    ReservationWithdrawn,
)
from app.equipment.reservations.models import Reservation
from app.equipment.schedule.events import TimetableChanged
from app.equipment.schedule.slots import MINUTE
from app.equipment.tariffs.events import TariffPublished
from app.equipment.waiting.events import OfferPassed, SlotOffered, WaitingOver
from app.equipment.waiting.models import WaitingState
from app.equipment.waiting.notices import entry_with_names, tell_waiting
from app.equipment.waiting.operations import close_by_booking, serve_line


@subscribe(ReservationCancelled)
def serve_after_cancelling(event: ReservationCancelled) -> None:
    """The slot is free."""
    _serve(event.reservation_id)


@subscribe(ReservationWithdrawn)
def serve_after_withdrawing(event: ReservationWithdrawn) -> None:
    """The slot is free, unless the institution blocks it next."""
    _serve(event.reservation_id)


@subscribe(ReservationDeclined)
def serve_after_declining(event: ReservationDeclined) -> None:
    """The slot is free."""
    _serve(event.reservation_id)


@subscribe(ReservationExpired)
def serve_after_expiry(event: ReservationExpired) -> None:
    """The slot is free."""
    _serve(event.reservation_id)


@subscribe(ReservationMissed)
def serve_after_no_show(event: ReservationMissed) -> None:
    """The rest of the slot is free."""
    _serve(event.reservation_id)


@subscribe(ReservationMoved)
def serve_after_moving(event: ReservationMoved) -> None:
    """The old slot is free."""
    _serve(event.reservation_id)


@subscribe(ReservationShortened)
def serve_after_early_finish(event: ReservationShortened) -> None:
    """The rest of the slot is free."""
    _serve(event.reservation_id)


@subscribe(TimetableChanged)
def serve_after_timetable(event: TimetableChanged) -> None:
    """A block is gone, or it is open longer."""
    serve_line(event.instrument_id)


@subscribe(InstrumentPublished)
def serve_after_publishing(event: InstrumentPublished) -> None:
    """It can be booked again."""
    serve_line(event.instrument_id)


@subscribe(TariffPublished)
def serve_after_tariff(event: TariffPublished) -> None:
    """It can be priced again."""
    serve_line(event.instrument_id)


@subscribe(HoldReleased)
def serve_after_release(event: HoldReleased) -> None:
    """Somebody gave a held slot back, perhaps an offer."""
    serve_line(event.instrument_id)


@subscribe(OfferPassed)
def serve_next(event: OfferPassed) -> None:
    """The next one's turn."""
    serve_line(event.instrument_id)


def _serve(reservation_id: UUID) -> None:
    reservation = session.get(Reservation, reservation_id)
    if reservation is not None:
        serve_line(reservation.instrument_id)


@subscribe(ReservationMade)
def leave_after_booking(event: ReservationMade) -> None:
    """Whoever has booked what they waited for waits no longer."""
    reservation = session.get(Reservation, event.reservation_id)
    if reservation is not None:
        close_by_booking(reservation)
        serve_line(reservation.instrument_id)


@subscribe(SlotOffered)
def tell_of_offer(event: SlotOffered) -> None:
    """Somebody in line learns of the slot and until when it is held."""
    entry = entry_with_names(event.entry_id)
    if entry.state is WaitingState.OFFERED and entry.hold_id == event.hold_id:
        url = f"/waiting/{entry.id}"
        tell_waiting("waiting_offered", entry, "offered", event.hold_id, url, slot=entry.offered)


@subscribe(WaitingOver)
def tell_of_end(event: WaitingOver) -> None:
    """Somebody in line learns that the days have passed."""
    entry = entry_with_names(event.entry_id)
    url = f"/instruments/{entry.instrument_id}"
    zone = entry.instrument.timezone
    first, last = (moment.astimezone(zone).date() for moment in (entry.starts_at, entry.ends_at - MINUTE))
    tell_waiting("waiting_over", entry, "over", "over", url, first=first, last=last)
