"""What referrals bring to the application."""

from app.core.web import App
from app.market.referrals import handlers, models, notices, partner_views, tasks, views
from app.market.referrals.recorded import register_recorded

__all__ = ["handlers", "models", "notices", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, the sweep, and what the audit log calls the fields."""
    app.register_blueprint(views.bp)
    app.register_blueprint(partner_views.bp)
    register_recorded()
