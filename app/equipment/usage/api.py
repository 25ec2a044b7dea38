"""Real use for programs: start, finish, accept."""

from typing import Any
from uuid import UUID

from app.accounts.identity import current_actor, login_required
from app.core.api import Blueprint, NothingSchema, idempotent
from app.core.policy import load
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.usage.operations import accept_use, finish_use, start_use, use_of
from app.equipment.usage.schemas import FinishSchema, PressSchema, UsedReservationSchema, used_reservation

bp = Blueprint("usage_api", __name__, url_prefix="/api/v1", description="Real use of booked instruments")


@bp.route("/reservations/<uuid:reservation_id>/start", methods=["POST"])
@login_required
@idempotent
@bp.arguments(PressSchema, required=False)
@bp.response(200, UsedReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def start(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Start the use of a confirmed booking (the institution)."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    use = start_use(actor, reservation, **(body or {}))
    return used_reservation(reservation, use)


@bp.route("/reservations/<uuid:reservation_id>/finish", methods=["POST"])
@login_required
@idempotent
@bp.arguments(FinishSchema, required=False)
@bp.response(200, UsedReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def finish(body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Finish the use: the charge is computed from real hours by the tariff frozen at booking (the institution)."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    use = finish_use(actor, reservation, **(body or {}))
    return used_reservation(reservation, use)


@bp.route("/reservations/<uuid:reservation_id>/accept", methods=["POST"])
@login_required
@bp.arguments(NothingSchema, required=False)
@bp.response(200, UsedReservationSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def accept(_body: dict[str, Any], reservation_id: UUID) -> dict[str, Any]:
    """Accept the recorded hours; the charge is final (the customer)."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    use = accept_use(actor, use_of(reservation_id))
    return used_reservation(reservation, use)
