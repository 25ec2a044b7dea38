"""What the exchange brings to the application."""

from app.core.web import App
from app.equipment.exchange import views
from app.equipment.exchange.cli import group


def register(app: App) -> None:
    """Register pages and commands."""
    app.register_blueprint(views.bp)
    app.cli.add_command(group)
