"""What the usage slice brings to the application."""

from app.core.web import App
from app.equipment.usage import dispute_views, handlers, label_views, list_views, tasks, use_views, views

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions and tasks."""
    for blueprint in (views.bp, label_views.bp, use_views.bp, list_views.bp, dispute_views.bp):
        app.register_blueprint(blueprint)
