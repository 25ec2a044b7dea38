"""What the catalogue brings to the application."""

from app.core.web import App
from app.equipment.catalogue import handlers, institution_views, tasks, views

__all__ = ["handlers", "institution_views", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions and tasks."""
    app.register_blueprint(views.bp)
