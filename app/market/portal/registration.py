"""What the portal brings to the application."""

from app.core.web import App
from app.market.portal import handlers, tasks, views
from app.market.portal.recorded import register_recorded

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, tasks and the names of what is recorded."""
    app.register_blueprint(views.bp)
    register_recorded()
