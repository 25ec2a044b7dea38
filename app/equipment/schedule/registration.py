"""What the slice brings: the pages of hours, maintenance and booking rules."""

from app.core.web import App
from app.equipment.schedule import views


def register(app: App) -> None:
    """Register the pages."""
    app.register_blueprint(views.bp)
