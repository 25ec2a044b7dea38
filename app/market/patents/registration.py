"""What patents bring to the application."""

from app.core.web import App
from app.market.patents import search_words
from app.market.patents.cli import group
from app.market.patents.recorded import register_recorded

__all__ = ["register", "search_words"]


def register(app: App) -> None:
    """Register the index, the commands and the names of what is recorded."""
    app.cli.add_command(group)
    register_recorded()
