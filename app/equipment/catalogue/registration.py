"""What the catalogue brings to the application."""

from app.core.web import App
from app.equipment.catalogue import handlers, institution_views, picture_views, tasks, views
from app.equipment.catalogue.found import register_found
from app.equipment.instruments.pictures import register_pictures

__all__ = ["handlers", "institution_views", "picture_views", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions and tasks, and say who reads pictures."""
    app.register_blueprint(views.bp)
    register_pictures()
    register_found()
