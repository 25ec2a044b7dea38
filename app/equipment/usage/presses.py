"""Presses of start and finish: noted once each, judged by their age and order, also when they arrive late."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.claims import release_expired_holds
from app.equipment.schedule.models import Occupation
from app.equipment.settings import settings
from app.equipment.usage.charging import fee_charge
from app.equipment.usage.models import UseReport
from app.settlement.operations import void_charge

CLOCK_SKEW = timedelta(minutes=5)
MAX_KEY = 100


def press_time(pressed_at: datetime | None) -> datetime:
    """When the button was pressed: now, or what the device noted. Raises Invalid for the future."""
    if pressed_at is None:
        return now()
    if pressed_at > now() + CLOCK_SKEW:
        raise Invalid(_l("This time lies in the future."), field="pressed_at")
    return min(pressed_at, now())


def is_too_old(at: datetime) -> bool:
    """Whether a press is older than a phone may keep one; it goes to review then, never into a bill unseen."""
    return at < now() - timedelta(hours=settings.number("offline_hours"))


def note_press(actor: Actor, reservation: Reservation, action: str, at: datetime, device_key: str | None) -> bool:
    """Keep a press as evidence; False when this very press was noted before."""
    if device_key is not None and not 1 <= len(device_key) <= MAX_KEY:
        raise Invalid(_l("The device's key has 1 to 100 characters."), field="device_key")
    statement = (
        insert(UseReport)
        .values(
            id=uuid7(),
            device_key=f"{actor.user_id}:{device_key}" if device_key else f"server:{uuid7()}",
            reservation_id=reservation.id,
            action=action,
            pressed_at=at,
            user_id=actor.user_id,
        )
        .on_conflict_do_nothing(index_elements=["device_key"])
    )
    return session.execute(statement.returning(UseReport.id)).first() is not None


def link_presses(reservation_id: UUID, use_id: UUID) -> None:
    """Tie the presses of a booking to its use."""
    session.execute(
        update(UseReport)
        .where(UseReport.reservation_id == reservation_id, UseReport.use_id.is_(None))
        .values(use_id=use_id)
    )


def revive_missed(reservation: Reservation, at: datetime) -> None:
    """Somebody did come: the press was made in time but its phone had no network, so the booking counted as missed.

    The time is claimed anew and the fee dropped. The reservation is locked already. Raises Conflict when the press
    was late as well, or the time has been given to somebody else.
    """
    limit = reservation.expected_at + timedelta(minutes=settings.number("no_show_minutes"))
    if at > limit:
        raise Conflict(
            _l("This booking counted as missed before the start was pressed."),
            code="wrong_state",
            details={"state": reservation.state.value},
        )
    given_away = Conflict(_l("Meanwhile this time was given to somebody else. Tell a manager."), code="given_away")
    release_expired_holds(reservation.instrument_id, reservation.period)
    with guard({"occupations_no_overlap": given_away}):
        session.execute(update(Occupation).where(Occupation.id == reservation.id).values(active=True))
    reservation.state = ReservationState.CONFIRMED
    reservation.cancellation_fee_minor = 0
    session.flush()
    fee = fee_charge(reservation.id)
    if fee is not None:
        void_charge(SYSTEM, fee, "came after all")
    record(SYSTEM, "reservation.revive", reservation, {"pressed_at": at.isoformat()})
