"""What the statistics slice brings to the application."""

from app.core.web import App
from app.equipment.statistics.views import bp


def register(app: App) -> None:
    """Register the pages of figures."""
    app.register_blueprint(bp)
