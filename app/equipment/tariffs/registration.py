"""What the slice brings: the pages of tariffs, and the prices on an instrument's public page."""

from app.core.web import App
from app.equipment.tariffs import views
from app.equipment.tariffs.panel import register_prices_panel


def register(app: App) -> None:
    """Register the pages and the panel."""
    app.register_blueprint(views.bp)
    register_prices_panel()
