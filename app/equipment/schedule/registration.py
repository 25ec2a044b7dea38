"""What the slice brings: the pages of hours, maintenance and booking rules."""

from app.core.web import App
from app.equipment.schedule import template_views, views


def register(app: App) -> None:
    """Register the pages."""
    app.register_blueprint(views.bp)
    app.register_blueprint(template_views.bp)
