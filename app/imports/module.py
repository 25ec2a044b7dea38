"""What imports bring to the application: their templates and the task that forgets uploads."""

from flask import Blueprint

from app.core.web import App
from app.imports import tasks

__all__ = ["init_module", "tasks"]


def init_module(app: App) -> None:
    """Make the page templates known; each kind of list registers its own addresses."""
    app.register_blueprint(Blueprint("imports", __name__, template_folder="templates"))
