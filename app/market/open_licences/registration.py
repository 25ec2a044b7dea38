"""What declarations bring to the application."""

from app.core.web import App
from app.market.open_licences import cli, consent_views, handlers, models, notices, operator_views, tasks, views
from app.market.open_licences.listing import LISTINGS, listed, refuse_exclusive
from app.market.open_licences.panel import PANEL
from app.market.open_licences.recorded import register_recorded
from app.market.patents.operations import register_encumbrance_check
from app.market.patents.parts import register_listings, register_panel

__all__ = ["cli", "handlers", "models", "notices", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, tasks and the words of the audit log."""
    app.register_blueprint(consent_views.bp)
    app.register_blueprint(views.bp)
    app.register_blueprint(operator_views.bp)
    register_panel("open_licence", PANEL)
    register_listings(LISTINGS, listed)
    register_encumbrance_check(refuse_exclusive)
    register_recorded()
