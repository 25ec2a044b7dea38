"""Wires the settlement into the application."""

from app.core.web import App
from app.settlement.payments import handlers
from app.settlement.settings import settings
from app.settlement.statements import tasks
from app.settlement.statements.cli import group

__all__ = ["handlers", "init_module", "settings", "tasks"]


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks."""
    app.cli.add_command(group)
