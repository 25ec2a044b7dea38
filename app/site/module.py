"""What the site brings to the application."""

from app.core.web import App
from app.site import sitemap, views
from app.site.navigation import template_globals


def init_module(app: App) -> None:
    """Register home, desk and the ways around."""
    app.register_blueprint(views.bp)
    app.register_blueprint(sitemap.bp)
    app.context_processor(template_globals)
