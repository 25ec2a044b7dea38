"""Reservations to look at: mine, my organisation's, my institution's queue and calendar."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, Role
from app.core.clock import Period, now, period
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState

LIVE_STATES = (ReservationState.PENDING, ReservationState.CONFIRMED, ReservationState.IN_USE)
"""What is still to come of a booking; the other states are ends."""

WITH_NAMES = (
    joinedload(Reservation.instrument).joinedload(Instrument.owner),
    joinedload(Reservation.payer),
    joinedload(Reservation.booker),
)


def asked_at() -> ColumnElement[datetime]:
    """Since when the present request waits; a booking that was moved may have asked anew."""
    return func.coalesce(Reservation.requested_at, Reservation.created_at)


def minutes_to_answer() -> ColumnElement[Any]:
    """How long the request waited for its answer."""
    return func.extract("epoch", Reservation.answered_at - asked_at()) / 60


def visible_to(actor: Actor) -> Any:
    """The condition under which a reservation may be seen, the same as ReservationPolicy.view."""
    if actor.is_system or actor.operates(Role.AUDITOR, Role.SETTLEMENT):
        return true()
    own = Reservation.booker_id == actor.user_id
    if actor.roles.intersection({Role.OWNER, Role.FINANCE}):
        own = true()
    return or_(
        (Reservation.payer_id == actor.organisation_id) & own,
        Reservation.provider_id == actor.organisation_id,
    )


def booked_from(actor: Actor, hold_id: UUID) -> Reservation | None:
    """The booking that this person has made of a hold already: pressing the button twice books once."""
    return session.scalars(
        select(Reservation).where(Reservation.id == hold_id, Reservation.booker_id == actor.user_id)
    ).one_or_none()


def has_booked(actor: Actor) -> bool:
    """Whether this person has booked before, and so has agreed to the terms of use."""
    return bool(session.scalar(select(select(Reservation.id).where(Reservation.booker_id == actor.user_id).exists())))


def bookings_of(
    actor: Actor,
    *,
    side: str = "customer",
    states: tuple[ReservationState, ...] = (),
    instrument_id: UUID | None = None,
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    upcoming: bool | None = None,
) -> Select[Reservation]:
    """Reservations of the organisation acted for, as `customer` or as `provider`, newest first.

    `upcoming` leaves those that will or may still be used, soonest first; False what is over, also before its time.
    """
    party = Reservation.payer_id if side == "customer" else Reservation.provider_id
    statement = select(Reservation).options(*WITH_NAMES).where(visible_to(actor), party == actor.organisation_id)
    starts = func.lower(Reservation.period)
    if states:
        statement = statement.where(Reservation.state.in_(states))
    if instrument_id is not None:
        statement = statement.where(Reservation.instrument_id == instrument_id)
    if since is not None:
        statement = statement.where(starts >= since)
    if until is not None:
        statement = statement.where(starts < until)
    if upcoming is not None:
        coming = and_(func.upper(Reservation.period) > now(), Reservation.state.in_(LIVE_STATES))
        statement = statement.where(coming if upcoming else not_(coming))
    if text:
        named = select(Instrument.id).where(
            or_(*(name.icontains(text, autoescape=True) for name in (Instrument.name, Instrument.name_zh)))
        )
        own = (column.icontains(text, autoescape=True) for column in (Reservation.number, Reservation.purpose))
        statement = statement.where(or_(*own, Reservation.instrument_id.in_(named)))
    return statement.order_by(starts.asc() if upcoming else starts.desc(), Reservation.id)


def waiting_for_answer(actor: Actor, limit: int = 50) -> list[Reservation]:
    """Requests that wait for the institution acted for, the most urgent first."""
    statement = (
        select(Reservation)
        .options(*WITH_NAMES)
        .where(Reservation.provider_id == actor.organisation_id, Reservation.state == ReservationState.PENDING)
        .order_by(Reservation.answer_due_at, Reservation.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def bookings_between(
    instrument_ids: list[UUID], starts_at: datetime, ends_at: datetime, *states: ReservationState
) -> list[Reservation]:
    """Reservations of some instruments that touch a window, in order."""
    statement = (
        select(Reservation)
        .options(*WITH_NAMES)
        .where(Reservation.instrument_id.in_(instrument_ids), Reservation.period.op("&&")(period(starts_at, ends_at)))
        .order_by(Reservation.instrument_id, func.lower(Reservation.period))
    )
    if states:
        statement = statement.where(Reservation.state.in_(states))
    return list(session.scalars(statement))


def own_occupation_ids(actor: Actor, instrument_id: UUID, window: Period) -> dict[UUID, Reservation]:
    """The reservations in a window whose names this actor may see in a calendar, by id."""
    if actor.user_id is None:
        return {}
    statement = select(Reservation).where(
        visible_to(actor), Reservation.instrument_id == instrument_id, Reservation.period.op("&&")(window)
    )
    if not actor.acts_for(actor.organisation_id):
        return {}
    return {reservation.id: reservation for reservation in session.scalars(statement.options(*WITH_NAMES))}
