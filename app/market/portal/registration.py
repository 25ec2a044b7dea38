"""What the portal brings to the application."""

from app.core.web import App
from app.market.portal import feeds, handlers, oai_views, statistics_views, tasks, views
from app.market.portal.found import register_found
from app.market.portal.recorded import register_recorded

__all__ = ["handlers", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, tasks and the names of what is recorded."""
    for blueprint in (feeds.bp, oai_views.bp, statistics_views.bp, views.bp):
        app.register_blueprint(blueprint)
    register_recorded()
    register_found()
