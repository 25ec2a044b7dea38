"""Bookings as calendar entries: the .ics of one, the feed of a person and of an instrument."""

from collections.abc import Iterable

from app.core.clock import bounds
from app.core.i18n import gettext as _
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.models import Occupation
from app.files.calendar import Entry, Method, Party, Status, calendar_feed, invitation
from app.notifications.links import public_url

LIVE = (ReservationState.CONFIRMED, ReservationState.IN_USE, ReservationState.FINISHED)
GONE = (ReservationState.CANCELLED, ReservationState.DECLINED, ReservationState.EXPIRED, ReservationState.NO_SHOW)


def place_of(instrument: Instrument) -> str:
    """Where an instrument stands, in one line."""
    return ", ".join(part for part in (instrument.room, instrument.building, instrument.site) if part)


def entry(reservation: Reservation, *, personal: bool = True, invited: bool = False) -> Entry:
    """The calendar entry of a booking; an impersonal one says neither who nor what for."""
    instrument = reservation.instrument
    name = instrument.name_zh or instrument.name
    if reservation.state in LIVE:
        status = Status.CONFIRMED
    else:
        status = Status.TENTATIVE if reservation.state is ReservationState.PENDING else Status.CANCELLED
    return Entry(
        uid=f"{reservation.id}@jishi",
        sequence=reservation.revision,
        starts_at=reservation.starts_at,
        ends_at=reservation.ends_at,
        zone=instrument.zone,
        summary=name if personal else _("Taken"),
        description=f"{reservation.number}\n{reservation.purpose}" if personal else "",
        location=place_of(instrument),
        url=public_url(f"/bookings/{reservation.id}") if personal else "",
        status=status,
        stamp=reservation.changed_at,
        organizer=Party(instrument.owner.name, "noreply@jishi.example") if invited else None,
        attendee=Party(reservation.booker.name, reservation.booker.email) if invited else None,
    )


def maintenance_entry(block: Occupation, instrument: Instrument) -> Entry:
    """The calendar entry of a stretch in which an instrument cannot be had; its reason is shown to everybody."""
    starts_at, ends_at = bounds(block.period)
    return Entry(
        uid=f"{block.id}@jishi",
        sequence=0,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=instrument.zone,
        summary=_("Maintenance"),
        description=block.reason,
        location=place_of(instrument),
        stamp=block.created_at,
    )


def calendar_file(reservation: Reservation, *, cancelled: bool = False) -> bytes:
    """The .ics that a person opens or that goes with a mail; of a booking that will not take place, its withdrawal."""
    gone = cancelled or reservation.state in GONE
    return invitation(entry(reservation, invited=True), Method.CANCEL if gone else Method.REQUEST)


def feed(
    name: str,
    reservations: list[Reservation],
    *,
    personal: bool,
    zone: str = "Asia/Shanghai",
    more: Iterable[Entry] = (),
) -> bytes:
    """A feed that calendar programs subscribe to; `more` are entries besides the bookings."""
    return calendar_feed(name, [*(entry(one, personal=personal) for one in reservations), *more], zone=zone)
