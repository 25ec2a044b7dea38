"""What patents bring to the application."""

from app.core.web import App
from app.market.patents import search_words, tasks, views
from app.market.patents.cli import group
from app.market.patents.recorded import register_recorded

__all__ = ["register", "search_words", "tasks"]


def register(app: App) -> None:
    """Register pages, the index, the commands and the names of what is recorded."""
    app.register_blueprint(views.bp)
    app.register_blueprint(views.imports_bp)
    app.cli.add_command(group)
    register_recorded()
