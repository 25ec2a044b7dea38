"""What the catalogue brings to the application."""

from app.core.web import App
from app.equipment.catalogue import handlers, tasks, views

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions and tasks."""
    app.register_blueprint(views.bp)
