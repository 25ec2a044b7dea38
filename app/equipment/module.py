"""What the equipment module brings to the application."""

from app.core.web import App
from app.equipment.settings import settings

__all__ = ["init_module", "settings"]


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks."""
