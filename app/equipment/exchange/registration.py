"""What the exchange brings to the application."""

from app.core.web import App
from app.equipment.exchange import tasks, views
from app.equipment.exchange.cli import group

__all__ = ["register", "tasks"]


def register(app: App) -> None:
    """Register pages, commands and tasks."""
    app.register_blueprint(views.bp)
    app.cli.add_command(group)
