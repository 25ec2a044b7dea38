"""What watches bring to the application."""

from app.core.web import App
from app.market.portal.parts import register_part
from app.market.watches import link_views, models, tasks, views
from app.market.watches.panel import PART
from app.market.watches.recorded import register_recorded

__all__ = ["models", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, the part on the portal's pages, and what the audit log calls the fields."""
    app.register_blueprint(views.bp)
    app.register_blueprint(link_views.bp)
    register_part(PART)
    register_recorded()
