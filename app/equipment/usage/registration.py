"""What the usage slice brings to the application."""

from typing import Any

from app.accounts.models import Actor
from app.core.web import App
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.parts import register_part
from app.equipment.usage import charge_views, dispute_views, handlers, label_views, list_views, tasks, use_views, views
from app.equipment.usage.models import UseState
from app.equipment.usage.queries import use_panel
from app.settlement.models import ChargeState

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, tasks, and the use on a booking's page."""
    for blueprint in (
        views.bp,
        label_views.bp,
        use_views.bp,
        list_views.bp,
        list_views.disputes_bp,
        dispute_views.bp,
        charge_views.bp,
    ):
        app.register_blueprint(blueprint)
    register_part("equipment/usage/_booking.html", booking_part)


def booking_part(actor: Actor, reservation: Reservation) -> dict[str, Any]:
    """The use on a booking's page, once there is one."""
    panel = use_panel(actor, reservation)
    if not panel:
        return {}
    is_billed = panel["charge"] is not None and panel["charge"].state is ChargeState.BILLED
    settled = "billed" if is_billed else "accepted" if panel["use"].state is UseState.ACCEPTED else ""
    return {"use_panel": panel, "settled": settled}
