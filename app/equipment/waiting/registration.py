"""What the waiting list brings to the application."""

from app.core.web import App
from app.equipment.instruments.panels import Panel, register_panel
from app.equipment.reservations.parts import register_list_part
from app.equipment.waiting import handlers, tasks, views
from app.equipment.waiting.panel import waiting_panel, waiting_part

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, the sweep, and what an instrument's page and the list of bookings show."""
    app.register_blueprint(views.bp)
    register_panel("waiting", Panel("main", "equipment/waiting/_panel.html", waiting_panel))
    register_list_part("equipment/waiting/_mine.html", waiting_part)
