"""What the reservations slice brings to the application."""

from app.core.web import App
from app.equipment.instruments.panels import Panel, register_panel
from app.equipment.reservations import blocking_views, feed_views, handlers, provider_views, tasks, views
from app.equipment.reservations.panel import booking_panel

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, tasks, and the calendar with the quote on an instrument's page."""
    for blueprint in (views.bp, provider_views.bp, feed_views.bp, blocking_views.bp):
        app.register_blueprint(blueprint)
    register_panel("booking", Panel("main", "equipment/reservations/_panel.html", booking_panel))
    register_panel("quote", Panel("aside", "equipment/reservations/_quote_panel.html", lambda *_args: {}))
