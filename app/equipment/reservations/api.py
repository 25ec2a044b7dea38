"""Reservations for programs: quote, book, list, look, move, extend, cancel, approve, decline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, tuple_

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import Actor
from app.core.api import Blueprint, NothingSchema, idempotent, page_of
from app.core.clock import Period, period
from app.core.db import session
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.core.policy import load
from app.equipment.reservations.booking import make_reservation, quote_slot
from app.equipment.reservations.extending import extend_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import (
    approve_reservation,
    cancel_reservation,
    decline_reservation,
    move_reservation,
    withdraw_reservation,
)
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.reservations.queries import bookings_of
from app.equipment.reservations.schemas import (
    LaterEndSchema,
    OptionalReasonSchema,
    QuoteRequestSchema,
    QuoteSchema,
    ReasonSchema,
    ReservationQuery,
    ReservationRequestSchema,
    ReservationSchema,
    SlotSchema,
    offer_as_dict,
    reservation_as_dict,
)
from app.equipment.reservations.stamps import read_stamp, stamp
from app.equipment.reservations.told import Told

bp = Blueprint("reservations_api", __name__, url_prefix="/api/v1", description="Bookings of shared instruments")


def wished_period(starts_at: datetime, ends_at: datetime) -> Period:
    """A period from input. Raises Invalid when the end is not after the start or it is absurdly long."""
    if ends_at <= starts_at:
        raise Invalid(_l("The end must be later than the start."), field="ends_at", code="empty_period")
    if (ends_at - starts_at).days > 366:
        raise Invalid(_l("That is longer than a year."), field="ends_at", code="too_long")
    return period(starts_at, ends_at)


@bp.route("/instruments/<uuid:instrument_id>/quote", methods=["POST"])
@bp.arguments(QuoteRequestSchema)
@bp.response(200, QuoteSchema)
@bp.problems(401, 404, 409, 413, 415, 422)
def quote(body: dict[str, Any], instrument_id: UUID) -> dict[str, Any]:
    """Price a slot for the organisation acted for; visitors get the enterprise price.

    Until `quoted_until` the price list of this moment counts for whoever books the slot with `quote`.
    """
    stretch = wished_period(body["starts_at"], body["ends_at"])
    actor, operator = current_actor(), body["with_operator"]
    offer = quote_slot(actor, instrument_id, stretch, with_operator=operator)
    return {
        **offer_as_dict(offer, body["starts_at"], body["ends_at"]),
        "quote": stamp(actor, instrument_id, stretch, offer.told, with_operator=operator),
    }


@bp.route("/reservations", methods=["POST"])
@acting_required
@idempotent
@bp.arguments(ReservationRequestSchema)
@bp.response(201, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Book a slot. 409 names the nearest free slots when somebody has that time.

    With the `quote` of this slot the price is what was quoted; 409 `price_changed` names both when that is over.
    """
    actor, stretch = current_actor(), wished_period(body["starts_at"], body["ends_at"])
    told = _told(actor, body, stretch)
    reservation = make_reservation(
        actor,
        body["instrument_id"],
        stretch,
        purpose=body["purpose"],
        with_operator=body["with_operator"],
        told=told,
        shown_minor=None if told is None else told.total_minor,
    )
    return reservation_as_dict(reservation)


def _told(actor: Actor, body: dict[str, Any], stretch: Period) -> Told | None:
    """What the quote that comes along says. Raises Invalid when it is none of this slot."""
    if body["quote"] is None:
        return None
    told = read_stamp(body["quote"], actor, body["instrument_id"], stretch, with_operator=body["with_operator"])
    if told is None:
        raise Invalid(_l("This is no quote for this booking. Ask for one first."), field="quote", code="quote_unknown")
    return told


@bp.route("/reservations", methods=["GET"])
@acting_required
@bp.arguments(ReservationQuery, location="query")
@bp.response(200, page_of(ReservationSchema))
@bp.problems(401, 403, 422)
def list_reservations(query: dict[str, Any]) -> dict[str, Any]:
    """Bookings of the organisation acted for, the latest start first."""
    statement = bookings_of(
        current_actor(),
        side=query["side"],
        states=(query["state"],) if query["state"] else (),
        instrument_id=query["instrument_id"],
    )
    starts = func.lower(Reservation.period)
    after = decode_cursor(query["cursor"], 2)
    statement = statement.order_by(None).order_by(starts.desc(), Reservation.id.desc())
    if after is not None:
        statement = statement.where(tuple_(starts, Reservation.id) < _position(after))
    found = list(session.scalars(statement.limit(query["limit"] + 1)))
    items, more = found[: query["limit"]], len(found) > query["limit"]
    cursor = encode_cursor([items[-1].starts_at.isoformat(), items[-1].id]) if more else None
    return {"items": [reservation_as_dict(item) for item in items], "next_cursor": cursor}


def _position(after: list[str]) -> Any:
    try:
        return tuple_(datetime.fromisoformat(after[0]), UUID(after[1]))
    except ValueError:
        raise bad_cursor() from None


@bp.route("/reservations/<uuid:reservation_id>", methods=["GET"])
@login_required
@bp.response(200, ReservationSchema)
@bp.problems(401, 404)
def show(reservation_id: UUID) -> dict[str, Any]:
    """One booking, for its parties."""
    return reservation_as_dict(load(Reservation, reservation_id, current_actor(), ReservationPolicy.view))


@bp.route("/reservations/<uuid:reservation_id>/cancel", methods=["POST"])
@login_required
@bp.arguments(OptionalReasonSchema, required=False)
@bp.response(200, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def cancel(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Cancel: free until the rule's hour, then for the fee; the institution withdraws with a reason, free of charge."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    reason = (body or {}).get("reason", "")
    if actor.acts_for(reservation.provider_id) and not actor.acts_for(reservation.payer_id):
        return reservation_as_dict(withdraw_reservation(actor, reservation, reason))
    return reservation_as_dict(cancel_reservation(actor, reservation, reason=reason))


@bp.route("/reservations/<uuid:reservation_id>/move", methods=["POST"])
@login_required
@bp.arguments(SlotSchema)
@bp.response(200, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def move(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Move to another free time at the prices of the booking; where the institution approves bookings, a customer's
    move becomes a request again. 409 names the nearest free slots when somebody has that time."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    return reservation_as_dict(move_reservation(actor, reservation, wished_period(body["starts_at"], body["ends_at"])))


@bp.route("/reservations/<uuid:reservation_id>/extend", methods=["POST"])
@login_required
@bp.arguments(LaterEndSchema)
@bp.response(200, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def extend(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Give a running use more time. 409 says when the next booking begins."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    return reservation_as_dict(extend_reservation(actor, reservation, body["ends_at"]))


@bp.route("/reservations/<uuid:reservation_id>/approve", methods=["POST"])
@login_required
@bp.arguments(NothingSchema, required=False)
@bp.response(200, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def approve(_body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Confirm a request (the institution)."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    return reservation_as_dict(approve_reservation(actor, reservation))


@bp.route("/reservations/<uuid:reservation_id>/decline", methods=["POST"])
@login_required
@bp.arguments(ReasonSchema)
@bp.response(200, ReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def decline(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Decline a request with a reason (the institution)."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    return reservation_as_dict(decline_reservation(actor, reservation, body["reason"]))
