"""What follows from bookings: people are told. Every handler may run twice; keys make the second run harmless."""

import re
from uuid import UUID

from app.accounts.events import OrganisationVerified, SignUpBegun
from app.core.events import subscribe
from app.equipment.reservations.booking import free_instead
from app.equipment.reservations.events import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationExtended,
    ReservationMade,
    ReservationMissed,
    ReservationMoved,
    ReservationWithdrawn,
)
from app.equipment.reservations.holds import extend_for_sign_up
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.notices import reservation_with_names, tell_booker, tell_managers
from app.equipment.reservations.operations import confirm_requests_of
from app.equipment.reservations.reminders import ask_managers

HOLD_PATH = re.compile(r"/holds/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\?|$)")
NEVER_MOVED = 2  # revision of a request that was answered as it was made


@subscribe(SignUpBegun)
def keep_the_slot_meanwhile(event: SignUpBegun) -> None:
    """A visitor opens an account for the sake of a held slot: it is held longer."""
    wanted = HOLD_PATH.match(event.came_for)
    if wanted is not None:
        extend_for_sign_up(UUID(wanted[1]))


@subscribe(ReservationMade)
def tell_of_booking(event: ReservationMade) -> None:
    """The booker gets the number and a calendar entry, the institution a request or a note."""
    reservation = reservation_with_names(event.reservation_id)
    if reservation.answer_due_at is not None:
        tell_booker("reservation_pending", reservation, "pending")
        if _is_answerable(reservation):
            ask_managers(reservation)
    else:
        tell_booker("reservation_confirmed", reservation, "confirmed", ics="request")
        tell_managers("reservation_booked", reservation)


def _is_answerable(reservation: Reservation) -> bool:
    """Whether the institution can answer: not before the operator has verified who asks."""
    return reservation.state is ReservationState.PENDING and reservation.payer.is_verified


@subscribe(OrganisationVerified)
def confirm_after_verification(event: OrganisationVerified) -> None:
    """What waited for the verification alone is confirmed; the rest is put to the institutions."""
    for reservation in confirm_requests_of(event.organisation_id):
        ask_managers(reservation_with_names(reservation.id))


@subscribe(ReservationConfirmed)
def tell_of_approval(event: ReservationConfirmed) -> None:
    """The booker learns that the request was approved."""
    reservation = reservation_with_names(event.reservation_id)
    tell_booker("reservation_confirmed", reservation, "confirmed", ics="request", tag=f":{event.revision}")


@subscribe(ReservationDeclined)
def tell_of_decline(event: ReservationDeclined) -> None:
    """The booker reads why, and where else to look."""
    reservation = reservation_with_names(event.reservation_id)
    kind = "reservation_declined" if reservation.proposed_period is None else "reservation_proposed"
    tell_booker(kind, reservation, "declined", ics=_withdrawal(reservation), slots=free_instead(reservation))


def _withdrawal(reservation: Reservation) -> str | None:
    """A request gets no calendar entry before it is approved; one that was moved has one, which is taken back."""
    return "cancel" if reservation.revision > NEVER_MOVED else None


@subscribe(ReservationCancelled)
def tell_of_cancellation(event: ReservationCancelled) -> None:
    """Both sides know of the cancellation and its fee."""
    reservation = reservation_with_names(event.reservation_id)
    tell_booker("reservation_cancelled", reservation, "cancelled", ics="cancel")
    tell_managers("reservation_cancelled", reservation)


@subscribe(ReservationWithdrawn)
def tell_of_withdrawal(event: ReservationWithdrawn) -> None:
    """The booker reads why the institution took the booking back, and which times are free instead (W24)."""
    reservation = reservation_with_names(event.reservation_id)
    tell_booker("reservation_withdrawn", reservation, "withdrawn", ics="cancel", slots=free_instead(reservation))


@subscribe(ReservationMoved)
def tell_of_move(event: ReservationMoved) -> None:
    """Both sides learn the new time; of what needs their approval at it, the managers as of a request."""
    reservation = reservation_with_names(event.reservation_id)
    tag = f":{event.revision}"
    tell_booker("reservation_moved", reservation, "moved", ics="request", tag=tag)
    if _is_answerable(reservation):
        ask_managers(reservation, tag=tag)
    else:
        tell_managers("reservation_moved", reservation, tag=tag)


@subscribe(ReservationExtended)
def tell_of_extension(event: ReservationExtended) -> None:
    """Both sides learn the later end."""
    reservation = reservation_with_names(event.reservation_id)
    tag = f":{event.revision}"
    tell_booker("reservation_extended", reservation, "extended", ics="request", tag=tag)
    tell_managers("reservation_extended", reservation, tag=tag)


@subscribe(ReservationExpired)
def tell_of_expiry(event: ReservationExpired) -> None:
    """The booker learns that nobody answered."""
    reservation = reservation_with_names(event.reservation_id)
    tell_booker("reservation_expired", reservation, "expired", ics=_withdrawal(reservation))


@subscribe(ReservationMissed)
def tell_of_no_show(event: ReservationMissed) -> None:
    """Both sides learn of the no-show and its fee."""
    reservation = reservation_with_names(event.reservation_id)
    tell_booker("reservation_missed", reservation, "missed")
    tell_managers("reservation_missed", reservation)
